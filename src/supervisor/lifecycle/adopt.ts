/** A fleet that goes on where an earlier supervisor has died. Pure: what lives was found by others (supervisor/adoption.ts). */
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

/** A run that the earlier supervisor had begun, and had not written down any more. */
export interface FoundRun {
  readonly number: number;
  readonly startedAt: number;
  readonly process: ProcessId;
}

/**
 * The fleet with these slots as they were saved, in the place of its own. Where a process has ended since, that is news which
 * comes after it, as of every other. `hasDied`: it died; else it has handed on, and nothing was lost.
 */
export function resume(fleet: Fleet, saved: readonly Slot[], hasDied: boolean, now: number): Fleet {
  const slots = saved.map((slot) => (hasDied ? resumed(slot, policyOf(fleet, slot), now) : handedOn(slot)));
  return { ...fleet, ...placed([...fleet.policies.values()], slots) };
}

/** The slot as it is written down just before its stop signal is sent: a successor cannot know whether that was done. */
export function unsureOf(slot: Slot): Slot {
  const { state } = slot;
  return 'drain' in state ? { ...slot, state: { ...state, drain: { ...state.drain, unsure: true } } } : slot;
}

/** The slot with a run that its saved state did not know yet. */
export function withFoundRun(slot: Slot, run: FoundRun, policy: Policy, now: number): Slot {
  const { number, startedAt, process } = run;
  return {
    ...slot,
    // Somebody may have asked for its end between the order and the report of its spawn.
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

/** The slot without a run whose spawn was ordered and never reported, where no process of it was found. */
export function withoutUnbornRun(slot: Slot, now: number): Slot {
  const { state, wanted } = slot;
  if (!isLive(state) || state.run.process !== null) return slot;
  return { ...slot, state: wanted.up ? { is: 'waiting', since: now, byHand: false } : { is: 'stopped', since: now } };
}

/**
 * Nobody of the list lives: it is started anew, and only what a person has stopped stays stopped. A run that nobody has seen end is
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

/** The end of a run that ended while no supervisor lived; null: the slot had no run. */
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
 * What it said since it was saved is lost in part, so where it stands is not known before its next word. Until then its
 * iteration counts as open: it is not cut for our death.
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

/** While nobody was there it could not drain well: who prints had to wait for us. Its time counts anew. */
function resumedState(state: Live, policy: Policy, now: number): State {
  switch (state.is) {
    case 'starting':
      return { ...state, readyAt: readyTime(policy, now) };
    case 'draining': {
      const { drain, run } = state;
      if (drain.killAt === null || run.end !== null || policy.stop.graceMs === null) return state;
      // Its boundary has not come yet, as far as is known: its grace begins with its next word.
      if (run.talk.lost && run.talk.speakerGone !== true && drain.boundaryAt === null && !isFault(drain.why))
        return { ...state, drain: { ...drain, killAt: null } };
      return { ...state, drain: { ...drain, killAt: Math.max(drain.killAt, now + policy.stop.graceMs) } };
    }
    case 'running':
      // How long its iteration is open is not known: it has its time anew.
      return { ...state, limitAt: earliest(state.limitAt, limitAfterDeath(state.run, policy, now)) };
    case 'killing':
      return state;
  }
}
