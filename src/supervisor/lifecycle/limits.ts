/** How much a run may take, and when that is checked (docs/restarting.md). Without limits in the list: never. */
import { isOpen, speaks, type Talk } from './boundary.ts';
import { EXTEND_FACTOR, SILENT_MS, type LimitsPolicy, type Policy } from './policy.ts';
import { earliest, type Cause, type Run, type Slot } from './state.ts';

/** When the open iteration becomes stuck; null: it has no limit, none is open, or its beginning is unknown. */
export function stuckAt(talk: Talk, { iterationMs }: LimitsPolicy): number | null {
  if (iterationMs === null || talk.openSince === null || !isOpen(talk)) return null;
  const furthest = talk.openSince + EXTEND_FACTOR * iterationMs;
  return Math.max(talk.openSince + iterationMs, Math.min(talk.extendedTo ?? 0, furthest));
}

/** When a limit of a ready run has to be checked next; null: never, as things stand. */
export function limitAt(
  slot: Pick<Slot, 'speaks' | 'toldSilent'>,
  run: Run,
  { limits }: Pick<Policy, 'limits'>,
): number | null {
  const silentAt = mayBeSilent(slot, limits) ? run.startedAt + SILENT_MS : null;
  return earliest(earliest(stuckAt(run.talk, limits), ageAt(run, limits)), silentAt);
}

/** The limit that the run has reached, for which it is replaced at a boundary, or null. */
export function reached(run: Run, { limits }: Pick<Policy, 'limits'>, now: number): Cause | null {
  const { iterations } = run.talk;
  if (limits.iterations !== null && iterations >= Math.ceil(sooner(limits.iterations, run)))
    return { of: 'limit', limit: 'iterations', value: iterations };
  const at = ageAt(run, limits);
  return at !== null && at <= now ? { of: 'limit', limit: 'age', value: now - run.startedAt } : null;
}

/** It has a limit on iterations but reports none: the limit has no effect, and nobody would notice. */
export function isSilent(
  slot: Pick<Slot, 'speaks' | 'toldSilent'>,
  run: Run,
  limits: LimitsPolicy,
  now: number,
): boolean {
  return mayBeSilent(slot, limits) && !speaks(run.talk) && run.startedAt + SILENT_MS <= now;
}

const mayBeSilent = (slot: Pick<Slot, 'speaks' | 'toldSilent'>, { iterationMs, iterations }: LimitsPolicy): boolean =>
  !slot.speaks && !slot.toldSilent && (iterationMs !== null || iterations !== null);

/** The limit less this run's share: instances started together do not reach it together, and none reaches it later than written. */
const sooner = (limit: number, { spread }: Run): number => limit * (1 - spread);

const ageAt = (run: Run, { ageMs }: LimitsPolicy): number | null =>
  ageMs === null ? null : run.startedAt + sooner(ageMs, run);
