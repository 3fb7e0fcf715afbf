import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Follower } from '../../../src/logs/follow.ts';
import { DaemonLog, type DaemonLogOptions } from '../../../src/logs/pump.ts';

let folder: string;
let file: string;
let dead: DaemonLog[];
const now = new Date('2026-11-24T17:00:00.000Z');

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'logs-resume-'));
  file = path.join(folder, 'photos.log');
  dead = [];
});
afterEach(() => {
  for (const log of dead) log.close();
  rmSync(folder, { recursive: true });
});

/** A log whose supervisor will not get to close it. */
function open(options: Partial<DaemonLogOptions> = {}): DaemonLog {
  const log = new DaemonLog({
    ...{ daemon: 'photos', file, openLines: `${file}.open`, maxSizeBytes: 10_000_000, maxFiles: 5 },
    ...{ timestamps: false, named: false },
    wallNow: () => now,
    onTrouble: (words) => {
      if (words !== null) throw new Error(words);
    },
    ...options,
  });
  dead.push(log);
  return log;
}

/** The next supervisor, which reads on the pipes of these instances. */
function next(adopted: readonly string[], options: Partial<DaemonLogOptions> = {}): DaemonLog {
  const log = open(options);
  log.resume(new Set(adopted));
  return log;
}
const print = (log: DaemonLog, text: string, id = 'photos', stream: 'out' | 'err' = 'out'): void => {
  log.write(id, stream, Buffer.from(text));
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
    const prefix = '2026-11-24T17:00:00.000Z out photos:2 ';
    expect(content()).toBe(`${prefix}first\n${prefix}begun\n${prefix}next\n`);
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

  it('belongs to the newest owner, also in a file that was turned over to', () => {
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
  it('are saved at the end of the turn, and go on', async () => {
    const log = open({ named: true });
    print(log, 'one ', 'photos:1');
    print(log, 'two ', 'photos:2');
    print(log, 'three ', 'photos:3');
    await endOfTurn();
    print(log, 'and ', 'photos:2');
    await endOfTurn();
    const later = next(['photos:1', 'photos:2'], { named: true });
    print(later, 'is whole\n', 'photos:2');
    print(later, 'is whole\n', 'photos:1');
    expect(content()).toBe('photos:3 | three \nphotos:2 | two and is whole\nphotos:1 | one is whole\n');
  });

  it('are not there twice where they had been written', async () => {
    const log = open();
    print(log, 'one ');
    print(log, 'two ', 'photos', 'err');
    await endOfTurn();
    print(log, 'whole\n', 'photos', 'err');
    print(next(['photos']), 'whole\n');
    expect(content()).toBe('two whole\none whole\n');
  });

  it('are saved in a small file, however long this goes on, that is gone after an orderly end', async () => {
    const log = open();
    print(log, 'a prompt: ');
    for (let n = 0; n < 200; n += 1) {
      print(log, 'x'.repeat(10_000), 'photos', 'err');
      await endOfTurn();
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
