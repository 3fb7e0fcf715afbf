/** A command of the list that ends soon or is ended: a probe, or a report of trouble. */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../../base/duration.ts';
import { inTime } from '../../base/in-time.ts';
import { beginBriefly, type BriefEnd } from '../../config/brief-program.ts';
import { findProgram } from '../../config/programs.ts';
import type { ProcessId } from '../lifecycle/state.ts';
import { unlessShort } from './errno.ts';
import { killSession } from './kill.ts';
import { identify } from './proc.ts';
import { membersOf } from './session.ts';

export interface ShortCommand {
  readonly argv: readonly [string, ...string[]];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What it gets on stdin. */
  readonly input?: string;
}

/**
 * Null if it exits with 0, else why not, in words. Only its exit counts; a helper that lives on, with its pipes or without, is not waited
 * for. After `limitMs` it and its whole session are killed, and that is the answer whether they die of it or not.
 */
export async function runShort(command: ShortCommand, limitMs: number): Promise<string | null> {
  const { argv, folder: cwd, environment: env, input = '' } = command;
  const [file] = argv;
  const id = JSON.stringify([argv, cwd]);
  const left = await stillHanging(id);
  if (left !== null)
    return `${file} was killed at its time limit and hangs on (pid ${left}), as in a mount that does not answer`;
  const timeout = findTimeout(env.PATH);
  const bounded = timeout === null ? argv : ([timeout, ...boundOf(limitMs), ...argv] as const);
  const { pid, ended } = beginBriefly({ argv: bounded, cwd, env, input, hears: 'stderr' });
  const leader = pid === undefined ? null : (unlessShort(() => identify(pid)) ?? { pid, startTime: 0 });
  if (leader !== null) endsWithUs.add(leader);
  const end = await inTime(ended, limitMs, () => null);
  if (leader !== null) endsWithUs.delete(leader);
  if (end !== null) return wordsOf(end, command, timeout);
  if (leader !== null) {
    endSession(leader);
    hanging.set(id, leader);
  }
  return `no answer within ${formatDuration(limitMs)}`;
}

/**
 * Commands killed at the time limit. While reading from a dead mount a process does not die of it (state D): no second one is started
 * beside it.
 */
const hanging = new Map<string, ProcessId>();

async function stillHanging(id: string): Promise<number | null> {
  const leader = hanging.get(id);
  if (leader === undefined) return null;
  for (const pauseMs of DYING_MS) {
    const [left] = membersOf([leader]).get(leader.pid) ?? [];
    if (left === undefined) {
      hanging.delete(id);
      return null;
    }
    if (pauseMs === null) return left.pid;
    await sleep(pauseMs);
  }
  return null;
}

/** A process just killed may need a moment to go. */
const DYING_MS = [20, 80, 400, null] as const;

/** Those that nothing else would end once we are gone. */
const endsWithUs = new Set<ProcessId>();
process.on('exit', () => {
  for (const leader of endsWithUs) endSession(leader);
});

/** If we are killed, `timeout` (coreutils or busybox) ends the command, a moment later than we would. */
const boundOf = (limitMs: number): readonly string[] => ['-s', 'KILL', String(Math.ceil(limitMs / 1000) + 1)];

const timeouts = new Map<string | undefined, string | null>();

/** Its path; looked up once, since the file system may hang by the time of a later probe. */
function findTimeout(searchPath: string | undefined): string | null {
  const file = timeouts.get(searchPath) ?? findProgram('timeout', searchPath, '/') ?? null;
  timeouts.set(searchPath, file);
  return file;
}

function endSession(leader: ProcessId): void {
  unlessShort(() => {
    killSession(leader, true);
  });
}

function wordsOf(
  { code, signal, said, error }: BriefEnd,
  { argv, folder }: ShortCommand,
  timeout: string | null,
): string | null {
  const [file] = argv;
  if (code === 0) return null;
  if (error !== null) return cannotRun(file, folder, error === 'ENOENT' ? 'it does not exist' : error);
  if (code === null) return `${file}: ended by ${signal ?? 'an unknown signal'}`;
  const [line = ''] = said.split('\n');
  // The message of `timeout` itself when it cannot run the program.
  const own = timeout !== null && (code === 126 || code === 127) && line.startsWith(`${timeout}: `);
  if (own) return cannotRun(file, folder, code === 127 ? 'it does not exist' : line.slice(line.lastIndexOf(': ') + 2));
  return `${file}: exit ${code}${line === '' ? '' : `: ${line}`}`;
}

function cannotRun(file: string, folder: string, why: string): string {
  return `${file} cannot be run: ${existsSync(folder) ? why : `its folder ${folder} is gone`}`;
}
