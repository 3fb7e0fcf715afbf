/** Two copies of the program that every user may read, one of them with koffi. They are removed when the tests of the file are done. */
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, inject } from 'vitest';

export type Copy = 'koffi' | 'no-koffi';

/** Returns the path of the program in a copy. */
export function programCopies(isWanted: boolean): (copy: Copy) => string {
  let folder = '';
  beforeAll(() => {
    if (!isWanted) return;
    folder = mkdtempSync(path.join(tmpdir(), 'sv-'));
    chmodSync(folder, 0o755);
    for (const copy of ['koffi', 'no-koffi'])
      cpSync(path.dirname(inject('program')), path.join(folder, copy, 'cli'), { recursive: true });
    const packages = path.resolve(import.meta.dirname, '../../node_modules');
    for (const name of ['koffi', '@koromix'])
      cpSync(path.join(packages, name), path.join(folder, 'koffi/node_modules', name), { recursive: true });
  });
  afterAll(() => {
    if (isWanted) rmSync(folder, { recursive: true, force: true });
  });
  return (copy) => path.join(folder, copy, 'cli/main.js');
}
