/** A fleet resumed after an earlier supervisor died. Pure: the living processes were found elsewhere (supervisor/adoption.ts). */
import { isOpen, openUntilNextWord, SILENCE, speaks, type Talk } from './boundary.ts';
import { judge } from './cut.ts';
import { newRun, readyTime } from './instance.ts';
import { RUNS_KEPT, type Policy } from './policy.ts';
import { placed, policyOf, type Fleet } from './roster.ts';
import {
  earliest,
  isFault,
  isLive,
  type Exit,
  type Live,
  type MainEnd,
  type ProcessId,
  type Run,
  type Slot,
  type State,
} from './state.ts';

/** A run that the earlier supervisor began but did not get to save. */
export interface FoundRun {
  readonly number: number;
  readonly startedAt: number;
  readonly process: ProcessId;
}

/**
 * The fleet with the saved slots in place of its own. A process that has ended since is reported afterwards, as any other end is.
 * `hasDied`: the earlier supervisor died; otherwise it handed over and nothing was lost.
 */
export function resume(fleet: Fleet, saved: readonly Slot[], hasDied: boolean, now: number): Fleet {
  const slots = saved.map((slot) => (hasDied ? resumed(slot, policyOf(fleet, slot), now) : handedOn(slot)));
  return { ...fleet, ...placed([...fleet.policies.values()], slots) };
}

/** The slot as saved just before its stop signal is sent: a successor cannot know whether the signal went out. */
export function unsureOf(slot: Slot): Slot {
  const { state } = slot;
  return 'drain' in state ? { ...slot, state: { ...state, drain: { ...state.drain, unsure: true } } } : slot;
}

/** The slot with a run that is missing from its saved state. */
export function withFoundRun(slot: Slot, run: FoundRun, policy: Policy, now: number): Slot {
  const { number, startedAt, process } = run;
  return {
    ...slot,
    // Its end may have been requested between the order and the report of its spawn.
    wanted: isLive(slot.state) && number === slot.starts ? slot.wanted : { up: true },
    starts: Math.max(slot.starts, number),
    lastStartAt: startedAt,
    state: {
      is: 'starting',
      since: startedAt,
      run: { ...newRun(number, startedAt, 0), process },
      readyAt: readyTime(policy, now),
      outdatedBy: null,
    },
  };
}

/** The slot without a run whose spawn was ordered but never reported, when no process of it was found. */
export function withoutUnbornRun(slot: Slot, now: number): Slot {
  const { state, wanted } = slot;
  if (!isLive(state) || state.run.process !== null) return slot;
  return { ...slot, state: wanted.up ? { is: 'waiting', since: now, byHand: false } : { is: 'stopped', since: now } };
}

/**
 * No process of the list is alive: it starts anew, and only what a person stopped stays stopped. A run whose end nobody saw is recorded
 * among its ends all the same.
 */
export function anew(before: Slot, now: number): Slot {
  const exit = unseenEnd(before, now);
  const slot =
    exit === null
      ? before
      : {
          ...before,
          cuts: before.cuts + (exit.cut === 'yes' ? 1 : 0),
          exits: [exit, ...before.exits].slice(0, RUNS_KEPT),
        };
  const isByHand = !slot.wanted.up && slot.wanted.by === 'hand';
  return {
    ...slot,
    wanted: isByHand ? slot.wanted : { up: false, by: 'list', at: now },
    state: { is: 'stopped', since: isByHand ? slot.state.since : now },
  };
}

function handedOn(slot: Slot): Slot {
  const { state } = slot;
  return isLive(state) ? { ...slot, state: { ...state, run: { ...state.run, adopted: true } } } : slot;
}

/** The end of a run that ended while no supervisor lived, or null if the slot had no run. */
export function unseenEnd(slot: Slot, now: number): Exit | null {
  const { state } = slot;
  if (!isLive(state) || state.run.process === null) return null;
  const run = { ...state.run, talk: resumedTalk(slot, state) };
  const end = state.run.end ?? unseen(state, now);
  const { at, code, signal, error, drain: asked } = end;
  const { cut, words } = judge(run, end, { at: now, left: state.is === 'killing' ? 'killed' : 'gone' });
  return {
    ...{ at, code, signal, error },
    run: run.number,
    pid: state.run.process.pid,
    startedAt: run.startedAt,
    kind: asked === null ? 'unknown' : 'asked',
    resource: null,
    cut,
    fault: null,
    words: `${words}: no supervisor lived to see it`,
    iterations: speaks(state.run.talk) ? state.run.talk.iterations : null,
  };
}

const unseen = (state: Live, at: number): MainEnd => ({
  ...{ at, code: null, signal: null, error: null, outOfMemory: false },
  ...{ isHeld: false, catches: false, isSpokenFor: false },
  drain: 'drain' in state ? state.drain : null,
  killed: state.is === 'killing',
});

function resumed(slot: Slot, policy: Policy, now: number): Slot {
  const { state } = slot;
  if (!isLive(state)) return slot;
  const run = { ...state.run, adopted: true, talk: resumedTalk(slot, state) };
  return { ...slot, state: resumedState({ ...state, run }, policy, now) };
}

/**
 * Part of what it has said since the save is lost, so its position is unknown until its next word. Until then its iteration counts as open,
 * so that our death does not get it cut.
 */
function resumedTalk({ speaks }: Slot, { is, run }: Live): Talk {
  const { talk } = run;
  if (talk.several || (speaks && talk.last === 'EXIT_STATUS')) return talk;
  const { status, waiting, speaker } = talk;
  if (!speaks) return { ...SILENCE, status, waiting, speaker };
  const sinceSignal = is === 'draining' || is === 'killing';
  return { ...openUntilNextWord(talk), sinceSignal };
}

const limitAfterDeath = ({ talk }: Run, { limits }: Policy, now: number): number | null =>
  limits.iterationMs !== null && isOpen(talk) ? now + limits.iterationMs : null;

/** With no supervisor it could not drain properly: its output blocked until we were back. Its time starts over. */
function resumedState(state: Live, policy: Policy, now: number): State {
  switch (state.is) {
    case 'starting':
      return { ...state, readyAt: readyTime(policy, now) };
    case 'draining': {
      const { drain, run } = state;
      if (drain.killAt === null || run.end !== null || policy.stop.graceMs === null) return state;
      // No boundary seen yet: its grace begins with its next word.
      if (run.talk.lost && run.talk.speakerGone !== true && drain.boundaryAt === null && !isFault(drain.why))
        return { ...state, drain: { ...drain, killAt: null } };
      return { ...state, drain: { ...drain, killAt: Math.max(drain.killAt, now + policy.stop.graceMs) } };
    }
    case 'running':
      // How long its iteration has been open is unknown: it gets the full time again.
      return { ...state, limitAt: earliest(state.limitAt, limitAfterDeath(state.run, policy, now)) };
    case 'killing':
      return state;
  }
}
