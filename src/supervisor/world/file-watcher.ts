/**
 * Changes of files, as they happen. Each path is watched in two ways. The folders on the way to it tell when it leads elsewhere: a link was
 * switched, a folder was renamed, it came or went. The contents of a folder are told by its tree (watch.ts). New folders and links in a
 * tree cause a full rescan, since existing watches may be on things that are gone; changes made meanwhile are recognized by their time.
 */
import fs from 'node:fs';
import { isErrno } from './errno.ts';
import { FolderWatches } from './folder-watches.ts';
import { Tree } from './watch.ts';
import { whereaboutsOf, type Whereabouts } from './whereabouts.ts';

export interface WatchOrder {
  /** Absolute. Each may be a file, a folder, a link to one, or nothing yet. */
  readonly paths: readonly string[];
  /** Is a file below `root`, one of `paths`, left out? `real` is the same path with the links on the way to root resolved. */
  readonly isLeftOut: (file: string, root: string, real: string) => boolean;
  readonly changed: (file: string, root: string) => void;
}

export interface WatchNews {
  /** Folders are being scanned and more changes may come to light; called before and after. */
  readonly busy: (isBusy: boolean) => void;
  /** Something cannot be watched; null: everything is (again). */
  readonly trouble: (problem: WatchProblem | null) => void;
}

export interface WatchProblem {
  readonly code: string;
  readonly path: string;
}

interface Place {
  readonly order: WatchOrder;
  readonly path: string;
  where: Whereabouts | null;
  /** Of what was there last, even if it is gone now. */
  print: string;
  tree: Tree | null;
}

/** Folders that come in a burst are scanned once. */
const QUIET_MS = 100;
/** A large tree in which folders keep coming is not scanned all the time: nine tenths of the time are rest. */
const REST = 9;
/** Changes are held back this long for folders still to be scanned, and no longer. */
const HELD_MS = 5_000;
/** With this many changes at once the kernel may have dropped some (its queue has 16384), such as that of a new folder. */
const MANY = 5_000;
/** Limits are raised and folders made readable while we run, and nothing reports that. */
const AGAIN_MS = 60_000;

export class FileWatcher {
  private readonly places: readonly Place[];
  private readonly news: WatchNews;
  private readonly ways: FolderWatches;
  private readonly problems = new Map<string, WatchProblem>();
  /** Since when (wall time) changes may have gone unseen; null: none. */
  private blindSince: number | null = null;
  private looking = false;
  /** The next full scan comes no sooner (monotonic). */
  private restsUntil = -Infinity;
  /** Since the last full scan. */
  private changes = 0;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;
  private retry: NodeJS.Timeout | undefined;

  /** `since` (wall time): changes since then have not been reported yet; null: nothing before now matters. */
  constructor(orders: readonly WatchOrder[], news: WatchNews, since: number | null = null) {
    this.places = orders.flatMap((order) =>
      order.paths.map((path): Place => ({ order, path, where: null, print: '', tree: null })),
    );
    this.news = news;
    this.ways = new FolderWatches({
      changed: () => {
        this.look();
      },
      failed: (error, folder) => {
        this.failed(error.code ?? 'unknown', folder);
      },
    });
    this.blindSince = since ?? Date.now();
    this.look();
    if (since !== null) this.lookBack(since);
    void this.lookThrough();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    clearTimeout(this.retry);
    this.ways.close();
    await this.closeTrees();
  }

  /** Checks where all paths lead now. */
  private look(): void {
    if (this.closed) return;
    for (const place of this.places) {
      this.lookAt(place);
      if (place.tree !== null) this.lookAtLinks(place, place.tree);
    }
    const ways = this.places.flatMap(({ where, tree }) => [
      ...(where === null ? [] : [where]),
      ...(tree === null ? [] : tree.links.values()),
    ]);
    // Something may have changed between the look and a new watch.
    if (this.ways.set(ways.flatMap(({ steps }) => steps))) this.look();
  }

  /** Files and links named in the list; changes in a folder are found when it is scanned. */
  private lookBack(since: number): void {
    for (const { path, order } of this.places) if (hasChanged(path, since)) order.changed(path, path);
  }

  private lookAt(place: Place): void {
    const { where: before, print } = place;
    const where = whereaboutsOf(place.path);
    place.where = where;
    if (where.refused !== null) this.failed('EACCES', where.refused);
    // A path that has gone is waited for: its return is the change.
    if (where.real === null || (where.print === print && before?.real !== null)) return;
    place.print = where.print;
    if (before !== null) place.order.changed(place.path, place.path);
    if (where.kind === 'folder') this.lookThroughSoon();
  }

  private lookAtLinks({ order, path }: Place, tree: Tree): void {
    for (const [link, before] of tree.links) {
      const where = whereaboutsOf(link);
      tree.links.set(link, where);
      if (where.print === before.print) continue;
      order.changed(tree.asTyped(link), path);
      if (where.kind === 'folder' || before.kind === 'folder') this.lookThroughSoon();
    }
  }

  private lookThroughSoon(): void {
    if (this.closed) return;
    this.blindSince ??= Date.now();
    if (this.looking) return;
    clearTimeout(this.timer);
    const restMs = this.restsUntil - performance.now();
    if (restMs <= HELD_MS) this.news.busy(true);
    this.timer = setTimeout(() => void this.lookThrough(), Math.max(QUIET_MS, restMs));
  }

  /** All at once: chokidar has one watch per folder for all, and an old one must not be reused. */
  private async lookThrough(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    this.news.busy(true);
    clearTimeout(this.timer);
    clearTimeout(this.retry);
    const { blindSince: since } = this;
    if (since !== null && !this.closed) await this.lookThroughSince(since);
    this.looking = false;
    if (this.closed) return;
    this.news.busy(false);
    this.tellOfProblems();
    if (this.blindSince !== null) this.lookThroughSoon();
  }

  private async lookThroughSince(since: number): Promise<void> {
    const before = process.cpuUsage();
    await this.closeTrees();
    this.problems.clear();
    this.changes = 0;
    this.look();
    this.blindSince = null;
    await Promise.all(this.places.map((place) => this.openTree(place, since)));
    // Links were found.
    this.look();
    const { user, system } = process.cpuUsage(before);
    this.restsUntil = performance.now() + (REST * (user + system)) / 1000;
  }

  private async closeTrees(): Promise<void> {
    const open = this.places.flatMap(({ tree }) => tree ?? []);
    for (const place of this.places) place.tree = null;
    await Promise.all(open.map((tree) => tree.close()));
  }

  private async openTree(place: Place, since: number): Promise<void> {
    const { order, path, where } = place;
    if (this.closed || where?.kind !== 'folder' || where.real === null) return;
    const isLeftOut = (file: string, real: string): boolean => order.isLeftOut(file, path, real);
    place.tree = new Tree(
      { real: where.real, typed: path, isLeftOut, since },
      {
        changed: (file) => {
          order.changed(file, path);
          this.changes += 1;
          if (this.changes === MANY) this.lookThroughSoon();
        },
        moved: () => {
          this.lookThroughSoon();
        },
        failed: (code, at) => {
          this.failed(code, at);
        },
      },
    );
    await place.tree.ready();
  }

  private failed(code: string, path: string): void {
    // Gone before it could be examined.
    if (code === 'ENOENT' || code === 'ENOTDIR') return;
    this.problems.set(`${code} ${path}`, { code, path });
    if (!this.looking) this.tellOfProblems();
  }

  private tellOfProblems(): void {
    if (this.closed) return;
    const [problem = null] = this.problems.values();
    this.news.trouble(problem);
    clearTimeout(this.retry);
    if (problem === null) return;
    this.retry = setTimeout(() => {
      this.blindSince ??= Date.now();
      void this.lookThrough();
    }, AGAIN_MS);
    this.retry.unref();
  }
}

function hasChanged(path: string, since: number): boolean {
  try {
    const [there, leadsTo] = [fs.lstatSync(path), fs.statSync(path)];
    return [there, leadsTo].some((stats) => !stats.isDirectory() && stats.ctimeMs >= since);
  } catch (error) {
    if (isErrno(error)) return false; // Gone or not accessible: the look at where it leads tells that.
    throw error;
  }
}
