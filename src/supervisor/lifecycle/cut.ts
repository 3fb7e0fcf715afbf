/**
 * Was an iteration cut when the run ended? `no` only where it is known, `yes` where it was open or we killed, otherwise
 * `unknown`: with the evidence in words, since an end is evidence and never proof (DESIGN 5).
 */
import { speaks, type Talk } from './boundary.ts';
import { HANDLER_MS, UNSEEN_MS } from './policy.ts';
import { isUnknown } from './restart.ts';
import type { Drain, End, Run } from './state.ts';

export type Cut = 'no' | 'yes' | 'unknown';

export interface Verdict {
  readonly cut: Cut;
  readonly words: string;
  /** It died of our stop signal, at once: it has no handler. */
  readonly noDrain: boolean;
}

/** `drain` is null where nobody asked; `killed`: we have sent SIGKILL. */
export function judge(run: Run, end: End, drain: Drain | null, killed: boolean): Verdict {
  if (end.error !== null) return { cut: 'no', words: `could not be started: ${end.error}`, noDrain: false };
  const asked = drain === null || drain.why === 'leftovers' ? null : drain;
  // Who dies of it only later has caught it, and may have sent it to itself at its boundary.
  const noDrain =
    asked !== null &&
    end.signal === asked.signal &&
    end.signal !== 'SIGKILL' &&
    end.at - asked.askedAt <= UNSEEN_MS &&
    end.at - run.startedAt >= HANDLER_MS;
  // How an adopted one ended is not seen, but what SIGKILL does is known.
  const byUs = killed && (end.signal === 'SIGKILL' || isUnknown(end));
  const { cut, where } = whereItStood(run.talk, end, asked, byUs);
  return { cut, words: `${howItEnded(end, asked, killed, noDrain)}${where}`, noDrain };
}

function whereItStood(talk: Talk, end: End, asked: Drain | null, byUs: boolean): { cut: Cut; where: string } {
  if (!speaks(talk)) return { cut: byUs ? 'yes' : 'unknown', where: talk.lost ? '; it had fallen silent' : '' };
  if (talk.lost) return { cut: byUs ? 'yes' : 'unknown', where: '; some of its reports were lost' };
  const word = lastWord(talk, end);
  switch (talk.last) {
    case 'IDLE':
    case 'EXIT_STATUS':
      return { cut: 'no', where: `, at a boundary (${word})` };
    case 'ITERATION':
      if (byUs) return { cut: 'yes', where: `; ${word}` };
      if (asked !== null && isLastBoundary(talk, end, asked))
        return { cut: 'no', where: `, at the boundary after iteration ${talk.iterations}` };
      // After a word that came with the stop, and before an exit 0 of its own, the next one may have begun or not.
      if (asked === null ? end.code === 0 || isUnknown(end) : talk.sinceSignal)
        return { cut: 'unknown', where: `; ${word}` };
      return { cut: 'yes', where: `, inside an iteration; ${word}` };
    case 'BUSY':
    case null:
      return { cut: 'yes', where: `, inside an iteration; ${word}` };
  }
}

/**
 * It ended well, and soon, after the first boundary at which it knew of the stop. One that goes on to another does not heed
 * the stop, and one that fails or takes its time may have gone on: of none of them is it known where it stood.
 */
function isLastBoundary(talk: Talk, end: End, asked: Drain): boolean {
  const isSoon = end.at - talk.lastAt <= UNSEEN_MS;
  return talk.sinceSignal && talk.lastAt === asked.boundaryAt && end.code === 0 && isSoon;
}

function howItEnded(end: End, asked: Drain | null, killed: boolean, noDrain: boolean): string {
  // A cut without a stop before it sends SIGKILL alone.
  const ago = asked === null || asked.signal === 'SIGKILL' ? null : seconds(end.at - asked.askedAt);
  const after = asked === null || ago === null ? '' : `, ${ago} after ${asked.signal}`;
  if (isUnknown(end)) return `ended, its exit status is not known${killed ? ', after SIGKILL' : after}`;
  if (end.signal === null) return `ended by itself, exit ${end.code ?? '?'}${after}`;
  if (end.signal === 'SIGKILL' && killed) return `killed by supervise (SIGKILL${after})`;
  if (noDrain) return `died of ${end.signal}: it has no handler`;
  if (asked !== null && end.signal === asked.signal) return `died of ${end.signal}, ${ago ?? ''} after it was sent`;
  return `died of ${end.signal}, which supervise did not send${after}`;
}

function lastWord(talk: Talk, end: End): string {
  const ago = `${seconds(end.at - talk.lastAt)} before`;
  switch (talk.last) {
    case 'BUSY':
      return `its last word was BUSY, ${ago}`;
    case 'ITERATION':
      return `its last word was that iteration ${talk.iterations} was done, ${ago}`;
    case 'IDLE':
      return `its last word was IDLE`;
    case 'EXIT_STATUS':
      return `it had finished its loop`;
    case null:
      return 'it said nothing';
  }
}

export function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
}
