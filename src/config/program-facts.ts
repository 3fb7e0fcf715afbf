/** Which program runs a daemon, and which version of which interpreter that is: found by asking it. */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { inTime } from '../base/in-time.ts';
import { beginBriefly, type BriefOrder } from './brief-program.ts';
import { interpreterOf, launchOf } from './interpreter.ts';
import { findSetpriv, isUs, setprivArguments } from './setpriv.ts';
import type { DaemonSpec } from './spec.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ProgramFacts {
  /** What is executed, with its links resolved. */
  readonly file: string;
  readonly real: string;
  /** What stands between it and the script: `--import …tsx…`. */
  readonly loader: readonly string[];
  /** If it can be asked: the program itself, or the interpreter in its `#!` line. */
  readonly interpreter: string | null;
  /** null: there is no such interpreter, or it did not say. */
  readonly version: string | null;
  /** The requested PHP extensions that it lacks. */
  readonly lacks: string | null;
}

/** How many interpreters are asked at once, and for how long each. */
const AT_ONCE = 8;
const PATIENCE_MS = 5_000;

export interface Question {
  readonly spec: DaemonSpec;
  /** An extension that PHP should have. */
  readonly extension: string | null;
}

/** In the order of the questions; null: it cannot be started, as the list is now. */
export async function programFacts(
  questions: readonly Question[],
  environment: Environment,
): Promise<readonly (ProgramFacts | null)[]> {
  const answers = new Map<string, Promise<string | null>>();
  const facts: (ProgramFacts | null)[] = [];
  for (let from = 0; from < questions.length; from += AT_ONCE)
    facts.push(
      ...(await Promise.all(questions.slice(from, from + AT_ONCE).map((each) => factsOf(each, environment, answers)))),
    );
  return facts;
}

async function factsOf(
  { spec, extension }: Question,
  environment: Environment,
  answers: Map<string, Promise<string | null>>,
): Promise<ProgramFacts | null> {
  const launch = launchOf(spec, environment);
  if (!launch.ok) return null;
  const { file, args } = launch.value;
  const script = spec.command.kind === 'script' ? args.indexOf(spec.command.path) : -1;
  const interpreter = interpreterOf(launch.value, spec, environment);
  /** Forty workers share one PHP. */
  const ask = (flag: string): Promise<string | null> => {
    if (interpreter === null) return Promise.resolve(null);
    const id = JSON.stringify([interpreter, flag, spec.user?.uid, spec.cwd, spec.env.PATH]);
    const answer = answers.get(id) ?? answerOf(interpreter, flag, spec, environment);
    answers.set(id, answer);
    return answer;
  };
  const said = await ask('--version');
  const modules = extension === null || !path.basename(interpreter ?? '').startsWith('php') ? null : await ask('-m');
  const lacks = modules !== null && extension !== null && !modules.split('\n').includes(extension) ? extension : null;
  const version = /\d+\.\d+\.\d+/.exec(said ?? '')?.[0] ?? null;
  return { file, real: realOf(file), loader: args.slice(0, Math.max(0, script)), interpreter, version, lacks };
}

/**
 * As the daemon's user (root does not run that user's programs), with as much of its environment as a shim (pyenv, nvm) needs to find the
 * real one and no more: nothing that makes it load the daemon's own code. null: no answer in time.
 */
async function answerOf(
  interpreter: string,
  flag: string,
  { cwd, env, user }: DaemonSpec,
  environment: Environment,
): Promise<string | null> {
  const other = user === null || isUs(user) ? null : user;
  const setpriv = other === null ? null : findSetpriv(environment.PATH);
  if (setpriv?.ok === false) return null;
  const argv: BriefOrder['argv'] =
    other === null || setpriv === null
      ? [interpreter, flag]
      : [setpriv.value, ...setprivArguments(other), interpreter, flag];
  const HOME = env.HOME ?? other?.home ?? environment.HOME;
  return saidInTime({ argv, cwd, env: { PATH: env.PATH ?? environment.PATH, HOME }, hears: 'all' });
}

async function saidInTime(order: BriefOrder): Promise<string | null> {
  const { pid, ended } = beginBriefly(order);
  const answer = await inTime(ended, PATIENCE_MS, () => {
    if (pid !== undefined) endGroup(pid);
    return null;
  });
  return answer?.code === 0 ? answer.said : null;
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended, or now belongs to another user.
  }
}

function realOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file; // It is gone by now: the start will say so.
  }
}
