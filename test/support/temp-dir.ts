import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** A new folder that is removed when the test is over. Its path is short: a socket may lie in it. */
export function tempDir(parent = tmpdir()): string {
  const folder = mkdtempSync(path.join(parent, 'sv-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}
