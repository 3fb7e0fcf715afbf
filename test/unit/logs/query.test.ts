import { execFileSync } from 'node:child_process';
import { lchownSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QUEUE_MAX_LINES } from '../../../src/logs/follow.ts';
import type { LogTarget } from '../../../src/logs/history.ts';
import type { DaemonLogOptions } from '../../../src/logs/options.ts';
import { DaemonLog } from '../../../src/logs/pump.ts';
import { queryLogs, type LogItem, type LogsQuestion } from '../../../src/logs/query.ts';
import { asRoot } from '../../support/needs.ts';
import { logOptions } from '../../support/log-options.ts';

type Item = LogItem | { readonly dropped: number };

let folder: string;
let logs: DaemonLog[];
let now: number;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'logs-query-'));
  logs = [];
  now = Date.parse('2026-11-24T17:00:00.000Z');
});
afterEach(() => {
  for (const log of logs) log.close();
  rmSync(folder, { recursive: true });
});

function open(daemon: string, options: Partial<DaemonLogOptions> = {}): DaemonLog {
  const log = new DaemonLog(
    logOptions(path.join(folder, `${daemon}.log`), { wallNow: () => new Date(now), ...options }),
  );
  logs.push(log);
  return log;
}

/** As the engine asks or, without the log, as a client does when no supervisor is running. */
function target(
  log: DaemonLog,
  { instances = null, offline = false }: { instances?: string[] | null; offline?: boolean } = {},
): LogTarget {
  const { daemon, file, named } = log.options;
  return { daemon, file, named, instances: instances === null ? null : new Set(instances), live: offline ? null : log };
}

function say(log: DaemonLog, text: string, id = log.options.daemon, stream: 'out' | 'err' = 'out'): void {
  log.write(id, stream, Buffer.from(text));
}

const EVERYTHING: LogsQuestion = { lines: null, follow: false, since: null, stream: null, grep: null };

async function ask(
  targets: readonly LogTarget[],
  question: Partial<LogsQuestion> = {},
): Promise<{ items: Item[]; notes: readonly string[] }> {
  const items: Item[] = [];
  const answer = await queryLogs(
    targets,
    { ...EVERYTHING, ...question },
    (item) => void items.push(item),
    new AbortController().signal,
  );
  if (!answer.ok) throw new Error(answer.error);
  return { items, notes: answer.value.notes };
}

const texts = ({ items }: { items: readonly Item[] }): string[] =>
  items.map((item) => ('dropped' in item ? `dropped ${item.dropped}` : item.text));

const numbered = (from: number, to: number, filler = ''): string =>
  Array.from({ length: to - from }, (_, index) => `${from + index}${filler}\n`).join('');

describe('lines that are there', () => {
  it('have time, stream and instance while they are in memory', async () => {
    const log = open('photos', { named: true });
    say(log, 'one\n', 'photos:1');
    now += 1500;
    say(log, 'two\n', 'photos:2', 'err');
    expect(await ask([target(log)])).toEqual({
      items: [
        { id: 'photos:1', at: '2026-11-24T17:00:00.000Z', stream: 'out', text: 'one' },
        { id: 'photos:2', at: '2026-11-24T17:00:01.500Z', stream: 'err', text: 'two' },
      ],
      notes: [],
    });
  });

  it('are the newest of all, from memory or files, without a seam', async () => {
    const log = open('photos', { maxSizeBytes: 20_000, maxFiles: 50 });
    for (let n = 0; n < 5000; n += 100) {
      now += 1000;
      say(log, numbered(n, n + 100, ' of many lines'));
    }
    for (const lines of [0, 1, 999, 1000, 1001, 3000, 4999, 5000, 6000]) {
      const seen = texts(await ask([target(log)], { lines }));
      expect(seen).toEqual(
        numbered(Math.max(0, 5000 - lines), 5000, ' of many lines')
          .split('\n')
          .slice(0, -1),
      );
    }
  });

  it('are known by the files alone when no supervisor is running', async () => {
    const log = open('photos', { maxSizeBytes: 2000, maxFiles: 50 });
    say(log, numbered(0, 3000));
    log.close();
    const { items, notes } = await ask([target(log, { offline: true })], { lines: 2500 });
    expect(texts({ items })).toEqual(numbered(500, 3000).split('\n').slice(0, -1));
    expect(items[0]).toEqual({ id: 'photos', at: null, stream: null, text: '500' });
    expect(notes).toEqual([]);
  });

  it('keep what a file says of them', async () => {
    const log = open('photos', { timestamps: true, named: true });
    say(log, 'one\n', 'photos:1');
    now += 1500;
    say(log, 'two\n', 'photos:2', 'err');
    const live = await ask([target(log)]);
    expect(await ask([target(log, { offline: true })])).toEqual(live);
  });

  it('get no time from a line in memory that is like them', async () => {
    const file = path.join(folder, 'photos.log');
    const old = `tick\n${'other\n'.repeat(100)}`;
    writeFileSync(file, old);
    const log = open('photos');
    say(log, 'tick\n');
    truncateSync(file, old.length);
    const { items } = await ask([target(log)]);
    expect(items[0]).toEqual({ id: 'photos', at: null, stream: null, text: 'tick' });
    expect(items).toHaveLength(101);
  });

  it('show the unfinished last line too', async () => {
    const log = open('photos');
    say(log, 'one\nPassword: ');
    expect(texts(await ask([target(log)]))).toEqual(['one', 'Password: ']);
    expect(texts(await ask([target(log, { offline: true })]))).toEqual(['one', 'Password: ']);
  });

  it('show a part of a line that is as long as a film, with its length', async () => {
    writeFileSync(path.join(folder, 'photos.log'), `first\n${'x'.repeat(3_000_000)}\nlast\n`);
    const log = open('photos');
    const { items } = await ask([target(log)]);
    expect(texts({ items }).map((text) => text.length)).toEqual([5, 65_536 + ' … (a line of 3000000 bytes)'.length, 4]);
  });

  it('are none where there is no file', async () => {
    expect(await ask([target(open('photos'))])).toEqual({ items: [], notes: [] });
  });

  it('say which file cannot be read', async () => {
    const log = open('photos', { file: folder });
    const { notes } = await ask([target(log, { offline: true })]);
    expect(notes).toEqual(['cannot read a log file of photos: illegal operation on a directory (EISDIR)']);
  });
});

describe('several daemons', () => {
  it('are merged by time, those without a time first', async () => {
    writeFileSync(path.join(folder, 'photos.log'), 'old photos\n');
    writeFileSync(path.join(folder, 'movies.log'), 'old movies\n');
    const photos = open('photos');
    const movies = open('movies');
    for (let n = 0; n < 3; n += 1) {
      now += 1000;
      say(photos, `p${n}\n`);
      now += 1000;
      say(movies, `m${n}\n`);
    }
    const both = [target(photos), target(movies)];
    expect(texts(await ask(both))).toEqual(['old photos', 'old movies', 'p0', 'm0', 'p1', 'm1', 'p2', 'm2']);
    expect(texts(await ask(both, { lines: 3 }))).toEqual(['m1', 'p2', 'm2']);
  });
});

describe('filters', () => {
  it('by instance, by stream, by pattern', async () => {
    const log = open('photos', { named: true });
    say(log, 'a ok\nb bad\n', 'photos:1');
    say(log, 'c bad\n', 'photos:2', 'err');
    expect(texts(await ask([target(log, { instances: ['photos:2'] })]))).toEqual(['c bad']);
    expect(texts(await ask([target(log)], { stream: 'out' }))).toEqual(['a ok', 'b bad']);
    expect(texts(await ask([target(log)], { grep: '^[ab]|ok' }))).toEqual(['a ok', 'b bad']);
    expect(texts(await ask([target(log)], { grep: 'bad', lines: 1 }))).toEqual(['c bad']);
  });

  it('since a time, across files that have times', async () => {
    const log = open('photos', { timestamps: true, maxSizeBytes: 3000, maxFiles: 90 });
    for (let n = 0; n < 2000; n += 1) {
      now += 1000;
      say(log, `${n}\n`);
    }
    const since = new Date(Date.parse('2026-11-24T17:00:00.000Z') + 501_000).toISOString();
    const expected = numbered(500, 2000).split('\n').slice(0, -1);
    expect(texts(await ask([target(log)], { since }))).toEqual(expected);
    expect(await ask([target(log, { offline: true })], { since })).toMatchObject({ notes: [] });
    expect(texts(await ask([target(log, { offline: true })], { since }))).toEqual(expected);
  });

  it('say what cannot be told of lines without time or stream', async () => {
    writeFileSync(path.join(folder, 'photos.log'), 'old\n');
    const log = open('photos');
    const since = new Date(now - 1000).toISOString();
    say(log, 'new\n', 'photos', 'err');
    const timed = await ask([target(log)], { since });
    expect(texts(timed)).toEqual(['new']);
    expect(timed.notes).toEqual([
      '--since: photos has older lines without a time (log.timestamps is off); they are left out',
    ]);
    const errors = await ask([target(log)], { stream: 'err' });
    expect(texts(errors)).toEqual(['new']);
    expect(errors.notes).toEqual([
      '--stream: photos has older lines without a stream (log.timestamps is off); they are left out',
    ]);
  });

  it('have nothing to say either where the file reaches back far enough', async () => {
    writeFileSync(path.join(folder, 'photos.log'), 'old, from before timestamps were on\n');
    const log = open('photos', { timestamps: true });
    say(log, 'before\n');
    now += 10_000;
    const since = new Date(now).toISOString();
    say(log, 'after\n');
    expect(await ask([target(log, { offline: true })], { since })).toMatchObject({
      items: [{ text: 'after' }],
      notes: [],
    });
  });

  it('have nothing to say where memory reaches back far enough', async () => {
    writeFileSync(path.join(folder, 'photos.log'), 'old\n');
    const log = open('photos');
    say(log, 'before\n');
    now += 10_000;
    const since = new Date(now).toISOString();
    say(log, 'after\n');
    expect(await ask([target(log)], { since })).toMatchObject({ items: [{ text: 'after' }], notes: [] });
  });

  it.each([
    [{ grep: '(' }, '--grep: Invalid regular expression'],
    [{ since: 'yesterday' }, "--since: 'yesterday' is not a time"],
  ])('are refused where they are wrong: %o', async (question, words) => {
    await expect(ask([target(open('photos'))], question)).rejects.toThrow(words);
  });

  it('give up a pattern that would hold up everything', async () => {
    const log = open('photos');
    say(log, `${'a'.repeat(60)}b\n`);
    const { items, notes } = await ask([target(log)], { grep: '^(a+)+$' });
    expect(items).toEqual([]);
    expect(notes.join()).toContain('the pattern takes too long');
  });
});

describe('following', () => {
  /** Asks, and collects until `count` items have come. */
  function follow(targets: readonly LogTarget[], question: Partial<LogsQuestion> = {}) {
    const items: Item[] = [];
    const end = new AbortController();
    let came: () => void = () => undefined;
    let hold: Promise<void> | undefined;
    const answer = queryLogs(
      targets,
      { ...EVERYTHING, follow: true, ...question },
      (item) => {
        items.push(item);
        came();
        return hold;
      },
      end.signal,
    );
    return {
      items,
      /** From now on each item is held until the function is called. */
      hold(): () => void {
        let release: () => void = () => undefined;
        hold = new Promise<void>((resolve) => {
          release = resolve;
        });
        return () => {
          hold = undefined;
          release();
        };
      },
      async until(enough: () => boolean): Promise<void> {
        while (!enough()) await new Promise<void>((resolve) => (came = resolve));
      },
      async stop() {
        end.abort();
        return answer;
      },
    };
  }

  it('goes on where the lines that are there end, a begun line included', async () => {
    const log = open('photos');
    say(log, 'one\ntw');
    const reader = follow([target(log)]);
    say(log, 'o\nthree\nfour');
    await reader.until(() => reader.items.length >= 3);
    say(log, '\n');
    await reader.until(() => reader.items.length >= 4);
    expect(texts(reader)).toEqual(['one', 'two', 'three', 'four']);
    expect(await reader.stop()).toEqual({ ok: true, value: { notes: [] } });
    say(log, 'five\n');
    expect(reader.items).toHaveLength(4);
  });

  it('filters what comes', async () => {
    const log = open('photos', { named: true });
    const reader = follow([target(log, { instances: ['photos:1'] })], { lines: 0, stream: 'out', grep: 'yes' });
    say(log, 'yes 1\nno\n', 'photos:1');
    say(log, 'yes 2\n', 'photos:2');
    say(log, 'yes 3\n', 'photos:1', 'err');
    say(log, 'yes 4\n', 'photos:1');
    await reader.until(() => reader.items.length >= 2);
    await reader.stop();
    expect(texts(reader)).toEqual(['yes 1', 'yes 4']);
  });

  it('tells a slow reader how many lines it missed, and loses none besides', async () => {
    const log = open('photos');
    const reader = follow([target(log)], { lines: 0 });
    const release = reader.hold();
    say(log, '0\n');
    await reader.until(() => reader.items.length === 1);
    for (let n = 1; n < 3 * QUEUE_MAX_LINES; n += 1) say(log, `${n}\n`);
    expect(reader.items).toHaveLength(1);
    release();
    await reader.until(() => reader.items.some((item) => 'dropped' in item));
    say(log, 'later\n');
    await reader.until(() => texts(reader).includes('later'));
    await reader.stop();
    const dropped = reader.items.reduce((sum, item) => sum + ('dropped' in item ? item.dropped : 0), 0);
    const lines = reader.items.filter((item) => !('dropped' in item)).length;
    expect(dropped).toBeGreaterThan(QUEUE_MAX_LINES);
    expect(lines + dropped).toBe(3 * QUEUE_MAX_LINES + 1);
  });

  it('does not show the end of a line as a line', async () => {
    const log = open('photos');
    say(log, 'x'.repeat(70_000));
    const reader = follow([target(log)], { lines: 0 });
    say(log, 'end\nnext\n');
    await reader.until(() => texts(reader).includes('next'));
    await reader.stop();
    expect(texts(reader)).toEqual(['next', 'dropped 1']);
  });

  it('ends at once even while a reader holds it', async () => {
    const log = open('photos');
    const reader = follow([target(log)], { lines: 0 });
    reader.hold();
    say(log, 'one\n');
    await reader.until(() => reader.items.length === 1);
    expect((await reader.stop()).ok).toBe(true);
  });

  it('ends with a note when the pattern takes too long', async () => {
    const log = open('photos');
    const end = new AbortController();
    const answer = queryLogs(
      [target(log)],
      { ...EVERYTHING, follow: true, grep: '^(a+)+$' },
      () => undefined,
      end.signal,
    );
    say(log, `${'a'.repeat(60)}b\n`);
    expect(await answer).toMatchObject({ ok: true, value: { notes: [expect.stringContaining('too long') as string] } });
  });
});

describe('what is in the place of a log and is none', () => {
  it('is a FIFO: it does not hold us', async () => {
    const log = open('photos');
    say(log, 'one\n');
    execFileSync('mkfifo', [path.join(folder, 'photos.log.1'), path.join(folder, 'movies.log')]);
    const movies = {
      daemon: 'movies',
      file: path.join(folder, 'movies.log'),
      named: false,
      instances: null,
      live: null,
    };
    expect(texts(await ask([target(log, { offline: true }), movies]))).toEqual(['one']);
  });

  it.skipIf(asRoot.missing)(`is another user's link: what it leads to is not shown${asRoot.note}`, async () => {
    const log = open('photos');
    say(log, 'one\n');
    const secret = path.join(folder, 'secret');
    writeFileSync(secret, 'secret\n');
    const planted = path.join(folder, 'photos.log.1');
    symlinkSync(secret, planted);
    lchownSync(planted, 41_001, 41_001);
    const answer = await ask([target(log, { offline: true })]);
    expect(texts(answer)).toEqual(['one']);
    expect(answer.notes).toEqual([
      `cannot read ${planted}: ${planted} is a link that user 41001 has made, to something that is not his: it is not followed`,
    ]);
  });
});
