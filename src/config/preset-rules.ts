import { formatDuration } from '../base/duration.ts';
import type { Draft } from './normalize.ts';
import type { AppliedPreset, AppliedSetting } from './preset-layer.ts';
import { PRESETS } from './presets.ts';
import type { Court, Rule } from './rules.ts';
import type { Found } from './section.ts';
import type { WrittenDefaults } from './schema.ts';

/** What is written overrides a preset; if that was hardly intended, a warning says so. */
export const PRESET_RULES: readonly Rule[] = [
  defaultsAreMeant,
  graceIsLongEnough,
  iterationsAreTold,
  consumersHaveTheirOwnNames,
  poolsFinishTheirTasks,
];

/** A preset at a daemon may have been written without thinking of `defaults:`. */
function defaultsAreMeant({ list, report }: Court): void {
  for (const { preset, layers } of list.daemons) {
    if (preset === null || layers.own.preset === undefined) continue;
    for (const setting of preset.settings) {
      const found = inDefaults(setting, layers);
      if (found === undefined) continue;
      // The same words at the same place for each of them: told only once.
      report.warning(
        found.at,
        `defaults set ${setting.key} also for daemons of preset ${preset.name}, which want ${shown(setting.value)}: ${setting.reason}`,
        'what is written in defaults counts more than a preset: write it at the daemons that need it instead',
      );
    }
  }
}

/** What `defaults:` sets differently, unless the daemon itself sets it. A longer grace does no harm. */
function inDefaults({ key, value }: AppliedSetting, { own, defaults }: Draft['layers']): Found<unknown> | undefined {
  const differs = (found: Found<unknown> | undefined): Found<unknown> | undefined =>
    found === undefined || String(found.value) === String(value) ? undefined : found;
  switch (key) {
    case 'stop.grace':
      return undefined; // Told by the rule that compares times.
    case 'stop.signal':
      return own.stop?.value.signal === undefined ? differs(defaults.stop?.value.signal) : undefined;
    case 'stop.to':
      return own.stop?.value.to === undefined ? differs(defaults.stop?.value.to) : undefined;
    case 'restart.success_codes':
      return own.restart?.value.success_codes === undefined ? missesACode(value, defaults) : undefined;
    default:
      return undefined; // A variable that is written is intended.
  }
}

function missesACode(wanted: AppliedSetting['value'], defaults: WrittenDefaults): Found<unknown> | undefined {
  const codes = defaults.restart?.value.success_codes;
  if (codes === undefined || typeof wanted === 'string') return undefined;
  const known = codes.value.map(({ value }) => value);
  return wanted.every((code) => known.includes(code)) ? undefined : codes;
}

const shown = (value: AppliedSetting['value']): string => (typeof value === 'string' ? value : `[${value.join(', ')}]`);

/** The worker's own limit is the patience its jobs were written for. */
function graceIsLongEnough({ list, report }: Court): void {
  for (const { spec, layers, preset, at } of list.daemons) {
    if (preset === null) continue;
    const grace = layers.own.stop?.value.grace ?? layers.defaults.stop?.value.grace;
    const place = grace?.at ?? at;
    const { graceMs } = spec.stop;
    if (preset.ownMs === null && preset.ownFrom !== null && grace === undefined)
      report.warning(
        place,
        `daemon ${spec.name} has ${preset.ownFrom} 0: a job may take for ever, and its grace is ${formatDuration(graceMs ?? 0)}`,
        'write stop: TIME, above its longest job',
      );
    if (preset.ownMs === null || graceMs === null || graceMs >= preset.ownMs) continue;
    // A grace written at the daemon was chosen for its jobs; one in the command beyond it is a contradiction.
    if (preset.ownFrom === null && layers.own.stop?.value.grace !== undefined) continue;
    report.warning(
      place,
      `the grace of daemon ${spec.name}, ${formatDuration(graceMs)}, is shorter than ${ownWords(preset)}: what takes longer is cut`,
      preset.ownFrom === null ? 'write a longer one' : `write a longer one, or a shorter ${preset.ownFrom}`,
    );
  }
}

function ownWords({ name, ownMs, ownFrom }: AppliedPreset): string {
  const time = formatDuration(ownMs ?? 0);
  return ownFrom === null ? `the ${time} that ${name} itself allows` : `its own ${ownFrom}, ${time}`;
}

/** A framework does not speak the protocol: such a limit would never be reached. */
function iterationsAreTold({ list, report }: Court): void {
  for (const { spec, written, preset } of list.daemons) {
    const instead = preset === null ? null : PRESETS[preset.name].instead;
    if (preset === null || instead === null) continue;
    for (const limit of ['iteration', 'iterations'] as const) {
      const found = written.limits?.value[limit];
      if (found === undefined) continue;
      const option = instead[limit];
      report.warning(
        found.at,
        `limits.${limit} of daemon ${spec.name} does nothing: ${preset.name} does not tell its iterations`,
        option === null ? 'limits.memory and limits.age do, at a boundary' : `it has one of its own: ${option}`,
      );
    }
  }
}

/** Two consumers with one name get the same message. Only names in the list are visible: most are in the application. */
function consumersHaveTheirOwnNames({ list, report }: Court): void {
  for (const { spec, written, preset, at } of list.daemons) {
    if (preset?.name !== 'symfony' || spec.instances < 2) continue;
    for (const [name, value] of Object.entries(spec.env)) {
      if (!namesAConsumer(value)) continue;
      report.warning(
        written.env?.at ?? at,
        `${name} gives all ${spec.instances} instances of daemon ${spec.name} one consumer name, and Redis hands two of a name the same message`,
        'leave the name out of it; the option of the transport that gives each its own: supervise check --explain',
      );
    }
  }
}

/** What Celery says about its warm shutdown applies to prefork and threads. The pool is known only if the command names it. */
function poolsFinishTheirTasks({ list, report }: Court): void {
  for (const { spec, written, preset, at } of list.daemons) {
    if (preset?.name !== 'celery' || spec.command?.kind !== 'argv') continue;
    const pool = /(?:^| )(?:-P|--pool)[ =]?(solo|gevent|eventlet)(?: |$)/.exec(spec.command.argv.join(' '))?.[1];
    if (pool === undefined) continue;
    const does =
      pool === 'solo'
        ? 'Celery (5.2) cuts the task of a solo pool at a stop, and exits 0'
        : `Celery does tasks with acks_late again that a ${pool} pool has finished during a stop`;
    report.warning(written.command?.at ?? at, `daemon ${spec.name}: ${does}`, 'prefork and threads finish theirs');
  }
}

/** `redis://host/stream/group/consumer`, or `?consumer=`; the path of a socket, which has no host, is neither. */
function namesAConsumer(value: string): boolean {
  if (!/^rediss?:\/\//.test(value) || !URL.canParse(value)) return false;
  const dsn = new URL(value);
  if (dsn.host === '') return false;
  const [, , , consumer = ''] = dsn.pathname.split('/');
  return consumer !== '' || dsn.searchParams.has('consumer');
}
