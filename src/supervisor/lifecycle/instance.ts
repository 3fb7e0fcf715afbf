/**
 * The step of one slot: its start, and the passing of time. Wishes are in wishes.ts, news of its process in news.ts, what follows its end
 * in end.ts. A slot changes state in these four files only, and every state answers every event. (New slots begin in roster.ts; adopt.ts
 * resumes them after the death of a supervisor.)
 */
import { never } from '../../base/never.ts';
import { isOpen, SILENCE } from './boundary.ts';
import { isSilent, limitAt, reached, stuckAt } from './limits.ts';
import { LOOPING_AT, SPREAD, type Policy } from './policy.ts';
import { cutTime, NO_ROWS, outdatedBy, type Run, type Slot, type State } from './state.ts';
import type { Context, Emit } from './step.ts';
import { beginDrain, tickEnding } from './stop.ts';
import { cut } from './wishes.ts';

type Running = Extract<State, { is: 'running' }>;

/** Its gates are open (settle.ts): a process is spawned. */
export function start(slot: Slot, { policy, now, chance, emit }: Context): Slot {
  const number = slot.starts + 1;
  const hasLimits = policy.limits.iterations !== null || policy.limits.ageMs !== null;
  const run = newRun(number, now, hasLimits ? SPREAD * chance() : 0);
  const readyAt = readyTime(policy, now);
  emit({ do: 'spawn', id: slot.id, run: number });
  const state: State = { is: 'starting', since: now, run, readyAt, outdatedBy: null };
  return { ...slot, starts: number, lastStartAt: now, state };
}

export function newRun(number: number, startedAt: number, spread: number): Run {
  return {
    number,
    startedAt,
    adopted: false,
    process: null,
    readyAt: null,
    heldAt: null,
    spread,
    talk: SILENCE,
    byHand: null,
    end: null,
    left: [],
    refused: null,
  };
}

/** When a process alive since `now` becomes ready, or has failed to. */
export function readyTime({ ready }: Policy, now: number): number {
  return now + (ready.by === 'time' ? ready.afterMs : ready.timeoutMs);
}

export function tick(slot: Slot, context: Context): Slot {
  const { state } = slot;
  const { now, policy, emit } = context;
  const cutAt = cutTime(slot);
  if (cutAt !== null && cutAt <= now) return cut(slot, context, 'within');
  switch (state.is) {
    case 'starting': {
      if (state.run.process === null || state.readyAt > now) return slot;
      // It may have said READY to an earlier supervisor: no process is ended for a word that we could not hear.
      if (policy.ready.by === 'time' || state.run.adopted) return becomeReady(slot, state.run, context);
      const signal = policy.stop.signal ?? 'SIGTERM';
      return { ...slot, state: beginDrain(slot, state.run, 'not-ready', signal, policy, now, emit) };
    }
    case 'running':
      return tickRunning(slot, state, context);
    case 'draining':
    case 'killing': {
      const next = tickEnding(slot, state, policy, now, emit);
      return next === state ? slot : { ...slot, state: next };
    }
    case 'backoff':
      return state.until > now ? slot : { ...slot, state: { is: 'waiting', since: now, byHand: false } };
    case 'stopped':
    case 'waiting':
    case 'exited':
    case 'failed':
      return slot;
    default:
      return never(state);
  }
}

function tickRunning(slot: Slot, state: Running, context: Context): Slot {
  const { now, policy, emit } = context;
  const { run } = state;
  if (state.limitAt !== null && state.limitAt <= now && isOpen(run.talk)) {
    // When it began is unknown, so the time it was given has passed.
    const at = run.talk.openSince === null ? now : stuckAt(run.talk, policy.limits);
    if (at !== null && at <= now) {
      const signal = policy.stop.signal ?? 'SIGTERM';
      return { ...slot, state: beginDrain(slot, run, 'stuck', signal, policy, now, emit) };
    }
  }
  let next = slot;
  if (state.holdsAt !== null && state.holdsAt <= now) next = held(next, state, now, emit);
  if (isSilent(next, run, policy.limits, now)) {
    emit({ do: 'record', fact: { id: slot.id, type: 'silent' } });
    next = { ...next, toldSilent: true };
  }
  return lookAtLimits(next, context);
}

/** After time or words: which limit it has reached, and when to check again. */
export function lookAtLimits(slot: Slot, { now, policy }: Pick<Context, 'now' | 'policy'>): Slot {
  const { state } = slot;
  if (state.is !== 'running') return slot;
  const cause = state.outdatedBy === null ? reached(state.run, policy, now) : null;
  const outdatedBy = cause === null ? state.outdatedBy : { ...cause, at: now, proven: false };
  const at = limitAt(slot, state.run, policy);
  // A limit already reached is told and waits for its turn, not for a time.
  const next = at !== null && at <= now ? null : at;
  if (next === state.limitAt && outdatedBy === state.outdatedBy) return slot;
  return { ...slot, state: { ...state, limitAt: next, outdatedBy } };
}

export function becomeReady(slot: Slot, run: Run, { policy, now, emit }: Context): Slot {
  emit({ do: 'record', fact: { id: slot.id, type: 'ready', afterMs: now - run.startedAt } });
  const holdsAt = now + policy.restart.resetAfterMs;
  const change = outdatedBy(slot.state);
  const ready = { ...run, readyAt: now };
  const limit = limitAt(slot, ready, policy);
  return { ...slot, state: { is: 'running', since: now, run: ready, holdsAt, limitAt: limit, outdatedBy: change } };
}

/** It has lived long enough: its rows are cleared. */
function held(slot: Slot, state: Running, now: number, emit: Emit): Slot {
  if (slot.rows.quick >= LOOPING_AT) {
    const afterMs = now - (slot.loopingSince ?? now);
    emit({ do: 'record', fact: { id: slot.id, type: 'held', rows: slot.rows.quick, afterMs } });
  }
  const run = { ...state.run, heldAt: state.run.heldAt ?? now };
  return { ...slot, rows: NO_ROWS, loopingSince: null, state: { ...state, run, holdsAt: null } };
}
