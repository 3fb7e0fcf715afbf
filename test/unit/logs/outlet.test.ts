import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ENOUGH_BYTES, MOST_BYTES, Outlet, STILL_MS, type DeviceError } from '../../../src/logs/outlet.ts';

/** A reader that takes a portion when it is told to. */
class Reader {
  taken = '';
  readonly asked: { readonly bytes: Buffer; readonly done: (taken: number, error: DeviceError | null) => void }[] = [];
  isEager = false;

  write(bytes: Buffer, done: (taken: number, error: DeviceError | null) => void): void {
    this.asked.push({ bytes, done });
    if (this.isEager) this.take();
  }

  take(): void {
    const next = this.asked.shift();
    if (next === undefined) throw new Error('nothing is asked of the reader');
    this.taken += next.bytes.toString();
    next.done(next.bytes.length, null);
  }

  refuse(words: string, forGood: boolean, taken = 0): void {
    const next = this.asked.shift();
    if (next === undefined) throw new Error('nothing is asked of the reader');
    this.taken += next.bytes.toString('utf8', 0, taken);
    next.done(taken, { words, forGood });
  }

  takeAll(): void {
    while (this.asked.length > 0) this.take();
  }
}

let reader: Reader;
let outlet: Outlet;
let troubles: (string | null)[];

beforeEach(() => {
  vi.useFakeTimers();
  reader = new Reader();
  troubles = [];
  outlet = new Outlet({
    device: reader,
    note: ({ lines, words }) => Buffer.from(`(${lines} lost: ${words})\n`),
    onTrouble: (words) => troubles.push(words),
  });
});

afterEach(() => {
  vi.useRealTimers();
});

const line = (length: number, letter = 'x'): Buffer => Buffer.from(`${letter.repeat(length - 1)}\n`);
const never = (): boolean => false;
const always = (): boolean => true;

/** Whether a wait is over, once all that was about to happen has happened. */
async function isOver(wait: Promise<unknown> | undefined): Promise<boolean> {
  let over = wait === undefined;
  void wait?.then(() => (over = true));
  await vi.advanceTimersByTimeAsync(0);
  return over;
}

function fill(bytes = ENOUGH_BYTES): void {
  for (let count = 0; count < bytes; count += 64 * 1024) outlet.put(line(64 * 1024));
}

test('lines come out in order, several in a portion, and one portion is under way at a time', () => {
  for (const word of ['one\n', 'two\n', 'three\nfour\n']) outlet.put(Buffer.from(word));
  expect(reader.asked.map(({ bytes }) => bytes.toString())).toEqual(['one\n']);
  reader.take();
  expect(reader.asked.map(({ bytes }) => bytes.toString())).toEqual(['two\nthree\nfour\n']);
  reader.take();
  expect(outlet.isEmpty).toBe(true);
});

test('who prints is not waited for while there is room, and waits while the reader is behind', async () => {
  expect(outlet.room(never)).toBe(undefined);
  fill();
  const wait = outlet.room(never);
  expect(await isOver(wait)).toBe(false);
  reader.take();
  reader.take();
  expect(await isOver(wait)).toBe(true);
});

test('few are read on at a time, so that what waits stays bounded; who has nothing to say keeps nobody waiting', async () => {
  fill();
  const over: number[] = [];
  for (let index = 0; index < 50; index += 1) void outlet.room(never)?.then(() => over.push(index));
  reader.take();
  await vi.advanceTimersByTimeAsync(0);
  expect(over.length).toBeGreaterThan(0);
  expect(over.length).toBeLessThanOrEqual(8);
  reader.takeAll();
  await vi.advanceTimersByTimeAsync(50);
  expect(over).toEqual(Array.from({ length: 50 }, (_, index) => index));
});

test('a reader that stands still does not hold up who has been asked to end, and is told of', async () => {
  fill();
  let isAsked = false;
  const patient = outlet.room(never);
  const pressing = outlet.room(() => isAsked);
  await vi.advanceTimersByTimeAsync(STILL_MS * 2);
  expect([await isOver(patient), await isOver(pressing)]).toEqual([false, false]);
  isAsked = true;
  await vi.advanceTimersByTimeAsync(STILL_MS);
  expect([await isOver(patient), await isOver(pressing)]).toEqual([false, true]);
  expect(outlet.room(always)).toBe(undefined);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(troubles).toEqual([expect.stringContaining('nobody has read on for 5s')]);
  reader.take();
  expect(troubles.at(-1)).toBe(null);
});

test('what is more than may wait is dropped in whole lines, and the line in its place counts them', () => {
  fill(MOST_BYTES);
  outlet.put(Buffer.from('lost\nlost too\n'));
  reader.takeAll();
  outlet.put(Buffer.from('after\n'));
  reader.takeAll();
  expect(reader.taken).toMatch(/x\n\(2 lost: who reads it was too slow\)\nafter\n$/);
  expect(reader.taken).toHaveLength(MOST_BYTES + '(2 lost: who reads it was too slow)\nafter\n'.length);
});

test('a reader that has gone: nobody waits for it, and at the end it is known how many lines it was not given', async () => {
  fill();
  const wait = outlet.room(never);
  reader.refuse('nobody reads it (EPIPE)', true);
  expect(await isOver(wait)).toBe(true);
  expect(troubles).toEqual([expect.stringContaining('EPIPE')]);
  outlet.put(Buffer.from('one\ntwo\n'));
  expect(outlet.room(never)).toBe(undefined);
  expect(await outlet.end(null)).toEqual({ lines: ENOUGH_BYTES / (64 * 1024) + 2, why: 'nobody reads it (EPIPE)' });
});

test('a full disk: what it has taken counts, the rest is dropped and counted, and it mends itself', async () => {
  outlet.put(Buffer.from('one\ntwo\n'));
  reader.refuse('no space (ENOSPC)', false, 4);
  outlet.put(Buffer.from('three\n'));
  expect(troubles).toEqual([expect.stringContaining('no space (ENOSPC)')]);
  await vi.advanceTimersByTimeAsync(1_000);
  reader.refuse('no space (ENOSPC)', false);
  await vi.advanceTimersByTimeAsync(1_000);
  reader.take();
  expect(troubles.at(-1)).toBe(null);
  outlet.put(Buffer.from('four\n'));
  reader.take();
  expect(reader.taken).toBe('one\n(2 lost: no space (ENOSPC))\nfour\n');
});

test('the end waits for a reader that reads on, however slow, and not for one that stands still', async () => {
  fill();
  const end = outlet.end(null);
  for (let count = 0; count < 4; count += 1) {
    await vi.advanceTimersByTimeAsync(STILL_MS - 100);
    reader.take();
  }
  expect(await isOver(end)).toBe(false);
  await vi.advanceTimersByTimeAsync(STILL_MS * 2);
  expect(await isOver(end)).toBe(true);
  expect(await end).toEqual({ lines: ENOUGH_BYTES / (64 * 1024) - 4, why: 'who reads it was too slow' });
});

test('the end waits no longer than it may', async () => {
  fill();
  const end = outlet.end(500);
  await vi.advanceTimersByTimeAsync(300);
  reader.take();
  await vi.advanceTimersByTimeAsync(300);
  expect(await isOver(end)).toBe(true);
});

test('while it is held nobody is read on, though there is room; after that they are', async () => {
  const held = outlet.hold(1_000);
  expect(await isOver(held)).toBe(true);
  const wait = outlet.room(never);
  expect(await isOver(wait)).toBe(false);
  outlet.release();
  expect(await isOver(wait)).toBe(true);
});
