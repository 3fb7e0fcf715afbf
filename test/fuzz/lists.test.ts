/** A list cut, doubled, reversed or overwritten anywhere: a consistent spec, or problems with their places. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { loadList } from '../../src/config/load.ts';
import { drawProblems } from '../../src/config/problem.ts';
import { instancesOf } from '../../src/supervisor/instances.ts';
import { runs } from './runs.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sv-lists-'));
const file = path.join(folder, 'daemons.yaml');
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const root = path.resolve(import.meta.dirname, '../..');
const good = path.join(root, 'test/fixtures/lists');
const texts = [
  readFileSync(path.join(root, 'daemons.yaml'), 'utf8'),
  ...readdirSync(good, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(path.join(good, name), 'utf8'))
    .filter((text) => text.length < 20_000),
];

type Change = readonly [how: 'cut' | 'double' | 'insert' | 'swap', at: number, length: number, text: string];
const change: fc.Arbitrary<Change> = fc.tuple(
  fc.constantFrom('cut', 'double', 'insert', 'swap'),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.nat({ max: 40 }),
  fc.oneof(
    fc.constantFrom(
      '\t',
      '\n',
      ': ',
      '- ',
      '&a ',
      '*a',
      '<<: ',
      '${',
      '}',
      '"',
      "'",
      '{',
      '[',
      '|',
      '#',
      '\u0000',
      '\uFEFF',
      '---\n',
    ),
    fc.string({ unit: 'binary', maxLength: 8 }),
  ),
);

function changed(text: string, [how, where, length, piece]: Change): string {
  const at = Math.floor(where * text.length);
  const [before, middle, after] = [text.slice(0, at), text.slice(at, at + length), text.slice(at + length)];
  switch (how) {
    case 'cut':
      return before + after;
    case 'double':
      return before + middle + middle + after;
    case 'insert':
      return before + piece + middle + after;
    case 'swap':
      return after + middle + before;
  }
}

test('a spec that holds together, or problems that can be drawn', () => {
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 4 }), (text, changes) => {
      const broken = changes.reduce(changed, text);
      writeFileSync(file, broken);
      const loaded = loadList(file, { PATH: process.env.PATH });
      if (!loaded.ok) {
        expect(loaded.error.problems.length).toBeGreaterThan(0);

        expect(drawProblems(loaded.error.problems, loaded.error.text)).not.toMatch(/[\u0000-\u0008\u001B\u007F]/);
        return;
      }
      const ids = instancesOf(loaded.value.daemons).map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const { restart, stop, instances } of loaded.value.daemons) {
        expect(instances).toBeGreaterThan(0);
        expect([restart.delayMs, restart.maxDelayMs, stop.graceMs ?? 0].every(Number.isFinite)).toBe(true);
      }
    }),
    runs(400),
  );
});
