/** Watches on single folders, for single names in them. */
import fs from 'node:fs';
import path from 'node:path';
import { isErrno } from './errno.ts';
import type { Step } from './whereabouts.ts';

type Failed = (error: NodeJS.ErrnoException, folder: string) => void;

export class FolderWatches {
  private readonly watches = new Map<string, { readonly watcher: fs.FSWatcher; names: ReadonlySet<string> }>();
  private readonly changed: () => void;
  private readonly failed: Failed;

  constructor(on: { readonly changed: () => void; readonly failed: Failed }) {
    this.changed = on.changed;
    this.failed = on.failed;
  }

  /** Watches these and no others. Returns whether any was not watched before. */
  set(steps: readonly Step[]): boolean {
    const wanted = new Map<string, { readonly folder: string; readonly names: Set<string> }>();
    for (const { folder, inode, name } of steps) {
      const key = `${folder}\0${inode}`;
      const names = wanted.get(key)?.names ?? new Set();
      wanted.set(key, { folder, names: names.add(name) });
    }
    for (const [key, { watcher }] of this.watches)
      if (!wanted.has(key)) {
        watcher.close();
        this.watches.delete(key);
      }
    let isNew = false;
    for (const [key, { folder, names }] of wanted) {
      const known = this.watches.get(key);
      if (known !== undefined) known.names = names;
      else isNew = this.open(key, folder, names) || isNew;
    }
    return isNew;
  }

  close(): void {
    this.set([]);
  }

  private open(key: string, folder: string, names: ReadonlySet<string>): boolean {
    try {
      const watcher = fs.watch(folder, (_, name) => {
        // Its own name: it was moved or removed.
        const isMeant =
          name === null || name === path.basename(folder) || this.watches.get(key)?.names.has(name) === true;
        if (isMeant) this.changed();
      });
      watcher.on('error', (error) => {
        if (isErrno(error)) this.failed(error, folder);
      });
      this.watches.set(key, { watcher, names });
      return true;
    } catch (error) {
      if (!isErrno(error)) throw error;
      // A folder above that may be entered and not read: that it is swapped as a whole goes unseen.
      if (error.code !== 'EACCES' && error.code !== 'ENOENT') this.failed(error, folder);
      return false;
    }
  }
}
