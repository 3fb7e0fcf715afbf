/** Drain, leftovers, kill: how a process is ended, and how long each is waited for (docs/stopping.md). */
import { boundaryAtStop, killTime, killTimeInDrain, type Patience, type Talk } from './boundary.ts';
import { FAILING_GRACE_MS, KILL_EVERY_MS, LEFTOVERS_GRACE_MS, LOOK_EVERY_MS, type Policy } from './policy.ts';
import {
  isFault,
  outdatedBy,
  type Drain,
  type Ending,
  type Fault,
  type MainEnd,
  type Run,
  type Slot,
  type State,
} from './state.ts';
import type { Emit } from './step.ts';

type Draining = Extract<State, { is: 'draining' }>;
type Killing = Extract<State, { is: 'killing' }>;

/** Grace applies when someone is waiting; a stuck iteration holds everybody up. */
export const patienceOf = (why: Drain['why'], { stop, limits }: Pick<Policy, 'stop' | 'limits'>): Patience => ({
  graceMs: why === 'own' ? null : stop.graceMs,
  iterationMs: limits.iterationMs,
});

/** Asks the main process to end: at its boundary (for a person, or on our own), or because of a fault. */
export function beginDrain(
  slot: Slot,
  run: Run,
  why: 'asked' | 'own' | Fault,
  signal: string,
  policy: Policy,
  now: number,
  emit: Emit,
): Draining {
  const patience = patienceOf(why, policy);
  const { graceMs } = patience;
  const killAt = killTimeOf(why, run.talk, patience, now);
  const change = outdatedBy(slot.state);
  // A process whose spawn is not reported yet gets its signal with the report.
  if (run.process !== null) emit({ do: 'signal', id: slot.id, run: run.number, signal, to: policy.stop.to });
  // An instance that is to stay down is not replaced, however outdated.
  const told = slot.wanted.up ? change : null;
  emit({
    do: 'record',
    fact: { id: slot.id, type: 'draining', signal, why, graceMs, outdatedBy: told, noDrain: slot.noDrain },
  });
  const boundaryAt = boundaryAtStop(run.talk, now);
  const drain: Drain = {
    why,
    outdatedBy: change,
    signal,
    unsure: false,
    askedAt: now,
    killAt,
    boundaryAt,
    lookAt: null,
  };
  return { is: 'draining', since: now, run, drain };
}

/** When SIGKILL follows a signal sent now. */
function killTimeOf(why: Drain['why'], talk: Talk, patience: Patience, now: number): number | null {
  if (isFault(why)) return now + Math.min(patience.graceMs ?? FAILING_GRACE_MS, FAILING_GRACE_MS);
  return killTime(talk, patience, now);
}

/** From now on someone is waiting, whatever began the drain. Its signal has been sent, and each is sent once. */
export function askFor<S extends Ending>(slot: Slot, state: S, policy: Policy, now: number, emit: Emit): S {
  const { drain, run } = state;
  if (drain.why !== 'own' || run.end !== null) return { ...state, drain: { ...drain, why: 'asked' } };
  const { graceMs } = policy.stop;
  emit({ do: 'record', fact: { id: slot.id, type: 'drain-asked', signal: drain.signal, graceMs } });
  return {
    ...state,
    drain: { ...drain, why: 'asked', killAt: killTimeInDrain(drain, run.talk, patienceOf('asked', policy), now) },
  };
}

/** The main process has ended and left processes behind, which are ended or waited for. */
export function drainLeftovers(slot: Slot, run: Run, end: MainEnd, policy: Policy, now: number, emit: Emit): Draining {
  const { graceMs, to } = policy.stop;
  const before = end.drain;
  const drain: Drain = before ?? {
    why: 'leftovers',
    outdatedBy: outdatedBy(slot.state),
    signal: policy.stop.signal ?? 'SIGTERM',
    unsure: false,
    askedAt: now,
    killAt: null,
    boundaryAt: null,
    lookAt: null,
  };
  emit({ do: 'record', fact: { id: slot.id, type: 'leftovers', left: run.left, policy: policy.leftovers, end } });
  // A stop sent to the group has reached them already, and each signal is sent once.
  const told = before !== null && to === 'group';
  if (policy.leftovers === 'end' && !told)
    emit({ do: 'signal', id: slot.id, run: run.number, signal: drain.signal, to: 'left' });
  const unaskedMs =
    policy.leftovers === 'end' ? LEFTOVERS_GRACE_MS : Math.min(graceMs ?? FAILING_GRACE_MS, FAILING_GRACE_MS);
  // If no person is waiting, leftovers get no more time than after an unrequested end: the iteration is over.
  const isAsked = before !== null && before.why !== 'own';
  const killAt = isAsked ? (drain.killAt ?? (graceMs === null ? null : now + graceMs)) : now + unaskedMs;
  return {
    is: 'draining',
    since: before === null ? now : before.askedAt,
    run,
    drain: { ...drain, killAt, lookAt: now + LOOK_EVERY_MS },
  };
}

export function beginKill(
  slot: Slot,
  run: Run,
  drain: Drain,
  because: 'grace' | 'asked' | 'leftovers' | 'within',
  now: number,
  emit: Emit,
): Killing {
  emit({ do: 'record', fact: { id: slot.id, type: 'killing', because } });
  if (run.process !== null) emit({ do: 'kill', id: slot.id, run: run.number });
  const lookAt = run.end === null ? null : now + LOOK_EVERY_MS;
  return { is: 'killing', since: now, run, drain: { ...drain, lookAt }, kills: 1, killAgainAt: now + KILL_EVERY_MS };
}

/** What is due in a drain or a kill. */
export function tickEnding(slot: Slot, state: Ending, policy: Policy, now: number, emit: Emit): Ending {
  if (state.is === 'draining' && state.drain.killAt !== null && state.drain.killAt <= now) {
    if (state.drain.unsure && state.run.end === null) return signalAgain(slot, state, policy, now, emit);
    return beginKill(slot, state.run, state.drain, state.run.end === null ? 'grace' : 'leftovers', now, emit);
  }
  let next = state;
  if (next.is === 'killing' && next.killAgainAt <= now) next = killAgain(slot, next, now, emit);
  if (next.drain.lookAt !== null && next.drain.lookAt <= now) {
    emit({ do: 'look', id: slot.id, run: next.run.number });
    next = { ...next, drain: { ...next.drain, lookAt: now + LOOK_EVERY_MS } };
  }
  return next;
}

/**
 * It has not ended, and may never have been asked to. If it was, a second signal may cut (Celery, RQ), but so would the SIGKILL that is now
 * due; if not, this is its stop. Either way it is waited for as after any stop signal.
 */
function signalAgain(slot: Slot, state: Draining, policy: Policy, now: number, emit: Emit): Draining {
  const { drain } = state;
  const talk = { ...state.run.talk, sinceSignal: false };
  const patience = patienceOf(drain.why, policy);
  const killAt = killTimeOf(drain.why, talk, patience, now);
  emit({ do: 'signal', id: slot.id, run: state.run.number, signal: drain.signal, to: policy.stop.to });
  emit({ do: 'record', fact: { id: slot.id, type: 'signal-again', signal: drain.signal, graceMs: patience.graceMs } });
  const boundaryAt = boundaryAtStop(talk, now);
  return {
    ...state,
    run: { ...state.run, talk },
    drain: { ...drain, unsure: false, askedAt: now, killAt, boundaryAt },
  };
}

function killAgain(slot: Slot, state: Killing, now: number, emit: Emit): Killing {
  const kills = state.kills + 1;
  if (state.run.process !== null) emit({ do: 'kill', id: slot.id, run: state.run.number });
  // Said soon, then every minute: a process in uninterruptible sleep can stay for days.
  if (kills === 5 || kills % 60 === 0)
    emit({ do: 'record', fact: { id: slot.id, type: 'still-alive', kills, left: state.run.left } });
  return { ...state, kills, killAgainAt: now + KILL_EVERY_MS };
}
