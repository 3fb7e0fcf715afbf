import { expect, test } from 'vitest';
import { nearest } from '../../../src/base/suggest.ts';

const KEYS = ['instances', 'env', 'env_file', 'depends_on', 'restart', 'ready', 'stop', 'cwd'];

test.each([
  ['instnaces', 'instances'],
  ['Instances', 'instances'],
  ['depends-on', 'depends_on'],
  ['dependson', 'depends_on'],
  ['envfile', 'env_file'],
  ['inst', 'instances'],
  ['stp', 'stop'],
  ['cdw', 'cwd'],
  ['erdya', 'ready'],
  ['cd', 'cwd'],
  ['qq', undefined],
  ['banana', undefined],
  ['', undefined],
  ['x'.repeat(100_000), undefined],
])('%.20s is taken for %s', (written, meant) => {
  expect(nearest(written, KEYS)).toBe(meant);
});
