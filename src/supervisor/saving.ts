/** Fleet -> state.json, soon after a change: many changes are one writing. */
import type { Fleet } from './lifecycle/roster.ts';
import { isLive, type Slot } from './lifecycle/state.ts';
import { writeState, type SavedSlot, type SavedState } from './world/state-file.ts';

/**
 * What is not written yet when we die is found all the same, by who holds the FIFOs (survivors.ts); a stop of hundreds
 * should not write the file hundreds of times.
 */
const SOON_MS = 25;

export interface Saver {
  save(fleet: Fleet): void;
  /** Writes now what waits to be written. */
  flush(): void;
}

export function saver(
  file: string,
  about: Pick<SavedState, 'boot' | 'list'>,
  trouble: (words: string | null) => void,
): Saver {
  let waiting: Fleet | null = null;
  const flush = (): void => {
    if (waiting === null) return;
    const slots = waiting.slots.map(savedSlot);
    waiting = null;
    trouble(writeState(file, { format: 1, ...about, slots }));
  };
  return {
    save(fleet) {
      if (waiting === null) setTimeout(flush, SOON_MS);
      waiting = fleet;
    },
    flush,
  };
}

function savedSlot({ id, state, starts }: Slot): SavedSlot {
  if (!isLive(state)) return { id, run: starts, state: state.is, processes: [] };
  const { process, end, left } = state.run;
  const main = process === null || end !== null ? [] : [process];
  return { id, run: starts, state: state.is, processes: [...main, ...left] };
}
