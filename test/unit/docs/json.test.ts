/** Every field printed by `--json` is in docs/reference.md. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');
const views = readFileSync(path.join(root, 'src/control/view.ts'), 'utf8');
const reference = readFileSync(path.join(root, 'docs/reference.md'), 'utf8');

/** The records of the streams of the socket have a page of their own: docs/protocol.md. */
const NOT_PRINTED = ['ChangeView'];

const fields = [...views.matchAll(/^export interface (\w+)[^{]*\{\n(.*?)^\}/gms)].flatMap(([, name = '', body = '']) =>
  NOT_PRINTED.includes(name)
    ? []
    : [...body.matchAll(/readonly (\w+)\??:/g)].map(([, field = '']) => ({ name, field })),
);

test('docs/reference.md has each field of the records', () => {
  expect(fields.length).toBeGreaterThan(80);
  const named = new Set([...reference.matchAll(/[`"](\w+)[`"]/g)].map(([, word]) => word));
  expect(fields.filter(({ field }) => !named.has(field))).toEqual([]);
});
