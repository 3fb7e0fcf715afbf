import { existsSync } from 'node:fs';
import path from 'node:path';
import { formatDuration } from '../base/duration.ts';
import { nearest } from '../base/suggest.ts';
import { launchOf } from './interpreter.ts';
import type { DraftList } from './normalize.ts';
import { quoted } from './problem.ts';
import { checkFolder, namesIn } from './programs.ts';
import { rootRunsNothingOfEverybody } from './root-rules.ts';
import { RUN_AS_RULES } from './run-as-rules.ts';
import type { Report } from './report.ts';
import type { CommandSpec } from './spec.ts';
import type { Place } from './tree.ts';
import { logsAreNotWatched, watchedPathsAreThere } from './watch-rules.ts';
import { withoutWrapper, wrapperOf } from './wrappers.ts';

/** What a rule sees: the daemons with defaults filled in, the environment of the supervisor, and where to complain. */
export interface Court {
  readonly list: DraftList;
  /** Absolute. */
  readonly file: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly report: Report;
}

export type Rule = (court: Court) => void;

/** What no single key can know, each rule by the name of what it asks for. */
const RULES: readonly Rule[] = [
  oneCommand,
  uniqueNames,
  knownDependencies,
  noCompletedOnAlways,
  noCycles,
  ownLogFile,
  sensibleGaps,
  codesMeanOneThing,
  programsAreThere,
  wrappersAreMeant,
  watchedPathsAreThere,
  logsAreNotWatched,
  ...RUN_AS_RULES,
  rootRunsNothingOfEverybody,
];

/** Tells the report of everything that is wrong between keys and between daemons. */
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

function knownDependencies({ list, report }: Court): void {
  const names = list.daemons.map(({ spec }) => spec.name);
  const known = new Set(names);
  for (const { spec, written } of list.daemons) {
    const seen = new Set<string>();
    for (const { value, at } of written.depends_on?.value ?? []) {
      if (seen.has(value.daemon)) report.problem(at, `daemon ${spec.name} depends on ${value.daemon} twice`);
      seen.add(value.daemon);
      if (known.has(value.daemon)) continue;
      const meant = nearest(value.daemon, names);
      const hint = meant === undefined ? undefined : `did you mean ${quoted(meant)}?`;
      report.problem(
        at,
        `daemon ${spec.name} depends on ${quoted(value.daemon)}, and there is no such daemon in the list`,
        hint,
      );
    }
  }
}

function noCompletedOnAlways({ list, report }: Court): void {
  const policies = new Map(list.daemons.map(({ spec }) => [spec.name, spec.restart.policy]));
  for (const { spec, written } of list.daemons) {
    for (const { value, at } of written.depends_on?.value ?? []) {
      if (value.until !== 'completed' || policies.get(value.daemon) !== 'always') continue;
      const what = `daemon ${spec.name} waits until ${value.daemon} has completed, which never is: it is restarted after each end`;
      report.problem(at, what, `write restart: on-failure (or never) for ${value.daemon}`);
    }
  }
}

function noCycles({ list, report }: Court): void {
  const drafts = new Map(list.daemons.map((draft) => [draft.spec.name, draft]));
  for (const cycle of cyclesOf(list)) {
    const [from, to] = [cycle[0] ?? '', cycle[1] ?? ''];
    const edge = drafts.get(from)?.written.depends_on?.value.find(({ value }) => value.daemon === to);
    report.problem(
      edge?.at ?? null,
      `daemons wait for each other: ${cycle.join(' -> ')}`,
      'remove one of these depends_on',
    );
  }
}

/** Each as `[a, b, a]`. Daemons that need nothing (more) are taken away until only cycles and what needs them is left. */
function cyclesOf({ daemons }: DraftList): readonly (readonly string[])[] {
  const needs = new Map(daemons.map(({ spec }) => [spec.name, new Set(spec.dependsOn.map((each) => each.daemon))]));
  const neededBy = new Map<string, string[]>();
  for (const [name, needed] of needs) {
    for (const each of needed) {
      if (!needs.has(each)) needed.delete(each);
      else neededBy.set(each, [...(neededBy.get(each) ?? []), name]);
    }
  }
  const free = [...needs.keys()].filter((name) => needs.get(name)?.size === 0);
  for (let name = free.pop(); name !== undefined; name = free.pop()) {
    needs.delete(name);
    for (const dependant of neededBy.get(name) ?? []) {
      const rest = needs.get(dependant);
      if (rest?.delete(name) === true && rest.size === 0) free.push(dependant);
    }
  }
  // Each that is left needs another that is left: whoever follows the first of them comes round.
  const cycles: string[][] = [];
  const walked = new Set<string>();
  for (const start of needs.keys()) {
    const path: string[] = [];
    for (
      let at: string | undefined = start;
      at !== undefined && !walked.has(at);
      at = needs.get(at)?.values().next().value
    ) {
      walked.add(at);
      path.push(at);
    }
    const last = path.at(-1);
    const back = last === undefined ? undefined : needs.get(last)?.values().next().value;
    const from = back === undefined ? -1 : path.indexOf(back);
    if (back !== undefined && from !== -1) cycles.push([...path.slice(from), back]);
  }
  return cycles;
}

/** Two writers would turn each other's file over. */
function ownLogFile({ list, report }: Court): void {
  const owners = new Map<string, string>();
  for (const { spec, written, at } of list.daemons) {
    const place = written.log?.value.file?.at ?? at;
    if (/(^|\/)\.{0,2}$/.test(written.log?.value.file?.value ?? 'x'))
      report.problem(place, `the log file of daemon ${spec.name} is a folder`);
    const { file } = spec.log;
    // NAME.log.1 is NAME.log after it was turned over; NAME.log.open is ours beside it.
    const turnedOver = list.daemons.find(
      (other) => other.spec.log.file === file.replace(/\.(open|gz\.part|[1-9]\d*(\.gz)?)$/, ''),
    )?.spec.name;
    const owner = owners.get(file) ?? turnedOver;
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
  if (command.kind !== 'script' || typed === undefined || existsSync(command.path)) return undefined;
  const meant = nearest(path.basename(typed), namesIn(path.dirname(command.path)));
  if (meant !== undefined) return `did you mean ${quoted(typed.slice(0, typed.lastIndexOf('/') + 1) + meant)}?`;
  return /[/.]/.test(typed) ? undefined : `a program that is found in the PATH goes under command: ${typed} …`;
}

function wrappersAreMeant({ list, report }: Court): void {
  for (const { spec, written, at } of list.daemons) {
    const wrapper = spec.command === null ? null : wrapperOf(spec.command);
    if (wrapper === null || spec.command === null || written.stop?.value.to?.value === 'group') continue;
    // A wrapper is never a line for a shell.
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
