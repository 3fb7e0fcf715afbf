import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { jsonSchema, withPresets, withReference } from '../../../src/config/reference.ts';
import { DAEMON, LIST, LOG, RESTART, STOP, SUPERVISOR } from '../../../src/config/schema.ts';
import type { Section } from '../../../src/config/section.ts';
import { builtIn } from '../../../src/config/section.ts';

const root = path.resolve(import.meta.dirname, '../../..');

test('daemons.schema.json is current (npm run generate)', () => {
  const written: unknown = JSON.parse(readFileSync(path.join(root, 'daemons.schema.json'), 'utf8'));
  expect(written).toEqual(JSON.parse(JSON.stringify(jsonSchema())));
});

test('the reference in docs/list.md is current (npm run generate)', () => {
  const page = readFileSync(path.join(root, 'docs/list.md'), 'utf8');
  expect(withReference(page)).toBe(page);
});

test('docs/presets.md is current (npm run generate)', () => {
  const page = readFileSync(path.join(root, 'docs/presets.md'), 'utf8');
  expect(withPresets(page)).toBe(page);
});

test('a page without its marker lines is refused', () => {
  expect(() => withReference('# The list\n')).toThrow('has lost its lines');
});

test('every default of the table is a value of its own kind', () => {
  const sections: readonly Section[] = [LIST, SUPERVISOR, DAEMON, RESTART, STOP, LOG];
  for (const section of sections) {
    for (const row of Object.values(section)) if ('kind' in row && row.builtIn !== undefined) builtIn(row);
  }
});
