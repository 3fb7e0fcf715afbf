/** Reproducible randomness: the same seed gives the same numbers on every machine. */
export interface Random {
  /** Uniform in 0..1, 1 excluded. */
  readonly next: () => number;
  /** A whole number, both ends included. */
  readonly int: (from: number, to: number) => number;
  readonly pick: <T>(choices: readonly [T, ...T[]]) => T;
  /** True with this probability. */
  readonly hit: (probability: number) => boolean;
}

export function seeded(seed: number): Random {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  // A Weyl sequence through an integer mixer: plenty for tests, and one line to reason about.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    int,
    pick: (choices) => choices[int(0, choices.length - 1)] ?? choices[0],
    hit: (probability) => next() < probability,
  };
}
