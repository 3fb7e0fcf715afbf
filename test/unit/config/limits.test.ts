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

describe('an age that is over before all have had their turn is warned of', () => {
  test.each([
    [
      '{ age: 2m }',
      'instances: 200',
      /^3: limits\.age of daemon photos, 2m, is less than a round of its 200 instances .*: 200s, .* \| write 200s or/,
    ],
    ['{ age: 3m }', 'instances: 8\n  ready: 30s', /less than a round of its 8 instances .*: 4m/],
  ])('%s %s', (limits, rest, expected) => {
    expect(here.warnings(withLimits(limits, rest))).toEqual([expect.stringMatching(expected)]);
  });

  test.each([
    ['{ age: 200s }', 'instances: 200'],
    // How long that takes is not known.
    ['{ age: 2m }', 'instances: 200\n  ready: notify'],
  ])('another one is not: %s %s', (limits, rest) => {
    expect(here.warnings(withLimits(limits, rest))).toEqual([]);
  });
});

describe('a limit that makes every life so short that it counts as a crash is warned of', () => {
  test.each([
    [
      '{ age: 99s }',
      '',
      /^3: limits\.age of daemon photos, 99s, is less than ten times its reset_after, 10s: .* \| write 100s or more, or a/,
    ],
    [
      '{ age: 5m }',
      'restart: { reset_after: 1m }',
      /^3: limits\.age of daemon photos, 5m, is less than .* 1m: .* \| write 10m/,
    ],
    [
      '{ iterations: 50, iteration: 1s }',
      '',
      /^3: 50 iterations of daemon photos take at most 50s, less than ten times its reset_after, 10s: .* \| write more/,
    ],
  ])('%s %s', (limits, rest, expected) => {
    expect(here.warnings(withLimits(limits, rest))).toEqual([expect.stringMatching(expected)]);
  });

  test.each([
    ['{ age: 100s }', ''],
    ['{ age: 5s }', 'restart: { reset_after: 0s }'],
    // How long they take is not known.
    ['{ iterations: 1 }', ''],
    ['{ iterations: 100, iteration: 1m }', ''],
    ['{ memory: 1MB, iteration: 1s }', ''],
  ])('another one is not: %s %s', (limits, rest) => {
    expect(here.warnings(withLimits(limits, rest))).toEqual([]);
  });
});

describe('a job that is never started again is never replaced', () => {
  test('its limits but that of an iteration do nothing, which is warned of', () => {
    const text = withLimits('{ iteration: 5m, iterations: 5, memory: 1GB, age: 1h }', 'restart: never');
    expect(here.first(text).limits).toEqual({ ...NONE, iterationMs: 300_000 });
    expect(here.warnings(text)).toEqual([
      expect.stringMatching(
        /^3: limits\.iterations of daemon photos does nothing: .* \| write restart: on-failure, or/,
      ),
      expect.stringMatching(/^3: limits\.memory of daemon photos does nothing/),
      expect.stringMatching(/^3: limits\.age of daemon photos does nothing/),
    ]);
  });

  test('those of defaults: are meant for the others', () => {
    const job = '- name: photos\n  command: work\n  restart: never\n';
    const text = `defaults: { limits: { age: 12h } }\ndaemons:\n${job}`;
    expect(here.first(text).limits).toEqual(NONE);
    expect(here.warnings(text)).toEqual([]);
  });
});
