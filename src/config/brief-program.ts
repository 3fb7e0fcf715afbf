/** A program that is asked something and is over soon. What counts is its own end, not that of whoever holds its pipes. */
import { execa } from 'execa';

export interface BriefOrder {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** All of its environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What is on its stdin. */
  readonly input?: string;
  /** What is heard: all that it says, or its errors only. */
  readonly hears: 'all' | 'stderr';
}

export interface BriefEnd {
  /** null: it had none; a signal has ended it, or it could not be run at all. */
  readonly code: number | null;
  readonly signal: string | null;
  /** The beginning of what it has said. */
  readonly said: string;
  /** Why it could not be run: ENOENT, EACCES … */
  readonly error: string | null;
}

export interface BriefRun {
  /** The leader of a session of its own; undefined: it could not be run. */
  readonly pid: number | undefined;
  readonly ended: Promise<BriefEnd>;
}

/** More is read, so that it never waits for us, and forgotten. */
const HEARD_MAX = 10_000;
/** After its end: what it has said is in the pipe by then. */
const LAST_WORDS_MS = 100;

/** A session of its own: a Ctrl-C in our terminal is none of its business, and its helpers can be ended with it. */
export function beginBriefly({ argv: [file, ...args], cwd, env, input, hears }: BriefOrder): BriefRun {
  const child = execa(file, args, {
    ...{ cwd, env, extendEnv: false, detached: true, reject: false, buffer: false, all: true },
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    stdout: hears === 'all' ? 'pipe' : 'ignore',
  });
  let said = '';
  child.all.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < HEARD_MAX) said += text.slice(0, HEARD_MAX - said.length);
  });
  // A helper may keep them open for ever.
  const letGo = (): void => {
    child.stdout?.destroy();
    child.stderr.destroy();
  };
  child.once('exit', () => void setTimeout(letGo, LAST_WORDS_MS));
  const ended = child.then(({ exitCode, signal, code }) => ({
    code: exitCode ?? null,
    signal: signal ?? null,
    said: said.trim(),
    error: exitCode === undefined && signal === undefined ? (code ?? 'unknown') : null,
  }));
  return { pid: child.pid, ended };
}
