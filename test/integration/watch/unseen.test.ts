import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'vitest';
import { Tree } from '../../../src/supervisor/world/watch.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { waitUntil } from '../../support/wait-for.ts';

const FILES = 30;
const ROUNDS = 40;
/** Longer than chokidar takes for its look. */
const BEGINNING_NS = 9_000_000;

// chokidar looks into a folder before it watches it: without a second look every fifth of these changes went unreported.
test('a change at any moment of the beginning is seen', async () => {
  const folders = oldFolders();
  // Anything as young as the watch is reported in any case.
  await moment(50_000_000);
  for (const [round, real] of folders.entries()) {
    const seen = new Set<string>();
    const since = Date.now();
    const news = { changed: (file: string) => seen.add(file), moved: () => undefined, failed: () => undefined };
    const tree = new Tree({ real, typed: real, isLeftOut: () => false, since }, news);
    const ready = tree.ready();
    await moment((BEGINNING_NS / folders.length) * round);
    const changed = path.join(real, String(round % FILES));
    writeFileSync(changed, 'new');
    await ready;
    await waitUntil(`the change of round ${round} is told`, () => seen.has(changed));
    await tree.close();
  }
});

function oldFolders(): readonly string[] {
  const parent = tempDir();
  return Array.from({ length: ROUNDS }, (_, round) => {
    const folder = path.join(parent, String(round));
    mkdirSync(folder);
    for (let file = 0; file < FILES; file += 1) writeFileSync(path.join(folder, String(file)), 'old');
    return folder;
  });
}

/** This many nanoseconds from now, while others have their turns. */
async function moment(ns: number): Promise<void> {
  const end = process.hrtime.bigint() + BigInt(Math.round(ns));
  while (process.hrtime.bigint() < end) await turn();
}
