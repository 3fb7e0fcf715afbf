import { describe, expect, test } from 'vitest';
import { formatBytes, parseBytes } from '../../../src/base/bytes.ts';

describe('parseBytes', () => {
  test.each([
    ['10MB', 10_000_000],
    ['512MiB', 536_870_912],
    ['1KB', 1_000],
    ['1KiB', 1_024],
    ['1.5GB', 1_500_000_000],
    ['2TB', 2e12],
    ['0B', 0],
    ['10 MB', 10_000_000],
  ])('%s', (text, bytes) => {
    expect(parseBytes(text)).toEqual({ ok: true, value: bytes });
  });

  test.each([
    ['10', 'a size needs a unit: write 10MB, 10KB or 10B'],
    ['10M', 'the units are B, KB, MB, GB, TB and KiB, MiB, GiB, TiB: write 10MB'],
    ['10mb', 'the units are B, KB, MB, GB, TB and KiB, MiB, GiB, TiB: write 10MB'],
    ['10Gi', 'the units are B, KB, MB, GB, TB and KiB, MiB, GiB, TiB: write 10GiB'],
    ['10x', 'the units are B, KB, MB, GB, TB and KiB, MiB, GiB, TiB: write 10MB'],
    ['big', 'a size is a number and a unit: 10MB, 512MiB, 2GB'],
    ['-1MB', 'a size is a number and a unit: 10MB, 512MiB, 2GB'],
    ['99999999TB', 'a size is at most 9000TB'],
  ])('%j is refused', (text, error) => {
    expect(parseBytes(text)).toEqual({ ok: false, error });
  });
});

test.each([
  [0, '0B'],
  [999, '999B'],
  [999_999, '1MB'],
  [10_000_000, '10MB'],
  [1_500_000_000, '1.5GB'],
  [2e12, '2TB'],
])('formatBytes(%d) is %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
