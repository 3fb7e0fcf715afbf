/** The step of one slot when a run is over: the end is judged and counted, and what comes next is decided. */
import { never } from '../../base/never.ts';
import { speaks, type Talk } from './boundary.ts';
import { judge, seconds, type Aftermath } from './cut.ts';
import type { Context } from './step.ts';
import { LOOPING_AT, RUNS_KEPT, SOON_FACTOR, TOO_LOW_AT, UNSEEN_MS, type Policy } from './policy.ts';
import { afterEnd, countEnd, gapMs, isUnknown, kindOf } from './restart.ts';
import {
  isFault,
  outdatedBy,
  type Drain,
  type End,
  type Exit,
  type Live,
  type MainEnd,
  type Run,
  type Slot,
  type State,
} from './state.ts';

const OUT_OF_MEMORY = '; the kernel has killed it: out of memory';

/** The last process of the run is gone, or not our concern: the end is judged and counted, then the slot moves on. */
export function over(slot: Slot, state: Live, end: MainEnd, left: Aftermath['left'], context: Context): Slot {
  const { policy, now, emit } = context;
  const { run } = state;
  const { cut, words, noDrain } = judge(run, end, { at: now, left });
  const exit = exitOf(run, end, cut, words, policy);
  emit({ do: 'record', fact: { id: slot.id, type: 'ended', exit } });
  if (noDrain && !slot.noDrain) emit({ do: 'record', fact: noDrainFact(slot, end, run) });
  const judged: Slot = {
    ...slot,
    state,
    cuts: slot.cuts + (cut === 'yes' ? 1 : 0),
    noDrain: noDrain || (slot.noDrain && !heedsStop(end)),
    exits: [exit, ...slot.exits].slice(0, RUNS_KEPT),
  };
  // A person has since asked for the next start: the end is not counted.
  if (isStartAsked(judged, end)) return settleEnd(judged, context);
  if (mayBeAway(slot, exit, policy)) return settleEnd({ ...judged, undecided: { readyAt: run.readyAt } }, context);
  return settleEnd(count(judged, exit, run.readyAt, context), context);
}

/** A person asked for a start while the slot was waiting for its leftovers. */
const isStartAsked = ({ wanted, state }: Slot, { drain }: MainEnd): boolean =>
  wanted.up && 'drain' in state && state.drain.why === 'asked' && drain?.why !== 'asked';

function exitOf(run: Run, end: MainEnd, cut: Exit['cut'], words: string, policy: Policy): Exit {
  const { at, code, signal, error, drain, killed, outOfMemory } = end;
  const kind = endKind(drain, policy, run.talk, end);
  return {
    ...{ at, code, signal, error, kind, cut },
    run: run.number,
    pid: run.process?.pid ?? null,
    startedAt: run.startedAt,
    resource: kind === 'resource' ? run.talk.waiting : null,
    fault: drain !== null && isFault(drain.why) ? drain.why : null,
    words: `${faultWords(drain, policy)}${words}${awayWords(kind, run.talk)}${outOfMemory && !killed ? OUT_OF_MEMORY : ''}`,
    iterations: speaks(run.talk) ? run.talk.iterations : null,
  };
}

function faultWords(drain: Drain | null, { limits }: Policy): string {
  if (drain?.why === 'not-ready') return 'was not ready in time; ';
  return drain?.why === 'stuck' ? `was stuck in an iteration for ${seconds(limits.iterationMs ?? 0)}; ` : '';
}

function awayWords(kind: Exit['kind'], { waiting }: Talk): string {
  if (kind !== 'resource') return '';
  return waiting === null
    ? '; that code says that something it needs is away (EX_TEMPFAIL)'
    : `; it said that ${waiting} is away (WAITING)`;
}

const noDrainFact = ({ id }: Slot, { signal, catches }: MainEnd, { left }: Run) =>
  ({ id, type: 'no-drain', signal: signal ?? '', catches, left }) as const;

/** It ended by itself after its stop signal, so it has a handler: by an exit code, or by re-raising the signal some time later. */
const heedsStop = ({ at, drain, code, signal }: MainEnd): boolean =>
  drain !== null &&
  (code !== null || (signal === drain.signal && signal !== 'SIGKILL' && at - drain.askedAt > UNSEEN_MS));

/** The resources it needs are asked before the end counts: if one is down, it is no crash. Not if its policy says it is done. */
function mayBeAway({ wanted, rows }: Slot, exit: Exit, { resources, restart }: Policy): boolean {
  if (!wanted.up || resources.length === 0) return false;
  if (exit.kind === 'crash') return restart.policy !== 'never' && exit.error === null;
  return exit.kind === 'planned' && restart.policy === 'always' && countEnd(rows, restart, exit, null).planned > 0;
}

/** Counts the end: it extends a row of ends or clears it. */
function count(slot: Slot, exit: Exit, readyAt: number | null, { policy, now, emit }: Context): Slot {
  if (exit.kind === 'asked') return slot;
  const rows = countEnd(slot.rows, policy.restart, exit, readyAt);
  if (rows.quick < LOOPING_AT || slot.rows.quick >= LOOPING_AT) return { ...slot, rows };
  emit({ do: 'record', fact: { id: slot.id, type: 'looping', quick: LOOPING_AT } });
  return { ...slot, rows, loopingSince: now };
}

/**
 * The resources it needs have answered. `away`: the one that is down, so the end is no crash; null: all are up, so it counts. Either way
 * the next start keeps its gap: a resource that lets in the probe now and then but never the worker would otherwise be hit without end.
 */
export function decide(slot: Slot, away: string | null, context: Context): Slot {
  const [exit, ...older] = slot.exits;
  if (slot.undecided === null || exit === undefined) return slot;
  const decided = { ...slot, undecided: null };
  const { readyAt } = slot.undecided;
  if (away === null) return afterwards(count(decided, exit, readyAt, context), exit, context);
  context.emit({ do: 'record', fact: { id: slot.id, type: 'resource-end', resource: away } });
  const known: Exit = { ...exit, kind: 'resource', resource: away, words: `${exit.words}; ${away} was down` };
  return afterwards(count({ ...decided, exits: [known, ...older] }, known, readyAt, context), known, context);
}

function endKind(drain: Drain | null, { restart }: Policy, { waiting }: Talk, end: End): Exit['kind'] {
  if (drain?.why === 'asked' || drain?.why === 'own') return 'asked';
  if (drain !== null && isFault(drain.why)) return 'crash';
  if (waiting !== null) return 'resource';
  if (isUnknown(end)) return restart.policy === 'on-failure' ? 'crash' : 'unknown';
  return kindOf(restart, end.code);
}

function settleEnd(slot: Slot, context: Context): Slot {
  const { now } = context;
  const [exit] = slot.exits;
  const { state } = slot;
  if (exit === undefined) throw new Error(`${slot.id} has ended without an exit`);
  const to = (state: State): Slot => ({ ...slot, undecided: null, state });
  if (!slot.wanted.up) return to({ is: 'stopped', since: now });
  // Stopped in order to start again, or started by a person while it waited for its leftovers.
  if ('drain' in state && state.drain.why === 'asked') return to({ is: 'waiting', since: now, byHand: true });
  if ('drain' in state && state.drain.outdatedBy?.of === 'limit') return afterLimit(slot, exit, context);
  // Replaced, or it ended by itself meanwhile; how old code ends says nothing about the new.
  if (outdatedBy(state) !== null) return to({ is: 'waiting', since: now, byHand: false });
  if (slot.undecided !== null) return { ...slot, state: { is: 'waiting', since: now, byHand: false } };
  return afterwards(slot, exit, context);
}

/** Replaced for a limit: at once, unless that happens again and again soon after each start. */
function afterLimit(slot: Slot, exit: Exit, { policy, now, chance, emit }: Context): Slot {
  const isSoon = exit.at - exit.startedAt < SOON_FACTOR * policy.restart.resetAfterMs;
  const soonReplaced = isSoon ? slot.soonReplaced + 1 : 0;
  const next = { ...slot, soonReplaced, undecided: null };
  if (soonReplaced < TOO_LOW_AT) return { ...next, state: { is: 'waiting', since: now, byHand: false } };
  emit({ do: 'record', fact: { id: slot.id, type: 'limit-too-low', times: soonReplaced } });
  const until = now + gapMs(policy.restart, soonReplaced - TOO_LOW_AT + 1, chance());
  return { ...next, state: { is: 'backoff', since: now, until, because: 'crash' } };
}

/** After an end that nobody asked for: applies the restart policy. */
function afterwards(slot: Slot, exit: Exit, { policy, now, chance, emit }: Context): Slot {
  const to = (state: State): Slot => ({ ...slot, state });
  const verdict = afterEnd(policy.restart, slot.rows, exit, chance());
  switch (verdict.then) {
    case 'start':
      return to({ is: 'waiting', since: now, byHand: false });
    case 'exited':
      return to({ is: 'exited', since: now });
    case 'failed':
      emit({ do: 'record', fact: { id: slot.id, type: 'failed', because: verdict.because, row: verdict.row } });
      return to({ is: 'failed', since: now, because: verdict.because });
    case 'wait': {
      const { until, because, row } = verdict;
      if (until <= now) return to({ is: 'waiting', since: now, byHand: false });
      emit({ do: 'record', fact: { id: slot.id, type: 'backoff', inMs: until - now, because, row } });
      return to({ is: 'backoff', since: now, until, because });
    }
    default:
      return never(verdict);
  }
}
