/** Who was looked at when somebody asked, and who is there when it is carried out, may be two. */
import type { LeftView } from '../control/view.ts';
import { notMeant, type Present, type Seen, type SeenDeed } from '../control/seen.ts';
import { slotOf, type Fleet } from './lifecycle/roster.ts';
import { isLive, type Slot } from './lifecycle/state.ts';

export interface Meant {
  readonly slots: readonly Slot[];
  /** Those that are others by now, or none at all. */
  readonly left: readonly LeftView[];
}

/** An id is an id here: what else a name could mean by now, an instance that was seen does not. */
export function meantOf(deed: SeenDeed, seen: readonly Seen[], fleet: Fleet): Meant {
  const slots: Slot[] = [];
  const left: LeftView[] = [];
  for (const was of seen) {
    const slot = slotOf(fleet, was.id);
    const words = notMeant(deed, was, slot === undefined ? null : presentOf(slot));
    if (words !== null) left.push({ id: was.id, words });
    else if (slot !== undefined) slots.push(slot);
  }
  return { slots, left };
}

/** As `status` tells it. */
export const presentOf = ({ state, wanted }: Slot): Present => ({
  state: state.is,
  wanted: wanted.up ? 'up' : 'down',
  pid: isLive(state) && state.run.end === null ? (state.run.process?.pid ?? null) : null,
});
