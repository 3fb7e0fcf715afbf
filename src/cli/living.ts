/** What of a list is alive without a supervisor; and whether it is the list that is meant, since two may have the same `name:`. */
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

/** An instance that is alive without a supervisor. */
export interface Living {
  readonly id: string;
  readonly pid: number;
  /** A `start` would resume it, and a `stop` would end it. */
  readonly isKnown: boolean;
}

/** What is alive of the list of this folder. If that was not saved and `list` does not tell (null), by the marks alone. */
export function livingIn(folder: string, list: ListSpec | null): readonly Living[] {
  const place = stateFolderAt(folder);
  const saved = readState(place.state);
  const { adoption, escaped } = survey(place, saved, list);
  if (adoption?.isAlive === true) return adoption.processes.map((each) => ({ ...each, isKnown: true }));
  if (saved.is === 'read' || list !== null) return [];
  return escaped.map(({ id, process: { pid } }) => ({ id, pid, isKnown: false }));
}

/** The state folder of this list with living processes of an earlier supervisor; null: there are none. `list`: as in `Past`. */
export async function livingFolder(call: Invocation, list: ListSpec | null): Promise<StateFolder | null> {
  const folders = (await foldersMeant(call)).meant.map(stateFolderAt);
  return folders.find((folder) => livesIn(folder, list)) ?? null;
}

export const livesIn = (folder: StateFolder, list: ListSpec | null): boolean =>
  survey(folder, readState(folder.state), list).adoption?.isAlive === true;

/** The file of the list that last had this folder, as far as recorded. */
export function listIn(folder: string): string | null {
  const place = stateFolderAt(folder);
  const saved = readState(place.state);
  return saved.is === 'read' ? saved.state.list : (readHolder(place.lock)?.list ?? null);
}

/** The state folders that a command means, without those where another list of the same name left something alive. */
export async function foldersMeant(
  call: Invocation,
): Promise<{ readonly meant: readonly string[]; readonly others: readonly Other[] }> {
  const target = await targetOf(call);
  const folders = target.ok ? target.value.folders : [];
  const others = folders.map((folder) => otherIn(folder, call)).filter((other) => other !== null);
  return { meant: folders.filter((each) => others.every(({ folder }) => folder !== each)), others };
}

/** A list with the same name as the one meant, whose supervisor has died. */
export interface Other {
  readonly folder: string;
  /** Why it is left alone. */
  readonly words: string;
}

/**
 * Is this another list than the one meant, whose supervisor died here leaving processes behind? A list whose file is gone has moved, and
 * one reached through a link is the same; and naming the folder means whatever is in it.
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
