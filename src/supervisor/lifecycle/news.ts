/** The step of one slot, second half: what its process tells, from the spawn to the end, and what comes after the end. */
import { never } from '../../base/never.ts';
import {
  doubtedDrain,
  fallenSilent,
  hear,
  heardInDrain,
  speaks,
  withReportsLost,
  type Talk,
  type Word,
} from './boundary.ts';
import { judge, seconds } from './cut.ts';
import type { ProcessNews } from './event.ts';
import { becomeReady, lookAtLimits, readyTime, type Context } from './instance.ts';
import { EXTEND_FACTOR, LOOPING_AT, OURS_DELAY_MS, RUNS_KEPT, SOON_FACTOR, TOO_LOW_AT, type Policy } from './policy.ts';
import { afterEnd, countEnd, gapMs, isUnknown, kindOf } from './restart.ts';
import {
  isFault,
  isLive,
  outdatedBy,
  type Change,
  type Drain,
  type End,
  type Exit,
  type Live,
  type Run,
  type Slot,
  type State,
} from './state.ts';
import { drainLeftovers, patienceOf } from './stop.ts';

/** News of a process. News of another run than the present one, or of none, is late and dropped. */
export function hearNews(slot: Slot, news: ProcessNews, context: Context): Slot {
  const { state } = slot;
  if (!isLive(state) || state.run.number !== news.run) return slot;
  const { now, emit } = context;
  switch (news.is) {
    case 'spawned':
      // A process is reported once, and not after its end.
      if (state.run.process !== null || state.run.end !== null) return slot;
      return spawned(slot, state, { ...state.run, process: news.process }, context);
    case 'spawn-failed':
      if (state.run.process !== null || state.run.end !== null) return slot;
      return spawnFailed(slot, state, news.ours, news.error, context);
    case 'said':
      // What comes now was written by leftovers that hold its pipe.
      if (state.run.end !== null) return slot;
      return said(slot, state, news.word, news.sinceSignal, context);
    case 'reports-lost':
      return doubted(slot, state, withReportsLost(state.run.talk), context);
    case 'fell-silent':
      return state.run.end === null ? fellSilent(slot, state, context) : slot;
    case 'ended':
      // A main process ends once.
      if (state.run.end !== null) return slot;
      return ended(slot, state, { ...howItEnded(state.run, news), at: now, error: news.error ?? null }, news, context);
    case 'looked':
      if (state.run.end === null) return slot;
      return news.left.length === 0
        ? settleEnd(slot, context)
        : withRun(slot, state, { ...state.run, left: news.left });
    case 'measured':
      return measured(slot, news.bytes, context);
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

/** The slot with what its process has said as far as it can be trusted, and with the time that it has in a drain. */
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
  // A stop or a cut may have been asked between the order and the report.
  if (state.is === 'draining')
    emit({ do: 'signal', id: slot.id, run: run.number, signal: state.drain.signal, to: policy.stop.to });
  if (state.is === 'killing') emit({ do: 'kill', id: slot.id, run: run.number });
  // From here on it lives: the order was only the wish.
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
  const hasFinished = talk.iterations > state.run.talk.iterations;
  const run = { ...state.run, talk, heldAt: state.run.heldAt ?? (hasFinished ? now : null) };
  const heard: Slot = {
    ...slot,
    iterations: slot.iterations + talk.iterations - state.run.talk.iterations,
    speaks: slot.speaks || speaks(talk),
  };
  if (heard.speaks && !slot.speaks) emit({ do: 'record', fact: { id: slot.id, type: 'speaks' } });
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

const hasLimits = ({ limits }: Policy): boolean =>
  limits.iterationMs !== null || limits.iterations !== null || limits.ageMs !== null;

/** Its session takes so much memory. */
function measured(slot: Slot, bytes: number, { policy, now }: Context): Slot {
  const { memoryBytes } = policy.limits;
  if (memoryBytes === null || bytes <= memoryBytes) return slot;
  if (slot.state.is !== 'running' || slot.state.outdatedBy !== null) return slot;
  const outdatedBy: Change = { of: 'limit', limit: 'memory', value: bytes, at: now, proven: false };
  return { ...slot, state: { ...slot.state, outdatedBy } };
}

const OUT_OF_MEMORY = '; the kernel has killed it: out of memory';

type LastNews = Pick<Extract<ProcessNews, { is: 'ended' }>, 'left' | 'outOfMemory'>;

/** The main process has ended: judged and counted now; the slot moves on when nothing of it is left. */
function ended(slot: Slot, state: Live, end: End, { left, outOfMemory = false }: LastNews, context: Context): Slot {
  const { policy, now, emit } = context;
  const asked = state.is === 'draining' || state.is === 'killing' ? state.drain : null;
  const run: Run = { ...state.run, end, left };
  const verdict = judge(run, end, asked, state.is === 'killing');
  const kind = endKind(asked, policy, run.talk, end);
  const exit: Exit = {
    ...end,
    run: run.number,
    pid: run.process?.pid ?? null,
    startedAt: run.startedAt,
    kind,
    resource: kind === 'resource' ? run.talk.waiting : null,
    cut: verdict.cut,
    fault: asked !== null && isFault(asked.why) ? asked.why : null,
    words: `${faultWords(asked, policy)}${verdict.words}${awayWords(kind, run.talk)}${outOfMemory && state.is !== 'killing' ? OUT_OF_MEMORY : ''}`,
    iterations: speaks(run.talk) ? run.talk.iterations : null,
  };
  emit({ do: 'record', fact: { id: slot.id, type: 'ended', exit } });
  if (verdict.noDrain && !slot.noDrain)
    emit({ do: 'record', fact: { id: slot.id, type: 'no-drain', signal: end.signal ?? '' } });
  const judged: Slot = {
    ...slot,
    cuts: slot.cuts + (exit.cut === 'yes' ? 1 : 0),
    noDrain: verdict.noDrain || (slot.noDrain && !heedsStop(asked, end)),
    exits: [exit, ...slot.exits].slice(0, RUNS_KEPT),
    undecided: mayBeAway(slot, exit, policy) ? { readyAt: run.readyAt } : null,
  };
  const counted = judged.undecided === null ? count(judged, exit, run.readyAt, context) : judged;
  const next = { ...counted, state: { ...state, run } };
  if (left.length === 0) return settleEnd(next, context);
  if (state.is === 'killing') return { ...next, state: { ...state, run, drain: { ...state.drain, lookAt: now } } };
  if (policy.leftovers !== 'ignore')
    return { ...next, state: drainLeftovers(slot, run, asked, left, policy, now, emit) };
  emit({ do: 'record', fact: { id: slot.id, type: 'leftovers', left, policy: 'ignore' } });
  return settleEnd(next, context);
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

/** It ended by itself after its stop signal: so it has a handler, whatever was seen of it in a long boot. */
const heedsStop = (asked: Drain | null, { code }: End): boolean =>
  asked !== null && asked.why !== 'leftovers' && code !== null;

/** Of an adopted run only what it said itself may be known. */
function howItEnded({ talk }: Run, { code, signal }: Pick<End, 'code' | 'signal'>): Pick<End, 'code' | 'signal'> {
  return { code: code === null && signal === null ? talk.exitStatus : code, signal };
}

/** Before it counts, the resources that it needs are asked: where one is away, it is no crash. */
function mayBeAway({ wanted, rows }: Slot, exit: Exit, policy: Policy): boolean {
  if (!wanted.up || policy.resources.length === 0) return false;
  if (exit.kind === 'crash') return exit.error === null;
  return exit.kind === 'planned' && countEnd(rows, policy.restart, exit, null).planned > 0;
}

/** The row that this end makes longer, or begins anew. */
function count(slot: Slot, exit: Exit, readyAt: number | null, { policy, now, emit }: Context): Slot {
  if (exit.kind === 'asked') return slot;
  const rows = countEnd(slot.rows, policy.restart, exit, readyAt);
  if (rows.quick < LOOPING_AT || slot.rows.quick >= LOOPING_AT) return { ...slot, rows };
  emit({ do: 'record', fact: { id: slot.id, type: 'looping', quick: LOOPING_AT } });
  return { ...slot, rows, loopingSince: now };
}

/** What it needs has answered: `away` is what of it is down; null: all is up, so its end is its own. */
export function decide(slot: Slot, away: string | null, context: Context): Slot {
  const [exit, ...older] = slot.exits;
  if (slot.undecided === null || exit === undefined) return slot;
  const decided = { ...slot, undecided: null };
  if (away === null) return afterwards(count(decided, exit, slot.undecided.readyAt, context), exit, context);
  context.emit({ do: 'record', fact: { id: slot.id, type: 'resource-end', resource: away } });
  const words = `${exit.words}; ${away} was down`;
  return { ...decided, exits: [{ ...exit, kind: 'resource', resource: away, words }, ...older] };
}

function endKind(drain: Drain | null, { restart }: Policy, { waiting }: Talk, end: End): Exit['kind'] {
  if (drain?.why === 'asked' || drain?.why === 'own') return 'asked';
  if (drain !== null && isFault(drain.why)) return 'crash';
  if (waiting !== null) return 'resource';
  if (isUnknown(end)) return restart.policy === 'on-failure' ? 'crash' : 'unknown';
  return kindOf(restart, end.code);
}

/** Nothing of the run is left: what now? */
function settleEnd(slot: Slot, context: Context): Slot {
  const { now } = context;
  const [exit] = slot.exits;
  const { state } = slot;
  if (exit === undefined) throw new Error(`${slot.id} has ended without an exit`);
  const to = (state: State): Slot => ({ ...slot, undecided: null, state });
  if (!slot.wanted.up) return to({ is: 'stopped', since: now });
  // Stopped to be started again, or started by a person while its leftovers were waited for.
  if ('drain' in state && state.drain.why === 'asked') return to({ is: 'waiting', since: now, byHand: true });
  if ('drain' in state && state.drain.outdatedBy?.of === 'limit') return afterLimit(slot, exit, context);
  // Replaced; or it ended by itself meanwhile, and how old code ends says nothing of the new.
  if (outdatedBy(state) !== null) return to({ is: 'waiting', since: now, byHand: false });
  if (slot.undecided !== null) return { ...slot, state: { is: 'waiting', since: now, byHand: false } };
  return afterwards(slot, exit, context);
}

/** Replaced for a limit: at once, unless it is so again and again, soon after each start. */
function afterLimit(slot: Slot, exit: Exit, { policy, now, chance, emit }: Context): Slot {
  const isSoon = exit.at - exit.startedAt < SOON_FACTOR * policy.restart.resetAfterMs;
  const soonReplaced = isSoon ? slot.soonReplaced + 1 : 0;
  const next = { ...slot, soonReplaced, undecided: null };
  if (soonReplaced < TOO_LOW_AT) return { ...next, state: { is: 'waiting', since: now, byHand: false } };
  emit({ do: 'record', fact: { id: slot.id, type: 'limit-too-low', times: soonReplaced } });
  const until = now + gapMs(policy.restart, soonReplaced - TOO_LOW_AT + 1, chance());
  return { ...next, state: { is: 'backoff', since: now, until, because: 'crash' } };
}

/** After an end that nobody asked for: what its policy says. */
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
