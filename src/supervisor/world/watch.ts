/** Changes in a folder and all its subfolders: the only home of chokidar, loaded only when something is watched. */
import fs from 'node:fs';
import path from 'node:path';
import { setImmediate as othersTurn } from 'node:timers/promises';
import { watch as watchTree, type FSWatcher } from 'chokidar';
import { isErrno } from './errno.ts';
import { whereaboutsOf, type Whereabouts } from './whereabouts.ts';

export interface TreeOrder {
  /** A folder, with links resolved. */
  readonly real: string;
  /** Its path as the list spells it. */
  readonly typed: string;
  /** `file` as the list would spell it; `real` is the same path with the links on the way to the tree resolved. */
  readonly isLeftOut: (file: string, real: string) => boolean;
  /** Files changed later than this (wall time) have changed unseen. */
  readonly since: number;
}

export interface TreeNews {
  readonly changed: (file: string) => void;
  /** A folder or link in it has come or gone: existing watches may be on things that are gone. */
  readonly moved: () => void;
  readonly failed: (code: string, where: string) => void;
}

/** The kernel takes the time of a change from a coarse clock. */
const TICK_MS = 20;
/** A tree from which nothing is heard is no reason to wait for ever. */
const PATIENCE_MS = 60_000;

/**
 * chokidar watches each folder for the names in it. It is kept from giving each file its own watch, so we listen to its raw events:
 * thousands of files cost nothing.
 */
export class Tree {
  /** The links in it, and where they led when found. */
  readonly links = new Map<string, Whereabouts>();
  private readonly order: TreeOrder;
  private readonly news: TreeNews;
  private readonly watcher: FSWatcher;
  private closed = false;

  constructor(order: TreeOrder, news: TreeNews) {
    this.order = order;
    this.news = news;
    const ignored = (file: string, stats?: fs.Stats): boolean => this.isNotFollowed(file, stats);
    this.watcher = unpolled(() =>
      watchTree(order.real, { ignored, ignoreInitial: true, atomic: false, followSymlinks: true }),
    );
    this.watcher.on('raw', (_, name: string | null, details) => {
      this.heard(name, details);
    });
    this.watcher.on('error', (error) => {
      const [code, where] = isErrno(error) ? [error.code, error.path] : [];
      this.news.failed(code ?? 'unknown', where ?? order.real);
    });
  }

  /** Resolves when all of it is watched and earlier changes have been reported. */
  async ready(): Promise<void> {
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, PATIENCE_MS);
      late.unref();
      this.watcher.once('ready', () => {
        clearTimeout(late);
        resolve();
      });
    });
    await this.lookAgain();
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.watcher.close();
  }

  asTyped(file: string): string {
    return this.order.typed + file.slice(this.order.real.length);
  }

  private isNotFollowed(file: string, stats: fs.Stats | undefined): boolean {
    if (file === this.order.real) return false;
    if (this.order.isLeftOut(this.asTyped(file), file)) return true;
    if (stats === undefined || stats.isDirectory()) return false;
    if (!stats.isSymbolicLink()) return true; // Its folder reports it.
    this.links.set(file, whereaboutsOf(file));
    return false;
  }

  /** chokidar looks into a folder before it watches it: changes in between are recognized by their time. */
  private async lookAgain(): Promise<void> {
    const { real, since, isLeftOut } = this.order;
    const watched = new Set(Object.keys(this.watcher.getWatched()));
    for (const folder of watched) {
      if (folder !== real && !folder.startsWith(`${real}/`)) continue;
      await othersTurn();
      if (this.closed) return;
      for (const name of namesIn(folder)) {
        const file = path.join(folder, name);
        const stats = statOf(file);
        if (stats === null || stats.ctimeMs < since - TICK_MS || isLeftOut(this.asTyped(file), file)) continue;
        if (!stats.isDirectory()) this.news.changed(this.asTyped(file));
        else if (!watched.has(file)) {
          this.news.changed(this.asTyped(file));
          this.news.moved();
        }
      }
    }
  }

  /** The kernel reports a name in a watched folder. */
  private heard(name: string | null, details: unknown): void {
    const folder = watchedPathIn(details);
    if (this.closed || folder === null) return;
    const inside = path.join(folder, name ?? '');
    // A change of the folder itself is reported under its own name.
    const file = name === path.basename(folder) && kindOf(inside) === null ? folder : inside;
    const typed = this.asTyped(file);
    if (file !== this.order.real && this.order.isLeftOut(typed, file)) return;
    this.news.changed(typed);
    if (kindOf(file) === 'folder or link') this.news.moved();
  }
}

/** CHOKIDAR_USEPOLLING in the environment is meant for other programs: we never poll. */
function unpolled<T>(make: () => T): T {
  const { CHOKIDAR_USEPOLLING: wish } = process.env;
  if (wish === undefined) return make();
  delete process.env.CHOKIDAR_USEPOLLING;
  try {
    return make();
  } finally {
    process.env.CHOKIDAR_USEPOLLING = wish;
  }
}

function watchedPathIn(details: unknown): string | null {
  const isIt = typeof details === 'object' && details !== null && 'watchedPath' in details;
  return isIt && typeof details.watchedPath === 'string' ? details.watchedPath : null;
}

/** Empty if it is gone, or unreadable (which chokidar reports). */
function namesIn(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (isErrno(error)) return [];
    throw error;
  }
}

/** null: it is gone, or unknown. */
function kindOf(file: string): 'folder or link' | 'file' | null {
  const stats = statOf(file);
  if (stats === null) return null;
  return stats.isDirectory() || stats.isSymbolicLink() ? 'folder or link' : 'file';
}

function statOf(file: string): fs.Stats | null {
  try {
    return fs.lstatSync(file);
  } catch (error) {
    if (isErrno(error)) return null;
    throw error;
  }
}
