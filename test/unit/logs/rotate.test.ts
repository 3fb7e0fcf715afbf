import { describe, expect, it } from 'vitest';
import { LINE_MAX_BYTES, portion, rotatedFile, rotationSteps, type RotatedFile } from '../../../src/logs/rotate.ts';

describe('portion', () => {
  const keep = { breakLine: false, rotate: false };
  const rotate = { breakLine: false, rotate: true };
  it.each([
    ['all fits', 'one\ntwo\n', { size: 0, open: 0, max: 100 }, { bytes: 8, ...keep }],
    ['all fits exactly', 'one\ntwo\n', { size: 92, open: 0, max: 100 }, { bytes: 8, ...keep }],
    ['the lines that fit, then over', 'one\ntwo\n', { size: 95, open: 0, max: 100 }, { bytes: 4, ...rotate }],
    ['a line that fits exactly', 'one\ntwo\n', { size: 96, open: 0, max: 100 }, { bytes: 4, ...rotate }],
    ['one byte too long for it', 'one\ntwo\n', { size: 97, open: 0, max: 100 }, { bytes: 0, ...rotate }],
    ['no room at all', 'one\n', { size: 100, open: 0, max: 100 }, { bytes: 0, ...rotate }],
    ['beyond its size already', 'one\n', { size: 140, open: 0, max: 100 }, { bytes: 0, ...rotate }],
    ['a line that has begun is finished', 'rest\ntwo\n', { size: 99, open: 10, max: 100 }, { bytes: 5, ...rotate }],
    ['or goes on', 'rest', { size: 99, open: 10, max: 100 }, { bytes: 4, ...keep }],
    ['a line larger than a file has its own', 'long line\n', { size: 0, open: 0, max: 4 }, { bytes: 10, ...rotate }],
  ])('%s', (_, text, { size, open, max }, expected) => {
    expect(portion(Buffer.from(text), { sizeBytes: size, openBytes: open, maxSizeBytes: max })).toEqual(expected);
  });

  it('breaks a line that is longer than a line may be, only where the file is full', () => {
    const long = Buffer.alloc(2 * LINE_MAX_BYTES, 'x');
    expect(portion(long, { sizeBytes: 0, openBytes: 0, maxSizeBytes: 10 * LINE_MAX_BYTES })).toEqual({
      bytes: long.length,
      ...keep,
    });
    const full = { sizeBytes: 10, openBytes: 10, maxSizeBytes: 10 };
    expect(portion(long, full)).toEqual({ bytes: LINE_MAX_BYTES - 10, breakLine: true, rotate: true });
    expect(portion(long, { ...full, openBytes: 3 * LINE_MAX_BYTES })).toEqual({
      bytes: 0,
      breakLine: true,
      rotate: true,
    });
  });
});

describe('rotationSteps', () => {
  /** `3` is photos.log.3, `-3` is photos.log.3.gz. */
  const file = (number: number): RotatedFile => ({ number: Math.abs(number), gz: number < 0 });
  const rename = (from: number, to: number) => ({ do: 'rename', file: file(from), to });
  const remove = (number: number) => ({ do: 'remove', file: file(number) });
  it.each([
    ['the first time', [], 5, [rename(0, 1)], [1]],
    ['the oldest moves first', [1, 2], 5, [rename(2, 3), rename(1, 2), rename(0, 1)], [1, 2, 3]],
    ['the oldest of all goes', [1, 2, 3], 3, [remove(3), rename(2, 3), rename(1, 2), rename(0, 1)], [1, 2, 3]],
    ['a gap is filled', [1, 3], 5, [rename(1, 2), rename(0, 1)], [1, 2, 3]],
    ['a gap at the beginning is filled', [2, 3], 5, [rename(0, 1)], [1, 2, 3]],
    [
      'fewer are kept than before',
      [1, 2, 3, 4],
      2,
      [remove(2), remove(3), remove(4), rename(1, 2), rename(0, 1)],
      [1, 2],
    ],
    ['one is kept', [1], 1, [remove(1), rename(0, 1)], [1]],
    ['none is kept', [1], 0, [remove(1), remove(0)], []],
    [
      'compressed ones move as what they are',
      [1, -2, -3],
      3,
      [remove(-3), rename(-2, 3), rename(1, 2), rename(0, 1)],
      [1, 2, -3],
    ],
  ])('%s', (_, existing, maxFiles, steps, kept) => {
    expect(rotationSteps(existing.map(file), maxFiles)).toEqual({ steps, kept: kept.map(file) });
  });
});

describe('rotatedFile', () => {
  it.each([
    ['photos.log.1', { number: 1, gz: false }],
    ['photos.log.120', { number: 120, gz: false }],
    ['photos.log.1.gz', { number: 1, gz: true }],
    ['photos.log', null],
    ['photos.log.0', null],
    ['photos.log.01', null],
    ['photos.log.gz', null],
    ['photos.log.gz.part', null],
    ['photos.log.open', null],
    ['photosXlog.1', null],
    ['photos.log.9999999999', null],
  ])('%s', (entry, file) => {
    expect(rotatedFile('photos.log', entry)).toEqual(file);
  });
});
