/**
 * Was an iteration cut when the run ended? `no` only if that is known, `yes` if it was open or we killed it, otherwise `unknown`, with the
 * evidence in words: an end is evidence, never proof (docs/decisions/006).
 *
 * A run is judged when the last process of its session is gone. Its main process may have been a wrapper (`flock`, a shell script): the
 * real worker is then among its leftovers and cannot be told from a helper, so their fate counts as the daemon's.
 */
import { speaks, type Talk } from './boundary.ts';
import { HANDLER_MS, UNSEEN_MS } from './policy.ts';
import { isUnknown } from './restart.ts';
import type { Drain, Left, MainEnd, Run } from './state.ts';

export type Cut = 'no' | 'yes' | 'unknown';

export interface Verdict {
  readonly cut: Cut;
  readonly words: string;
  /** It died of our stop signal at once: it has no handler, or one that may abandon work in progress. */
  readonly noDrain: boolean;
}

/** What became of the processes that outlived the main process. */
export interface Aftermath {
  readonly at: number;
  /** `gone`; `killed`: we had sent them SIGKILL; `ignored`: the list says to let them live on. */
  readonly left: 'gone' | 'killed' | 'ignored';
}

export function judge(run: Run, end: MainEnd, aftermath: Aftermath): Verdict {
  if (end.error !== null) return { cut: 'no', words: `could not be started: ${end.error}`, noDrain: false };
  const asked = end.drain;
  // A process that dies of the signal only later caught it, and may have re-raised it at its boundary. If others reported behind it, it was
  // a wrapper.
  const noDrain =
    asked !== null &&
    !end.isSpokenFor &&
    end.signal === asked.signal &&
    end.signal !== 'SIGKILL' &&
    end.at - asked.askedAt <= UNSEEN_MS &&
    end.at - run.startedAt >= HANDLER_MS;
  const { cut, where } = whereItStood(run, end, aftermath);
  if (run.left.length === 0) return { cut, words: `${howItEnded(end, noDrain, run.byHand)}${where}`, noDrain };
  // `false`: a wrapper is not blamed for a missing handler, since it does none of the work.
  const main = `its main process ${howItEnded(end, false, run.byHand)}`;
  // Leftovers are named once, when they are found.
  if (aftermath.left === 'ignored') return { cut, words: `${main}${where}`, noDrain };
  const behind = behindIt(run.left, end, aftermath);
  const isOfMain = speaks(run.talk) && !end.isSpokenFor;
  return { cut, words: isOfMain ? `${main}${where}; ${behind}` : `${main}; ${behind}${where}`, noDrain };
}

function whereItStood(run: Run, end: MainEnd, aftermath: Aftermath): { cut: Cut; where: string } {
  const { talk, left } = run;
  const asked = end.drain;
  const mayLiveOn = left.length > 0 && (end.isHeld || end.isSpokenFor);
  // How an adopted process ended is not visible, but the effect of SIGKILL is known.
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
      // The next iteration may have begun: the word came after the stop signal, or the process ended unasked and perhaps well.
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
 * It ended well, and soon, after the first boundary at which it knew of the stop. One that goes on to another boundary is ignoring the
 * stop, and one that fails or takes its time may have gone on: where any of these stood is unknown.
 */
function isLastBoundary(talk: Talk, end: MainEnd, asked: Drain): boolean {
  const isSoon = end.at - talk.lastAt <= UNSEEN_MS;
  return talk.sinceSignal && talk.lastAt === asked.boundaryAt && end.code === 0 && isSoon;
}

/** It may have ended well: exit 0, or the end was not seen (as with processes that report behind a wrapper). */
const endsWell = (end: MainEnd): boolean => end.code === 0 || isUnknown(end) || end.isSpokenFor;

function howItEnded(end: MainEnd, noDrain: boolean, byHand: Run['byHand']): string {
  const { drain: asked, killed } = end;
  // A cut with no stop before it sends only SIGKILL.
  const ago = asked === null || asked.signal === 'SIGKILL' ? null : seconds(end.at - asked.askedAt);
  const after = asked === null || ago === null ? '' : `, ${ago} after ${asked.signal}`;
  if (isUnknown(end)) return `ended, its exit status is not known${killed ? ', after SIGKILL' : after}`;
  if (end.signal === null) return `ended by itself, exit ${end.code ?? '?'}${after}`;
  if (end.signal === 'SIGKILL' && killed) return `killed by supervise (SIGKILL${after})`;
  if (noDrain && !end.catches) return `died of ${end.signal}: it has no handler`;
  if (asked !== null && end.signal === asked.signal) return `died of ${end.signal}, ${ago ?? ''} after it was sent`;
  return `died of ${end.signal}, which ${end.signal === byHand ? 'was sent by supervise signal' : 'supervise did not send'}${after}`;
}

/** How many leftovers the wording of an end names; all of them are named when found. */
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
