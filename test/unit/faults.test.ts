import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

test('docs/faults.md has the names of the tests in test/faults (npm run generate)', () => {
  const page = execFileSync(process.execPath, [path.join(root, 'scripts/faults.mjs')], { encoding: 'utf8' });
  expect(readFileSync(path.join(root, 'docs/faults.md'), 'utf8')).toBe(page);
});
