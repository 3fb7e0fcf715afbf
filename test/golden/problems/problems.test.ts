import { copyFileSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadList } from '../../../src/config/load.ts';
import { drawRefused } from '../../../src/config/problem.ts';

/** Each list of fixtures/lists/bad, and the exact text that its author sees. `vitest -u` accepts what is new. */

const fixtures = path.resolve(import.meta.dirname, '../../fixtures/lists');
const bad = readdirSync(path.join(fixtures, 'bad')).filter((file) => file.endsWith('.yaml'));

// The lists are beside the workers that they name, in a folder whose path differs between machines.
const folder = mkdtempSync(path.join(tmpdir(), 'supervise-problems-'));
for (const each of ['workers', 'bin']) symlinkSync(path.join(fixtures, each), path.join(folder, each));
for (const each of readdirSync(path.join(fixtures, 'bad'))) copyFileSync(path.join(fixtures, 'bad', each), path.join(folder, each));
const environment = { PATH: path.join(folder, 'bin'), HOME: '/home/shop' };

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function problemsOf(file: string): Promise<string> {
  const loaded = loadList(path.join(folder, file), environment);
  if (loaded.ok) throw new Error(`${file} is not refused`);
  const problems = loaded.error.problems.map((each) => ({ ...each, file, what: each.what.replaceAll(folder, '/srv/shop') }));
  return `${await drawRefused({ problems, text: loaded.error.text })}\n`;
}

test('there are at least forty kinds of bad list', () => {
  expect(bad.length).toBeGreaterThanOrEqual(40);
});

test.each(bad)('%s', async (file) => {
  await expect(await problemsOf(file)).toMatchFileSnapshot(`${path.basename(file, '.yaml')}.txt`);
});

describe('files that are not even read', () => {
  test.each([
    ['missing.yaml', null],
    ['too-large.yaml', Buffer.alloc(50 * 1024 * 1024, '- a\n')],
    ['binary.yaml', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2])],
    ['latin1.yaml', Buffer.from('- name: caf\xe9\n', 'latin1')],
    ['utf16.yaml', Buffer.from('\uFEFF- ./workers/photos.php\n', 'utf16le')],
  ])('%s', async (file, bytes) => {
    if (bytes !== null) writeFileSync(path.join(folder, file), bytes);
    await expect(await problemsOf(file)).toMatchFileSnapshot(`${path.basename(file, '.yaml')}.txt`);
  });

  test('a folder', async () => {
    expect(await problemsOf('workers')).toBe('workers: the list is a folder\n\n1 problem in workers\n');
  });
});
