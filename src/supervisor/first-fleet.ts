/** The fleet a supervisor begins with: a new one, or an earlier supervisor's. */
import type { CareSpec, ListSpec } from '../config/spec.ts';
import type { Adoption } from './adoption.ts';
import { resume } from './lifecycle/adopt.ts';
import { newFleet, type Fleet } from './lifecycle/roster.ts';

/** As much of a list as is needed to look after its daemons: the whole list, or what an earlier supervisor saved of it. */
export type KeptList = Pick<ListSpec, 'id' | 'file' | 'startRate' | 'maxTotalLogBytes' | 'resources'> & {
  readonly daemons: readonly CareSpec[];
};

/** After this many deaths in a row, each within a minute, nothing is started by itself for 1, 2, 4 … 60 s (docs/surviving.md). */
const DEATHS = 3;
const LONGEST_PAUSE_MS = 60_000;

export function firstFleet(list: KeptList, adoption: Adoption | null, now: number): Fleet {
  const perSecond = list.startRate?.perSecond ?? null;
  if (adoption === null) return newFleet(list.daemons, perSecond, now, list.resources);
  const before = newFleet(adoption.daemons, perSecond, now, list.resources);
  const fleet = resume({ ...before, gone: adoption.gone }, adoption.slots, adoption.hasDied, now);
  const over = adoption.deaths.length - DEATHS;
  if (over < 0) return fleet;
  return { ...fleet, rate: { ...fleet.rate, notBefore: now + Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** over) } };
}
