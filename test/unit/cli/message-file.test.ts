import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { messagesOf, MessageFile } from '../../../src/cli/print/message-file.ts';
import { unreadFifo } from '../../support/fifo.ts';
import { tempDir } from '../../support/temp-dir.ts';

const inFolder = (): string => path.join(tempDir(), 'supervise.log');

test('says and tells into its file, one line after the other, for its owner alone', () => {
  const file = inFolder();
  const messages = new MessageFile(file);
  messages.say('one');
  messages.tell('two');
  expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('is bounded: the old lines go to NAME.1, and only once', () => {
  const file = inFolder();
  const messages = new MessageFile(file, 1000);
  for (let line = 0; line < 500; line++) messages.say(`line ${line}`);
  expect(statSync(file).size).toBeLessThanOrEqual(1000);
  expect(statSync(`${file}.1`).size).toBeLessThanOrEqual(1020);
  expect(existsSync(`${file}.2`)).toBe(false);
  const kept = readFileSync(`${file}.1`, 'utf8') + readFileSync(file, 'utf8');
  const numbers = kept.match(/\d+/g)?.map(Number) ?? [];
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => 500 - numbers.length + index));
});

test('the same file stays open for others when it is rotated', () => {
  const file = inFolder();
  const messages = new MessageFile(file, 10);
  messages.say('a');
  const { ino } = statSync(file);
  messages.say('0123456789');
  messages.say('b');
  expect(statSync(file).ino).toBe(ino);
  expect(readFileSync(file, 'utf8')).toBe('b\n');
});

test('a file that was removed is made anew', () => {
  const file = inFolder();
  const messages = new MessageFile(file);
  messages.say('one');
  rmSync(file);
  messages.say('two');
  expect(readFileSync(file, 'utf8')).toBe('two\n');
});

test('lines that do not fit are counted, and told when there is room again', () => {
  const folder = path.dirname(inFolder());
  const file = path.join(folder, 'gone', 'supervise.log');
  const messages = new MessageFile(file);
  messages.say('lost');
  messages.say('lost, too');
  const there = path.join(folder, 'gone');
  expect(existsSync(there)).toBe(false);
  mkdirSync(there);
  messages.say('here');
  messages.say('and here');
  expect(readFileSync(file, 'utf8')).toBe(
    'supervise: 2 lines were left out here: the disk did not take them\nhere\nand here\n',
  );
});

test('a FIFO in its place that nobody reads holds nobody; what it does not take is counted, and told when it is a file again', () => {
  const file = inFolder();
  unreadFifo(file);
  const told: string[] = [];
  expect(messagesOf(file, (words) => told.push(words))).toBe('ignore');
  expect(told).toEqual([`its messages will be lost, for they cannot be written: ${file} is a FIFO that nobody reads`]);
  const messages = new MessageFile(file);
  messages.say('lost');
  rmSync(file);
  messages.say('here');
  expect(readFileSync(file, 'utf8')).toMatch(/^supervise: 1 line was left out here.*\nhere\n$/);
});

test('a FIFO in the place of the older lines holds nobody either', () => {
  const file = inFolder();
  unreadFifo(`${file}.1`);
  const messages = new MessageFile(file, 10);
  messages.say('0123456789');
  messages.say('b');
  expect([readFileSync(`${file}.1`, 'utf8'), readFileSync(file, 'utf8')]).toEqual(['0123456789\n', 'b\n']);
});
