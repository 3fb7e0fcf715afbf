/** Where a benchmark runs its contestants: a temporary folder and everything started in it, both gone afterwards. */
import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, send } from '../../test/support/processes.ts';
import type { BenchDaemon, Contestant } from './contestants.ts';
import { openingsOver } from './mark.ts';
import { treeOf } from './proc.ts';

/** How long a contestant may take to end after being asked. */
const STOP_MS = 30_000;

export interface Run {
  readonly folder: string;
  /** The supervisor's; known once the main of a daemon has begun. */
  readonly pid: number;
  /** `performance.now()` just before it was spawned. */
  readonly spawnedAt: number;
  /** Asks it to stop; resolves to the milliseconds until it and all its daemons were gone. */
  stop(): Promise<number>;
}

export interface RunOptions {
  readonly respawn?: boolean;
  readonly autostart?: boolean;
  readonly keepFiles?: number;
}

export interface Arena {
  readonly folder: string;
  /** A private copy of node: no other node process shares its pages, so PSS counts them whole. */
  readonly node: string;
  readonly program: string;
  run(contestant: Contestant, daemons: readonly BenchDaemon[], options?: RunOptions): Run;
}

/** Opens an arena, measures, and closes it whatever happens, including a Ctrl-C. */
export async function inArena(measure: (arena: Arena) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'supervise-bench-'));
  const runs = new Set<Run>();
  const close = (): void => {
    for (const { pid } of runs) for (const each of treeOf(pid)) send(each.pid, 'SIGKILL');
    openingsOver();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const interrupted = (): void => {
    close();
    process.exit(130);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    await measure(furnish(folder, runs));
    for (const run of runs) await run.stop();
  } finally {
    close();
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}

function furnish(folder: string, runs: Set<Run>): Arena {
  const root = path.resolve(import.meta.dirname, '../..');
  const built = path.join(root, 'dist/cli');
  if (!existsSync(path.join(built, 'main.js')))
    execFileSync(process.execPath, [path.join(root, 'scripts/build.mjs')], { stdio: 'inherit' });
  // A copy, since someone may rebuild while this runs.
  cpSync(built, path.join(folder, 'cli'), { recursive: true });
  const node = path.join(folder, 'node');
  copyFileSync(process.execPath, node);
  const program = path.join(folder, 'cli/main.js');

  let count = 0;
  const run: Arena['run'] = (contestant, daemons, options = {}) => {
    count += 1;
    const own = path.join(folder, String(count));
    mkdirSync(own);
    const { respawn = true, autostart = true, keepFiles = 5 } = options;
    const argv = contestant.prepare({ folder: own, node, program, daemons, respawn, autostart, keepFiles });
    const started = launch(own, contestant, argv, () => runs.delete(started));
    runs.add(started);
    return started;
  };
  return { folder, node, program, run };
}

function launch(
  folder: string,
  { name, pidFile }: Contestant,
  [file = '', ...words]: readonly string[],
  ended: () => void,
): Run {
  const output = openSync(path.join(folder, 'output'), 'w');
  const spawnedAt = performance.now();
  const child = spawn(file, words, { cwd: folder, stdio: ['ignore', output, output] });
  closeSync(output);
  const { pid: own } = child;
  if (own === undefined) throw new Error(`${name} could not be started: ${file}`);
  const pidNow = (): number => (pidFile === undefined ? own : numberIn(pidFile(folder))) ?? own;
  let stopAsked = false;
  const gone = new Promise<number>((resolve, reject) => {
    child.once('exit', (code, signal) => {
      const at = performance.now();
      // It has started what is measured and has nothing more to do.
      if (pidFile !== undefined && code === 0) return;
      ended();
      if (stopAsked) resolve(at);
      else
        reject(
          new Error(
            `${name} ended by itself (${code ?? signal}): ${readFileSync(path.join(folder, 'output'), 'utf8')}`,
          ),
        );
    });
  });
  return {
    ...{ folder, spawnedAt },
    get pid() {
      return pidNow();
    },
    async stop() {
      const pid = pidNow();
      const all = treeOf(pid);
      const askedAt = performance.now();
      stopAsked = true;
      send(pid, 'SIGTERM');
      const hurry = setTimeout(() => {
        for (const each of treeOf(pid)) send(each.pid, 'SIGKILL');
        console.error(`${name} did not stop within ${STOP_MS} ms and was killed`);
      }, STOP_MS);
      const goneAt = pid === own ? await gone : await goneByItself(pid, ended);
      clearTimeout(hurry);
      const left = all.filter((each) => isAlive(each.pid));
      for (const each of left) send(each.pid, 'SIGKILL');
      if (left.length > 0) console.error(`${name} ended and left ${left.length} processes, which were killed`);
      return goneAt - askedAt;
    },
  };
}

/** The end of a process that is not our child; to within 2 ms. */
async function goneByItself(pid: number, ended: () => void): Promise<number> {
  while (isAlive(pid)) await sleep(2);
  ended();
  return performance.now();
}

const numberIn = (file: string): number | undefined =>
  existsSync(file) ? Number(readFileSync(file, 'utf8')) || undefined : undefined;
