import { nearest } from '../base/suggest.ts';
import type { WrittenNeed } from './compound.ts';
import type { Draft, DraftList } from './normalize.ts';
import { quoted } from './problem.ts';
import type { Court, Rule } from './rules.ts';
import type { Found } from './section.ts';

/** What a daemon needs must exist, and the need must be one that can be met. */
export const NEED_RULES: readonly Rule[] = [knownNeeds, fittingStates, noCompletedOnAlways, readyOrDone, noCycles];

const needsOf = ({ written }: Draft): readonly Found<WrittenNeed>[] => written.depends_on?.value ?? [];

function knownNeeds({ list, report }: Court): void {
  const daemons = list.daemons.map(({ spec }) => spec.name);
  const resources = list.resources.map(({ written }) => written.name);
  const names = [...daemons, ...resources];
  const known = new Set(names);
  for (const draft of list.daemons) {
    const { name } = draft.spec;
    const seen = new Set<string>();
    for (const { value, at } of needsOf(draft)) {
      if (seen.has(value.name)) report.problem(at, `daemon ${name} depends on ${value.name} twice`);
      seen.add(value.name);
      if (known.has(value.name)) continue;
      const meant = nearest(value.name, names);
      const hint = meant === undefined ? resourceHint(value) : `did you mean ${quoted(meant)}?`;
      const kind = value.until === null ? 'daemon or resource' : value.until === 'up' ? 'resource' : 'daemon';
      report.problem(
        at,
        `daemon ${name} depends on ${quoted(value.name)}, and there is no such ${kind} in the list`,
        hint,
      );
    }
  }
}

const resourceHint = ({ name, until }: WrittenNeed): string | undefined =>
  until === 'up' ? `what the list does not run is declared at its top: resources: { ${name}: { … } }` : undefined;

/** A daemon is ready or completed, a resource is up. */
function fittingStates({ list, report }: Court): void {
  const daemons = new Set(list.daemons.map(({ spec }) => spec.name));
  const resources = new Set(list.resources.map(({ written }) => written.name));
  for (const draft of list.daemons) {
    for (const { value, at } of needsOf(draft)) {
      const { name, until } = value;
      if (until === null) continue;
      const place = value.untilAt ?? at;
      const what = `daemon ${draft.spec.name} waits until ${name} is ${until}, and ${name} is a`;
      if (until === 'up' && daemons.has(name))
        report.problem(place, `${what} daemon`, 'a daemon is waited for as ready or completed');
      if (until !== 'up' && resources.has(name) && !daemons.has(name))
        report.problem(place, `${what} resource`, 'a resource is waited for as up');
    }
  }
}

function noCompletedOnAlways({ list, report }: Court): void {
  const policies = new Map(list.daemons.map(({ spec }) => [spec.name, spec.restart.policy]));
  for (const draft of list.daemons) {
    for (const { value, at } of needsOf(draft)) {
      if (value.until !== 'completed' || policies.get(value.name) !== 'always') continue;
      const what = `daemon ${draft.spec.name} waits until ${value.name} has completed, which never is: it is restarted after each end`;
      report.problem(at, what, `write restart: on-failure (or never) for ${value.name}`);
    }
  }
}

/** A need for `ready` would wait for ever if the daemon is done before it counts as ready. */
function readyOrDone({ list, report }: Court): void {
  const policies = new Map(list.daemons.map(({ spec }) => [spec.name, spec.restart.policy]));
  for (const draft of list.daemons) {
    for (const { value, at } of needsOf(draft)) {
      const { name, until } = value;
      const policy = policies.get(name);
      if (until !== null || policy === undefined || policy === 'always') continue;
      report.warning(
        at,
        `daemon ${draft.spec.name} waits until ${name} is ready, and with restart: ${policy} it may have ended before: then that is waited for without end`,
        `write depends_on: { ${name}: completed } where it does a job and ends, { ${name}: ready } where it stays`,
      );
    }
  }
}

function noCycles({ list, report }: Court): void {
  const drafts = new Map(list.daemons.map((draft) => [draft.spec.name, draft]));
  for (const cycle of cyclesOf(list)) {
    const [from, to] = [cycle[0] ?? '', cycle[1] ?? ''];
    const edge = drafts.get(from)?.written.depends_on?.value.find(({ value }) => value.name === to);
    report.problem(
      edge?.at ?? null,
      `daemons wait for each other: ${cycle.join(' -> ')}`,
      'remove one of these depends_on',
    );
  }
}

/** Each as `[a, b, a]`. Removes daemons that need nothing (more) until only cycles and what needs them is left. */
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
  // Each remaining one needs another remaining one: following the first need always comes round.
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
