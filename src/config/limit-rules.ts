import { formatDuration } from '../base/duration.ts';
import type { Court, Rule } from './rules.ts';

/** Limits below what a daemon needs, and those without effect. */
export const LIMIT_RULES: readonly Rule[] = [limitsLeaveTimeToHold, agesLeaveTimeForARound, someAreNeverReplaced];

/** Three replacements in a row, each after a life shorter than this many times reset_after, count as crashes (docs/restarting.md). */
const SOON_FACTOR = 10;

/** Otherwise a limit that works as intended becomes a crash loop, hours after it was written. */
function limitsLeaveTimeToHold({ list, report }: Court): void {
  for (const { spec, written, at } of list.daemons) {
    const { iterationMs, iterations, ageMs } = spec.limits;
    const leastMs = SOON_FACTOR * spec.restart.resetAfterMs;
    const place = written.limits?.value;
    const told = `less than ten times its reset_after, ${formatDuration(spec.restart.resetAfterMs)}: three lives in a row that are so short count as crashes`;
    if (ageMs !== null && ageMs < leastMs)
      report.warning(
        place?.age?.at ?? at,
        `limits.age of daemon ${spec.name}, ${formatDuration(ageMs)}, is ${told}`,
        `write ${formatDuration(leastMs)} or more, or a shorter restart: { reset_after: … }`,
      );
    const mostMs = iterationMs === null || iterations === null ? Infinity : iterationMs * iterations;
    if (mostMs < leastMs)
      report.warning(
        place?.iterations?.at ?? at,
        `${iterations ?? 0} iterations of daemon ${spec.name} take at most ${formatDuration(mostMs)}, ${told}`,
        'write more limits.iterations, or a shorter restart: { reset_after: … }',
      );
  }
}

/** Instances are replaced one at a time, each after the previous is ready: if a round outlasts `age`, none stays that young. */
function agesLeaveTimeForARound({ list, report }: Court): void {
  for (const { spec, written, at } of list.daemons) {
    const { ready, instances, limits } = spec;
    if (ready.by !== 'time' || limits.ageMs === null) continue;
    const roundMs = instances * ready.afterMs;
    if (limits.ageMs >= roundMs) continue;
    report.warning(
      written.limits?.value.age?.at ?? at,
      `limits.age of daemon ${spec.name}, ${formatDuration(limits.ageMs)}, is less than a round of its ${instances} instances takes, which are replaced one at a time: ${formatDuration(roundMs)}, without the drains`,
      `write ${formatDuration(roundMs)} or more, or ready: { notify: true } where they can tell`,
    );
  }
}

/** Not for limits under `defaults:`, which are meant for the other daemons. */
function someAreNeverReplaced({ list, report }: Court): void {
  for (const { spec, layers } of list.daemons) {
    if (spec.restart.policy !== 'never') continue;
    const { iterations, memory, age } = layers.own.limits?.value ?? {};
    for (const [key, found] of Object.entries({ iterations, memory, age })) {
      if (found === undefined) continue;
      report.warning(
        found.at,
        `limits.${key} of daemon ${spec.name} does nothing: at it a process is replaced, and restart: never starts no other one`,
        'write restart: on-failure, or leave the limit out',
      );
    }
  }
}
