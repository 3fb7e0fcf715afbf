import { setTimeout as sleep } from 'node:timers/promises';
import type { Dropped } from '../control/api.ts';

/** Items within this time become one message: a screen has no use for more. */
const GATHER_MS = 50;
/** More than anyone could see go by in that time: beyond it the supervisor holds back and counts. */
const ENOUGH = 1000;

/** Takes the items of a stream and passes them on in batches. */
export function gathering<T extends object>(
  hand: (items: readonly T[]) => void,
  missed: (count: number) => void,
): (item: T | Dropped) => void | Promise<void> {
  let items: T[] = [];
  let gathered: Promise<void> | null = null;
  const pass = (): void => {
    gathered = null;
    const taken = items;
    items = [];
    if (taken.length > 0) hand(taken);
  };
  return (item) => {
    if ('dropped' in item) {
      pass();
      missed(item.dropped);
      return;
    }
    items.push(item);
    gathered ??= sleep(GATHER_MS).then(pass);
    return items.length >= ENOUGH ? gathered : undefined;
  };
}
