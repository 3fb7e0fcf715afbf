/** How many iterations the selected instance has done recently: from what the screen has heard, without any request. */
import type { Instance } from './model.ts';

/** How far back. */
export const PACE_MS = 120_000;
/** What is heard within this time makes one sample. */
const SAMPLE_MS = 1_000;
const BUCKET_MS = 5_000;

interface Sample {
  readonly at: number;
  readonly iterations: number;
}

export interface Pace {
  readonly id: string | null;
  /** Oldest first. */
  readonly samples: readonly Sample[];
}

export const NO_PACE: Pace = { id: null, samples: [] };

/** Bounded: about one sample a second for two minutes. */
export function sampled(pace: Pace, instance: Instance | null): Pace {
  if (instance?.iterations == null) return pace.samples.length === 0 ? pace : NO_PACE;
  const { id, iterations, heardAt: at } = instance;
  const before = pace.id === id ? pace.samples : [];
  const last = before.at(-1);
  if (last?.at === at && pace.id === id) return pace;
  // A count that has dropped belongs to another life.
  if (last === undefined || last.iterations > iterations || last.at > at) return { id, samples: [{ at, iterations }] };
  const isSoon = before.length > 1 && at - (before.at(-2)?.at ?? 0) < SAMPLE_MS;
  const kept = (isSoon ? before.slice(0, -1) : before).filter((each, index) => {
    const next = before[index + 1];
    // The last sample before the window gives the count at its beginning.
    return each.at >= at - PACE_MS || (next !== undefined && next.at >= at - PACE_MS);
  });
  return { id, samples: [...kept, { at, iterations }] };
}

/** Iterations per five seconds, oldest first, as far back as anything was heard; and per second over all of that. */
export function paceOf(
  { samples }: Pace,
  now: number,
): { readonly buckets: readonly number[]; readonly perSecond: number } {
  const [first] = samples;
  if (first === undefined) return { buckets: [], perSecond: 0 };
  const end = Math.floor(now / BUCKET_MS) * BUCKET_MS;
  const begin = Math.max(Math.ceil(first.at / BUCKET_MS) * BUCKET_MS, end - PACE_MS);
  const count = Math.max(0, (end - begin) / BUCKET_MS);
  const done = (at: number): number => samples.findLast((each) => each.at <= at)?.iterations ?? first.iterations;
  const buckets = Array.from({ length: count }, (_, index) => {
    const from = begin + index * BUCKET_MS;
    return done(from + BUCKET_MS) - done(from);
  });
  const sum = buckets.reduce((total, each) => total + each, 0);
  return { buckets, perSecond: count === 0 ? 0 : (sum * 1_000) / (count * BUCKET_MS) };
}

/** `3.2/s`, `12/min`, `4/h`. */
export function rateWords(perSecond: number): string {
  if (perSecond === 0) return 'none';
  if (perSecond >= 9.95) return `${Math.round(perSecond)}/s`;
  if (perSecond >= 1) return `${Number(perSecond.toFixed(1))}/s`;
  if (perSecond >= 1 / 60) return `${Math.round(perSecond * 60)}/min`;
  return `${Math.max(1, Math.round(perSecond * 3_600))}/h`;
}
