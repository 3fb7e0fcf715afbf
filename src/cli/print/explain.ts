/** `check --explain`: what each daemon will get, and where it comes from. */
import { cleanText } from '../../base/clean.ts';
import { formatDuration } from '../../base/duration.ts';
import type { DaemonExplanation, Origin, Setting } from '../../config/explain.ts';
import { SHOWN } from '../../config/explain.ts';
import { PRESETS } from '../../config/presets.ts';
import type { ProgramFacts } from '../../config/program-facts.ts';
import type { ListSpec, ProbeSpec, ResourceSpec } from '../../config/spec.ts';
import { placeOf } from '../../config/veil.ts';
import type { InstalledUnit } from '../../systemd/installed.ts';
import { wrapWords } from './wrap.ts';
import { chainWords, outsideWords, patienceWords } from './patience.ts';

export interface Explanation {
  readonly explanation: DaemonExplanation;
  /** null: it cannot be started as it is now. */
  readonly program: ProgramFacts | null;
}

/** The width if none is known: enough for most reasons, narrow enough for a mail. */
const WIDTH = 120;

export interface ExplainedList {
  readonly list: ListSpec;
  readonly daemons: readonly Explanation[];
  /** The unit of this list, if one is installed. */
  readonly unit: InstalledUnit | null;
}

/** The lines, at most so many cells wide. */
export function explainLines({ list, daemons, unit }: ExplainedList, cells: number | null): readonly string[] {
  const columns = Math.max(40, cells ?? WIDTH);
  return [
    ...daemons.flatMap((each) => [...daemonLines(each, columns), '']),
    ...laid(`Built in, where nothing else is said: ${builtInWords(daemons)}`, columns, '  '),
    '',
    ...list.resources.flatMap((each) => [...resourceLines(each, list, columns), '']),
    ...(list.onTrouble === null ? [] : [...laid(`on_trouble: ${list.onTrouble[0]}`, columns, '  '), '']),
    ...[...chainWords(list), ...outsideWords(list, unit)].flatMap((line) => laid(line, columns, '  ')),
  ];
}

/** What depends on nothing but the daemon itself is printed once for all of them. */
function builtInWords(daemons: readonly Explanation[]): string {
  const plain = new Map<string, string>();
  for (const { explanation } of daemons) {
    for (const { key, value } of explanation.settings.filter(isPlain))
      plain.set(key, key === 'log.file' ? 'NAME.log' : value);
  }
  return SHOWN.flatMap(({ key }) => (plain.has(key) ? [`${key} ${plain.get(key) ?? ''}`] : [])).join(' · ');
}

const isPlain = ({ origin }: Setting): boolean => origin.from === 'built in' && origin.reason === null;

/** The same for programs: added to what `check --json` says about a daemon. */
export function explanationJson(explained: Explanation | undefined): object {
  if (explained === undefined) return {};
  const { explanation, program } = explained;
  const { preset, settings, patience } = explanation;
  return {
    preset,
    program: program && {
      file: program.file,
      real: program.real,
      interpreter: program.interpreter,
      version: program.version,
      lacks: program.lacks,
    },
    settings: settings.map(({ key, value, origin }) => ({ key, value, ...origin })),
    patience: {
      iteration_ms: patience.iterationMs,
      own_ms: patience.own?.ms ?? null,
      own_option: patience.own?.option ?? null,
      grace_ms: patience.graceMs,
    },
  };
}

function daemonLines({ explanation, program }: Explanation, columns: number): readonly string[] {
  const { name, preset, settings } = explanation;
  const rows: readonly (readonly [string, string])[] = [
    ['runs', programWords(program)],
    ...missing(explanation, program),
    ...settingRows(settings.filter((each) => !isPlain(each))),
    ['a stop', patienceWords(explanation)],
  ];
  const width = Math.max(...rows.map(([key]) => key.length));
  return [
    preset === null ? name : `${name}: ${PRESETS[preset].title}`,
    ...rows.flatMap(([key, text]) => laid(`  ${key.padEnd(width)}  ${text}`, columns, ' '.repeat(width + 4))),
  ];
}

/** Keys with their values and origins, the origins aligned. */
function settingRows(settings: readonly Setting[]): readonly (readonly [string, string])[] {
  const width = Math.min(24, Math.max(0, ...settings.map(({ value }) => value.length)));
  return settings.map(({ key, value, origin }) => [key, `${cleanText(value).padEnd(width)}  ${originWords(origin)}`]);
}

function originWords(origin: Origin): string {
  switch (origin.from) {
    case 'built in':
      return origin.reason === null ? 'built in' : `built in: ${origin.reason}`;
    case 'preset':
      return `preset ${origin.preset}: ${origin.reason}`;
    case 'defaults':
      return `line ${origin.line}, defaults`;
    case 'list':
      return `line ${origin.line}`;
  }
}

function programWords(program: ProgramFacts | null): string {
  if (program === null) return 'nothing: it cannot be started any more';
  const { file, real, loader, interpreter, version } = program;
  const links = real === file ? file : `${file} -> ${real}`;
  const told = version ?? '(it does not say its version)';
  if (interpreter === null) return links;
  if (interpreter !== file) return `${links}, by ${interpreter} ${told}`;
  return [`${links} ${told}`, ...loader].join(' ');
}

function missing({ preset }: DaemonExplanation, program: ProgramFacts | null): readonly (readonly [string, string])[] {
  if (preset === null || program?.lacks == null) return [];
  return [['but', `this PHP has no ${program.lacks}: SIGTERM cuts what is at work`]];
}

function resourceLines(resource: ResourceSpec, list: ListSpec, columns: number): readonly string[] {
  const { name, probe, intervalMs, timeoutMs } = resource;
  const needed = list.daemons.filter(({ resources }) => resources.includes(name)).map((daemon) => daemon.name);
  const asked = `each ${formatDuration(intervalMs)} while it is down, for at most ${formatDuration(timeoutMs)}`;
  const by = needed.length === 0 ? 'needed by nobody' : `needed by ${needed.join(', ')}`;
  return laid(`resource ${name}: ${probeWords(probe)}, ${asked}; ${by}`, columns, '  ');
}

/** Without arguments and without the user of a URL: they may contain a password. */
function probeWords(probe: ProbeSpec): string {
  switch (probe.kind) {
    case 'exec':
      return `exec ${probe.argv[0]}`;
    case 'tcp':
      return `tcp ${probe.host}:${probe.port}`;
    case 'http':
      return `http ${placeOf(probe.url)}`;
    case 'file':
      return `file ${probe.path}`;
  }
}

/** A list may be hostile to the reader's terminal. */
const laid = (text: string, columns: number, indent: string): readonly string[] =>
  wrapWords(cleanText(text), columns, indent);
