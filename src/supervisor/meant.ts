/** Which instances a command means. What was seen when it was requested and what exists when it is carried out may differ. */
import { fail, ok, type Result } from '../base/result.ts';
import { select } from '../base/selector.ts';
import type { Refusal, Whom } from '../control/api.ts';
import type { LeftView } from '../control/view.ts';
import { leftWords, notMeant, type Present, type Seen, type SeenDeed } from '../control/seen.ts';
import type { KeptList } from './first-fleet.ts';
import { slotOf, type Fleet } from './lifecycle/roster.ts';
import { isLive, type Slot } from './lifecycle/state.ts';

export interface Meant {
  readonly slots: readonly Slot[];
  /** Those that were named but are another run by now, or gone: they are not touched. */
  readonly left: readonly LeftView[];
}

export interface Roll {
  readonly spec: Pick<KeptList, 'daemons'>;
  readonly fleet: Fleet;
}

/** The slots these names select; without names, all. */
export function selected({ spec, fleet }: Roll, names: readonly string[]): Result<readonly Slot[], Refusal> {
  const tags = new Map(spec.daemons.map((daemon) => [daemon.name, daemon.tags]));
  const selectable = fleet.slots.map((slot) => ({
    id: slot.id,
    daemon: slot.daemon,
    number: slot.number,
    tags: tags.get(slot.daemon) ?? [],
    slot,
  }));
  const chosen = select(names, selectable);
  return chosen.ok ? ok(chosen.value.map(({ slot }) => slot)) : fail({ reason: 'no-match', words: chosen.error });
}

/** The slots to act on, of those named or seen. Nothing is never taken for everything. */
export function meant(deed: SeenDeed, names: readonly Whom[], roll: Roll): Result<Meant, Refusal> {
  const selectors = names.filter((name) => typeof name === 'string');
  const seen = names.filter((name) => typeof name !== 'string');
  const { slots, left } = meantOf(deed, seen, roll.fleet);
  if (selectors.length === 0 && seen.length > 0)
    return slots.length > 0
      ? ok({ slots, left })
      : fail({ reason: 'no-match', words: `${leftWords(left)}: nothing was done` });
  const found = selected(roll, selectors);
  if (!found.ok) return found;
  // A restart of all skips those that a person stopped.
  const all = deed === 'restart' && names.length === 0;
  const chosen = all ? found.value.filter((slot) => !isStoppedByHand(slot)) : found.value;
  return ok({ slots: [...new Set([...chosen, ...slots])], left });
}

const isStoppedByHand = ({ wanted }: Slot): boolean => !wanted.up && wanted.by === 'hand';

/** Here an id is only an id: an instance that was seen never means anything else that the name could stand for now. */
function meantOf(deed: SeenDeed, seen: readonly Seen[], fleet: Fleet): Meant {
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
