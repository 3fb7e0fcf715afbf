/** How a state looks, what is counted, and what comes first: one table for `supervise status` and the screen. */
import { isInTrouble } from './describe.ts';
import type { FlagName, InstanceView, StateName } from './view.ts';

export interface Sign {
  readonly unicode: string;
  readonly ascii: string;
  readonly role: 'good' | 'bad' | 'warning' | 'busy' | 'faint';
}

/** In the order in which counts are shown. */
export const STATE_SIGNS: Readonly<Record<StateName, Sign>> = {
  failed: { unicode: '✗', ascii: 'x', role: 'bad' },
  killing: { unicode: '◐', ascii: '~', role: 'bad' },
  running: { unicode: '●', ascii: '*', role: 'good' },
  starting: { unicode: '◌', ascii: '+', role: 'busy' },
  draining: { unicode: '◐', ascii: '~', role: 'warning' },
  waiting: { unicode: '…', ascii: '.', role: 'busy' },
  backoff: { unicode: '↻', ascii: 'z', role: 'warning' },
  stopped: { unicode: '○', ascii: 'o', role: 'faint' },
  exited: { unicode: '✓', ascii: '-', role: 'faint' },
};

/** Stuck or looping, whatever the state. */
export const TROUBLE_SIGN: Sign = { unicode: '!', ascii: '!', role: 'bad' };

/** Where there is room only for the signs of the counts, the two are told apart. */
const FLAG_SIGNS: Readonly<Record<'stuck' | 'looping', Sign>> = {
  stuck: TROUBLE_SIGN,
  looping: { unicode: '!!', ascii: '!!', role: 'bad' },
};

export const signOf = (instance: Pick<InstanceView, 'state' | 'flags'>): Sign =>
  isInTrouble(instance) ? TROUBLE_SIGN : STATE_SIGNS[instance.state];

export interface Count {
  readonly count: number;
  readonly word: StateName | FlagName;
  readonly sign: Sign;
}

/** Only those that occur, trouble first. */
export function countsOf(instances: readonly Pick<InstanceView, 'state' | 'flags'>[]): readonly Count[] {
  const numbers = new Map<StateName | FlagName, number>();
  for (const { state, flags } of instances)
    for (const word of [state, ...flags]) numbers.set(word, (numbers.get(word) ?? 0) + 1);
  return COUNTED.flatMap(([word, sign]) => {
    const count = numbers.get(word);
    return count === undefined ? [] : [{ count, word, sign }];
  });
}

const COUNTED = Object.entries({ ...FLAG_SIGNS, ...STATE_SIGNS }) as readonly (readonly [
  keyof typeof FLAG_SIGNS | StateName,
  Sign,
])[]; // It has no other keys.

/** First those that need attention, then those about to change, then the healthy, then those at rest: higher is shown sooner. */
export const pressureOf = (instance: Pick<InstanceView, 'state' | 'flags'>): number =>
  isInTrouble(instance) ? PRESSURE_OF_TROUBLE : PRESSURE[instance.state];

const PRESSURE_OF_TROUBLE = 10;
const PRESSURE: Readonly<Record<StateName, number>> = {
  failed: 9,
  killing: 8,
  backoff: 7,
  waiting: 6,
  draining: 5,
  starting: 4,
  running: 3,
  stopped: 2,
  exited: 1,
};
