/** The promise of the README is backed by existing tests. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
// @ts-expect-error Scripts are plain JavaScript, without types of their own.
import { allProofs, PROMISE, readme } from '../../scripts/promise.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const promise = PROMISE as readonly { readonly says: string; readonly proofs: readonly unknown[] }[];
const proofs = (allProofs as () => readonly { readonly file: string; readonly test: string }[])();

test('docs/promise.md is made from the table of proofs (npm run generate)', () => {
  const page = execFileSync(process.execPath, [path.join(root, 'scripts/promise.mjs')], { encoding: 'utf8' });
  expect(readFileSync(path.join(root, 'docs/promise.md'), 'utf8')).toBe(page);
});

test.for(promise.map(({ says }) => says))('the README says: %s', (says) => {
  expect((readme as () => string)()).toContain(says);
});

test.for(proofs)('$file has the test "$test"', ({ file, test: name }) => {
  expect(readFileSync(path.join(root, file), 'utf8')).toContain(name);
});

test('each sentence has a proof', () => {
  for (const { proofs: own } of promise) expect(own.length).toBeGreaterThan(0);
});
