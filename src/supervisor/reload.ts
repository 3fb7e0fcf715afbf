/** Replaces the running list: the new one is read, planned, and carried out as planned; if anything is wrong, nothing changes. */
import { fail, ok, type Result } from '../base/result.ts';
import { sumOf } from '../base/sum.ts';
import { drawProblem } from '../config/problem.ts';
import type { CareSpec, ListSpec } from '../config/spec.ts';
import type { Refusal } from '../control/api.ts';
import type { DeedView, PlanView, ReloadView } from '../control/view.ts';
import { instancesOf } from './instances.ts';
import type { Journal } from './journal.ts';
import { slotOf, type Fleet } from './lifecycle/roster.ts';
import { isLive } from './lifecycle/state.ts';
import type { MadeRuns } from './made-runs.ts';
import { planOf, type Plan } from './plan.ts';
import type { PresentList } from './present-list.ts';
import type { RunningList } from './running-list.ts';

export interface ReloadParts {
  /** The list as it is on disk now, or everything wrong with it, as `check` says it. */
  readonly read: () => Promise<Result<ListSpec>>;
  readonly present: PresentList;
  readonly made: MadeRuns;
  readonly running: RunningList;
  readonly journal: Journal;
  /** Makes what the new instances need before anything changes. The error is a sentence. */
  readonly prepare: (list: ListSpec) => Promise<Result<unknown>>;
  /** `present` has the new list: every holder of a part of the old one takes it over. */
  readonly spread: (list: ListSpec) => Promise<void>;
  /** Saves in state.json which list is now in force. */
  readonly writeDown: () => Promise<void>;
}

export interface ReloadAsk {
  readonly wait: boolean;
  /** The `print` of the plan to carry out; null: whatever the list says now. */
  readonly print: number | null;
}

interface Begun {
  readonly view: PlanView;
  /** Resolves with the result when nothing more of it is to come. */
  readonly done: Promise<DeedView>;
}

export class Reload {
  private readonly parts: ReloadParts;
  private last: Promise<unknown> = Promise.resolve();

  constructor(parts: ReloadParts) {
    this.parts = parts;
  }

  async plan(): Promise<Result<PlanView, Refusal>> {
    const list = await this.look();
    return list.ok ? ok(viewOf(this.against(list.value), list.value)) : list;
  }

  /** Replies when everything requested is done or (`wait` false) has been ordered. One at a time. */
  async carryOut(ask: ReloadAsk): Promise<Result<ReloadView, Refusal>> {
    const begun = this.last.then(() => this.begin(ask));
    this.last = Promise.allSettled([begun]);
    const result = await begun;
    return result.ok ? ok({ plan: result.value.view, ...(await result.value.done) }) : result;
  }

  private async begin(ask: ReloadAsk): Promise<Result<Begun, Refusal>> {
    const { present, running, journal, prepare, spread, writeDown } = this.parts;
    const looked = await this.look();
    if (!looked.ok) return looked;
    const list = looked.value;
    if (ask.print !== null && ask.print !== printOf(list))
      return fail({
        reason: 'invalid',
        words: 'the list has changed again since this plan was made, and nothing was done: ask again',
      });
    const prepared = await prepare(list);
    if (!prepared.ok) return fail({ reason: 'held', words: `nothing was done: ${prepared.error}` });
    if (running.end.isAsked) return fail(STOPPING);
    const plan = this.against(list);
    present.take(list, running.fleet);
    await spread(list);
    // If we die right after a new instance has started, our successor knows how to look after it.
    if (instancesOf(list.daemons).some(({ id }) => slotOf(running.fleet, id) === undefined)) await writeDown();
    const words = planWords(plan.view);
    if (words !== null) journal.add({ id: null, type: 'reload', level: 'info', words });
    return ok({ view: viewOf(plan, list), done: running.takeList(plan, ask.wait) });
  }

  /** The list on disk, if it may replace ours. */
  private async look(): Promise<Result<ListSpec, Refusal>> {
    const { read, present, running } = this.parts;
    if (running.end.isAsked) return fail(STOPPING);
    const list = await read();
    if (!list.ok)
      return fail({ reason: 'invalid', words: `${list.error}\n\nNothing was changed: the list runs on as it was.` });
    if (list.value.id !== present.list.id)
      return fail({
        reason: 'invalid',
        words:
          `the list is called ${list.value.id} now, and it runs as ${present.list.id}: its name is that of its folder. ` +
          'Give it its name back, or stop it and start it anew',
      });
    const shared = sharedLogWords(present, running.fleet, list.value);
    return shared === null ? list : fail({ reason: 'held', words: shared });
  }

  private against(list: ListSpec): Plan {
    const { present, made, running } = this.parts;
    // Living processes were made from the list still in force: that is noted before it is replaced.
    for (const slot of running.fleet.slots) made.of(slot);
    const plan = planOf({ list: present.accepted ?? present.list, fleet: running.fleet, made }, list);
    if (present.refused === null) return plan;
    // A refused list was not carried out: once mended there is something to do, even if it equals the previous list.
    return { ...plan, view: { ...plan.view, list: ['daemons', ...plan.view.list] } };
  }
}

const printOf = (list: ListSpec): number => sumOf(JSON.stringify(list));

const viewOf = ({ view }: Plan, list: ListSpec): PlanView => ({
  ...view,
  warnings: list.warnings.slice(0, MOST_WARNINGS).map((warning) => drawProblem(warning)),
  print: printOf(list),
});

/** Whoever mends the first ones sees the rest next time; an answer has its bounds. */
const MOST_WARNINGS = 50;

const STOPPING: Refusal = {
  reason: 'stopping',
  words: 'the list is stopping, so nothing is reloaded: start it when it has stopped',
};

/** Two daemons would write one file for a while, in words, or null. The new list on its own may be fine. */
function sharedLogWords(present: PresentList, { slots }: Fleet, { daemons }: ListSpec): string | null {
  const alive = new Set(slots.filter(({ state }) => isLive(state)).map(({ daemon }) => daemon));
  const inFiles = <T extends CareSpec>(specs: readonly T[]): readonly T[] =>
    specs.filter(({ log }) => log.to !== 'stdout');
  const owners = new Map(
    inFiles(present.daemons)
      .filter(({ name }) => alive.has(name))
      .map(({ name, log }) => [log.file, name]),
  );
  for (const { name, log } of inFiles(daemons)) {
    const owner = owners.get(log.file);
    if (owner !== undefined && owner !== name)
      return `nothing was done: ${name} would write to ${log.file}, to which ${owner} writes until it has ended. Stop ${owner} first, or give ${name} another log.file`;
  }
  return null;
}

/** `list reloaded: added mail; changed photos (env.QUEUE), replaced; removed thumbs`; null: nothing has changed. */
function planWords({ added, removed, changed, list }: Plan['view']): string | null {
  const parts = [
    added.length === 0 ? null : `added ${added.join(', ')}`,
    ...changed.map(({ name, keys, restarts }) => `changed ${name} (${keys.join(', ')})${restarts ? ', replaced' : ''}`),
    removed.length === 0 ? null : `removed ${removed.join(', ')}`,
    list.length === 0 ? null : `changed ${list.join(', ')}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : `list reloaded: ${parts.join('; ')}`;
}
