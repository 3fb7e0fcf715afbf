/** What a daemon says on fd 3 about its loop, and what follows from it: open or closed, and how long a drain may take. */
import { never } from '../../base/never.ts';
import { EXTEND_FACTOR, FAILING_GRACE_MS, NOTICE_MS, UNSEEN_MS } from './policy.ts';
import { isFault, type Drain } from './state.ts';

/** One line of the boundary protocol, parsed (supervisor/world/notify.ts). */
export type Word =
  | { readonly key: 'READY' }
  | { readonly key: 'BUSY' }
  | { readonly key: 'IDLE' }
  | { readonly key: 'ITERATION'; readonly done: number }
  | { readonly key: 'EXIT_STATUS'; readonly code: number }
  | { readonly key: 'STOPPING' }
  | { readonly key: 'EXTEND'; readonly ms: number }
  | { readonly key: 'STATUS'; readonly text: string }
  | { readonly key: 'PROGRESS'; readonly done: number; readonly total: number }
  | { readonly key: 'WAITING'; readonly resource: string }
  /** Which process says what follows. `beside`: another process of the run that has spoken and is still alive, or null. */
  | { readonly key: 'SPEAKER'; readonly pid: number; readonly beside: number | null };

/** What a run has said so far. */
export interface Talk {
  /** The last word about its loop; null: it does not speak the protocol (yet). */
  readonly last: 'BUSY' | 'IDLE' | 'ITERATION' | 'EXIT_STATUS' | null;
  readonly lastAt: number;
  /** The last word came after the stop signal was sent. */
  readonly sinceSignal: boolean;
  /** When its open iteration began. */
  readonly openSince: number | null;
  /** Its iteration has asked for time until then. */
  readonly extendedTo: number | null;
  readonly iterations: number;
  /** Reports were lost and nothing has been heard since: its position is unknown. */
  readonly lost: boolean;
  readonly exitStatus: number | null;
  readonly status: string | null;
  readonly progress: { readonly done: number; readonly total: number } | null;
  /** The resource it says it is waiting for, unless it has since said that it is working. */
  readonly waiting: string | null;
  /** The process that said it, or null if unknown. */
  readonly speaker: number | null;
  /** That process ended inside its iteration while the run lives on: no word will close the iteration. */
  readonly speakerGone?: true;
  /** Several processes report at once: no word can be attributed to a loop, so none counts until the run is over. */
  readonly several: boolean;
}

export const SILENCE: Talk = {
  last: null,
  lastAt: 0,
  sinceSignal: false,
  openSince: null,
  extendedTo: null,
  iterations: 0,
  lost: false,
  exitStatus: null,
  status: null,
  progress: null,
  waiting: null,
  speaker: null,
  several: false,
};

export const speaks = (talk: Talk): boolean => talk.last !== null;

/**
 * Is an iteration open? After ITERATION the next one begins without a word, so only an ITERATION sent after the stop signal marks a
 * boundary at which the daemon may end.
 */
export function isOpen(talk: Talk): boolean {
  return talk.last === 'BUSY' || (talk.last === 'ITERATION' && !talk.sinceSignal);
}

export function hear(talk: Talk, word: Word, now: number, sinceSignal: boolean): Talk {
  const next = heard(talk, word, now, sinceSignal);
  return isOfNobody(word, talk) ? { ...talk, waiting: next.waiting } : next;
}

/** Words that mean something only if a single process says them. */
const OF_ONE_LOOP: readonly Word['key'][] = ['BUSY', 'IDLE', 'ITERATION', 'PROGRESS', 'EXIT_STATUS'];

/** A word about a loop while several processes report: it cannot be attributed. */
const isOfNobody = ({ key }: Word, { several }: Talk): boolean => several && OF_ONE_LOOP.includes(key);

function heard(talk: Talk, word: Word, now: number, sinceSignal: boolean): Talk {
  const loop = { lastAt: now, sinceSignal, lost: false };
  switch (word.key) {
    case 'BUSY':
      if (talk.last === 'BUSY' && talk.openSince !== null) return { ...talk, ...loop, waiting: null };
      return { ...talk, ...loop, last: 'BUSY', openSince: now, extendedTo: null, waiting: null };
    case 'IDLE':
      // `waiting` stays: it may be idle because that resource is down.
      return { ...talk, ...loop, last: 'IDLE', openSince: null, extendedTo: null, progress: null };
    case 'ITERATION':
      return {
        ...talk,
        ...loop,
        last: 'ITERATION',
        openSince: now,
        extendedTo: null,
        iterations: Math.max(talk.iterations, word.done),
        progress: null,
        // A daemon that also says BUSY may report iterations late, on leaving its loop to wait: that does not end the wait.
        waiting: talk.last === 'BUSY' ? talk.waiting : null,
      };
    case 'EXIT_STATUS':
      // Sent by the SDK after the last iteration; on its own it does not make a daemon a speaker of the protocol.
      return {
        ...talk,
        ...(talk.last === null ? {} : { ...loop, last: 'EXIT_STATUS', openSince: null }),
        waiting: word.code === 0 ? null : talk.waiting,
        exitStatus: word.code,
      };
    case 'STATUS':
      return { ...talk, status: word.text };
    case 'PROGRESS':
      return { ...talk, progress: { done: word.done, total: word.total }, waiting: null };
    case 'WAITING':
      return { ...talk, waiting: word.resource };
    case 'EXTEND':
      return { ...talk, extendedTo: now + word.ms };
    case 'READY':
      return talk.waiting === null ? talk : { ...talk, waiting: null };
    case 'STOPPING':
      return talk;
    case 'SPEAKER':
      if (word.beside !== null) return ofSeveral(talk, word.pid);
      return talk.speakerGone === true ? inPlaceOf(talk, word.pid) : { ...talk, speaker: word.pid };
    default:
      return never(word);
  }
}

/** From now on several processes report. Earlier words cannot be trusted either. */
const ofSeveral = ({ iterations, status, waiting }: Talk, speaker: number): Talk => ({
  ...{ ...SILENCE, iterations, status, waiting, speaker },
  lost: true,
  several: true,
});

/** Another process reports in place of one that ended inside an iteration: it starts with nothing said. */
const inPlaceOf = ({ iterations, status, waiting }: Talk, speaker: number): Talk => ({
  ...SILENCE,
  ...{ iterations, status, waiting, speaker },
});

/** The reporting process has ended and is known to have left an iteration open. */
export const isCutBehind = ({ last, lost, speakerGone }: Talk): boolean =>
  speakerGone === true && last === 'BUSY' && !lost;

/** Some words never arrived, so the last one heard may be stale: the iteration counts as open until the next word. */
export function withReportsLost(talk: Talk): Talk {
  return talk.last === null || talk.last === 'EXIT_STATUS' ? { ...talk, lost: true } : openUntilNextWord(talk);
}

export const openUntilNextWord = (talk: Talk): Talk => ({
  ...talk,
  last: 'BUSY',
  openSince: null,
  progress: null,
  lost: true,
});

/** No more words will come: from now on it counts as a daemon that reports nothing. An EXIT_STATUS already sent still holds. */
export function fallenSilent(talk: Talk): Talk {
  if (talk.last === null || talk.last === 'EXIT_STATUS') return talk;
  const { iterations, waiting, speaker } = talk;
  return { ...SILENCE, iterations, waiting, speaker, lost: true };
}

/** The drain once earlier words (`before`) can no longer be trusted: grace starts over unless a boundary was seen since the signal. */
export function doubtedDrain(drain: Drain, before: Talk, talk: Talk, patience: Patience, now: number): Drain {
  if (isFault(drain.why) || (drain.boundaryAt !== null && before.sinceSignal)) return drain;
  return { ...drain, killAt: killTime(talk, patience, now), boundaryAt: null };
}

/** How long a drain may take; null: for ever. */
export interface Patience {
  /** For a daemon that reports nothing, and from the boundary to the end. */
  readonly graceMs: number | null;
  /** For an open iteration, from its start. */
  readonly iterationMs: number | null;
}

/**
 * When SIGKILL follows a stop requested now. A daemon that says nothing gets its grace; one that speaks is waited for as long as its
 * iteration is open and not stuck, then gets its grace from the boundary to its end. null: not as things stand.
 */
export function killTime(talk: Talk, patience: Patience, now: number): number | null {
  if (mayClose(talk)) return openKillTime(talk, patience, now);
  return patience.graceMs === null ? null : now + patience.graceMs;
}

/**
 * The same for a drain already under way that someone asks for now: a daemon that has been at a boundary since the signal gets its grace
 * from now on; any other is still in the iteration that the signal found open.
 */
export function killTimeInDrain(drain: Drain, talk: Talk, patience: Patience, now: number): number | null {
  const isInFirst = drain.boundaryAt === null && (talk.last === 'BUSY' || talk.last === 'ITERATION');
  if (isInFirst && talk.speakerGone !== true) return openKillTime(talk, patience, now);
  return patience.graceMs === null ? null : now + patience.graceMs;
}

/** A process lives that can still report the end of the iteration. */
const mayClose = (talk: Talk): boolean => isOpen(talk) && talk.speakerGone !== true;

/** An iteration that outlives its limit is stuck, stop or no stop; it then gets its grace like a silent daemon. */
function openKillTime({ openSince }: Talk, { graceMs, iterationMs }: Patience, now: number): number | null {
  if (iterationMs === null) return null;
  const graceAfterMs = Math.min(graceMs ?? FAILING_GRACE_MS, FAILING_GRACE_MS);
  return Math.max(now, (openSince ?? now) + iterationMs) + graceAfterMs;
}

/** An idle daemon is already at its boundary when the stop is requested. */
export const boundaryAtStop = (talk: Talk, now: number): number | null => (talk.last === 'IDLE' ? now : null);

const isAboutLoop = ({ key }: Word): boolean => key === 'BUSY' || key === 'IDLE' || key === 'ITERATION';

/** `talk` already includes the word. EXIT_STATUS concerns the loop only if the daemon has reported on its loop before. */
export const tellsOfLoop = (word: Word, talk: Talk): boolean =>
  isAboutLoop(word) || (word.key === 'EXIT_STATUS' && speaks(talk));

/** The drain after a word arrived; `talk` already includes it. */
export function heardInDrain(drain: Drain, word: Word, talk: Talk, patience: Patience, now: number): Drain {
  if (isFault(drain.why) || isOfNobody(word, talk)) return drain;
  const { graceMs } = patience;
  // Written before the signal and only read now: treated as heard before the stop.
  if (!talk.sinceSignal && isAboutLoop(word))
    return { ...drain, killAt: killTime(talk, patience, now), boundaryAt: boundaryAtStop(talk, now) };
  switch (word.key) {
    case 'BUSY':
      // It may have begun before the daemon saw the signal; later ones begin in spite of it.
      if (now - drain.askedAt > UNSEEN_MS) return drain;
      return { ...drain, killAt: openKillTime(talk, patience, now), boundaryAt: null };
    case 'ITERATION':
      // The program may not have noticed the signal yet and may have begun the next iteration without a word.
      if (now - drain.askedAt <= NOTICE_MS)
        return { ...drain, killAt: openKillTime(talk, patience, now), boundaryAt: null };
      return atBoundary(drain, graceMs, now);
    case 'IDLE':
    case 'EXIT_STATUS':
      if (talk.last === null) return drain;
      return atBoundary(drain, graceMs, now);
    case 'EXTEND': {
      if (drain.killAt === null || graceMs === null) return drain;
      const furthest = (drain.boundaryAt ?? drain.askedAt) + EXTEND_FACTOR * graceMs;
      return { ...drain, killAt: Math.max(drain.killAt, Math.min(now + word.ms, furthest)) };
    }
    case 'READY':
    case 'STOPPING':
    case 'STATUS':
    case 'PROGRESS':
    case 'WAITING':
    case 'SPEAKER':
      return drain;
    default:
      return never(word);
  }
}

/** Grace counts from the first boundary to the end. */
function atBoundary(drain: Drain, graceMs: number | null, now: number): Drain {
  if (drain.boundaryAt !== null) return drain;
  return { ...drain, boundaryAt: now, killAt: graceMs === null ? null : now + graceMs };
}
