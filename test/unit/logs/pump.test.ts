import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countLineEnds } from '../../../src/base/lines.ts';
import type { DaemonLogOptions } from '../../../src/logs/options.ts';
import { DaemonLog } from '../../../src/logs/pump.ts';
import { LINE_MAX_BYTES } from '../../../src/logs/rotate.ts';
import { logOptions } from '../../support/log-options.ts';

let folder: string;
let file: string;
let log: DaemonLog;
let troubles: (string | null)[];
let now: Date;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'logs-pump-'));
  file = path.join(folder, 'photos.log');
  troubles = [];
  now = new Date('2026-11-24T17:00:00.000Z');
});
afterEach(() => {
  log.close();
  rmSync(folder, { recursive: true });
});

function open(options: Partial<DaemonLogOptions> = {}): DaemonLog {
  log = new DaemonLog(
    logOptions(options.file ?? file, {
      daemon: 'photos',
      wallNow: () => now,
      onTrouble: (words) => troubles.push(words),
      ...options,
    }),
  );
  return log;
}
const out = (text: string, id = 'photos'): void => {
  log.write(id, 'out', Buffer.from(text));
};
const err = (text: string, id = 'photos'): void => {
  log.write(id, 'err', Buffer.from(text));
};
const content = (name = 'photos.log'): string => readFileSync(path.join(folder, name), 'utf8');

describe('the file', () => {
  it('is made with the first byte, for owner and group', () => {
    open();
    expect(readdirSync(folder)).toEqual([]);
    out('');
    expect(readdirSync(folder)).toEqual([]);
    out('x');
    expect(statSync(file).mode & 0o7777 & ~0o640).toBe(0);
    expect(content()).toBe('x');
  });

  it('has the bytes as they came', () => {
    open();
    const bytes = Buffer.from([0, 255, 10, 13, 10, 27, 91, 49, 10]);
    log.write('photos', 'out', bytes);
    expect(readFileSync(file)).toEqual(bytes);
  });

  it('names the instance where several share it', () => {
    open({ named: true });
    out('one\ntwo\n', 'photos:1');
    out('th', 'photos:2');
    out('ree\n\n', 'photos:2');
    expect(content()).toBe('photos:1 | one\nphotos:1 | two\nphotos:2 | three\nphotos:2 | \n');
  });

  it('has time, stream and instance on request; the time is that of the first byte', () => {
    open({ timestamps: true, named: true });
    out('be', 'photos:1');
    now = new Date('2026-11-24T17:00:01.500Z');
    out('gun\nnext\n', 'photos:1');
    err('bad\n', 'photos:2');
    expect(content().split('\n')).toEqual([
      '2026-11-24T17:00:00.000Z out photos:1 begun',
      '2026-11-24T17:00:01.500Z out photos:1 next',
      '2026-11-24T17:00:01.500Z err photos:2 bad',
      '',
    ]);
  });

  it('goes on after what an earlier supervisor wrote, and ends the line that it left', () => {
    writeFileSync(file, 'old line\nhalf');
    open();
    out('new\n');
    expect(content()).toBe('old line\nhalf\nnew\n');
  });

  it('completes the last line when the stream ends, once', () => {
    open();
    log.endOf('photos', 'out');
    out('a\nb');
    log.endOf('photos', 'out');
    log.endOf('photos', 'out');
    expect(content()).toBe('a\nb\n');
  });
});

describe('two streams at once', () => {
  it('puts whole lines before the unfinished one of the other, which goes on', () => {
    open();
    out('resizing ');
    err('warning\nand ');
    expect(content()).toBe('warning\nresizing ');
    out('done\n');
    err('another\n');
    expect(content()).toBe('warning\nresizing done\nand another\n');
  });

  it('keeps both half lines when both end', () => {
    open();
    out('a');
    err('b');
    log.endOf('photos', 'err');
    log.endOf('photos', 'out');
    expect(content()).toBe('b\na\n');
  });

  it('rotates at a line end even though the other has begun a line', () => {
    open({ maxSizeBytes: 20 });
    out('0123456789\nhalf');
    err('warning\n');
    out(' done\n');
    expect(content('photos.log.1')).toBe('0123456789\nwarning\n');
    expect(content()).toBe('half done\n');
  });

  it('keeps a long unfinished line whole beside many lines of the other', () => {
    open();
    const long = 'x'.repeat(300_000);
    out(long);
    err('one\n');
    err('two\n');
    out('y');
    err('three\n');
    out('\n');
    expect(content()).toBe(`one\ntwo\nthree\n${long}y\n`);
  });

  it('breaks a line that is too long to wait for, and loses nothing of it', () => {
    open({ named: true });
    const part = Buffer.alloc(400_000, 'x');
    for (let n = 0; n < 3; n += 1) log.write('photos:1', 'out', part);
    out('one\n', 'photos:2');
    out('end\n', 'photos:1');
    const lines = content().split('\n');
    expect(lines.map((line) => line.slice(0, 14))).toEqual(['photos:1 | xxx', 'photos:2 | one', 'photos:1 | end', '']);
    expect(lines[0]).toHaveLength(1_200_000 + 'photos:1 | '.length);
  });

  it('holds no more than a line of one that never ends its line', () => {
    open();
    out('half');
    const part = Buffer.alloc(65_536, 'x');
    for (let n = 0; n < 40; n += 1) log.write('photos', 'err', part);
    log.endOf('photos', 'err');
    log.endOf('photos', 'out');
    const lines = content().split('\n');
    expect(lines.filter((line) => line.startsWith('x')).join('')).toHaveLength(40 * 65_536);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(LINE_MAX_BYTES + 65_536);
    expect(lines).toContain('half');
  });

  it('names the instance again where it goes on with a line that was broken', () => {
    open({ named: true });
    out('half', 'photos:1');
    const part = Buffer.alloc(65_536, 'x');
    for (let n = 0; n < 20; n += 1) log.write('photos:2', 'out', part);
    log.close();
    expect(
      content()
        .split('\n')
        .map((line) => line.slice(0, 12)),
    ).toEqual(['photos:2 | x', 'photos:1 | h', 'photos:2 | x', '']);
  });

  it('does not make a file sparse that somebody truncated', () => {
    open();
    out('a line\nhalf');
    truncateSync(file, 0);
    err('warning\n');
    out(' a line\n');
    expect(content()).toBe('warning\n a line\n');
  });
});

describe('rotation', () => {
  it('keeps so many files, the newest is number 1, none is larger than asked', () => {
    open({ maxSizeBytes: 8, maxFiles: 2 });
    out('one\ntwo\nthree\nfour\n');
    out('five\n');
    expect(readdirSync(folder).sort()).toEqual(['photos.log', 'photos.log.1', 'photos.log.2']);
    expect(['photos.log.2', 'photos.log.1', 'photos.log'].map((name) => content(name))).toEqual([
      'three\n',
      'four\n',
      'five\n',
    ]);
  });

  it('keeps none if none is to be kept', () => {
    open({ maxSizeBytes: 8, maxFiles: 0 });
    out('one\ntwo\nthree\n');
    expect(readdirSync(folder)).toEqual(['photos.log']);
    expect(content()).toBe('three\n');
  });

  it('removes what an earlier list kept more of', () => {
    for (const number of [1, 2, 3, 4]) writeFileSync(`${file}.${number}`, `${number}\n`);
    open({ maxSizeBytes: 4, maxFiles: 2 });
    out('one\ntwo\n');
    expect(readdirSync(folder).sort()).toEqual(['photos.log', 'photos.log.1', 'photos.log.2']);
    expect(content('photos.log.2')).toBe('1\n');
  });

  it('bounds the files of a line without end', () => {
    open({ maxSizeBytes: 2_000_000, maxFiles: 9 });
    const part = Buffer.alloc(65_536);
    for (let n = 0; n < 200; n += 1) log.write('photos', 'out', part);
    const names = readdirSync(folder).filter((name) => !name.endsWith('.open'));
    const files = names.map((name) => readFileSync(path.join(folder, name)));
    expect(Math.max(...files.map((bytes) => bytes.length))).toBeLessThanOrEqual(2_000_000 + LINE_MAX_BYTES + 65_536);
    const zeros = files.map((bytes) => bytes.length - countLineEnds(bytes)).reduce((sum, count) => sum + count);
    expect(zeros).toBe(200 * 65_536);
  });

  it('sees that somebody truncated the file, and does not turn it over early', () => {
    open({ maxSizeBytes: 12 });
    out('0123456789\n');
    truncateSync(file, 0);
    out('next\n');
    expect(readdirSync(folder)).toEqual(['photos.log']);
    expect(content()).toBe('next\n');
  });

  it('goes on with the file where it cannot be rotated, and says so once', () => {
    mkdirSync(`${file}.1`);
    open({ maxSizeBytes: 8, maxFiles: 1 });
    out('one\ntwo\nthree\n');
    expect(content()).toBe('one\ntwo\nthree\n');
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toContain(`cannot rotate ${file}`);
  });
});

describe('a file that cannot be written', () => {
  it('drops whole lines, counts them, says so once, and goes on by itself', () => {
    const late = path.join(folder, 'late');
    file = path.join(late, 'photos.log');
    writeFileSync(late, 'no folder');
    open();
    out('one\ntw');
    now = new Date('2026-11-24T17:05:00.000Z');
    out('o\nthree\nfo');
    err('bad\n');
    rmSync(late);
    out('ur\nfive\n');
    out('six\n');
    expect(troubles).toEqual([
      `cannot write ${file}: not a directory (ENOTDIR); lines are dropped, and counted in the log, until it can be written again`,
      null,
    ]);
    expect(readFileSync(file, 'utf8').split('\n')).toEqual([
      'supervise: 5 lines were dropped here between 2026-11-24T17:00:00.000Z and 2026-11-24T17:05:00.000Z: not a directory (ENOTDIR)',
      'five',
      'six',
      '',
    ]);
  });

  it('never throws for a full device', () => {
    file = '/dev/full';
    open({ timestamps: true });
    for (let n = 0; n < 100; n += 1) out(`line ${n}\n`);
    log.close();
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toContain('no space left on device (ENOSPC)');
  });

  it('throws no lines away on /dev/null, and never renames it', () => {
    file = '/dev/null';
    open({ maxSizeBytes: 4 });
    out('one\ntwo\nthree\nhalf');
    err('four\n');
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(troubles).toEqual([]);
  });
});

describe('a reused buffer', () => {
  it('may be filled again at once', () => {
    open({ named: true });
    const reused = Buffer.alloc(16);
    for (const [id, text] of [
      ['photos:1', 'a1'],
      ['photos:2', 'b1'],
      ['photos:1', 'a2\n'],
      ['photos:2', 'b2\n'],
    ] as const) {
      const length = reused.write(text);
      log.write(id, 'out', new Uint8Array(reused.buffer, reused.byteOffset, length));
      reused.fill('!');
    }
    expect(content()).toBe('photos:1 | a1a2\nphotos:2 | b1b2\n');
    expect(log.recent().lines.map((line) => line.text)).toEqual(['a1a2', 'b1b2']);
  });
});

it('leaves what others append alone', () => {
  open();
  out('one\nha');
  appendFileSync(file, 'a stranger\n');
  err('two\n');
  out('lf\n');
  expect(content()).toBe('one\nhaa stranger\n\ntwo\nlf\n');
});
