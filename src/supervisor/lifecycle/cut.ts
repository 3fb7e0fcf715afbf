/**
 * Was an iteration cut when the run ended? `no` only where it is known, `yes` where it was open or we killed, otherwise
 * `unknown`: with the evidence in words, since an end is evidence and never proof (docs/decisions/006).
 *
 * A run is judged when the last process of its session has gone. Its main process may have been a wrapper (`flock`, a shell script): what
 * works then is among its leftovers, and nobody can tell it from a helper. So what becomes of them counts as if it were the daemon's.
 */
import { speaks, type Talk } from './boundary.ts';
import { HANDLER_MS, UNSEEN_MS } from './policy.ts';
import { isUnknown } from './restart.ts';
import type { Drain, Left, MainEnd, Run } from './state.ts';

export type Cut = 'no' | 'yes' | 'unknown';

export interface Verdict {
  readonly cut: Cut;
  readonly words: string;
  /** It died of our stop signal, at once: it has no handler, or one that may let go of what is at work. */
  readonly noDrain: boolean;
}

/** What became of those that outlived the main process. */
export interface Aftermath {
  readonly at: number;
  /** `gone`; `killed`: we had sent them SIGKILL; `ignored`: they live on, as the list says. */
  readonly left: 'gone' | 'killed' | 'ignored';
}

export function judge(run: Run, end: MainEnd, aftermath: Aftermath): Verdict {
  if (end.error !== null) return { cut: 'no', words: `could not be started: ${end.error}`, noDrain: false };
  const asked = end.drain;
  // One that dies of the signal only later has caught it, and may have sent it to itself at its boundary. One behind which others
  // reported was a wrapper.
  const noDrain =
    asked !== null &&
    !end.isSpokenFor &&
    end.signal === asked.signal &&
    end.signal !== 'SIGKILL' &&
    end.at - asked.askedAt <= UNSEEN_MS &&
    end.at - run.startedAt >= HANDLER_MS;
  const { cut, where } = whereItStood(run, end, aftermath);
  if (run.left.length === 0) return { cut, words: `${howItEnded(end, noDrain, run.byHand)}${where}`, noDrain };
  // `false`: a missing handler is not told of a wrapper, since it is not the wrapper that works.
  const main = `its main process ${howItEnded(end, false, run.byHand)}`;
  // They are named once, when they are found.
  if (aftermath.left === 'ignored') return { cut, words: `${main}${where}`, noDrain };
  const behind = behindIt(run.left, end, aftermath);
  const isOfMain = speaks(run.talk) && !end.isSpokenFor;
  return { cut, words: isOfMain ? `${main}${where}; ${behind}` : `${main}; ${behind}${where}`, noDrain };
}

function whereItStood(run: Run, end: MainEnd, aftermath: Aftermath): { cut: Cut; where: string } {
  const { talk, left } = run;
  const asked = end.drain;
  const mayLiveOn = left.length > 0 && (end.isHeld || end.isSpokenFor);
  // How an adopted one ended is not seen, but what SIGKILL does is known.
  const wasKilled = end.killed || run.byHand === 'SIGKILL';
  const isMainKilled = wasKilled && (end.signal === 'SIGKILL' || isUnknown(end));
  const isLeftKilled = left.length > 0 && aftermath.left === 'killed';
  if (!speaks(talk)) {
    if (isMainKilled) return { cut: 'yes', where: whySilent(talk) };
    if (isLeftKilled) return { cut: 'yes', where: ', in the middle of what nobody knows' };
    return { cut: 'unknown', where: whySilent(talk) };
  }
  const byUs = isMainKilled || (isLeftKilled && mayLiveOn);
  if (talk.lost) return { cut: byUs ? 'yes' : 'unknown', where: '; some of its reports were lost' };
  const word = lastWord(talk, end.isSpokenFor ? aftermath.at : end.at);
  switch (talk.last) {
    case 'IDLE':
      if (mayLiveOn && aftermath.left === 'ignored')
        return { cut: 'unknown', where: `; ${word}, and who said so may work on` };
      return { cut: 'no', where: `, at a boundary (${word})` };
    case 'EXIT_STATUS':
      return { cut: 'no', where: `, at a boundary (${word})` };
    case 'ITERATION':
      if (byUs) return { cut: 'yes', where: `; ${word}` };
      if (asked !== null && !mayLiveOn && isLastBoundary(talk, end, asked))
        return { cut: 'no', where: `, at the boundary after iteration ${talk.iterations}` };
      // Nobody knows whether the next iteration had begun: the word came after the stop signal, or it ended unasked and perhaps well.
      if (asked === null ? endsWell(end) : talk.sinceSignal) return { cut: 'unknown', where: `; ${word}` };
      return { cut: 'yes', where: `, inside an iteration; ${word}` };
    case 'BUSY':
    case null:
      return { cut: 'yes', where: `, inside an iteration; ${word}` };
  }
}

function whySilent({ several, lost }: Talk): string {
  if (several) return '; several processes of it spoke at once';
  return lost ? '; it had fallen silent' : '';
}

/**
 * It ended well, and soon, after the first boundary at which it knew of the stop. One that goes on to another does not heed
 * the stop, and one that fails or takes its time may have gone on: of none of them is it known where it stood.
 */
function isLastBoundary(talk: Talk, end: MainEnd, asked: Drain): boolean {
  const isSoon = end.at - talk.lastAt <= UNSEEN_MS;
  return talk.sinceSignal && talk.lastAt === asked.boundaryAt && end.code === 0 && isSoon;
}

/** It may have ended well: with exit 0, or nobody has seen how (so it is with processes that reported behind a wrapper). */
const endsWell = (end: MainEnd): boolean => end.code === 0 || isUnknown(end) || end.isSpokenFor;

function howItEnded(end: MainEnd, noDrain: boolean, byHand: Run['byHand']): string {
  const { drain: asked, killed } = end;
  // A cut without a stop before it sends SIGKILL alone.
  const ago = asked === null || asked.signal === 'SIGKILL' ? null : seconds(end.at - asked.askedAt);
  const after = asked === null || ago === null ? '' : `, ${ago} after ${asked.signal}`;
  if (isUnknown(end)) return `ended, its exit status is not known${killed ? ', after SIGKILL' : after}`;
  if (end.signal === null) return `ended by itself, exit ${end.code ?? '?'}${after}`;
  if (end.signal === 'SIGKILL' && killed) return `killed by supervise (SIGKILL${after})`;
  if (noDrain && !end.catches) return `died of ${end.signal}: it has no handler`;
  if (asked !== null && end.signal === asked.signal) return `died of ${end.signal}, ${ago ?? ''} after it was sent`;
  return `died of ${end.signal}, which ${end.signal === byHand ? 'was sent by supervise signal' : 'supervise did not send'}${after}`;
}

/** How many leftovers the words of an end name; all are named when they are found. */
const NAMED = 3;

function behindIt(left: readonly Left[], end: MainEnd, aftermath: Aftermath): string {
  const who = `what ${end.isSpokenFor ? 'worked' : 'lived on'} behind it (${nameLeft(left, NAMED)})`;
  return aftermath.left === 'killed'
    ? `${who} was sent SIGKILL`
    : `${who} ended ${seconds(aftermath.at - end.at)} later`;
}

/** `pid 5 (convert), pid 6 (ffmpeg)`; without `most`, all of them. */
export function nameLeft(left: readonly Left[], most = left.length): string {
  const names = left.slice(0, most).map(({ pid, command }) => `pid ${pid} (${command})`);
  return `${names.join(', ')}${left.length > most ? ` and ${left.length - most} more` : ''}`;
}

function lastWord(talk: Talk, at: number): string {
  const ago = `${seconds(at - talk.lastAt)} before`;
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
