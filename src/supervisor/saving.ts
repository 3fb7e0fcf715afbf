/** Fleet -> state.json, soon after a change: many changes are one writing. */
import { setTimeout } from 'node:timers/promises';
import type { Fleet } from './lifecycle/roster.ts';
import { isLive, type Slot } from './lifecycle/state.ts';
import { writeState, type SavedSlot, type SavedState } from './world/state-file.ts';

export interface Saver {
  save(fleet: Fleet): void;
  /** Writes the last word, and nothing after it. */
  end(fleet: Fleet): Promise<void>;
}

/**
 * What is not written yet when we die is found all the same, by who holds the FIFOs (survivors.ts); a stop of hundreds
 * should not write the file hundreds of times.
 */
const SOON_MS = 25;

export function saver(
  file: string,
  about: Pick<SavedState, 'boot' | 'list'>,
  trouble: (words: string | null) => void,
): Saver {
  let waiting: Fleet | null = null;
  let writing: Promise<void> | null = null;

  const write = async (fleet: Fleet): Promise<void> => {
    trouble(await writeState(file, { format: 1, ...about, slots: fleet.slots.map(savedSlot) }));
  };
  const writeSoon = async (): Promise<void> => {
    while (waiting !== null) {
      await setTimeout(SOON_MS);
      const fleet = waiting;
      waiting = null;
      await write(fleet);
    }
    writing = null;
  };

  return {
    save(fleet) {
      waiting = fleet;
      writing ??= writeSoon();
    },
    async end(fleet) {
      await writing;
      await write(fleet);
    },
  };
}

function savedSlot({ id, state, starts }: Slot): SavedSlot {
  if (!isLive(state)) return { id, run: starts, state: state.is, processes: [] };
  const { process, end, left } = state.run;
  const main = process === null || end !== null ? [] : [process];
  return { id, run: starts, state: state.is, processes: [...main, ...left] };
}
