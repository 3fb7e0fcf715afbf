/** What a stop has come to, from what was written down at its end: of a list whose supervisor nobody can ask any more. */
import type { DeedView } from '../control/view.ts';
import { monotonicMs } from '../supervisor/world/clock.ts';
import { bootId } from '../supervisor/world/boot.ts';
import { stoppedView } from '../supervisor/deeds.ts';
import { escapedOfAll } from '../supervisor/world/escaped.ts';
import { stateFolderAt } from '../supervisor/world/folder.ts';
import { readHolder } from '../supervisor/world/holder.ts';
import { readState } from '../supervisor/world/state-file.ts';
import { leftBehindWords } from '../supervisor/words.ts';

/** `pid`: of who has ended it, and may still be on its way out. */
export interface Ended {
  readonly view: DeedView;
  readonly pid: number | null;
}

/** `since`: on the monotonic clock; who had ended before does not count. null: nobody has written that the list has ended. */
export function endedList(folder: string, since: number): Ended | null {
  const place = stateFolderAt(folder);
  const saved = readState(place.state);
  if (saved.is !== 'read' || saved.state.left !== 'ended' || saved.state.boot !== bootId()) return null;
  const slots = saved.state.slots.map(({ slot }) => slot);
  const view = stoppedView(slots, since, { now: monotonicMs(), wall: Date.now() });
  const escaped = escapedOfAll(place).map(leftBehindWords);
  return { view: { ...view, escaped }, pid: readHolder(place.lock)?.pid ?? null };
}
