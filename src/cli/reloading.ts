/** Puts another list in force while its daemons run: reading it, and everything that holds a part of the old one. */
import { fail, ok, type Result } from '../base/result.ts';
import { loadList } from '../config/load.ts';
import { drawRefused } from '../config/problem.ts';
import type { ListSpec } from '../config/spec.ts';
import { instancesOf } from '../supervisor/instances.ts';
import { Reload } from '../supervisor/reload.ts';
import { prepareToWatch } from '../supervisor/watching.ts';
import type { StateFolder } from '../supervisor/world/folder.ts';
import { makeFifos } from '../supervisor/world/fifos.ts';
import { openTo } from '../supervisor/world/reach.ts';
import type { Parts } from './parts.ts';
import { tooFewDescriptors } from './predecessor.ts';
import { unreadWords } from './stdout-way.ts';

export interface Surroundings {
  readonly folder: StateFolder;
  /** Something reads our stdout. */
  readonly isRead: boolean;
  /** Which group may talk to us besides the owner; null: none. Returns why that failed, in words, or null. */
  readonly share: (group: number | null) => string | null;
  /** From now on watches what this list watches, and nothing else. */
  readonly watch: (list: ListSpec) => Promise<void>;
}

export function makeReload(parts: Parts, { folder, isRead, share, watch }: Surroundings): Reload {
  const { present, running, logs, state } = parts;
  const { file } = present.list;
  return new Reload({
    ...parts,
    read: () => readList(file),
    prepare: async (list) => {
      const lost = parts.lost();
      if (lost !== null) return fail(lost);
      const unread = isRead ? null : unreadWords(list.daemons);
      if (unread !== null) return fail(unread);
      const starving = tooFewDescriptors(list);
      if (starving !== null) return fail(starving);
      const watcher = await prepareToWatch(list);
      if (!watcher.ok) return watcher;
      const ids = instancesOf(list.daemons).map(({ id }) => id);
      return makeFifos(folder.fifos, ids);
    },
    spread: async (list) => {
      logs.take(present.daemons, running.fleet.slots, list.maxTotalLogBytes);
      running.trouble('state folder for others', openTo(folder, list));
      running.trouble('control socket for others', share(groupOf(list)));
      await watch(list);
    },
    writeDown: async () => {
      if (parts.lost() === null) await state.writeNow(running.fleet);
    },
  });
}

/** A refusal where there is room for one line: the first line of each problem. */
export const inOneLine = (words: string): string =>
  words
    .split('\n\n')
    .map((problem) => problem.split('\n')[0])
    .join('; ');

export const groupOf = ({ socketGroup }: Pick<ListSpec, 'socketGroup'>): number | null => socketGroup?.gid ?? null;

/** The list, or what is wrong with it as drawn by `supervise check`. */
async function readList(file: string): Promise<Result<ListSpec>> {
  const loaded = loadList(file, process.env);
  return loaded.ok ? ok(loaded.value) : fail(await drawRefused(loaded.error));
}
