import { beforeEach, describe, expect, test } from 'vitest';
import { ListFolder } from '../../support/list-folder.ts';

let here: ListFolder;
beforeEach(() => {
  here = new ListFolder();
  here.programs('work');
});

const withLimits = (limits: string, rest = ''): string =>
  `- name: photos\n  command: work\n  limits: ${limits}\n  ${rest}\n`;
const NONE = { iterationMs: null, iterations: null, memoryBytes: null, ageMs: null };

describe('limits', () => {
  test.each([
    ['', NONE],
    ['{ iteration: 5m }', { ...NONE, iterationMs: 300_000 }],
    ['{ iterations: 10000 }', { ...NONE, iterations: 10_000 }],
    ['{ memory: 256MB }', { ...NONE, memoryBytes: 256e6 }],
    ['{ age: 12h }', { ...NONE, ageMs: 43_200_000 }],
  ])('%s', (written, limits) => {
    expect(here.first(withLimits(written)).limits).toEqual(limits);
  });

  test('of defaults: and of a daemon are merged key by key', () => {
    const text = `defaults: { limits: { age: 12h, memory: 1GB } }\ndaemons:\n${withLimits('{ age: 2h }')}`;
    expect(here.first(text).limits).toEqual({ ...NONE, ageMs: 7_200_000, memoryBytes: 1e9 });
  });
});

describe('a limit that is reached before reset_after is warned of', () => {
  test.each([
    [
      '{ age: 5s }',
      '',
      /^3: limits\.age of daemon photos, 5s, is shorter than its reset_after, 10s: .* \| write a longer age/,
    ],
    [
      '{ age: 5m }',
      'restart: { reset_after: 10m }',
      /^3: limits\.age of daemon photos, 5m, is shorter than its reset_after, 10m/,
    ],
    [
      '{ iterations: 5, iteration: 1s }',
      '',
      /^3: 5 iterations of daemon photos take at most 5s, less than its reset_after, 10s: .* \| write more limits\.iterations/,
    ],
  ])('%s %s', (limits, rest, expected) => {
    const warnings = here.warnings(withLimits(limits, rest));
    expect(warnings).toEqual([expect.stringMatching(expected)]);
  });

  test.each([
    ['{ age: 10m }', ''],
    ['{ age: 5s }', 'restart: { reset_after: 0s }'],
    // How long they take is not known.
    ['{ iterations: 1 }', ''],
    ['{ iterations: 100, iteration: 1m }', ''],
    ['{ memory: 1MB, iteration: 1s }', ''],
  ])('another one is not: %s %s', (limits, rest) => {
    expect(here.warnings(withLimits(limits, rest))).toEqual([]);
  });
});
