/**
 * What a process passes through between its spawn and its program: a shell that sets its limits, setpriv that switches its user, a shell
 * that sets its mask. Each becomes the next by exec, so pid and session stay; only the links needed are there. They report on fd 3 how far
 * they came, since a failed link looks like a failed daemon: exit 126 or 127.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import type { Launch } from '../../config/interpreter.ts';
import { findSetpriv, isUs, setprivArguments } from '../../config/setpriv.ts';
import type { ProcessSpec, UserSpec } from '../../config/spec.ts';
import { ULIMITS, ulimitsOf, type UlimitName, type Ulimits } from '../../config/ulimits.ts';

export interface Chained extends Launch {
  readonly env: Readonly<Record<string, string>>;
  /** null: there is no link. */
  readonly watch: ChainWatch | null;
}

type Asked = Pick<ProcessSpec, 'user' | 'umask' | 'ulimit' | 'env'>;

/** `searchPath`: ours, in which setpriv is looked up. */
export function chained(
  { file, args }: Launch,
  env: Readonly<Record<string, string>>,
  { user, umask, ulimit, env: given }: Asked,
  searchPath: string | undefined,
): Result<Chained> {
  const taken = user === null || isUs(user) ? null : user;
  const limits = limitLines(ulimit);
  const mask = umask === null ? [] : [`umask ${umask.toString(8)}`];
  const program = [file, ...args];
  if (taken === null) {
    if (limits.length + mask.length === 0) return ok({ file, args, env, watch: null });
    return ok({ ...shell([...limits, ...mask], 'program', program), env, watch: new ChainWatch(file, null) });
  }
  const setpriv = findSetpriv(searchPath);
  if (!setpriv.ok) return fail(setpriv.error);
  // Values in the list may come from a file of that user: root's links must not see an LD_PRELOAD among them.
  const names = Object.keys(given).filter((name) => SHELL_NAME.test(name) && !READ_ONLY.has(name));
  const inner = shell([`say ${USER}`, ...keptLines(names), ...mask], 'program', program);
  const becoming = [setpriv.value, ...setprivArguments(taken), inner.file, ...inner.args];
  const [first = setpriv.value, ...rest] = becoming;
  const outer = limits.length === 0 ? { file: first, args: rest } : shell(limits, 'setpriv', becoming);
  return ok({ ...outer, env: keptAside(env, names), watch: new ChainWatch(file, taken) });
}

/** The words on fd 3. A daemon that writes them itself only falsifies its own end. */
const MARK = 'SUPERVISE_CHAIN';
const USER = 'user';
const LIMIT = 'limit';

/** Follows how far the chain came. */
export class ChainWatch {
  private readonly file: string;
  private readonly user: UserSpec | null;
  private readonly marks: string[] = [];
  private over = false;

  constructor(file: string, user: UserSpec | null) {
    this.file = file;
    this.user = user;
  }

  /** What arrived on fd 3. The marks are the first lines, each written at once. */
  hear(chunk: Buffer): void {
    if (this.over) return;
    for (const line of chunk.toString('latin1').trimEnd().split('\n')) {
      this.over = !line.startsWith(`${MARK}=`);
      if (this.over) return;
      this.marks.push(line.slice(MARK.length + 1));
    }
  }

  /** Why the program never began, in words that follow "could not be started: "; null: it did begin, or that is unknown. */
  failure(code: number | null): string | null {
    if (code === null || code === 0) return null;
    const last = this.marks.at(-1) ?? '';
    const [mark, what = ''] = last.split(' ');
    const as = this.user === null ? '' : ` as ${this.user.name ?? `${this.user.uid}:${this.user.gid}`}`;
    if (mark === LIMIT) return `its ulimit.${what} could not be set; its log has the words of the shell`;
    if (mark === 'program') return `${this.file} could not be executed${as}; its log has the words of the shell`;
    if (mark === 'setpriv' || (this.user !== null && mark !== USER))
      return `it could not be run${as}; its log has the words of setpriv`;
    return null;
  }
}

/** A shell that runs these lines and becomes the next link. `next`: what it reports if that fails. */
function shell(lines: readonly string[], next: 'program' | 'setpriv', command: readonly string[]): Launch {
  const script = [
    `say() { echo "${MARK}=$*" >&3; }`,
    `lost() { trap - EXIT; say ${LIMIT} "$1"; exit 126; }`,
    // After a failed exec dash exits and runs its trap; bash does so only where it would have gone on.
    'shopt -s execfail 2>/dev/null',
    `trap 'say ${next} $?' EXIT`,
    ...lines,
    'exec "$@"',
    'exit',
  ];
  return { file: '/bin/sh', args: ['-c', script.join('\n'), 'sh', ...command] };
}

const limitLines = (limits: Ulimits): readonly string[] =>
  ulimitsOf(limits).map(([name, value]) => `${limitCommand(name, value)} || lost ${name}`);

function limitCommand(name: UlimitName, value: number | null): string {
  const row = ULIMITS[name];
  const written = value === null ? 'unlimited' : Math.floor(value / row.step);
  const one = `ulimit -${row.option} ${written}`;
  return 'otherOption' in row ? `${one} 2>/dev/null || ulimit -${row.otherOption} ${written}` : one;
}

const KEPT = 'SUPERVISE_KEPT_';
const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** bash refuses to set them. */
const READ_ONLY: ReadonlySet<string> = new Set(['UID', 'EUID', 'PPID', 'SHELLOPTS', 'BASHOPTS']);

/** The environment of root's links: the list's variables are in it under other names. Never in arguments, which everyone can see. */
function keptAside(env: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  const kept = new Set(names);
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => {
      if (name === 'SHELLOPTS' || name === 'BASHOPTS') return [];
      return [[kept.has(name) ? KEPT + name : name, value] as const];
    }),
  );
}

const keptLines = (names: readonly string[]): readonly string[] =>
  names.length === 0
    ? []
    : [`for n in ${names.join(' ')}; do eval "export $n=\\"\\$${KEPT}$n\\"; unset ${KEPT}$n"; done`];
