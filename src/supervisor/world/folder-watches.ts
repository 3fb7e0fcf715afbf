/** Watches on single folders, for single names in them. */
import fs from 'node:fs';
import path from 'node:path';
import { isErrno } from './errno.ts';
import type { Step } from './whereabouts.ts';

type Failed = (error: NodeJS.ErrnoException, folder: string) => void;

interface Wanted {
  readonly folder: string;
  readonly names: Set<string>;
  readonly decides: boolean;
}

export class FolderWatches {
  private readonly watches = new Map<string, { readonly watcher: fs.FSWatcher; names: ReadonlySet<string> }>();
  private readonly changed: () => void;
  private readonly failed: Failed;

  constructor(on: { readonly changed: () => void; readonly failed: Failed }) {
    this.changed = on.changed;
    this.failed = on.failed;
  }

  /** Watches exactly these. Returns whether any of them is new. */
  set(steps: readonly Step[]): boolean {
    const wanted = new Map<string, Wanted>();
    for (const { folder, inode, name, decides } of steps) {
      const key = `${folder}\0${inode}`;
      const before = wanted.get(key);
      const names = before?.names ?? new Set();
      wanted.set(key, { folder, names: names.add(name), decides: decides || before?.decides === true });
    }
    for (const key of this.watches.keys()) if (!wanted.has(key)) this.forget(key);
    let isNew = false;
    for (const [key, folder] of wanted) {
      const known = this.watches.get(key);
      if (known !== undefined) known.names = folder.names;
      else isNew = this.open(key, folder) || isNew;
    }
    return isNew;
  }

  close(): void {
    this.set([]);
  }

  private open(key: string, { folder, names, decides }: Wanted): boolean {
    try {
      const watcher = fs.watch(folder, (_, name) => {
        const isMeant = name === null || this.watches.get(key)?.names.has(name) === true;
        // Its own name: it was moved or removed, and another may already be there.
        const isItself = name === path.basename(folder);
        if (isItself) this.forget(key);
        if (isMeant || isItself) this.changed();
      });
      watcher.on('error', (error) => {
        if (isErrno(error)) this.failed(error, folder);
      });
      this.watches.set(key, { watcher, names });
      return true;
    } catch (error) {
      if (!isErrno(error)) throw error;
      // A folder far above that may be entered but not read is common: only its replacement would go unseen.
      if (decides || error.code !== 'EACCES') this.failed(error, folder);
      return false;
    }
  }

  private forget(key: string): void {
    this.watches.get(key)?.watcher.close();
    this.watches.delete(key);
  }
}
