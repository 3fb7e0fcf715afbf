import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { need } from '../../support/needs.ts';
import { Rig } from './rig.ts';

const php = need('php', 'php-cli');
const photos = path.resolve(import.meta.dirname, '../../fixtures/blog/PhotoDaemon.php');

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
  mkdirSync(path.join(rig.folder, 'new'));
  for (const name of ['a', 'b', 'c']) writeFileSync(path.join(rig.folder, 'new', `${name}.jpg`), name.repeat(1000));
});
afterEach(() => {
  rig.close();
});

describe.skipIf(php.missing)(
  `a daemon in the blog's own shape, without our SDK${php.note}`,
  { timeout: 120_000 },
  () => {
    test.for(['SIGTERM', 'SIGINT'] as const)(
      '%s in the middle of a photo: it is finished, the others wait',
      async (signal) => {
        const daemon = rig.command(['php', photos, rig.folder], {});
        await daemon.prints('photos: a.jpg');
        daemon.kill(signal);
        expect(await daemon.ended).toBe(0);
        expect(daemon.out).toEqual(['photos: ready', 'photos: a.jpg', 'photos: 1 made, good bye']);
        expect(daemon.err).toEqual([]);
        expect(daemon.words).toEqual([]);
        expect(readdirSync(path.join(rig.folder, 'done'))).toEqual(['a.jpg']);
        expect(readFileSync(path.join(rig.folder, 'thumbs', 'a.jpg'), 'utf8')).toMatch(
          /^first \w{40}\nwhole \w{40}\n$/,
        );
      },
    );
  },
);
