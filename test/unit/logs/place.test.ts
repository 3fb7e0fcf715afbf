import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DaemonLog } from '../../../src/logs/pump.ts';

let folder: string;
let file: string;
let log: DaemonLog;
let nowMs: number;

beforeEach(() => {
  folder = path.join(mkdtempSync(path.join(tmpdir(), 'logs-place-')), 'logs');
  file = path.join(folder, 'photos.log');
  nowMs = Date.parse('2026-11-24T17:00:00.000Z');
  log = new DaemonLog({
    ...{ daemon: 'photos', file, maxSizeBytes: 10_000_000, maxFiles: 5, timestamps: false, named: false },
    wallNow: () => new Date(nowMs),
    onTrouble: (words) => {
      if (words !== null) throw new Error(words);
    },
  });
});
afterEach(() => {
  log.close();
  rmSync(path.dirname(folder), { recursive: true });
});

/** A second after what was printed before: it is looked again where the file is. */
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
