/** The result of a stop, as recorded at its end: for a list whose supervisor can no longer be asked. */
import type { DeedView } from '../control/view.ts';
import { monotonicMs } from '../supervisor/world/clock.ts';
import { bootId } from '../supervisor/world/boot.ts';
import { stoppedView } from '../supervisor/deeds.ts';
import { escapedOfAll } from '../supervisor/world/escaped.ts';
import { stateFolderAt } from '../supervisor/world/folder.ts';
import { readHolder } from '../supervisor/world/holder.ts';
import { readState } from '../supervisor/world/state-file.ts';
import { leftBehindWords } from '../supervisor/words.ts';

/** `pid`: of the supervisor that ended it, possibly still on its way out. */
export interface Ended {
  readonly view: DeedView;
  readonly pid: number | null;
}

/** `since`: on the monotonic clock; earlier ends do not count. null: there is no record that the list has ended. */
export function endedList(folder: string, since: number): Ended | null {
  const place = stateFolderAt(folder);
  const saved = readState(place.state);
  if (saved.is !== 'read' || saved.state.left !== 'ended' || saved.state.boot !== bootId()) return null;
  const slots = saved.state.slots.map(({ slot }) => slot);
  const view = stoppedView(slots, since, { now: monotonicMs(), wall: Date.now() });
  const escaped = escapedOfAll(place).map(leftBehindWords);
  return { view: { ...view, escaped }, pid: readHolder(place.lock)?.pid ?? null };
}
