/** A program that is asked something and soon ends. Only its own end counts, not that of other holders of its pipes. */
import { execa } from 'execa';

export interface BriefOrder {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What it gets on stdin. */
  readonly input?: string;
  /** What is captured: all its output, or only its errors. */
  readonly hears: 'all' | 'stderr';
}

export interface BriefEnd {
  /** null: none; a signal ended it, or it could not be run at all. */
  readonly code: number | null;
  readonly signal: string | null;
  /** The beginning of its output. */
  readonly said: string;
  /** Why it could not be run: ENOENT, EACCES … */
  readonly error: string | null;
}

export interface BriefRun {
  /** The leader of its own session; undefined: it could not be run. */
  readonly pid: number | undefined;
  readonly ended: Promise<BriefEnd>;
}

/** Further output is read, so that it never blocks on us, and discarded. */
const HEARD_MAX = 10_000;
/** After its end: by then its output is in the pipe. */
const LAST_WORDS_MS = 100;

/** In a session of its own: a Ctrl-C in our terminal does not reach it, and its helpers can be ended with it. */
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
  // A helper may keep the pipes open for ever.
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
