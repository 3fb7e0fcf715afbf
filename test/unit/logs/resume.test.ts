import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Follower } from '../../../src/logs/follow.ts';
import type { DaemonLogOptions } from '../../../src/logs/options.ts';
import { DaemonLog } from '../../../src/logs/pump.ts';
import { logOptions } from '../../support/log-options.ts';

/** Where the records of what is held begin in the small file. */
const RECORDS_AT = 128 * 1024;

let folder: string;
let file: string;
let dead: DaemonLog[];
let nowMs: number;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'logs-resume-'));
  file = path.join(folder, 'photos.log');
  dead = [];
  nowMs = Date.parse('2026-11-24T17:00:00.000Z');
});
afterEach(() => {
  for (const log of dead) log.close();
  rmSync(folder, { recursive: true });
});

/** A log whose supervisor will not get to close it. */
function open(options: Partial<DaemonLogOptions> = {}): DaemonLog {
  const log = new DaemonLog(logOptions(file, { wallNow: () => new Date(nowMs), ...options }));
  dead.push(log);
  return log;
}

/** The next supervisor, which goes on reading the pipes of these instances. */
function next(adopted: readonly string[], options: Partial<DaemonLogOptions> = {}): DaemonLog {
  const log = open(options);
  log.resume(new Set(adopted));
  return log;
}
/** Seldom: not so often that a SIGKILL may well come between a read and its write. */
const print = (log: DaemonLog, text: string, id = 'photos', stream: 'out' | 'err' = 'out'): void => {
  nowMs += 2_000;
  log.write(id, stream, Buffer.from(text));
};
/** A moment after the previous output. */
const printAtOnce = (log: DaemonLog, text: string, id = 'photos', stream: 'out' | 'err' = 'out'): void => {
  nowMs -= 1_999;
  print(log, text, id, stream);
};
const content = (): string => readFileSync(file, 'utf8');

describe('a line that was unfinished in the file', () => {
  it('goes on with the next bytes of its stream', () => {
    print(open(), 'first\nbeg');
    const log = next(['photos']);
    print(log, 'un\nnext\n');
    expect(content()).toBe('first\nbegun\nnext\n');
  });

  it('is not joined to the other stream, whose lines go before it', () => {
    print(open(), 'beg');
    const log = next(['photos']);
    print(log, 'bad\n', 'photos', 'err');
    print(log, 'un\n');
    expect(content()).toBe('bad\nbegun\n');
  });

  it.each([
    ['its instance is not read on', 'photos', []],
    ['its instance is another one', 'photos:2', ['photos:1']],
  ])('is ended where %s', (_, id, adopted) => {
    print(open(), 'beg', id);
    print(next(adopted), 'new\n', 'photos:1');
    expect(content()).toBe('beg\nnew\n');
  });

  it('is ended where nobody has said who is read on', () => {
    print(open(), 'beg');
    print(open(), 'new\n');
    expect(content()).toBe('beg\nnew\n');
  });

  it('gets no second prefix', () => {
    const style = { timestamps: true, named: true };
    print(open(style), 'first\nbeg', 'photos:2');
    print(next(['photos:2'], style), 'un\nnext\n', 'photos:2');
    const prefix = (second: number): string => `2026-11-24T17:00:0${second}.000Z out photos:2 `;
    expect(content()).toBe(`${prefix(2)}first\n${prefix(2)}begun\n${prefix(4)}next\n`);
  });

  it('is whole in memory and for followers, too', async () => {
    print(open({ named: true }), 'beg', 'photos:2');
    const log = next(['photos:2'], { named: true });
    expect(log.recent().open).toMatchObject([{ id: 'photos:2', text: 'beg' }]);
    const follower = new Follower();
    log.follow(follower, () => true);
    print(log, 'un\n', 'photos:2');
    expect(log.recent().lines).toMatchObject([{ id: 'photos:2', text: 'begun' }]);
    expect(await follower.next(new AbortController().signal)).toMatchObject([{ text: 'begun' }]);
  });

  it('belongs to the newest owner, also in a file that was rotated to', () => {
    const log = open({ maxSizeBytes: 10 });
    print(log, 'one\nbeg');
    print(log, 'un\n');
    print(log, 'two', 'photos', 'err');
    print(next(['photos'], { maxSizeBytes: 10 }), ' more\n', 'photos', 'err');
    expect(content()).toBe('two more\n');
  });

  it('belongs to nobody in a file that is not the one that was written', () => {
    print(open(), 'beg');
    rmSync(file);
    writeFileSync(file, 'a stranger');
    print(next(['photos']), 'un\n');
    expect(content()).toBe('a stranger\nun\n');
  });
});

describe('lines that waited in memory', () => {
  it('are saved at once, and go on', () => {
    const log = open({ named: true });
    print(log, 'one ', 'photos:1');
    print(log, 'two ', 'photos:2');
    print(log, 'three ', 'photos:3');
    print(log, 'and ', 'photos:2');
    const later = next(['photos:1', 'photos:2'], { named: true });
    print(later, 'is whole\n', 'photos:2');
    print(later, 'is whole\n', 'photos:1');
    expect(content()).toBe('photos:3 | three \nphotos:2 | two and is whole\nphotos:1 | one is whole\n');
  });

  it('are not there twice where they had been written', () => {
    const log = open();
    print(log, 'one ');
    print(log, 'two ', 'photos', 'err');
    print(log, 'whole\n', 'photos', 'err');
    print(next(['photos']), 'whole\n');
    expect(content()).toBe('two whole\none whole\n');
  });

  it('are saved, too, once there is room for that again', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const openLines = path.join(folder, 'full', 'photos.log.open');
      const log = open({ openLines });
      print(log, 'one ');
      print(log, 'two ', 'photos', 'err');
      mkdirSync(path.dirname(openLines));
      vi.advanceTimersByTime(1_000);
      print(log, 'and ', 'photos', 'err');
      print(next(['photos'], { openLines }), 'is whole\n', 'photos', 'err');
      expect(content()).toBe('one \ntwo and is whole\n');
    } finally {
      vi.useRealTimers();
    }
  });

  it('are saved in a small file, however long this goes on, that is gone after an orderly end', () => {
    const log = open();
    print(log, 'a prompt: ');
    for (let n = 0; n < 600; n += 1) {
      print(log, 'x'.repeat(3000), 'photos', 'err');
      print(log, '\n', 'photos', 'err');
    }
    expect(statSync(`${file}.open`).size).toBeLessThan(1_500_000);
    log.close();
    expect(readdirSync(folder)).toEqual(['photos.log']);
  });
});

describe('a write that was broken off by the SIGKILL', () => {
  const long = (n: number): string => `${String(n).repeat(3000)}\n`;

  it('leaves no beginning of a line without its end, and says so', () => {
    print(open(), `${long(1)}${long(2)}${long(3)}4 begins`);
    truncateSync(file, 4096);
    const log = next(['photos']);
    print(log, ' and ends here\n5\n');
    const lines = content().split('\n');
    expect(lines).toEqual([
      '1'.repeat(3000),
      expect.stringMatching(/^supervise: the supervisor died while it wrote here: /),
      '5',
      '',
    ]);
  });

  it('drops nothing that came after it where it would have ended with a line', () => {
    print(open(), `${long(1)}${long(2)}`);
    truncateSync(file, 4096);
    print(next(['photos']), '3\n');
    expect(content()).toMatch(/^1+\nsupervise: [^\n]+\n3\n$/);
  });

  it('keeps the unfinished line of the other stream, over which it went', () => {
    const log = open();
    print(log, 'half ');
    print(log, `${long(1)}${long(2)}`, 'photos', 'err');
    truncateSync(file, 4096);
    const later = next(['photos']);
    print(later, 'whole\n');
    print(later, '3\n', 'photos', 'err');
    expect(content()).toMatch(/^1+\nsupervise: [^\n]+\nhalf whole\n3\n$/);
  });

  it('is seen also where nothing was said of it: it ends with a page', () => {
    const log = open();
    print(log, long(1));
    print(log, long(2));
    print(log, long(3));
    truncateSync(file, 8192);
    print(next(['photos']), '4\n');
    expect(content()).toMatch(/^1+\n2+\nsupervise: [^\n]+\n4\n$/);
  });

  it('is not suspected in a line that was unfinished at the end of a page', () => {
    const log = open();
    print(log, 'x\n'.repeat(2000));
    print(log, 'y'.repeat(96));
    print(next(['photos']), 'un\n');
    expect(content().endsWith(`x\n${'y'.repeat(96)}un\n`)).toBe(true);
  });

  it('is not seen in a file that others have truncated', () => {
    const log = open();
    print(log, long(1).repeat(3));
    truncateSync(file, 0);
    print(log, 'a\n'.repeat(600_000));
    print(log, 'beg');
    print(next(['photos']), 'un\n');
    expect(content().endsWith('a\nbegun\n')).toBe(true);
  });
});

const DIED = /^supervise: the supervisor died while it wrote here: [^\n]+$/m;
const withoutWords = (): string => content().replace(DIED, 'DIED');

describe('a stream that is often read to the middle of a line', () => {
  it.each(['out', 'err'] as const)(
    'has its line given up, and that is said: what was read of it last is not known (%s)',
    (stream) => {
      const log = open();
      print(log, '1 beg', 'photos', stream);
      printAtOnce(log, 'un\n2 beg', 'photos', stream);
      // 'un\n' and the beginning of a third line were lost with the supervisor.
      print(next(['photos']), 'un\n4\n', 'photos', stream);
      expect(withoutWords()).toBe('1 begun\nDIED\n4\n');
    },
  );

  it('also where it waits in memory, or ended a line last', () => {
    const log = open();
    print(log, 'a prompt: ');
    print(log, '1 beg', 'photos', 'err');
    printAtOnce(log, 'un\n2 ', 'photos', 'err');
    printAtOnce(log, 'begun\n', 'photos', 'err');
    const later = next(['photos']);
    print(later, 'un\n4\n', 'photos', 'err');
    print(later, 'yes\n');
    expect(withoutWords()).toBe('1 begun\n2 begun\nDIED\n4\na prompt: yes\n');
  });

  it('also where it is read for the first time, and more was waiting', () => {
    print(open(), `${'x'.repeat(5000)}\n2 beg`);
    print(next(['photos']), 'un\n4\n');
    expect(withoutWords()).toBe(`${'x'.repeat(5000)}\nDIED\n4\n`);
  });

  it('also by the next supervisor, when that is killed, too', () => {
    const log = open();
    print(log, '1 beg');
    printAtOnce(log, 'un\n2 beg');
    print(next(['photos']), 'un\n4\n5 beg');
    print(next(['photos']), 'un\n7\n');
    expect(withoutWords().replace(DIED, 'DIED')).toBe('1 begun\nDIED\n4\nDIED\n7\n');
  });

  it('keeps the line that its daemon has left unfinished', () => {
    const log = open();
    print(log, '1 beg');
    printAtOnce(log, 'un\nlast words');
    print(next([]), 'new\n');
    expect(withoutWords()).toBe('1 begun\nlast words\nDIED\nnew\n');
  });

  it('and has fallen silent since, goes on', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const log = open();
      print(log, 'a prompt: ', 'photos', 'err');
      print(log, '1 beg');
      printAtOnce(log, 'un\nhalf ');
      nowMs += 2_000;
      vi.advanceTimersByTime(2_000);
      print(next(['photos']), 'whole\n');
      expect(content()).toBe('1 begun\nhalf whole\na prompt: ');
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('handed on to a successor', () => {
  const named = { named: true };

  it('all goes on, whatever the streams print', () => {
    const log = open(named);
    print(log, 'one ', 'photos:1');
    print(log, 'two ', 'photos:2');
    printAtOnce(log, 'and ', 'photos:2');
    printAtOnce(log, '0\nthree ', 'photos:3');
    printAtOnce(log, `${'x'.repeat(5000)} `, 'photos:3');
    log.handOn();
    const later = next(['photos:1', 'photos:2', 'photos:3'], named);
    for (const id of ['photos:3', 'photos:2', 'photos:1']) print(later, 'is whole\n', id);
    expect(content()).toBe(
      `photos:3 | 0\nphotos:3 | three ${'x'.repeat(5000)} is whole\nphotos:2 | two and is whole\nphotos:1 | one is whole\n`,
    );
  });

  it('also what is written after that', () => {
    const log = open(named);
    log.handOn();
    print(log, 'one ', 'photos:1');
    print(log, 'two ', 'photos:2');
    printAtOnce(log, 'and ', 'photos:2');
    const later = next(['photos:1', 'photos:2'], named);
    for (const id of ['photos:2', 'photos:1']) print(later, 'is whole\n', id);
    expect(content()).toBe('photos:2 | two and is whole\nphotos:1 | one is whole\n');
  });

  it('also where much has waited before', () => {
    const log = open(named);
    print(log, 'a prompt: ', 'photos:1');
    for (let n = 0; n < 2; n += 1) print(log, 'x'.repeat(3000), 'photos:2');
    print(log, 'two ', 'photos:3');
    print(log, '\n', 'photos:2');
    log.handOn();
    print(next(['photos:1', 'photos:3'], named), 'is whole\n', 'photos:3');
    expect(content()).toBe(`photos:2 | ${'x'.repeat(6000)}\nphotos:3 | two is whole\nphotos:1 | a prompt: `);
  });

  it('the lines that had begun are cut, with a word, where it cannot be written down whose they are', () => {
    const log = open({ openLines: path.join(folder, 'no such folder', 'photos.log.open') });
    print(log, 'one ');
    print(log, 'two ', 'photos', 'err');
    log.handOn();
    print(next(['photos']), 'goes on\n');
    expect(content()).toMatch(/^one \ntwo \nsupervise: the lines that had begun are cut here: [^\n]+\ngoes on\n$/);
  });
});

describe('lines that were dropped', () => {
  /** There is a file in place of the log's folder. */
  function unwritable(): Partial<DaemonLogOptions> {
    const late = path.join(folder, 'late');
    writeFileSync(late, 'no folder');
    file = path.join(late, 'photos.log');
    return { openLines: path.join(folder, 'photos.log.open'), onTrouble: () => undefined };
  }
  const makeWritable = (): void => {
    rmSync(path.dirname(file));
  };

  it('are told by a successor, and the rest of a line of them is dropped, too', () => {
    const how = unwritable();
    const log = open(how);
    print(log, 'one\ntwo\nthr');
    log.handOn();
    makeWritable();
    const later = next(['photos'], how);
    print(later, 'ee\nfour\n');
    expect(content()).toMatch(/^supervise: 3 lines were dropped here between \S+02\.000Z and \S+02\.000Z: .*\nfour\n$/);
  });

  it('are told once where they could be told before; the rest of a line of them is dropped all the same', () => {
    const how = unwritable();
    const log = open(how);
    print(log, 'one\ntwo\nthr');
    makeWritable();
    print(log, 'bad\n', 'photos', 'err');
    log.handOn();
    print(next(['photos'], how), 'ee\nfour\n');
    // It is not dropped again by the one after the next.
    print(next(['photos'], how), 'five\n');
    expect(content()).toMatch(/^supervise: 3 lines were dropped here [^\n]+\nbad\nfour\nfive\n$/);
  });

  it('are not told again where the SIGKILL came just after they were told', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const how = unwritable();
      const log = open(how);
      print(log, 'one\ntwo\nthr');
      vi.advanceTimersByTime(1_000);
      const beside = path.join(folder, 'photos.log.open');
      const records = readFileSync(beside).subarray(RECORDS_AT);
      makeWritable();
      print(log, 'ee\nhalf ');
      const fd = openSync(beside, 'r+');
      writeSync(fd, records, 0, records.length, RECORDS_AT);
      closeSync(fd);
      print(next(['photos'], how), 'whole\n');
      expect(content()).toMatch(/^supervise: 3 lines were dropped here [^\n]+\nhalf whole\n$/);
    } finally {
      vi.useRealTimers();
    }
  });

  it('are told by the next supervisor after a SIGKILL, up to a second before it', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const how = unwritable();
      const log = open(how);
      print(log, 'one\ntwo\nthr');
      vi.advanceTimersByTime(1_000);
      makeWritable();
      print(next(['photos'], how), 'ee\nfour\n');
      expect(content()).toMatch(/^supervise: 3 lines were dropped here [^\n]+\nfour\n$/);
    } finally {
      vi.useRealTimers();
    }
  });
});

it('a log that cannot be looked at any more is in the way of no start', () => {
  print(open(), 'beg');
  rmSync(file);
  symlinkSync('photos.log', file);
  const later = next(['photos'], { onTrouble: () => undefined });
  print(later, 'un\n');
  rmSync(file);
  print(later, 'new\n');
  expect(content()).toMatch(/^supervise: 1 line was dropped here [^\n]+\nnew\n$/);
});

describe('what is in the place of the small file', () => {
  const works = (): void => {
    const log = next(['photos']);
    print(log, 'beg');
    print(next(['photos']), 'un\n');
    expect(content()).toBe('begun\n');
    expect(lstatSync(`${file}.open`).isFile()).toBe(true);
  };

  it('and is a FIFO does not hold us', () => {
    execFileSync('mkfifo', [`${file}.open`]);
    works();
  });

  it('and is a link leads us nowhere', () => {
    const precious = path.join(folder, 'precious');
    writeFileSync(precious, 'precious');
    symlinkSync(precious, `${file}.open`);
    works();
    expect(readFileSync(precious, 'utf8')).toBe('precious');
  });

  it('also where it has come there later', () => {
    const precious = path.join(folder, 'precious');
    writeFileSync(precious, 'precious');
    const log = next(['photos']);
    symlinkSync(precious, `${file}.open`);
    print(log, 'beg');
    print(next(['photos']), 'un\n');
    expect([content(), readFileSync(precious, 'utf8')]).toEqual(['begun\n', 'precious']);
  });

  it('and is larger than ours ever is, is not read', () => {
    writeFileSync(`${file}.open`, '');
    truncateSync(`${file}.open`, 3 * 1024 ** 3);
    works();
  });

  it('and is a folder is in the way of nothing else', () => {
    mkdirSync(`${file}.open`);
    const log = next(['photos']);
    print(log, 'beg');
    print(log, 'un\n');
    expect(content()).toBe('begun\n');
  });
});

it('a daemon that prints whole lines, and little, has no file beside its log', () => {
  print(open(), 'one\ntwo\n');
  expect(existsSync(`${file}.open`)).toBe(false);
});
