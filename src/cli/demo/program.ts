/** Runs commands as any user would, of this very program and of others, and finds all processes that come of them. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../../base/error-words.ts';
import { inherited } from '../../supervisor/world/environment.ts';
import { identify, lives, withEnvironment, type Marked } from '../../supervisor/world/proc.ts';

/** Everything started by the demo carries this in its environment, and is found by it. The value is the demo's folder. */
const DEMO = 'DEMO_FOLDER';
/** Likewise: the demo itself, as pid and start time. */
const BY = 'DEMO_BY';
/** Likewise: the other program that runs the workers, if it is not this one. */
const WITH = 'DEMO_WITH';

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** What a command works with: the list and its state, and what may end it early. */
export interface Scene {
  readonly folder: string;
  readonly list: string;
  readonly state: string;
  /** The other program that runs the workers: `pm2`. null: this one. */
  readonly peer: string | null;
}

/** Present in the environment of everything a demo starts, and nowhere else. */
export const marksOf = ({ folder, peer }: Scene): Readonly<Record<string, string>> => ({
  [DEMO]: folder,
  [BY]: `${process.pid} ${identify(process.pid)?.startTime ?? 0}`,
  ...(peer === null ? {} : { [WITH]: peer }),
});

/** Runs `supervise ARGS` to its end. Aborting ends it, and so the wait, but not what it has requested. */
export function supervise(scene: Scene, args: readonly string[], end?: AbortSignal): Promise<Outcome> {
  const { list, state } = scene;
  const [command = '', ...rest] = args;
  const program = [...process.execArgv, process.argv[1] ?? '', command, '--file', list, '--state-dir', state, ...rest];
  return run(scene, [process.execPath, ...program], {}, end);
}

/** Runs a command to its end in the demo's folder. */
export function run(
  scene: Scene,
  [program, ...words]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  end?: AbortSignal,
): Promise<Outcome> {
  const { folder } = scene;
  const child = spawn(program, words, {
    // It may have been removed.
    cwd: existsSync(folder) ? folder : '/',
    env: {
      ...inherited(process.env),
      // The workers run with the node in their PATH: ours.
      PATH: [path.dirname(process.execPath), process.env.PATH].join(path.delimiter),
      ...marksOf(scene),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A Ctrl-C is for the demo, which knows what has to be ended.
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

/** The living processes of a demo. */
export const processesOf = ({ folder }: Scene): readonly Marked[] => withEnvironment([`${DEMO}=${folder}`]);

/** What is left alive of a killed demo. */
export interface Remains {
  readonly folder: string;
  readonly peer: string | null;
  readonly count: number;
}

/** Of killed demos other than this one. */
export function leftOfKilled({ folder: own }: Scene): readonly Remains[] {
  const left = new Map<string, Remains>();
  for (const { environment } of withEnvironment([])) {
    const lines = environment.split('\0');
    const valueOf = (name: string): string | undefined =>
      lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);
    const [folder, by] = [valueOf(DEMO), valueOf(BY)];
    if (folder === undefined || by === undefined || path.dirname(folder) !== path.dirname(own)) continue;
    const [pid = 0, startTime = 0] = by.split(' ').map(Number);
    if (lives({ pid, startTime })) continue;
    left.set(folder, { folder, peer: valueOf(WITH) ?? null, count: (left.get(folder)?.count ?? 0) + 1 });
  }
  return [...left.values()];
}

/** What still lives when a stop is over and the guard has had a moment to end. */
export async function leftOf(scene: Scene): Promise<readonly Marked[]> {
  for (let tries = 0; tries < 40 && processesOf(scene).length > 0; tries++) await sleep(50);
  return processesOf(scene);
}

/** Kills everything left of a demo: its folder goes, and nothing may be at work in it. */
export async function killLeft(scene: Scene): Promise<void> {
  for (let left = await leftOf(scene); left.length > 0; left = processesOf(scene)) {
    for (const { pid } of left) kill(pid, 'SIGKILL');
    await sleep(50);
  }
}

/** Sends a signal; a process already gone needs none. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}
