import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Group } from './accounts.ts';
import { wrongVariable } from './compound.ts';
import { besideList, needsOf, resourceSpec } from './resource-specs.ts';
import type { WrittenResource } from './resources.ts';
import type { AppliedPreset } from './preset-layer.ts';
import { applyPreset } from './preset-layer.ts';
import { quoted } from './problem.ts';
import { readEnvFile } from './read.ts';
import type { Report } from './report.ts';
import type { WrittenDaemon, WrittenDefaults } from './schema.ts';
import { DAEMON, LOG, RESTART, STOP, SUPERVISOR } from './schema.ts';
import type { Found } from './section.ts';
import { builtIn } from './section.ts';
import type {
  CommandSpec,
  DaemonSpec,
  LimitsSpec,
  ListSpec,
  LogSpec,
  ResourceSpec,
  RestartSpec,
  StartRate,
  StopSpec,
  WatchSpec,
} from './spec.ts';
import type { Place } from './tree.ts';
import type { Ulimits } from './ulimits.ts';
import type { WrittenConfig, WrittenEntry } from './validate.ts';
import { WATCH } from './watch.ts';
import { wrapperOf } from './wrappers.ts';

/** A daemon on its way to its spec: problems are noted, and the rules still examine the rest. */
export interface Draft {
  readonly spec: Omit<DaemonSpec, 'command'> & { readonly command: CommandSpec | null };
  /** What is written at the daemon, or else under `defaults:`. */
  readonly written: WrittenDaemon;
  /** The same, kept apart, with the settings of its preset: the nearer one wins. */
  readonly layers: { readonly own: WrittenDaemon; readonly defaults: WrittenDefaults };
  readonly preset: AppliedPreset | null;
  /** Absolute, including those of `defaults:`. */
  readonly envFiles: readonly Found<string>[];
  /** What it runs is written, or was attempted. */
  readonly triesToRun: boolean;
  /** Where to point for the daemon as a whole. */
  readonly at: Place;
}

/** A resource on its way to its spec. */
export interface DraftResource {
  /** null: it has no probe, which has been noted. */
  readonly spec: ResourceSpec | null;
  readonly written: WrittenResource;
}

export interface DraftList {
  readonly name: string | null;
  readonly startRate: StartRate;
  readonly stopWithinMs: number | null;
  readonly maxTotalLogBytes: number | null;
  readonly socketGroup: Found<Group> | null;
  readonly resources: readonly DraftResource[];
  readonly onTrouble: Found<NonNullable<ListSpec['onTrouble']>> | null;
  readonly daemons: readonly Draft[];
}

/** Fills in `defaults:` and built-in values, makes paths absolute, and expands short forms into specs. */
export function normalize({ list, daemons }: WrittenConfig, file: string, report: Report): DraftList {
  const folder = path.dirname(file);
  const defaults = list.defaults?.value ?? {};
  const rate = list.supervisor?.value.start_rate;
  const perSecond = rate === undefined ? builtIn(SUPERVISOR.start_rate) : rate.value;
  const onTrouble = list.supervisor?.value.on_trouble;
  const resources = (list.resources?.value ?? []).map((written) => ({ written, spec: resourceSpec(written, folder) }));
  const surroundings = { folder, report, resources: new Set(resources.map(({ written }) => written.name)) };
  return {
    name: list.name?.value ?? null,
    startRate: perSecond === null ? null : { perSecond },
    stopWithinMs: list.supervisor?.value.stop_within?.value ?? null,
    maxTotalLogBytes: list.supervisor?.value.log?.value.max_total?.value ?? null,
    socketGroup: list.supervisor?.value.socket?.value.group ?? null,
    resources,
    onTrouble: onTrouble === undefined ? null : { value: besideList(onTrouble.value, folder), at: onTrouble.at },
    daemons: daemons.flatMap((each) => (each.name === undefined ? [] : draft(each.name, each, defaults, surroundings))),
  };
}

/** The parts of the list needed to examine a daemon. */
interface Surroundings {
  readonly folder: string;
  readonly report: Report;
  /** The names of the resources. */
  readonly resources: ReadonlySet<string>;
}

function draft(
  name: string,
  { at, keys, triesToRun }: WrittenEntry,
  defaults: WrittenDefaults,
  { folder, report, resources }: Surroundings,
): Draft {
  const written: WrittenDaemon = { ...defaults, ...keys };
  const command = commandOf(keys, folder);
  const preset = written.preset === undefined ? null : applyPreset(written.preset.value, command);
  const under = preset?.layer ?? {};
  const instances = valueOf(written.instances, builtIn(DAEMON.instances));
  const restart = restartOf({ ...under.restart?.value, ...defaults.restart?.value, ...keys.restart?.value });
  const spec = {
    name,
    command,
    instances: instances === 'cpus' ? availableParallelism() : instances,
    cwd: path.resolve(folder, valueOf(written.cwd, '.')),
    env: environmentOf([under, defaults, keys], folder, report),
    user: valueOf(written.user, null),
    umask: valueOf(written.umask, null),
    nice: valueOf(written.nice, null),
    ulimit: ulimitOf({ ...defaults.ulimit?.value, ...keys.ulimit?.value }),
    tags: [...new Set(written.tags?.value.map((tag) => tag.value))],
    autostart: valueOf(written.autostart, builtIn(DAEMON.autostart)),
    ...needsOf(keys.depends_on?.value ?? [], resources),
    ready: valueOf(written.ready, builtIn(DAEMON.ready)),
    restart,
    stop: stopOf({ ...under.stop?.value, ...defaults.stop?.value, ...keys.stop?.value }, command),
    leftovers: valueOf(written.leftovers, builtIn(DAEMON.leftovers)),
    log: logOf({ ...defaults.log?.value, ...keys.log?.value }, name, folder),
    watch: written.watch === undefined ? null : watchOf({ ...defaults.watch?.value, ...keys.watch?.value }, folder),
    limits: limitsOf({ ...defaults.limits?.value, ...keys.limits?.value }, restart.policy),
  };
  const envFiles = [defaults, keys].flatMap(({ env_file: files }) => absolute(files?.value ?? [], folder));
  return { spec, written, layers: { own: keys, defaults }, preset, envFiles, triesToRun, at };
}

function commandOf({ script, command, shell }: WrittenDaemon, folder: string): CommandSpec | null {
  if (script !== undefined) {
    const [first, ...args] = script.value;
    return { kind: 'script', path: path.resolve(folder, first), args };
  }
  if (command !== undefined) return { kind: 'argv', argv: command.value };
  return shell === undefined ? null : { kind: 'shell', line: shell.value };
}

/** The nearest wins: the daemon over `defaults:`, that over a preset, and in each of them `env` over the files of `env_file`. */
function environmentOf(
  layers: readonly WrittenDefaults[],
  folder: string,
  report: Report,
): Readonly<Record<string, string>> {
  const env: Record<string, string> = { PYTHONUNBUFFERED: '1' };
  for (const { env_file: files, env: own } of layers) {
    for (const file of files?.value ?? []) Object.assign(env, fromFile(file, folder, report));
    Object.assign(env, own?.value);
  }
  return env;
}

function fromFile({ value, at }: Found<string>, folder: string, report: Report): Readonly<Record<string, string>> {
  const read = readEnvFile(path.resolve(folder, value));
  if (!read.ok) {
    report.problem(at, `the env file ${quoted(value)} ${read.error}`);
    return {};
  }
  for (const name of Object.keys(read.value)) {
    const wrong = wrongVariable(name);
    if (wrong !== undefined) report.problem(at, `the env file ${quoted(value)}: ${wrong}`);
  }
  return read.value;
}

const absolute = (files: readonly Found<string>[], folder: string): readonly Found<string>[] =>
  files.map(({ value, at }) => ({ value: path.resolve(folder, value), at }));

const ulimitOf = (written: NonNullable<WrittenDaemon['ulimit']>['value']): Ulimits =>
  Object.fromEntries(Object.entries(written).map(([name, found]) => [name, found.value]));

function restartOf(written: NonNullable<WrittenDaemon['restart']>['value']): RestartSpec {
  const successCodes = valueOf(written.success_codes, builtIn(RESTART.success_codes)).map((code) => code.value);
  // Making 78 a success also takes it out of the built-in fatal codes.
  const builtInFatal = builtIn(RESTART.fatal_codes).filter((code) => !successCodes.includes(code.value));
  return {
    policy: valueOf(written.policy, builtIn(RESTART.policy)),
    delayMs: valueOf(written.delay, builtIn(RESTART.delay)),
    factor: valueOf(written.factor, builtIn(RESTART.factor)),
    maxDelayMs: valueOf(written.max_delay, builtIn(RESTART.max_delay)),
    jitter: valueOf(written.jitter, builtIn(RESTART.jitter)),
    resetAfterMs: valueOf(written.reset_after, builtIn(RESTART.reset_after)),
    attempts: valueOf(written.attempts, builtIn(RESTART.attempts)),
    successCodes,
    fatalCodes: valueOf(written.fatal_codes, builtInFatal).map((code) => code.value),
  };
}

function stopOf(written: NonNullable<WrittenDaemon['stop']>['value'], command: CommandSpec | null): StopSpec {
  const alone = command === null || (command.kind !== 'shell' && wrapperOf(command) === null);
  return {
    signal: valueOf(written.signal, null),
    to: valueOf(written.to, alone ? 'main' : 'group'),
    graceMs: valueOf(written.grace, builtIn(STOP.grace)),
  };
}

function logOf(written: NonNullable<WrittenDaemon['log']>['value'], name: string, folder: string): LogSpec {
  const file = valueOf(written.file, `${name}.log`);
  return {
    to: valueOf(written.to, 'unsaid'),
    file: file.includes('/') ? path.resolve(folder, file) : file,
    maxSizeBytes: valueOf(written.max_size, builtIn(LOG.max_size)),
    maxFiles: valueOf(written.max_files, builtIn(LOG.max_files)),
    timestamps: valueOf(written.timestamps, builtIn(LOG.timestamps)),
    compress: valueOf(written.compress, builtIn(LOG.compress)),
  };
}

function watchOf(written: NonNullable<WrittenDaemon['watch']>['value'], folder: string): WatchSpec {
  return {
    paths: [...new Set(written.paths?.value.map(({ value }) => path.resolve(folder, value)))],
    // A name matches at any depth; a pattern with a slash is a place.
    ignore: [
      ...new Set(written.ignore?.value.map(({ value }) => (value.includes('/') ? placeOf(value, folder) : value))),
    ],
    debounceMs: valueOf(written.debounce, builtIn(WATCH.debounce)),
  };
}

/** With `restart: never` a run is never replaced: a job would be stopped in the middle and begun again. */
function limitsOf(written: NonNullable<WrittenDaemon['limits']>['value'], policy: RestartSpec['policy']): LimitsSpec {
  const iterationMs = valueOf(written.iteration, null);
  if (policy === 'never') return { iterationMs, iterations: null, memoryBytes: null, ageMs: null };
  return {
    iterationMs,
    iterations: valueOf(written.iterations, null),
    memoryBytes: valueOf(written.memory, null),
    ageMs: valueOf(written.age, null),
  };
}

/** `cache/` means the folder of that name. */
function placeOf(pattern: string, folder: string): string {
  const trimmed = pattern.replace(/\/+$/, '');
  return trimmed.includes('/') ? path.resolve(folder, trimmed) : trimmed;
}

function valueOf<T>(found: Found<T> | undefined, otherwise: T): T {
  return found === undefined ? otherwise : found.value;
}
