/** What the list watches, and which instances a change concerns. */
import fs from 'node:fs';
import path from 'node:path';
import { messageOf } from '../base/error-words.ts';
import { listed } from '../base/listed.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { CareSpec, WatchSpec } from '../config/spec.ts';
import { Batch, type BatchNews, type Suspicion } from './batch.ts';
import { instancesOf } from './instances.ts';
import type { WatchNews, WatchProblem } from './world/file-watcher.ts';
import { isLeftOut, isOurs } from './world/ignored.ts';

export interface WatchingParts {
  readonly list: { readonly file: string; readonly daemons: readonly CareSpec[] };
  /** What we write ourselves: the state folder, and the logs of the list wherever they are. */
  readonly ours: readonly string[];
  readonly changed: (ids: readonly string[], file: string, more: number) => void;
  /** Changes that never end, in words. */
  readonly warn: (words: string) => void;
  /** Something cannot be watched, in words, or (null) no longer. */
  readonly trouble: (words: string | null) => void;
  readonly suspicion?: Suspicion;
  /** Until when (wall time) a supervisor before us was watching; null: none was. */
  readonly lastWatchedAt?: number | null;
}

export interface Watching {
  close(): Promise<void>;
}

/**
 * Loads the file watcher if this list watches anything, so that `watchList` loads nothing later: the program on disk may have been replaced
 * since we started. The error is a sentence.
 */
export async function prepareToWatch({ daemons }: WatchingParts['list']): Promise<Result<null>> {
  if (daemons.every(({ watch }) => watch === null)) return ok(null);
  try {
    await loadWatcher();
    return ok(null);
  } catch (error) {
    const why = messageOf(error);
    return fail(
      `what watches files cannot be loaded (${why}): the program on disk is not the one that runs. When it is whole, supervise upgrade goes on with it`,
    );
  }
}

const loadWatcher = (): Promise<typeof import('./world/file-watcher.ts')> => import('./world/file-watcher.ts');

/** Starts watching and reports changes from now on. If the list watches nothing, nothing is loaded either. */
export async function watchList(parts: WatchingParts): Promise<Watching> {
  const groups = groupsOf(parts.list);
  if (groups.length === 0) return { close: () => Promise.resolve() };
  const { FileWatcher } = await loadWatcher();
  const ours = [...new Set(parts.ours.flatMap((file) => [file, withoutLinks(file)]))];
  const watched = groups.map(({ watch, ids, names }) => ({ watch, batch: newBatch(watch, ids, names, parts) }));
  const orders = watched.map(({ watch, batch }) => ({
    paths: watch.paths,
    isLeftOut: (file: string, root: string, real: string) =>
      isOurs(file, ours) || isOurs(real, ours) || isLeftOut(file, root, watch.ignore),
    changed: (file: string, root: string) => {
      if (!isOurs(file, ours)) batch.add(file, root);
    },
  }));
  const news: WatchNews = {
    busy: (isBusy) => {
      for (const { batch } of watched) batch.hold(isBusy);
    },
    trouble: (problem) => {
      parts.trouble(problem === null ? null : problemWords(problem));
    },
  };
  const watcher = new FileWatcher(orders, news, sinceWhen(parts.lastWatchedAt ?? null, groups));
  return {
    async close() {
      for (const { batch } of watched) batch.close();
      await watcher.close();
    },
  };
}

/** Changes seen just before that end were still waiting for more to follow. */
const sinceWhen = (lastWatchedAt: number | null, groups: readonly Group[]): number | null =>
  lastWatchedAt === null ? null : lastWatchedAt - Math.max(...groups.map(({ watch }) => watch.debounceMs));

interface Group {
  readonly watch: WatchSpec;
  readonly ids: readonly string[];
  readonly names: readonly string[];
}

/** Daemons that watch the same are told together. */
function groupsOf({ daemons }: WatchingParts['list']): readonly Group[] {
  const groups = new Map<string, { watch: WatchSpec; ids: string[]; names: string[] }>();
  for (const spec of daemons) {
    if (spec.watch === null) continue;
    const key = JSON.stringify(spec.watch);
    const group = groups.get(key) ?? { watch: spec.watch, ids: [], names: [] };
    groups.set(key, group);
    group.ids.push(...instancesOf([spec]).map(({ id }) => id));
    group.names.push(spec.name);
  }
  return [...groups.values()];
}

function newBatch(watch: WatchSpec, ids: readonly string[], names: readonly string[], parts: WatchingParts): Batch {
  const folder = path.dirname(parts.list.file);
  const shown = (file: string): string => (file.startsWith(`${folder}/`) ? path.relative(folder, file) : file);
  const news: BatchNews = {
    told: (file, more) => {
      parts.changed(ids, shown(file), more);
    },
    storm: (file) => {
      parts.warn(
        `${shown(file)} changes again and again, each time soon after ${listed(names, 3)} had been restarted for a change: ` +
          'such restarts are spaced from now on, up to a minute. What the daemons write themselves is left out by watch: { ignore: [...] }',
      );
    },
  };
  return new Batch(watch.debounceMs, fs.existsSync, news, parts.suspicion);
}

function problemWords({ code, path: where }: WatchProblem): string {
  const unseen = `changes in ${where} are not seen (${code})`;
  switch (code) {
    case 'ENOSPC':
      return `${unseen}: this user may watch no more folders. Raise the limit: sysctl fs.inotify.max_user_watches=524288`;
    case 'EMFILE':
    case 'ENFILE':
      return `${unseen}: there are too many watchers or open files. Raise the limits: sysctl fs.inotify.max_user_instances=512, ulimit -n`;
    case 'EACCES':
    case 'EPERM':
      return `${unseen}: it may not be read. Let this user read it, or leave it out: watch: { ignore: [...] }`;
    default:
      return unseen;
  }
}

/** The folder that holds or will hold a file may be reached through links. */
function withoutLinks(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    // It does not exist yet.
    const folder = path.dirname(file);
    return folder === file ? file : path.join(withoutLinks(folder), path.basename(file));
  }
}
