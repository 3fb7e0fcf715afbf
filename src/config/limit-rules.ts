import { formatDuration } from '../base/duration.ts';
import type { Court, Rule } from './rules.ts';

/** Limits that would replace a process before it has shown that it works. */
export const LIMIT_RULES: readonly Rule[] = [limitsLeaveTimeToHold];

/** No process is replaced within reset_after, and one that always reaches its limit that soon is said to need more. */
function limitsLeaveTimeToHold({ list, report }: Court): void {
  for (const { spec, written, at } of list.daemons) {
    const { iterationMs, iterations, ageMs } = spec.limits;
    const { resetAfterMs } = spec.restart;
    const place = written.limits?.value;
    const told = `its reset_after, ${formatDuration(resetAfterMs)}: within that it is not replaced`;
    if (ageMs !== null && ageMs < resetAfterMs)
      report.warning(
        place?.age?.at ?? at,
        `limits.age of daemon ${spec.name}, ${formatDuration(ageMs)}, is shorter than ${told}`,
        'write a longer age, or a shorter restart: { reset_after: … }',
      );
    const mostMs = iterationMs === null || iterations === null ? Infinity : iterationMs * iterations;
    if (mostMs < resetAfterMs)
      report.warning(
        place?.iterations?.at ?? at,
        `${iterations ?? 0} iterations of daemon ${spec.name} take at most ${formatDuration(mostMs)}, less than ${told}`,
        'write more limits.iterations, or a shorter restart: { reset_after: … }',
      );
  }
}
