/** The keys in which two lists differ, as the list spells them: `env.QUEUE`, `limits.memory`, `resources.database`. */
import { isDeepStrictEqual } from 'node:util';
import { goesToStdout } from './outputs.ts';
import type { CareSpec, CommandSpec, DaemonSpec, ListSpec } from '../config/spec.ts';

/** For a refused list the daemons lack what their processes are made from, and more may be missing. */
export type ListBefore = Pick<ListSpec, 'startRate' | 'maxTotalLogBytes' | 'resources'> &
  Partial<Pick<ListSpec, 'stopWithinMs' | 'socketGroup' | 'onTrouble'>> & {
    readonly daemons: readonly (CareSpec | DaemonSpec)[];
  };

/** Keys of one daemon. */
export function daemonKeys(before: CareSpec | DaemonSpec, after: DaemonSpec): readonly string[] {
  const keys = new Set<string>();
  const fields: Readonly<Record<string, unknown>> = { ...before };
  // `Object.keys` loses the type of these names; a CareSpec has some of them.
  for (const key of Object.keys(fields) as (keyof DaemonSpec)[]) {
    const [old, now] = [fields[key], after[key]];
    if (isDeepStrictEqual(old, now)) continue;
    const name = listName(key, after);
    if (!isSection(old) || !isSection(now) || WHOLE.has(key)) keys.add(name);
    else
      for (const inner of differing(old, now))
        if (!isLogTo(key, inner)) keys.add(`${name}.${key === 'env' ? inner : plain(inner)}`);
  }
  // It has no key of its own: without `log` the lines go to one place or the other.
  if (goesToStdout(before.log) !== goesToStdout(after.log)) keys.add('log');
  return [...keys];
}

/** Keys outside of the daemons. */
export function listKeys(before: ListBefore, after: ListSpec): readonly string[] {
  const ofSupervisor = SUPERVISOR_KEYS.flatMap(([key, name]) =>
    before[key] === undefined || isDeepStrictEqual(before[key], after[key]) ? [] : name,
  );
  const [old, now] = [before.resources, after.resources].map((specs) =>
    Object.fromEntries(specs.map((spec) => [spec.name, spec])),
  );
  return [...ofSupervisor, ...differing(old ?? {}, now ?? {}).map((name) => `resources.${name}`)];
}

const SUPERVISOR_KEYS = [
  ['startRate', 'supervisor.start_rate'],
  ['stopWithinMs', 'supervisor.stop_within'],
  ['maxTotalLogBytes', 'supervisor.log.max_total'],
  ['socketGroup', 'supervisor.socket.group'],
  ['onTrouble', 'supervisor.on_trouble'],
] as const;

/** Their parts are not keys of a list, or mean nothing alone. */
const WHOLE: ReadonlySet<string> = new Set(['command', 'ready', 'user']);

function listName(key: keyof DaemonSpec, { command }: DaemonSpec): string {
  if (key === 'command') return COMMAND_KEYS[command.kind];
  return key === 'resources' ? 'depends_on' : plain(key);
}

const COMMAND_KEYS: Readonly<Record<CommandSpec['kind'], string>> = {
  script: 'script',
  argv: 'command',
  shell: 'shell',
};

const isLogTo = (key: keyof DaemonSpec, inner: string): boolean => key === 'log' && inner === 'to';

/** `maxSizeBytes` -> `max_size` */
const plain = (key: string): string =>
  key.replace(/(Ms|Bytes)$/, '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const isSection = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const differing = (
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => !isDeepStrictEqual(before[key], after[key]),
  );

/** The list key among those that a process is made from (made.ts) for this path; null: none of them. */
export function madeKey(key: string): string | null {
  const [top = ''] = key.split('.');
  if (top === 'script' || top === 'shell') return 'command';
  return MADE_KEYS.has(top) ? top : null;
}

const MADE_KEYS: ReadonlySet<string> = new Set(['command', 'cwd', 'env', 'user', 'umask', 'nice', 'ulimit']);
