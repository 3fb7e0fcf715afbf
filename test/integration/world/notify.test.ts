import { describe, expect, test } from 'vitest';
import type { Word } from '../../../src/supervisor/lifecycle/boundary.ts';
import { listener, parseWord } from '../../../src/supervisor/world/notify.ts';

describe('a line of the boundary protocol', () => {
  test.for<[string, Word | 'unknown' | 'malformed']>([
    ['READY=1', { key: 'READY' }],
    ['', { key: 'READY' }],
    ['BUSY=1', { key: 'BUSY' }],
    ['IDLE=1', { key: 'IDLE' }],
    ['STOPPING=1', { key: 'STOPPING' }],
    ['ITERATION=12408', { key: 'ITERATION', done: 12_408 }],
    ['EXIT_STATUS=0', { key: 'EXIT_STATUS', code: 0 }],
    ['EXTEND_TIMEOUT_USEC=2500000', { key: 'EXTEND', ms: 2_500 }],
    ['EXTEND_TIMEOUT_USEC=18446744073709551615', { key: 'EXTEND', ms: Number.MAX_SAFE_INTEGER / 1000 }],
    ['STATUS=half way\u001b[2J', { key: 'STATUS', text: 'half way' }],
    ['PROGRESS=3/10', { key: 'PROGRESS', done: 3, total: 10 }],
    ['SPEAKER=17', { key: 'SPEAKER', pid: 17, beside: null }],
    ['SPEAKER=photos', 'malformed'],
    ['MAINPID=17', 'unknown'],
    ['constructor=1', 'unknown'],
    ['READY=0', 'malformed'],
    ['BUSY=yes', 'malformed'],
    ['ITERATION=-1', 'malformed'],
    ['ITERATION=1e9', 'malformed'],
    ['ITERATION=99999999999999999999', 'malformed'],
    ['PROGRESS=3', 'malformed'],
    ['=1', 'malformed'],
    ['hello', 'malformed'],
  ])('%j', ([line, word]) => {
    expect(parseWord(line)).toEqual(word);
  });
});

test('lines that come in pieces are put together, and garbage between them harms nothing', () => {
  const words: Word[] = [];
  const misheard: string[] = [];
  const ear = listener();
  const hear = (bytes: Buffer | string): void => {
    ear.hear(Buffer.from(bytes), {
      take: (word) => words.push(word),
      misheard: (line) => misheard.push(line),
      missed: () => undefined,
    });
  };
  hear('BUS');
  hear('Y=1\nITER');
  hear('ATION=1\n');
  hear(`STATUS=${'x'.repeat(1_000_000)}`);
  hear('\n');
  hear(Buffer.from([0, 255, 10, 254, 61, 10]));
  hear('IDLE=1\n');
  expect(words).toEqual([{ key: 'BUSY' }, { key: 'ITERATION', done: 1 }, { key: 'IDLE' }]);
  expect(misheard).toEqual(['a line of more than 4096 bytes']);
});

test('the first line that is not understood is told as it was, and harmless to a terminal; no other, and no unknown key', () => {
  const misheard: string[] = [];
  const ear = listener();
  for (const line of ['FDSTORE=1', 'BUSY=yes\u001b[2J', 'ITERATION=-1'])
    ear.hear(Buffer.from(`${line}\n`), {
      take: () => undefined,
      misheard: (words) => misheard.push(words),
      missed: () => undefined,
    });
  expect(misheard).toEqual(['"BUSY=yes"']);
});

describe('in what is not understood an iteration may have begun', () => {
  test.for<[string, string]>([
    ['IDLE=1BUSY=1\n', 'missed'],
    ['IDLE=1ITERATION=3\n', 'missed'],
    ['STATUS=takes a jobBUSY=1\n', 'STATUS missed'],
    ['\u0000BUSY=1\n', 'missed'],
    ['BUSY=1\r\n', 'missed'],
    ['BUSY=yes\n', 'missed'],
    [`${'x'.repeat(5_000)}BUSY=1\nIDLE=1\n`, 'missed IDLE'],
    ['hello\nMAINPID=1\nITERATION=1\nBUSY=1\nIDLE=1\n', 'ITERATION BUSY IDLE'],
  ])('%j', ([said, heard]) => {
    const told: string[] = [];
    listener().hear(Buffer.from(said), {
      take: ({ key }) => told.push(key),
      misheard: () => undefined,
      missed: () => told.push('missed'),
    });
    expect(told.join(' ')).toBe(heard);
  });
});
