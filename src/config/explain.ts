import { formatBytes } from '../base/bytes.ts';
import { formatDuration } from '../base/duration.ts';
import type { Draft } from './normalize.ts';
import type { PresetName } from './presets.ts';
import { PRESETS } from './presets.ts';
import type { Report } from './report.ts';
import type { Found } from './section.ts';
import type { DaemonSpec, LogSpec } from './spec.ts';
import type { Place } from './tree.ts';
import { ulimitsOf } from './ulimits.ts';
import { wrapperOf } from './wrappers.ts';

/** What a daemon will get, key by key, and where each value comes from. */
export interface DaemonExplanation {
  readonly name: string;
  readonly preset: PresetName | null;
  readonly settings: readonly Setting[];
  readonly patience: Patience;
}

export interface Setting {
  readonly key: string;
  /** As it would be written in a list. For an environment only the names. */
  readonly value: string;
  readonly origin: Origin;
}

export type Origin =
  /** `reason`: given if the built-in value depends on something. */
  | { readonly from: 'built in'; readonly reason: string | null }
  | { readonly from: 'preset'; readonly preset: PresetName; readonly reason: string; readonly source: string }
  /** The line in the list; `defaults`: under `defaults:`. */
  | { readonly from: 'defaults' | 'list'; readonly line: number };

/** How long each may take, from the inside out. null: for ever. */
export interface Patience {
  /** `limits.iteration`: for a daemon that reports its iterations. */
  readonly iterationMs: number | null;
  /** The time that a framework itself gives a job; `option` says where its command sets it. null: no framework, or it does not say. */
  readonly own: { readonly ms: number; readonly option: string | null } | null;
  readonly graceMs: number | null;
}

/** The spec of an accepted list, and how it came about. */
export function explainDaemon(draft: Draft, report: Report): DaemonExplanation {
  const { preset } = draft;
  const variables = presetVariables(draft);
  const spec = { ...draft.spec, env: without(draft.spec.env, new Set(variables.map(({ key }) => key))) };
  const settings = SHOWN.flatMap(({ key, show }): readonly Setting[] => {
    const value = show(spec);
    return value === null ? [] : [{ key, value, origin: originOf(key, draft, report) }];
  });
  const own = preset?.ownMs == null ? null : { ms: preset.ownMs, option: preset.ownFrom };
  return {
    name: spec.name,
    preset: preset?.name ?? null,
    settings: [...settings, ...variables],
    patience: { iterationMs: spec.limits.iterationMs, own, graceMs: spec.stop.graceMs },
  };
}

const without = (env: DaemonSpec['env'], keys: ReadonlySet<string>): DaemonSpec['env'] =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !keys.has(`env.${name}`)));

/** The parts of a spec that a rule may see before it is complete. */
type Shown = Omit<DaemonSpec, 'command'>;
interface Row {
  readonly key: string;
  /** null: nothing to show. */
  readonly show: (spec: Shown) => string | null;
}

const time = (ms: number | null): string => (ms === null ? 'unlimited' : formatDuration(ms));
const timeOrNone = (ms: number | null): string | null => (ms === null ? null : formatDuration(ms));
const several = (words: readonly (string | number)[]): string | null =>
  words.length === 0 ? null : `[${words.join(', ')}]`;
const textOrNone = (value: string | number | null): string | null => (value === null ? null : String(value));

const ofFile = ({ to }: LogSpec, value: string | number | boolean): string | null =>
  to === 'stdout' ? null : String(value);

function placeWords({ to, file }: LogSpec): string {
  if (to === 'stdout') return 'none: its lines go to the stdout of supervise';
  return to === 'file' ? file : `${file}; as pid 1: the stdout of supervise`;
}

/** In the order of the reference. A test checks that no key is missing. */
export const SHOWN: readonly Row[] = [
  { key: 'instances', show: ({ instances }) => String(instances) },
  { key: 'cwd', show: ({ cwd }) => cwd },
  { key: 'env', show: ({ env }) => several(Object.keys(env)) },
  { key: 'tags', show: ({ tags }) => several(tags) },
  { key: 'autostart', show: ({ autostart }) => String(autostart) },
  { key: 'depends_on', show: needs },
  {
    key: 'ready',
    show: ({ ready }) =>
      ready.by === 'time' ? formatDuration(ready.afterMs) : `notify, within ${formatDuration(ready.timeoutMs)}`,
  },
  { key: 'restart.policy', show: ({ restart }) => restart.policy },
  { key: 'restart.delay', show: ({ restart }) => time(restart.delayMs) },
  { key: 'restart.factor', show: ({ restart }) => String(restart.factor) },
  { key: 'restart.max_delay', show: ({ restart }) => time(restart.maxDelayMs) },
  { key: 'restart.jitter', show: ({ restart }) => String(restart.jitter) },
  { key: 'restart.reset_after', show: ({ restart }) => time(restart.resetAfterMs) },
  { key: 'restart.attempts', show: ({ restart }) => String(restart.attempts ?? 'unlimited') },
  { key: 'restart.success_codes', show: ({ restart }) => `[${restart.successCodes.join(', ')}]` },
  { key: 'restart.fatal_codes', show: ({ restart }) => `[${restart.fatalCodes.join(', ')}]` },
  { key: 'stop.signal', show: ({ stop }) => stop.signal ?? 'the signal that supervise gets, else SIGTERM' },
  { key: 'stop.to', show: ({ stop }) => stop.to },
  { key: 'stop.grace', show: ({ stop }) => time(stop.graceMs) },
  { key: 'leftovers', show: ({ leftovers }) => leftovers },
  { key: 'log.file', show: ({ log }) => placeWords(log) },
  { key: 'log.max_size', show: ({ log }) => ofFile(log, formatBytes(log.maxSizeBytes)) },
  { key: 'log.max_files', show: ({ log }) => ofFile(log, log.maxFiles) },
  { key: 'log.timestamps', show: ({ log }) => ofFile(log, log.timestamps) },
  { key: 'log.compress', show: ({ log }) => ofFile(log, log.compress) },
  { key: 'watch.paths', show: ({ watch }) => several(watch?.paths ?? []) },
  { key: 'watch.ignore', show: ({ watch }) => several(watch?.ignore ?? []) },
  { key: 'watch.debounce', show: ({ watch }) => timeOrNone(watch?.debounceMs ?? null) },
  { key: 'user', show: ({ user }) => (user === null ? null : (user.name ?? `${user.uid}:${user.gid}`)) },
  { key: 'umask', show: ({ umask }) => (umask === null ? null : umask.toString(8).padStart(3, '0')) },
  { key: 'nice', show: ({ nice }) => textOrNone(nice) },
  {
    key: 'ulimit',
    show: ({ ulimit }) => several(ulimitsOf(ulimit).map(([name, value]) => `${name} ${value ?? 'unlimited'}`)),
  },
  { key: 'limits.iteration', show: ({ limits }) => timeOrNone(limits.iterationMs) },
  { key: 'limits.iterations', show: ({ limits }) => textOrNone(limits.iterations) },
  {
    key: 'limits.memory',
    show: ({ limits }) => (limits.memoryBytes === null ? null : formatBytes(limits.memoryBytes)),
  },
  { key: 'limits.age', show: ({ limits }) => timeOrNone(limits.ageMs) },
];

function needs({ dependsOn, resources }: Shown): string | null {
  return several([
    ...dependsOn.map(({ daemon, until }) => `${daemon} ${until}`),
    ...resources.map((name) => `${name} up`),
  ]);
}

function originOf(key: string, { spec, layers, preset }: Draft, report: Report): Origin {
  const written = key === 'log.file' && spec.log.to === 'stdout' ? 'log.to' : key;
  const [own, defaults] = [placeOf(layers.own, written), placeOf(layers.defaults, written)];
  if (own !== undefined) return { from: 'list', line: report.lineOf(own) };
  if (defaults !== undefined) return { from: 'defaults', line: report.lineOf(defaults) };
  const set = preset?.settings.find((each) => each.key === key);
  if (preset !== null && set !== undefined)
    return { from: 'preset', preset: preset.name, reason: set.reason, source: set.source };
  return { from: 'built in', reason: key === 'stop.to' ? groupReason(spec) : null };
}

/** Where a key is written, if it is: `restart.delay` in the section of `restart`. Env files count for env too. */
function placeOf(written: object, key: string): Place | undefined {
  const [outer = '', inner] = key.split('.');
  const keys = written as Readonly<Record<string, Found<unknown> | undefined>>; // Sections are read into this shape.
  const found = keys[outer] ?? (key === 'env' ? keys.env_file : undefined);
  if (found === undefined || inner === undefined) return found?.at;
  return typeof found.value === 'object' && found.value !== null ? placeOf(found.value, inner) : undefined;
}

function groupReason({ command, stop }: Draft['spec']): string | null {
  if (stop.to !== 'group' || command === null) return null;
  const wrapper = wrapperOf(command);
  return wrapper === null
    ? 'a line of `shell:` may be several processes'
    : `${wrapper} does not hand signals on to its worker`;
}

/** Those that nothing else sets. */
function presetVariables({ spec, preset }: Draft): readonly Setting[] {
  return (preset?.settings ?? []).flatMap(({ key, value, reason, source }): readonly Setting[] => {
    const name = key.startsWith('env.') ? key.slice('env.'.length) : null;
    if (preset === null || name === null || spec.env[name] !== value) return [];
    return [
      { key, value: value === '' ? '""' : value, origin: { from: 'preset', preset: preset.name, reason, source } },
    ];
  });
}

/** The PHP extension without which a stop cuts. */
export const extensionFor = (preset: PresetName | null): string | null =>
  preset === null ? null : PRESETS[preset].extension;
