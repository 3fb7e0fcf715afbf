/**
 * Was an iteration cut when the run ended? `no` only where it is known, `yes` where it was open or we killed, otherwise
 * `unknown`: with the evidence in words, since an end is evidence and never proof (DESIGN 5).
 */
import { isOpen, speaks, type Talk } from './boundary.ts';
import { HANDLER_MS } from './policy.ts';
import type { Drain, End, Run } from './state.ts';

export type Cut = 'no' | 'yes' | 'unknown';

export interface Verdict {
  readonly cut: Cut;
  readonly words: string;
  /** It died of our stop signal: it has no handler. */
  readonly noDrain: boolean;
}

/** `drain` is null where nobody asked; `killed`: we have sent SIGKILL. */
export function judge(run: Run, end: End, drain: Drain | null, killed: boolean): Verdict {
  const asked = drain?.why === 'asked' || drain?.why === 'not-ready' ? drain : null;
  const how = howItEnded(end, asked, killed);
  if (end.error !== null) return { cut: 'no', words: `could not be started: ${end.error}`, noDrain: false };

  const { talk } = run;
  const closed = talk.last === 'IDLE' || talk.last === 'EXIT_STATUS';
  if (killed && end.signal === 'SIGKILL' && !(closed && !talk.lost))
    return { cut: 'yes', words: `${how}${speaks(talk) ? `; ${lastWord(talk, end)}` : ''}`, noDrain: false };

  if (!speaks(talk)) {
    const noDrain = asked !== null && end.signal === asked.signal && end.at - run.startedAt >= HANDLER_MS;
    return { cut: 'unknown', words: noDrain ? `died of ${asked.signal}: it has no handler` : how, noDrain };
  }
  if (talk.lost) return { cut: 'unknown', words: `${how}; some of its reports were lost`, noDrain: false };
  if (closed) return { cut: 'no', words: `${how}, at a boundary (${lastWord(talk, end)})`, noDrain: false };
  if (talk.last === 'ITERATION' && asked !== null && talk.sinceSignal)
    return { cut: 'no', words: `${how}, at the boundary after iteration ${talk.iterations}`, noDrain: false };
  if (talk.last === 'ITERATION' && asked === null && end.code === 0)
    return { cut: 'unknown', words: `${how}; ${lastWord(talk, end)}`, noDrain: false };
  const died = asked !== null && end.signal === asked.signal;
  return {
    cut: isOpen(talk) ? 'yes' : 'unknown',
    words: `${how} inside an iteration; ${lastWord(talk, end)}`,
    noDrain: died && end.at - run.startedAt >= HANDLER_MS,
  };
}

function howItEnded(end: End, asked: Drain | null, killed: boolean): string {
  const after = asked === null ? '' : `, ${seconds(end.at - asked.askedAt)} after ${asked.signal}`;
  if (end.signal === null && end.code === null) return `ended, its exit status is not known${after}`;
  if (end.signal === null) return `ended by itself, exit ${end.code ?? '?'}${after}`;
  if (end.signal === 'SIGKILL' && killed) return `killed by supervise (SIGKILL${after})`;
  if (asked !== null && end.signal === asked.signal) return `died of ${end.signal}`;
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
