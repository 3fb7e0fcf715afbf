/** Processes started by an earlier run of an instance that left its session and live on: mostly from a program that daemonizes itself. */
import { listed } from '../base/listed.ts';
import { asRunProcess } from './adoption.ts';
import { isLive, type Left, type Slot } from './lifecycle/state.ts';
import { MARK } from './world/environment.ts';
import { unlessShort } from './world/errno.ts';
import type { StateFolder } from './world/folder.ts';
import { unmarkedHolders } from './world/holders.ts';
import { withEnvironment } from './world/proc.ts';

/** In words, by instance. Looked for only where a run ends too soon: what daemonizes itself does so each time. */
export function strayWords(
  folder: Pick<StateFolder, 'path' | 'fifos'>,
  slots: readonly Slot[],
): ReadonlyMap<string, string> {
  const suspects = slots.filter(({ rows }) => rows.quick > 0);
  if (suspects.length === 0) return new Map();
  const marked = (unlessShort(() => withEnvironment([`${MARK}=${folder.path}`])) ?? []).map(asRunProcess);
  const processes = marked.map(({ process }) => process);
  const holders = unlessShort(() => unmarkedHolders(folder.fifos, processes)) ?? [];
  return new Map(
    suspects.flatMap(({ id, state, exits }) => {
      const present = isLive(state) ? state.run.number : null;
      // Ignored leftovers of a run still have its session.
      const sessions = new Set(exits.map(({ pid }) => pid));
      const strays = marked.filter((each) => each.id === id && each.run !== present && !sessions.has(each.session));
      const own = isLive(state) ? state.run.process?.pid : undefined;
      const unmarked = holders.filter((each) => each.id === id && each.session !== own && !sessions.has(each.session));
      const found = [...strays.map(({ process }) => process), ...unmarked];
      return found.length === 0 ? [] : [[id, words(found)] as const];
    }),
  );
}

function words(strays: readonly Left[]): string {
  const names = listed(
    strays.map(({ pid, command }) => `pid ${pid} (${command})`),
    3,
  );
  const [live, them] = strays.length === 1 ? ['lives', 'it'] : ['live', 'them'];
  return (
    `${names} of its earlier runs ${live} on beside it. Should it go into the background by itself, ` +
    `have it run in the foreground (daemonize no, --nodaemon, --foreground …); and end ${them}: kill ${strays.map(({ pid }) => pid).join(' ')}`
  );
}
