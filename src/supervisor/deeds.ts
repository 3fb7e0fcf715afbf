/**
 * What someone asked for and waits for: a deed is watched from the request to its end, whatever else happens meanwhile, and counts only its
 * own ends.
 */
import type { DeedView } from '../control/view.ts';
import { closedDependencies } from './lifecycle/gate.ts';
import { policyOf, slotOf, slotsOf, type Fleet } from './lifecycle/roster.ts';
import { isLive, type Exit, type Slot, type State } from './lifecycle/state.ts';
import { exitView, type StatusContext } from './status.ts';
import { endReason } from './words.ts';

export interface Deed {
  readonly kind: 'start' | 'stop' | 'restart';
  readonly targets: readonly Target[];
  /** The other instances of their daemons: one that is not up may go first for them. */
  readonly beside: readonly Target[];
}

interface Target {
  readonly id: string;
  /** The run alive when the deed was requested: its end belongs to the deed. null: there was none. */
  readonly run: number | null;
  /** Runs up to this number came before the deed. */
  readonly startsBefore: number;
}

export function newDeed(kind: Deed['kind'], fleet: Fleet, ids: readonly string[]): Deed {
  const targets = ids.flatMap((id) => targetOf(slotOf(fleet, id)));
  const named = new Set(ids);
  const daemons = new Set(ids.flatMap((id) => slotOf(fleet, id)?.daemon ?? []));
  const others = kind === 'restart' ? [...daemons].flatMap((daemon) => slotsOf(fleet, daemon)) : [];
  const beside = others.filter(({ id }) => !named.has(id)).flatMap(targetOf);
  // It is not asked to end: its present run may be what the others wait for.
  return {
    ...{ kind, targets },
    beside: beside.map((other) => (other.run === null ? other : { ...other, startsBefore: other.run - 1 })),
  };
}

function targetOf(slot: Slot | undefined): readonly Target[] {
  if (slot === undefined) return [];
  const run = isLive(slot.state) ? slot.state.run.number : null;
  return [{ id: slot.id, run, startsBefore: slot.starts }];
}

/** The start of instances, some of which do not exist yet. */
export const newcomers = (fleet: Fleet, ids: readonly string[]): Deed => ({
  kind: 'start',
  targets: ids.map((id) => ({ id, run: null, startsBefore: slotOf(fleet, id)?.starts ?? 0 })),
  beside: [],
});

/** Nothing of the request is still to come. */
export function isDone(deed: Deed, fleet: Fleet): boolean {
  return deed.targets.every((target) => {
    const slot = slotOf(fleet, target.id);
    return slot === undefined || hasFailed(deed, target, slot, fleet) || isTargetDone(deed.kind, target, slot, fleet);
  });
}

function isTargetDone(kind: Deed['kind'], target: Target, slot: Slot, fleet: Fleet): boolean {
  const { run, startsBefore } = target;
  const { state, wanted } = slot;
  const oldRunLives = run !== null && isLive(state) && state.run.number === run;
  if (kind === 'stop') return !oldRunLives;
  // Someone has stopped it meanwhile: it will not come.
  if (!wanted.up && !isLive(state)) return true;
  // Given up: the one that went first did not come up.
  if (kind === 'restart' && oldRunLives) return isUntouched(state);
  switch (state.is) {
    case 'running':
    case 'exited':
    case 'failed':
    case 'stopped':
      return true;
    case 'backoff':
      // It was started for this deed and has ended again.
      return slot.starts > startsBefore;
    case 'waiting':
      // A gate that can open by itself is waited for; one that needs another command is reported.
      return closedDependencies(policyOf(fleet, slot), (name) => slotsOf(fleet, name)).some(
        ({ is }) => is !== 'coming',
      );
    case 'starting':
      // Likewise, and its gap was already over: this could go on for ever.
      return failedRun(target, slot) !== undefined;
    case 'draining':
    case 'killing':
      return false;
  }
}

/** The result of the deed so far. `gone`: the last ends of instances no longer in the list. */
export function deedView(
  deed: Deed,
  fleet: Fleet,
  gone: ReadonlyMap<string, Exit>,
  context: StatusContext,
  wordsOf: (slot: Slot) => string,
): DeedView {
  const ends: Ended[] = [];
  const notUp: DeedView['not_up'][number][] = [];
  for (const { id, run } of deed.targets) {
    const last = gone.get(id);
    const exits = slotOf(fleet, id)?.exits ?? (last === undefined ? [] : [last]);
    const exit = run === null ? undefined : exits.find((each) => each.run === run);
    if (exit !== undefined) ends.push({ id, exit });
  }
  if (deed.kind !== 'stop') notUp.push(...notUpOf(deed, fleet, wordsOf));
  return {
    instances: deed.targets.map(({ id }) => id),
    ...endsIn(ends, context),
    not_up: notUp,
    untouched: deed.kind === 'restart' ? deed.targets.flatMap(({ id, run }) => (runsOn(id, run, fleet) ? id : [])) : [],
    problems: deed.targets.flatMap(({ id, run }) => {
      const slot = slotOf(fleet, id);
      const lives = run !== null && slot !== undefined && isLive(slot.state) && slot.state.run.number === run;
      return lives && deed.kind !== 'start' && !isUntouched(slot.state)
        ? [`${id} has not ended yet: ${wordsOf(slot)}`]
        : [];
    }),
    escaped: [],
  };
}

function notUpOf(deed: Deed, fleet: Fleet, wordsOf: (slot: Slot) => string): DeedView['not_up'] {
  const words = (target: Target, isNamed: boolean): DeedView['not_up'] => {
    const slot = slotOf(fleet, target.id);
    if (slot === undefined) return isNamed ? [{ id: target.id, state: 'stopped', words: GONE }] : [];
    const { id, state } = slot;
    const isTold = state.is === 'starting' || hasFailed(deed, target, slot, fleet);
    const failed = isTold ? failedRun(target, slot) : undefined;
    // For those in backoff or failed, `why` already says it.
    if (failed !== undefined && state.is !== 'backoff' && state.is !== 'failed')
      return [{ id, state: state.is, words: `again, since ${failedWords(failed)}. Its log: supervise logs ${id}` }];
    const isDown = !isUp(slot) && (isNamed || (slot.wanted.up && isWaitedFor(deed, slot, fleet)));
    return isDown ? [{ id, state: state.is, words: wordsOf(slot) }] : [];
  };
  return [
    ...deed.targets.flatMap((target) => words(target, true)),
    ...deed.beside.flatMap((target) => words(target, false)),
  ];
}

const GONE = 'the list does not have it any more';

const failedWords = (exit: Exit): string => `run ${exit.run} has come to grief: ${endReason(exit) ?? exit.words}`;

/**
 * It went first with a restart and failed, so others keep running as they were. It may have been started again since: the restart is judged
 * by that first run.
 */
const hasFailed = (deed: Deed, target: Target, slot: Slot, fleet: Fleet): boolean =>
  deed.kind === 'restart' && failedRun(target, slot) !== undefined && isWaitedFor(deed, slot, fleet);

/** A run of the deed that ended unrequested and without having done its work. */
const failedRun = ({ startsBefore }: Target, { exits }: Slot): Exit | undefined =>
  exits.find(
    ({ run, kind, iterations }) =>
      run > startsBefore && kind !== 'asked' && !(kind === 'planned' && (iterations ?? 0) > 0),
  );

/** Others of its daemon were to follow it and were not touched. */
const isWaitedFor = (deed: Deed, { id, daemon }: Slot, fleet: Fleet): boolean =>
  deed.targets.some(
    (other) => other.id !== id && slotOf(fleet, other.id)?.daemon === daemon && runsOn(other.id, other.run, fleet),
  );

/** The end of one instance, whatever its slot has done since. */
interface Ended {
  readonly id: string;
  readonly exit: Exit;
}

/** The view of a stop of everything that is over by now: how each instance ended last, if not before `since`. */
export const stoppedView = (slots: readonly Slot[], since: number, context: WrittenAt): DeedView => ({
  instances: slots.map(({ id }) => id),
  ...endsIn(
    slots.flatMap(({ id, exits }) => exits.slice(0, 1).flatMap((exit) => (exit.at < since ? [] : [{ id, exit }]))),
    context,
  ),
  ...{ not_up: [], untouched: [], problems: [], escaped: [] },
});

type WrittenAt = Pick<StatusContext, 'now' | 'wall'>;

const endsIn = (ends: readonly Ended[], context: WrittenAt): Pick<DeedView, 'ends' | 'boundary' | 'ended' | 'cut'> => ({
  ends: ends.map(({ id, exit }) => ({ id, exit: exitView(exit, context) })),
  boundary: ends.filter(({ exit }) => exit.cut === 'no').length,
  ended: ends.filter(({ exit }) => exit.cut === 'unknown').length,
  cut: ends.filter(({ exit }) => exit.cut === 'yes').length,
});

/** Combines the views of several deeds of one request. */
export function sumOfDeeds(views: readonly DeedView[]): DeedView {
  const all = <T>(listOf: (view: DeedView) => readonly T[]): readonly T[] => views.flatMap(listOf);
  const sum = (countOf: (view: DeedView) => number): number => views.reduce((total, view) => total + countOf(view), 0);
  return {
    instances: all(({ instances }) => instances),
    ends: all(({ ends }) => ends),
    boundary: sum(({ boundary }) => boundary),
    ended: sum(({ ended }) => ended),
    cut: sum(({ cut }) => cut),
    not_up: all(({ not_up }) => not_up),
    untouched: all(({ untouched }) => untouched),
    problems: all(({ problems }) => problems),
    escaped: all(({ escaped }) => escaped),
  };
}

/** Nothing more will be done to it. */
const isUntouched = (state: State): boolean => state.is === 'running' && state.outdatedBy === null;

function runsOn(id: string, run: number | null, fleet: Fleet): boolean {
  const state = slotOf(fleet, id)?.state;
  return state?.is === 'running' && state.run.number === run && isUntouched(state);
}

/** It is running, or has done what it was there for. */
function isUp({ state }: Slot): boolean {
  return state.is === 'running' || state.is === 'exited';
}
