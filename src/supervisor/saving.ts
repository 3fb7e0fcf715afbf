/** Fleet -> state.json, at most once a turn of the event loop. */
import type { Fleet } from './lifecycle/roster.ts';
import { isLive, type Slot } from './lifecycle/state.ts';
import { commandOf } from './world/proc.ts';
import { writeState, type SavedSlot, type SavedState } from './world/state-file.ts';

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
      if (waiting === null) setImmediate(flush);
      waiting = fleet;
    },
    flush,
  };
}

function savedSlot({ id, state, starts }: Slot): SavedSlot {
  if (!isLive(state)) return { id, run: starts, state: state.is, processes: [] };
  const { process, end, left } = state.run;
  const main = process === null || end !== null ? [] : [{ ...process, command: commandOf(process.pid) }];
  return { id, run: starts, state: state.is, processes: [...main, ...left] };
}
