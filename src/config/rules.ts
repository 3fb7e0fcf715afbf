import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { formatDuration } from '../base/duration.ts';
import { nearest } from '../base/suggest.ts';
import { stopsAreGraceful } from './graceful-rules.ts';
import { launchOf } from './interpreter.ts';
import { LIMIT_RULES } from './limit-rules.ts';
import { NEED_RULES } from './need-rules.ts';
import type { DraftList } from './normalize.ts';
import { PRESET_RULES } from './preset-rules.ts';
import { quoted } from './problem.ts';
import { checkFolder, namesIn } from './programs.ts';
import { rootRunsNothingOfEverybody } from './root-rules.ts';
import { RESOURCE_RULES } from './resource-rules.ts';
import { RUN_AS_RULES } from './run-as-rules.ts';
import type { Report } from './report.ts';
import type { CommandSpec } from './spec.ts';
import type { Place } from './tree.ts';
import { logsAreNotWatched, watchedPathsAreThere } from './watch-rules.ts';
import { withoutWrapper, wrapperOf } from './wrappers.ts';

/** What a rule sees: the daemons with defaults filled in, the supervisor's environment, and where to complain. */
export interface Court {
  readonly list: DraftList;
  /** Absolute. */
  readonly file: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly report: Report;
}

export type Rule = (court: Court) => void;

/** What no single key can know; each rule is named after what it demands. */
const RULES: readonly Rule[] = [
  oneCommand,
  uniqueNames,
  ...NEED_RULES,
  ...RESOURCE_RULES,
  ...LIMIT_RULES,
  ...PRESET_RULES,
  ownLogFile,
  sensibleGaps,
  codesMeanOneThing,
  programsAreThere,
  wrappersAreMeant,
  stopsAreGraceful,
  watchedPathsAreThere,
  logsAreNotWatched,
  ...RUN_AS_RULES,
  rootRunsNothingOfEverybody,
];

/** Reports everything wrong between keys and between daemons. */
export function applyRules(court: Court): void {
  for (const rule of RULES) rule(court);
}

function oneCommand({ list, report }: Court): void {
  for (const { spec, written, triesToRun, at } of list.daemons) {
    if (!triesToRun)
      report.problem(at, `daemon ${spec.name} has nothing to run`, 'write one of script, command or shell');
    const given = (['script', 'command', 'shell'] as const).flatMap((key) =>
      written[key] === undefined ? [] : { key, at: written[key].at },
    );
    const [first, second] = given;
    if (first === undefined || second === undefined) continue;
    report.problem(
      second.at,
      `daemon ${spec.name} has ${first.key} and ${second.key}`,
      'exactly one says what it runs',
    );
  }
}

function uniqueNames({ list, report }: Court): void {
  const first = new Map<string, Place>();
  for (const { spec, at } of list.daemons) {
    const before = first.get(spec.name);
    if (before === undefined) first.set(spec.name, at);
    else
      report.problem(
        at,
        `a second daemon has the name ${quoted(spec.name)}: the first is on line ${report.lineOf(before)}`,
      );
  }
}

/** Two writers would rotate each other's file. */
function ownLogFile({ list, file: listFile, report }: Court): void {
  const owners = new Map<string, string>();
  const files = new Map(
    list.daemons.flatMap(({ spec }) =>
      spec.log.to === 'stdout' ? [] : [[spec.name, leadsTo(spec.log.file)] as const],
    ),
  );
  for (const { spec, written, at } of list.daemons) {
    const file = files.get(spec.name);
    if (spec.log.to === 'stdout' || file === undefined) continue;
    const place = written.log?.value.file?.at ?? at;
    if (/(^|\/)\.{0,2}$/.test(written.log?.value.file?.value ?? 'x'))
      report.problem(place, `the log file of daemon ${spec.name} is a folder`);
    if (file === leadsTo(listFile))
      report.problem(place, `the log of daemon ${spec.name} would be written into this list`);
    // NAME.log.1 is NAME.log after a rotation; NAME.log.open is ours.
    const current = file.replace(/\.(open|gz\.part|[1-9]\d*(\.gz)?)$/, '');
    const rotated = list.daemons.find((other) => files.get(other.spec.name) === current)?.spec.name;
    const owner = owners.get(file) ?? rotated;
    if (!owners.has(file)) owners.set(file, spec.name);
    if (owner !== undefined && owner !== spec.name) {
      report.problem(
        place,
        `daemons ${owner} and ${spec.name} have the same log file, ${path.basename(spec.log.file)}`,
        'give each its own: log: { file: … }',
      );
    }
  }
}

/** Two ways to one folder, over a link, are one. A bare name is in the logs folder of the list. */
function leadsTo(file: string): string {
  if (!path.isAbsolute(file)) return file;
  try {
    return path.join(realpathSync(path.dirname(file)), path.basename(file));
  } catch {
    return file; // The folder is not there yet.
  }
}

function sensibleGaps({ list, report }: Court): void {
  for (const { spec, written, at } of list.daemons) {
    const { delayMs, maxDelayMs } = spec.restart;
    if (delayMs <= maxDelayMs) continue;
    const place = written.restart?.value.delay?.at ?? written.restart?.value.max_delay?.at ?? at;
    const what = `the restart delay of daemon ${spec.name}, ${formatDuration(delayMs)}, is longer than its max_delay, ${formatDuration(maxDelayMs)}`;
    report.problem(place, what, `write max_delay: ${formatDuration(delayMs)} or more`);
  }
}

function codesMeanOneThing({ list, report }: Court): void {
  for (const { spec, written, at } of list.daemons) {
    const both = spec.restart.successCodes.find((code) => spec.restart.fatalCodes.includes(code));
    if (both === undefined) continue;
    report.problem(
      written.restart?.at ?? at,
      `exit code ${both} of daemon ${spec.name} is in success_codes and in fatal_codes`,
    );
  }
}

function programsAreThere({ list, environment, report }: Court): void {
  for (const { spec, written, at } of list.daemons) {
    const folder = checkFolder(spec.cwd);
    if (!folder.ok) report.problem(written.cwd?.at ?? at, `daemon ${spec.name} cannot start: ${folder.error}`);
    if (!folder.ok || spec.command === null) continue;
    const launch = launchOf({ command: spec.command, cwd: spec.cwd, env: spec.env }, environment);
    if (launch.ok) continue;
    const place = written.script?.at ?? written.command?.at ?? at;
    report.problem(
      place,
      `daemon ${spec.name} cannot start: ${launch.error}`,
      launchHint(spec.command, written.script?.value[0]),
    );
  }
}

function launchHint(command: CommandSpec, typed: string | undefined): string | undefined {
  if (command.kind === 'argv' && command.argv[0].includes('=')) return 'variables go under env: { NAME: value }';
  const first = command.kind === 'argv' ? command.argv[0] : typed;
  if (first?.startsWith('~/') === true) return `only shells know ~: write \${HOME}${first.slice(1)}`;
  if (command.kind !== 'script' || typed === undefined || existsSync(command.path)) return undefined;
  const meant = nearest(path.basename(typed), namesIn(path.dirname(command.path)));
  if (meant !== undefined) return `did you mean ${quoted(typed.slice(0, typed.lastIndexOf('/') + 1) + meant)}?`;
  return /[/.]/.test(typed) ? undefined : `a program that is found in the PATH goes under command: ${typed} …`;
}

function wrappersAreMeant({ list, report }: Court): void {
  for (const { spec, written, at } of list.daemons) {
    const wrapper = spec.command === null ? null : wrapperOf(spec.command);
    if (wrapper === null || spec.command === null || written.stop?.value.to?.value === 'group') continue;
    // A wrapper is never a shell line.
    const args = spec.command.kind === 'argv' ? spec.command.argv.slice(1) : argsOf(spec.command);
    const told =
      spec.stop.to === 'group'
        ? 'so signals go to its whole group'
        : 'and stop.to: main leaves the worker without its stop signal';
    const what = `daemon ${spec.name}: ${wrapper} runs the worker as a child of its own, ${told}`;
    report.warning(written.command?.at ?? written.script?.at ?? at, what, withoutWrapper(wrapper, args, spec.cwd));
  }
}

const argsOf = (command: CommandSpec): readonly string[] => (command.kind === 'script' ? command.args : []);
