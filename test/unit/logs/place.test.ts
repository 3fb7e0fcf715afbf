import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DaemonLog } from '../../../src/logs/pump.ts';
import { logOptions } from '../../support/log-options.ts';

let folder: string;
let file: string;
let log: DaemonLog;
let nowMs: number;
/** The log may report that it cannot be written. */
let mayFail: boolean;

beforeEach(() => {
  mayFail = false;
  folder = path.join(mkdtempSync(path.join(tmpdir(), 'logs-place-')), 'logs');
  file = path.join(folder, 'photos.log');
  nowMs = Date.parse('2026-11-24T17:00:00.000Z');
  log = new DaemonLog(
    logOptions(file, {
      wallNow: () => new Date(nowMs),
      onTrouble: (words) => {
        if (words !== null && !mayFail) throw new Error(words);
      },
    }),
  );
});
afterEach(() => {
  log.close();
  rmSync(path.dirname(folder), { recursive: true });
});

/** A second after the previous output: the file's place is checked again. */
function print(text: string, stream: 'out' | 'err' = 'out', afterMs = 1_000): void {
  nowMs += afterMs;
  log.write('photos', stream, Buffer.from(text));
}
const content = (name = 'photos.log'): string => readFileSync(path.join(folder, name), 'utf8');

describe('a log file under our hands', () => {
  it('that is moved keeps what was printed so far; what comes goes into a new one', () => {
    print('one\nbeg');
    renameSync(file, `${file}.old`);
    print('un\ntwo\n');
    expect(content('photos.log.old')).toBe('one\n');
    expect(content()).toBe('begun\ntwo\n');
  });

  it('that is moved where another was put in its place loses and doubles nothing', () => {
    print('one\n');
    renameSync(file, `${file}.old`);
    writeFileSync(file, '');
    print('two\n', 'out', 10);
    print('three\n');
    expect(content('photos.log.old') + content()).toBe('one\ntwo\nthree\n');
  });

  it('that is deleted is made anew, with all that was printed since it was last seen', () => {
    print('old\n');
    print('seen\nhalf');
    rmSync(file);
    print(' of it\nlater\nbeg', 'out', 10);
    print('of err\n', 'err', 10);
    print('un\n');
    expect(content()).toBe('seen\nhalf of it\nlater\nof err\nbegun\n');
  });

  it('that is deleted is made anew at once where much is printed', () => {
    print('old\n');
    print('seen\n');
    rmSync(file);
    for (let n = 0; n < 4000; n += 1) print(`${String(n).padEnd(999)}\n`, 'out', 0);
    const lines = content().split('\n');
    expect(lines.slice(1, -1).map(Number)).toEqual(Array.from({ length: 4000 }, (_, n) => n));
  });

  it('that is truncated goes on from its new end', () => {
    print('one\nbeg');
    copyFileSync(file, `${file}.copy`);
    truncateSync(file, 0);
    print('un\ntwo\n');
    print('three\n');
    expect(content('photos.log.copy')).toBe('one\nbeg');
    expect(content()).toBe('un\ntwo\nthree\n');
  });

  it('that is truncated mixes no lines of two streams', () => {
    print('one\n'.repeat(1000));
    truncateSync(file, 0);
    print('half', 'out', 10);
    print('whole\n', 'err', 10);
    print(' of it\n', 'out', 10);
    expect(content()).toBe('whole\nhalf of it\n');
  });

  it('whose folder is removed is made again, folder and all', () => {
    print('old\n');
    print('one\n');
    rmSync(folder, { recursive: true });
    print('two\n');
    expect(content()).toBe('one\ntwo\n');
  });

  it('that cannot be made anew is written on where it is, until it can', () => {
    print('old\n');
    print('one\n');
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'in the way');
    print('two\n');
    print('three\n');
    rmSync(folder);
    mkdirSync(folder);
    print('four\n');
    expect(content()).toBe('one\ntwo\nthree\nfour\n');
  });
});

describe('a FIFO in the place of the log', () => {
  const makeFifo = (): void => {
    execFileSync('mkfifo', [file]);
  };
  const openReader = (): number => openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const buffer = Buffer.alloc(256 * 1024);
  const read = (fd: number): string => buffer.toString('utf8', 0, readSync(fd, buffer));
  const droppedIn = (text: string): number =>
    [...text.matchAll(/^supervise: (\d+) lines? w\S+ dropped here/gm)].reduce((sum, [, n]) => sum + Number(n), 0);

  it('takes nothing as long as nobody reads it: what is printed goes on into the old file, and then into a new one', () => {
    print('one\n');
    renameSync(file, `${file}.old`);
    makeFifo();
    print('two\nbeg');
    print('un\nfour\n');
    rmSync(file);
    print('five\n');
    expect(content('photos.log.old')).toBe('one\ntwo\nbegun\nfour\n');
    expect(content()).toBe('five\n');
  });

  it('gives its reader whole lines, and what nobody read is counted', () => {
    mayFail = true;
    mkdirSync(folder);
    makeFifo();
    print('lost\nlost');
    print(', too\nlost');
    const reader = openReader();
    print(' as well\nhalf');
    print('bad\n', 'err');
    print(' whole\n');
    expect(read(reader)).toMatch(
      /^supervise: 3 lines were dropped here [^\n]+ it is a FIFO that nobody reads \(ENXIO\)\nbad\nhalf whole\n$/,
    );
    closeSync(reader);
    print('lost\n');
    print('lost, too\n');
    rmSync(file);
    print('back\n');
    expect(content()).toMatch(/^supervise: 2 lines were dropped here [^\n]+ broken pipe \(EPIPE\)\nback\n$/);
  });

  it('of a log that was deleted in the middle of a line gets that line as a whole, and is left when it is gone', () => {
    print('one\n');
    print('half', 'out', 2_000);
    rmSync(file);
    makeFifo();
    const reader = openReader();
    print('bad\n', 'err', 2_000);
    print(' whole\n', 'out', 0);
    expect(read(reader)).toBe('bad\nhalf whole\n');
    closeSync(reader);
    rmSync(file);
    print('back\n', 'out', 2_000);
    expect(content()).toBe('back\n');
  });

  it('that is read too slowly gets whole lines all the same, and what it has no room for is counted', () => {
    mayFail = true;
    mkdirSync(folder);
    makeFifo();
    const reader = openReader();
    const line = (n: number): string => `${n} ${'x'.repeat(n % 300)}\n`;
    const numbers = Array.from({ length: 3000 }, (_, n) => n);
    const text = numbers.map(line).join('');
    let all = '';
    for (let at = 0; at < text.length; at += 10_001) {
      print(text.slice(at, at + 10_001), 'out', 0);
      if (at > 100_000) all += buffer.toString('utf8', 0, readSync(reader, buffer, 0, 5_000, null));
    }
    all += read(reader);
    print('there is room again\n');
    all += read(reader);
    closeSync(reader);
    const lines = all.split('\n').slice(0, -1);
    const seen = lines.filter((each) => /^\d/.test(each)).map((each) => `${each}\n`);
    const torn = seen.filter((each) => each !== line(Number.parseInt(each)));
    // What was broken off in the middle cannot be taken back from a FIFO: it is ended.
    expect(torn.length).toBeLessThanOrEqual(droppedNotes(all));
    // A line that lacks only its newline counts as dropped, and looks whole.
    const told = seen.length - torn.length + droppedIn(all);
    expect([told >= numbers.length, told <= numbers.length + droppedNotes(all)]).toEqual([true, true]);
    expect(lines.at(-1)).toBe('there is room again');
  });

  const droppedNotes = (text: string): number => [...text.matchAll(/^supervise: /gm)].length;
});

it('a link to a full device in the place of the log: what it does not take is counted, and a file is made when it is gone', () => {
  mayFail = true;
  print('one\nhalf');
  renameSync(file, `${file}.old`);
  symlinkSync('/dev/full', file);
  print(' lost\nlost\nkept');
  rmSync(file);
  print(', too\ntwo\n');
  expect(content('photos.log.old')).toBe('one\n');
  expect(content()).toMatch(
    /^supervise: 2 lines were dropped here [^\n]+ no space left on device \(ENOSPC\)\nkept, too\ntwo\n$/,
  );
});

it('a link to a full device in the place of a log that was deleted: it does not take what is to be taken along, so all goes on into the deleted one, and then into a new one', () => {
  print('one\nhalf');
  rmSync(file);
  symlinkSync('/dev/full', file);
  print(' whole\ntwo\n');
  rmSync(file);
  print('three\n');
  expect(content()).toBe('one\nhalf whole\ntwo\nthree\n');
});
