/** A folder with a list, the files that it names, and a PATH of its own. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadList } from '../../src/config/load.ts';
import { drawProblems } from '../../src/config/problem.ts';
import type { DaemonSpec, ListSpec } from '../../src/config/spec.ts';
import { tempDir } from './temp-dir.ts';

export class ListFolder {
  readonly folder = tempDir();
  readonly file = path.join(this.folder, 'daemons.yaml');
  readonly environment: Record<string, string | undefined> = { PATH: path.join(this.folder, 'bin') };

  at(name: string): string {
    return path.join(this.folder, name);
  }

  /** An executable file in the folder. */
  write(name: string, text: string, mode = 0o755): string {
    const file = this.at(name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  }

  /** Programs in the list's PATH that do nothing. */
  programs(...names: readonly string[]): void {
    for (const name of names) this.write(`bin/${name}`, '#!/bin/sh\n');
  }

  load(text: string): ReturnType<typeof loadList> {
    writeFileSync(this.file, text);
    return loadList(this.file, this.environment);
  }

  /** A valid list. */
  good(text: string): ListSpec {
    const loaded = this.load(text);
    if (!loaded.ok) throw new Error(drawProblems(loaded.error.problems, loaded.error.text));
    return loaded.value;
  }

  /** The first daemon of a valid list. */
  first(text: string): DaemonSpec {
    const [daemon] = this.good(text).daemons;
    if (daemon === undefined) throw new Error('no daemon');
    return daemon;
  }

  /** The warnings of a valid list, as `line: what | hint`. */
  warnings(text: string): readonly string[] {
    return this.good(text).warnings.map(({ at, what, hint }) =>
      `${at?.line ?? '-'}: ${what} | ${hint ?? ''}`.replaceAll(this.folder, '/srv'),
    );
  }

  /** The problems of a list, likewise. */
  problems(text: string): readonly string[] {
    const loaded = this.load(text);
    if (loaded.ok) throw new Error('it is not refused');
    return loaded.error.problems.map(({ at, what, hint }) =>
      `${at?.line ?? '-'}: ${what} | ${hint ?? ''}`.replaceAll(this.folder, '/srv'),
    );
  }
}
