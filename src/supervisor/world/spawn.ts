/** Starts one process in a session of its own. */
import fs from 'node:fs';
import { execa } from 'execa';
import { messageOf } from '../../base/error-words.ts';
import { isErrno, isShortage } from './errno.ts';

export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Descriptors for stdout, stderr and fd 3. */
  readonly write: { readonly out: number; readonly err: number; readonly say: number };
}

export interface SpawnNews {
  /** In the same turn as the spawn: even a process that has already died is not yet reaped. */
  spawned(pid: number): void;
  failed(reason: { readonly ours: boolean; readonly error: string }): void;
  ended(code: number | null, signal: string | null): void;
}

/** Runs something that forks while our process is, for that moment, as the child shall be (oom.ts). */
export type Forking = <T>(fork: () => T) => T;

/**
 * All of execa's own policy is switched off: it buffers nothing, ends nothing, rejects nothing, adds no signal handlers
 * (docs/decisions/001). `detached` is setsid: the process leads its own session and group. Exactly one of `failed` and `ended` comes.
 */
export function spawnProcess(launch: Launch, news: SpawnNews, forking: Forking): void {
  let child: ReturnType<typeof run>;
  try {
    checkDescriptors();
    child = forking(() => run(launch));
  } catch (error) {
    news.failed(explain(error, launch));
    return;
  }
  if (child.pid === undefined) {
    // `exit` never comes without a pid; the result tells why.
    void child.then((result) => {
      news.failed(explain(result.cause ?? new Error(result.shortMessage ?? 'unknown'), launch));
    });
    return;
  }
  news.spawned(child.pid);
  child.once('exit', (code, signal) => {
    news.ended(code, signal);
  });
}

/** What a spawn itself needs: both ends of the pipe through which the child reports its exec, and one to spare. */
const DESCRIPTORS = 3;

/**
 * If none is free Node returns a half-made child, on which execa fails before handing it to us: the error event, with no listener, would
 * end us. So this checks beforehand; throws EMFILE, ENFILE.
 */
function checkDescriptors(): void {
  const opened: number[] = [];
  try {
    while (opened.length < DESCRIPTORS) opened.push(fs.openSync('/dev/null', 'r'));
  } finally {
    for (const descriptor of opened) fs.closeSync(descriptor);
  }
}

function run({ file, args, cwd, env, write }: Launch) {
  return execa(file, [...args], {
    cwd,
    env,
    extendEnv: false,
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    stripFinalNewline: false,
    forceKillAfterDelay: false,
    // execa passes descriptors on to Node as they are; its types know only those up to 9.
    stdio: ['ignore', write.out, write.err, write.say] as unknown as ['ignore', 'inherit', 'inherit', 'inherit'],
  });
}

/** Node blames the program even if the folder or the interpreter is missing: this finds the true cause. */
function explain(error: unknown, { file, cwd }: Pick<Launch, 'file' | 'cwd'>): { ours: boolean; error: string } {
  const code = isErrno(error) ? error.code : undefined;
  if (code !== undefined && isShortage(error)) return { ours: true, error: shortage(code) };
  switch (code ?? '') {
    case 'ENOENT':
      if (!isFolder(cwd)) return { ours: false, error: `its folder ${cwd} does not exist` };
      if (fs.existsSync(file))
        return { ours: false, error: `the interpreter in the first line of ${file} does not exist` };
      return { ours: false, error: `${file} does not exist` };
    case 'EACCES':
      return { ours: false, error: `${file} may not be executed: see its permissions and those of ${cwd}` };
    case 'E2BIG':
      return { ours: false, error: 'its arguments and environment are too long for the kernel' };
    case 'ENOEXEC':
      return { ours: false, error: `${file} is not a program that this machine can run` };
    default:
      return { ours: false, error: messageOf(error) };
  }
}

function shortage(code: string): string {
  switch (code) {
    case 'EMFILE':
    case 'ENFILE':
      return `no file descriptors are free (${code}): raise the limit of open files`;
    case 'EAGAIN':
      return 'the limit of processes is reached (EAGAIN)';
    default:
      return 'not enough memory for another process (ENOMEM)';
  }
}

function isFolder(folder: string): boolean {
  return fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
