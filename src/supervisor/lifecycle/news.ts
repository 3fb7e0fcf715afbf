/** The step of one slot on news of its process, from the spawn to the end. */
import { never } from '../../base/never.ts';
import {
  doubtedDrain,
  fallenSilent,
  hear,
  heardInDrain,
  isCutBehind,
  isOpen,
  speaks,
  tellsOfLoop,
  withReportsLost,
  type Talk,
  type Word,
} from './boundary.ts';
import { over } from './end.ts';
import type { ProcessNews } from './event.ts';
import { becomeReady, lookAtLimits, readyTime } from './instance.ts';
import { EXTEND_FACTOR, OURS_DELAY_MS, type Policy } from './policy.ts';
import { isLive, type Change, type End, type Live, type MainEnd, type Run, type Slot } from './state.ts';
import type { Context } from './step.ts';
import { drainLeftovers, patienceOf } from './stop.ts';

/** News of a process. News of any run but the present one is late and dropped. */
export function hearNews(slot: Slot, news: ProcessNews, context: Context): Slot {
  const { state } = slot;
  if (!isLive(state) || state.run.number !== news.run) return slot;
  const { now, emit } = context;
  switch (news.is) {
    case 'spawned':
      // A spawn is reported once, and not after the end.
      if (state.run.process !== null || state.run.end !== null) return slot;
      return spawned(slot, state, { ...state.run, process: news.process }, context);
    case 'spawn-failed':
      if (state.run.process !== null || state.run.end !== null) return slot;
      return spawnFailed(slot, state, news.ours, news.error, context);
    case 'said':
      return state.run.end === null
        ? said(slot, state, news.word, news.sinceSignal, context)
        : saidBehind(slot, state, state.run.end, news.word, news.sinceSignal, context);
    case 'word-missed':
      // A daemon that reports nothing about its loop leads to no conclusions anyway.
      return speaks(state.run.talk) ? hearNews(slot, { ...news, is: 'reports-lost' }, context) : slot;
    case 'reports-lost':
      return state.run.end === null
        ? doubted(slot, state, withReportsLost(state.run.talk), context)
        : doubtedBehind(slot, state, state.run.end, withReportsLost(state.run.talk));
    case 'fell-silent':
      return state.run.end === null
        ? fellSilent(slot, state, context)
        : doubtedBehind(slot, state, state.run.end, fallenSilent(state.run.talk));
    case 'speaker-gone':
      return state.run.end === null ? speakerGone(slot, state, news.pid, context) : slot;
    case 'ended':
      // A main process ends once.
      if (state.run.end !== null) return slot;
      return ended(slot, state, { ...howItEnded(state.run, news), at: now, error: news.error ?? null }, news, context);
    case 'looked':
      if (state.run.end === null) return slot;
      if (news.left.length > 0) return withRun(slot, state, { ...state.run, left: news.left });
      return over(slot, state, state.run.end, state.is === 'killing' ? 'killed' : 'gone', context);
    case 'measured':
      return measured(slot, news.bytes, context);
    case 'signal-refused': {
      const { pid, signal, uid } = news;
      emit({ do: 'record', fact: { id: slot.id, type: 'signal-refused', pid, signal, uid } });
      return withRun(slot, state, { ...state.run, refused: { pid, signal, uid } });
    }
    case 'sent-by-hand':
      return state.run.end === null ? withRun(slot, state, { ...state.run, byHand: news.signal }) : slot;
    case 'pipes-closed':
      if (state.run.end !== null) emit({ do: 'look', id: slot.id, run: news.run });
      return slot;
    default:
      return never(news);
  }
}

function fellSilent(slot: Slot, state: Live, context: Context): Slot {
  const talk = fallenSilent(state.run.talk);
  if (talk === state.run.talk) return slot;
  context.emit({ do: 'record', fact: { id: slot.id, type: 'fell-silent' } });
  return doubted(slot, state, talk, context);
}

/** No process will report the end of the open iteration: from now on a stop gives the run its grace instead of waiting for a word. */
function speakerGone(slot: Slot, state: Live, pid: number, context: Context): Slot {
  const { talk } = state.run;
  if (talk.speaker !== pid || talk.speakerGone === true || !isOpen(talk)) return slot;
  const gone: Talk = { ...talk, speakerGone: true };
  context.emit({ do: 'record', fact: { id: slot.id, type: 'speaker-gone', pid, cut: isCutBehind(gone) } });
  return doubted(slot, state, gone, context);
}

/** After the main process ends, doubts matter only if another process holds its fd 3; how long that one has is already decided. */
function doubtedBehind(slot: Slot, state: Live, end: MainEnd, talk: Talk): Slot {
  // After the second SIGKILL silence is no news: processes killed by the first one closed fd 3 by dying.
  const isLate = state.is === 'killing' && state.kills > 1;
  return (end.isHeld || end.isSpokenFor) && !isLate ? withRun(slot, state, { ...state.run, talk }) : slot;
}

/** The slot with `talk` reduced to what can still be trusted; the time of a drain follows from that. */
function doubted(slot: Slot, state: Live, talk: Talk, { now, policy }: Context): Slot {
  const run = { ...state.run, talk };
  if (state.is !== 'draining') return withRun(slot, state, run);
  const drain = doubtedDrain(state.drain, state.run.talk, talk, patienceOf(state.drain.why, policy), now);
  return { ...slot, state: { ...state, run, drain } };
}

function withRun(slot: Slot, state: Live, run: Run): Slot {
  return { ...slot, state: { ...state, run } };
}

function spawned(slot: Slot, state: Live, run: Run, { policy, now, emit }: Context): Slot {
  emit({ do: 'record', fact: { id: slot.id, type: 'started', run: run.number, pid: run.process?.pid ?? 0 } });
  // A stop or a cut may have been requested between the order and the report.
  if (state.is === 'draining')
    emit({ do: 'signal', id: slot.id, run: run.number, signal: state.drain.signal, to: policy.stop.to });
  if (state.is === 'killing') emit({ do: 'kill', id: slot.id, run: run.number });
  // From here on it is alive: until now it was only ordered.
  if (state.is === 'starting') return { ...slot, state: { ...state, run, readyAt: readyTime(policy, now) } };
  return withRun(slot, state, run);
}

function spawnFailed(slot: Slot, state: Live, ours: boolean, error: string, context: Context): Slot {
  const { now, emit } = context;
  if (!ours || !slot.wanted.up)
    return ended(slot, state, { at: now, code: null, signal: null, error }, { left: [] }, context);
  emit({ do: 'record', fact: { id: slot.id, type: 'backoff', inMs: OURS_DELAY_MS, because: 'ours', error } });
  return { ...slot, state: { is: 'backoff', since: now, until: now + OURS_DELAY_MS, because: 'ours' } };
}

function said(slot: Slot, state: Live, word: Word, sinceSignal: boolean, context: Context): Slot {
  const { now, policy, emit } = context;
  const talk = hear(state.run.talk, word, now, sinceSignal);
  if (severalSince(slot, state, talk, word, emit)) return doubted(slot, state, talk, context);
  const hasFinished = talk.iterations > state.run.talk.iterations;
  const run = { ...state.run, talk, heldAt: state.run.heldAt ?? (hasFinished ? now : null) };
  const heard = withTalk(slot, state.run.talk, talk, emit);
  if (state.is === 'starting' && word.key === 'READY') return becomeReady(heard, run, context);
  if (state.is === 'starting' && word.key === 'EXTEND' && policy.ready.by === 'notify') {
    const furthest = run.startedAt + EXTEND_FACTOR * policy.ready.timeoutMs;
    const readyAt = Math.max(state.readyAt, Math.min(now + word.ms, furthest));
    return { ...heard, state: { ...state, run, readyAt } };
  }
  if (state.is === 'draining') {
    const drained = heardInDrain(state.drain, word, talk, patienceOf(state.drain.why, policy), now);
    return { ...heard, state: { ...state, run, drain: drained } };
  }
  const told = withRun(heard, state, run);
  return state.is === 'running' && hasLimits(policy) ? lookAtLimits(told, context) : told;
}

/** From this word on several processes speak: that is told once. */
function severalSince({ id }: Slot, { run }: Live, talk: Talk, word: Word, emit: Context['emit']): boolean {
  if (!talk.several || run.talk.several || word.key !== 'SPEAKER' || word.beside === null) return false;
  emit({ do: 'record', fact: { id, type: 'several-speak', pids: [word.beside, word.pid] } });
  return true;
}

function withTalk(slot: Slot, before: Talk, talk: Talk, emit: Context['emit']): Slot {
  const iterations = slot.iterations + talk.iterations - before.iterations;
  // Another process speaks now, so the end of the run will say nothing of that cut.
  const cuts = slot.cuts + (isCutBehind(before) && talk.speakerGone !== true ? 1 : 0);
  const heard: Slot = { ...slot, iterations, cuts, speaks: slot.speaks || speaks(talk) };
  if (heard.speaks && !slot.speaks) emit({ do: 'record', fact: { id: slot.id, type: 'speaks' } });
  return heard;
}

/** As a wrapper dies that does not pass the signal on. */
const diedOfStop = ({ drain, signal }: MainEnd): boolean => drain !== null && signal === drain.signal;

/**
 * A word after the end of the main process, from the worker behind it, now among its leftovers. It tells where the worker stands; how long
 * it has, and whether the run has held, is already decided. An iteration open when the main process ended other than by its stop signal
 * stays open: a helper's IDLE does not close it.
 */
function saidBehind(
  slot: Slot,
  state: Live,
  end: MainEnd,
  word: Word,
  sinceSignal: boolean,
  { now, emit }: Context,
): Slot {
  if (word.key === 'IDLE' && isOpen(state.run.talk) && !diedOfStop(end)) return slot;
  const talk = hear(state.run.talk, word, now, sinceSignal);
  severalSince(slot, state, talk, word, emit);
  const isSpokenFor = end.isSpokenFor || tellsOfLoop(word, talk);
  return withRun(withTalk(slot, state.run.talk, talk, emit), state, {
    ...state.run,
    talk,
    end: { ...end, isSpokenFor },
  });
}

const hasLimits = ({ limits }: Policy): boolean =>
  limits.iterationMs !== null || limits.iterations !== null || limits.ageMs !== null;

/** The memory of its session was measured: over the limit, it is to be replaced. */
function measured(slot: Slot, bytes: number, { policy, now }: Context): Slot {
  const { memoryBytes } = policy.limits;
  if (memoryBytes === null || bytes <= memoryBytes) return slot;
  if (slot.state.is !== 'running' || slot.state.outdatedBy !== null) return slot;
  const outdatedBy: Change = { of: 'limit', limit: 'memory', value: bytes, at: now, proven: false };
  return { ...slot, state: { ...slot.state, outdatedBy } };
}

type LastNews = Pick<Extract<ProcessNews, { is: 'ended' }>, 'left' | 'outOfMemory' | 'isHeld' | 'catches'>;

/** The main process has ended. If nothing of the run is left it is over; otherwise the leftovers are waited for. */
function ended(
  slot: Slot,
  state: Live,
  how: End,
  { left, outOfMemory = false, isHeld = false, catches = false }: LastNews,
  context: Context,
): Slot {
  const { policy, now, emit } = context;
  const drain = 'drain' in state ? state.drain : null;
  const killed = state.is === 'killing';
  const end: MainEnd = { ...how, drain, killed, outOfMemory, isHeld, catches, isSpokenFor: false };
  const run: Run = { ...state.run, end, left };
  if (left.length === 0) return over(slot, { ...state, run }, end, 'gone', context);
  if (state.is === 'killing') return { ...slot, state: { ...state, run, drain: { ...state.drain, lookAt: now } } };
  if (policy.leftovers !== 'ignore') return { ...slot, state: drainLeftovers(slot, run, end, policy, now, emit) };
  emit({ do: 'record', fact: { id: slot.id, type: 'leftovers', left, policy: 'ignore', end } });
  return over(slot, { ...state, run }, end, 'ignored', context);
}

/** The kernel does not tell us the exit code of an adopted run; its own report (EXIT_STATUS) stands in for it. */
function howItEnded({ talk }: Run, { code, signal }: Pick<End, 'code' | 'signal'>): Pick<End, 'code' | 'signal'> {
  return { code: code === null && signal === null ? talk.exitStatus : code, signal };
}
