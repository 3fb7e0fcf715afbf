/** This very program, run as anybody runs it, and all processes that come of it. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inherited } from '../../supervisor/world/environment.ts';
import { identify, lives, withEnvironment, type Marked } from '../../supervisor/world/proc.ts';

/** Whatever the demo starts has it in its environment, and is found by it. Its value is the folder of the demo. */
const DEMO = 'DEMO_FOLDER';
/** Likewise: the demo itself, as pid and start time. */
const BY = 'DEMO_BY';

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** What a command has to do with: the list and its state, and who ends it before its time. */
export interface Scene {
  readonly folder: string;
  readonly list: string;
  readonly state: string;
}

/** Runs `supervise ARGS` to its end. Aborted it is ended, which ends the waiting and not what it has asked for. */
export function supervise(scene: Scene, args: readonly string[], end?: AbortSignal): Promise<Outcome> {
  const { folder, list, state } = scene;
  const [command = '', ...rest] = args;
  const program = [...process.execArgv, process.argv[1] ?? '', command, '--file', list, '--state-dir', state, ...rest];
  const child = spawn(process.execPath, program, {
    // Somebody may have removed it.
    cwd: existsSync(folder) ? folder : '/',
    env: {
      ...inherited(process.env),
      // The workers run with the node of their PATH: with ours.
      PATH: [path.dirname(process.execPath), process.env.PATH].join(path.delimiter),
      [DEMO]: folder,
      [BY]: `${process.pid} ${identify(process.pid)?.startTime ?? 0}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A Ctrl-C is for the demo, which knows what is to be ended.
    detached: true,
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const onEnd = (): void => void child.kill('SIGTERM');
  end?.addEventListener('abort', onEnd);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      end?.removeEventListener('abort', onEnd);
      resolve({ code, out: out.trim(), err: err.trim() });
    });
  });
}

/** The living processes that come of a demo. */
export const processesOf = ({ folder }: Scene): readonly Marked[] => withEnvironment([`${DEMO}=${folder}`]);

/** The folders of demos that were killed, beside this one, and how many processes live on of each. */
export function leftOfKilled({ folder: own }: Scene): ReadonlyMap<string, number> {
  const left = new Map<string, number>();
  for (const { environment } of withEnvironment([])) {
    const lines = environment.split('\0');
    const valueOf = (name: string): string | undefined =>
      lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);
    const [folder, by] = [valueOf(DEMO), valueOf(BY)];
    if (folder === undefined || by === undefined || path.dirname(folder) !== path.dirname(own)) continue;
    const [pid = 0, startTime = 0] = by.split(' ').map(Number);
    if (!lives({ pid, startTime })) left.set(folder, (left.get(folder) ?? 0) + 1);
  }
  return left;
}

/** Those that still live when a stop is over and the guard has had its moment to end. */
export async function leftOf(scene: Scene): Promise<readonly Marked[]> {
  for (let tries = 0; tries < 40 && processesOf(scene).length > 0; tries++) await sleep(50);
  return processesOf(scene);
}

/** Ends all that lives of a demo, at once. */
export async function endAll(scene: Scene): Promise<void> {
  if (processesOf(scene).length === 0) return;
  if (existsSync(scene.list)) await supervise(scene, ['stop', '--now']);
  // Whatever is left after that: the folder goes, and nothing may be at work in it.
  for (let left = await leftOf(scene); left.length > 0; left = processesOf(scene)) {
    for (const { pid } of left) kill(pid, 'SIGKILL');
    await sleep(50);
  }
}

/** Sends a signal; who has gone already needs none. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
