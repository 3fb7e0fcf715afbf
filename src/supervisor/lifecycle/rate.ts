/** The start rate of the list: a bucket of tokens, refilled evenly. Starts requested by name bypass it. */
export interface Rate {
  /** null: unlimited. */
  readonly perSecond: number | null;
  readonly tokens: number;
  readonly at: number;
  /** No start before then, whatever the tokens; null: no such time. */
  readonly notBefore: number | null;
}

/** A full bucket: a burst of as many starts as one second allows. */
export function newRate(perSecond: number | null, now: number): Rate {
  return { perSecond, tokens: burst(perSecond), at: now, notBefore: null };
}

/** The bucket after one start at `now`; null where it is empty. */
export function take(rate: Rate, now: number): Rate | null {
  const tokens = tokensAt(rate, now);
  // A hair below one counts as one: tokens are fractions and deadlines are rounded.
  if (tokens <= 1 - 1e-6) return null;
  return rate.perSecond === null ? rate : { ...rate, tokens: tokens - 1, at: now };
}

const LONGEST_REST_MS = 1_000;

/**
 * The bucket after a spawn decided at `decidedAt`. A spawn blocks the supervisor, and on an overloaded machine for longer than the rate
 * leaves between two starts: so the next start is at least as far away as this spawn took.
 */
export function rested(rate: Rate, decidedAt: number, now: number): Rate {
  if (rate.perSecond === null) return rate;
  const from = now + Math.min(now - decidedAt, LONGEST_REST_MS) - 1000 / rate.perSecond;
  return from <= rate.at ? rate : { ...rate, tokens: Math.min(tokensAt(rate, now), 0), at: from };
}

export function tokensAt({ perSecond, tokens, at, notBefore }: Rate, now: number): number {
  if (notBefore !== null && now < notBefore) return 0;
  return perSecond === null ? Infinity : Math.min(burst(perSecond), tokens + ((now - at) / 1000) * perSecond);
}

/** When the bucket has a token again. */
export function nextTokenAt(rate: Rate): number {
  const filledAt =
    rate.perSecond === null ? rate.at : rate.at + Math.max(0, ((1 - rate.tokens) / rate.perSecond) * 1000);
  return Math.max(filledAt, rate.notBefore ?? 0);
}

/** Rates below one a second still let one start through at once. */
function burst(perSecond: number | null): number {
  return perSecond === null ? Infinity : Math.max(1, perSecond);
}
