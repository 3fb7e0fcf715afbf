/** Who lives of a list without a supervisor; and whether it is the list that is meant, for two may have the same `name:`. */
import { listed } from '../base/listed.ts';
import type { ListSpec } from '../config/spec.ts';
import { survey } from '../supervisor/adoption.ts';
import { stateFolderAt, type StateFolder } from '../supervisor/world/folder.ts';
import { livingHolder, readHolder } from '../supervisor/world/holder.ts';
import { readState } from '../supervisor/world/state-file.ts';
import type { Invocation } from './args.ts';
import { guardOf } from './guard.ts';
import { meantInstead, otherListWords } from './other-list.ts';
import { targetOf } from './target.ts';

/** Who lives without a supervisor. */
export interface Living {
  readonly id: string;
  readonly pid: number;
  /** A `start` would go on with it, and a `stop` would end it. */
  readonly isKnown: boolean;
}

/** Who lives of the list of this folder. Where it was not written down, and `list` does not tell (null), by the marks alone. */
export function livingIn(folder: string, list: ListSpec | null): readonly Living[] {
  const place = stateFolderAt(folder);
  const saved = readState(place.state);
  const { adoption, escaped } = survey(place, saved, list);
  if (adoption?.isAlive === true) return adoption.processes.map((each) => ({ ...each, isKnown: true }));
  if (saved.is === 'read' || list !== null) return [];
  return escaped.map(({ id, process: { pid } }) => ({ id, pid, isKnown: false }));
}

/** The state folder of this list in which somebody of an earlier supervisor lives; null: nobody does. `list`: as in `Past`. */
export async function livingFolder(call: Invocation, list: ListSpec | null): Promise<StateFolder | null> {
  const folders = (await foldersMeant(call)).meant.map(stateFolderAt);
  return folders.find((folder) => livesIn(folder, list)) ?? null;
}

export const livesIn = (folder: StateFolder, list: ListSpec | null): boolean =>
  survey(folder, readState(folder.state), list).adoption?.isAlive === true;

/** The file of the list that had this folder last, as far as that is written down. */
export function listIn(folder: string): string | null {
  const place = stateFolderAt(folder);
  const saved = readState(place.state);
  return saved.is === 'read' ? saved.state.list : (readHolder(place.lock)?.list ?? null);
}

/** The state folders that a command means, without those in which another list of the same name has left somebody. */
export async function foldersMeant(
  call: Invocation,
): Promise<{ readonly meant: readonly string[]; readonly others: readonly Other[] }> {
  const target = await targetOf(call);
  const folders = target.ok ? target.value.folders : [];
  const others = folders.map((folder) => otherIn(folder, call)).filter((other) => other !== null);
  return { meant: folders.filter((each) => others.every(({ folder }) => folder !== each)), others };
}

/** A list of the same name as the one that is meant, whose supervisor has died. */
export interface Other {
  readonly folder: string;
  /** Why nothing is done to it. */
  readonly words: string;
}

/**
 * Whether it is another list than the one that is meant whose supervisor has died here, with somebody left behind. A list whose file has
 * gone has moved, and one that a link leads to is the same; and who names the folder means what is in it.
 */
export function otherIn(folder: string, call: Invocation): Other | null {
  const list = listIn(folder);
  const meant = list === null ? null : meantInstead(list, call);
  if (list === null || meant === null) return null;
  // Its supervisor answers for itself.
  if (livingHolder(stateFolderAt(folder).lock) !== null) return null;
  const living = livingIn(folder, null);
  const guard = guardOf([folder]);
  const left = [
    ...living.map(({ id, pid }) => `${id} (pid ${pid})`),
    ...(guard === null ? [] : [`its guard (pid ${guard})`]),
  ];
  if (left.length === 0) return null;
  const how = `Its supervisor has died, and ${listed(left, 5)} ${left.length === 1 ? 'lives' : 'live'} on. `;
  return { folder, words: otherListWords(list, meant, folder, how) };
}
