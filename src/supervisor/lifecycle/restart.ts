/** After an end that nobody asked for: again at once, again later, or never (docs/restarting.md). */
import { PLANNED_GROWS_AT, type RestartPolicy } from './policy.ts';
import { NO_ROWS, type End, type Exit, type Rows } from './state.ts';

export type Verdict =
  | { readonly then: 'start' }
  | {
      readonly then: 'wait';
      readonly until: number;
      readonly because: 'crash' | 'planned' | 'resource';
      readonly row: number;
    }
  | { readonly then: 'exited' }
  | { readonly then: 'failed'; readonly because: 'fatal' | 'attempts' | 'policy' | 'unknown'; readonly row: number };

/** Nobody saw how it ended: neither the process nor the kernel says. */
export const isUnknown = ({ code, signal, error }: End): boolean => code === null && signal === null && error === null;

/** sysexits.h: a temporary failure not its own; trying again later may help. */
const EX_TEMPFAIL = 75;

/** The kind of this end. A signal, an unknown status and a failed spawn are crashes. */
export function kindOf(policy: RestartPolicy, code: number | null): 'planned' | 'fatal' | 'resource' | 'crash' {
  if (code === null) return 'crash';
  if (policy.fatalCodes.includes(code)) return 'fatal';
  if (policy.successCodes.includes(code)) return 'planned';
  return code === EX_TEMPFAIL ? 'resource' : 'crash';
}

/**
 * The rows after this end. A run that was ready for `reset_after` clears them. So as not to hold back one-job-a-process workers, a planned
 * end is not quick after a reported iteration or when `reset_after` is 0: such a job may be over before its process counts as ready.
 */
export function countEnd(rows: Rows, policy: RestartPolicy, exit: Exit, readyAt: number | null): Rows {
  if (readyAt !== null && exit.at - readyAt >= policy.resetAfterMs) return NO_ROWS;
  if (exit.kind === 'unknown') return rows;
  if (exit.kind === 'planned') {
    if ((exit.iterations ?? 0) > 0 || policy.resetAfterMs === 0) return NO_ROWS;
    return { ...rows, planned: rows.planned + 1, quick: rows.quick + 1 };
  }
  if (exit.kind === 'resource') return { ...rows, resource: rows.resource + 1 };
  return { ...rows, crashes: rows.crashes + 1, quick: rows.quick + 1 };
}

/**
 * The gap is between two starts, so time already lived counts; after a run that failed to become ready in time it counts from the end.
 * `chance` is uniform in 0..1.
 */
export function afterEnd(policy: RestartPolicy, rows: Rows, exit: Exit, chance: number): Verdict {
  if (exit.kind === 'fatal') return { then: 'failed', because: 'fatal', row: rows.crashes };
  if (exit.kind === 'unknown') {
    // Whether it did its work is for a person to say: what waits for that must not begin.
    if (policy.policy === 'never') return { then: 'failed', because: 'unknown', row: 0 };
    return { then: 'wait', until: exit.startedAt + gapMs(policy, 1, chance), because: 'planned', row: 1 };
  }
  if (exit.kind === 'planned') {
    if (policy.policy !== 'always') return { then: 'exited' };
    if (rows.planned === 0) return { then: 'start' };
    const k = rows.planned < PLANNED_GROWS_AT ? 1 : rows.planned;
    return { then: 'wait', until: exit.startedAt + gapMs(policy, k, chance), because: 'planned', row: rows.planned };
  }
  if (policy.policy === 'never') return { then: 'failed', because: 'policy', row: rows.crashes };
  if (exit.kind === 'resource') {
    if (rows.resource === 0) return { then: 'start' };
    const until = exit.startedAt + gapMs(policy, rows.resource, chance);
    return { then: 'wait', until, because: 'resource', row: rows.resource };
  }
  if (rows.crashes === 0) return { then: 'start' };
  if (policy.attempts !== null && rows.crashes >= policy.attempts)
    return { then: 'failed', because: 'attempts', row: rows.crashes };
  const from = exit.fault !== null ? exit.at : exit.startedAt;
  return { then: 'wait', until: from + gapMs(policy, rows.crashes, chance), because: 'crash', row: rows.crashes };
}

/** The gap after the k-th in a row: `delay x factor^(k-1)`, at most `max_delay`, shortened at random. */
export function gapMs(policy: RestartPolicy, k: number, chance: number): number {
  const grown = Math.min(policy.delayMs * policy.factor ** (k - 1), policy.maxDelayMs);
  return grown * (1 - policy.jitter * chance);
}
