import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Compressor, type Gzip } from '../../../src/logs/compressor.ts';
import type { LogItem } from '../../../src/logs/query.ts';
import { queryLogs } from '../../../src/logs/query.ts';
import type { DaemonLogOptions } from '../../../src/logs/options.ts';
import { DaemonLog } from '../../../src/logs/pump.ts';
import { fail } from '../../../src/base/result.ts';
import { gzipFile } from '../../../src/supervisor/world/gzip.ts';
import { waitFor } from '../../support/wait-for.ts';
import { logOptions } from '../../support/log-options.ts';

let folder: string;
let file: string;
let logs: DaemonLog[];
let compressor: Compressor;
const troubles: (string | null)[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'logs-gz-'));
  file = path.join(folder, 'photos.log');
  logs = [];
  troubles.length = 0;
});
afterEach(() => {
  compressor.close();
  for (const log of logs) log.close();
  rmSync(folder, { recursive: true });
});

function open(gzip: Gzip = gzipFile, options: Partial<DaemonLogOptions> = {}): DaemonLog {
  compressor = new Compressor(gzip);
  const log = new DaemonLog(
    logOptions(file, {
      ...{ maxSizeBytes: 20_000, maxFiles: 50, compressor },
      onTrouble: (words) => troubles.push(words),
      ...options,
    }),
  );
  logs.push(log);
  return log;
}

const line = (n: number): string => `${n} ${'x'.repeat((n * 7919) % 90)}`;
function print(log: DaemonLog, from: number, to: number): void {
  for (let n = from; n < to; n += 1) log.write('photos', 'out', Buffer.from(`${line(n)}\n`));
}
const names = (): string[] => readdirSync(folder).filter((name) => !name.endsWith('.open'));
const numberIn = (name: string): number => Number(/\d+/.exec(name)?.[0] ?? 0);
const oldestFirst = (): string[] => names().sort((a, b) => numberIn(b) - numberIn(a));
const textOf = (name: string): string => {
  const bytes = readFileSync(path.join(folder, name));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
};
const allCompressed = (): Promise<string[]> =>
  waitFor('all that was rotated is compressed', names, (all) =>
    all.every((name) => name === 'photos.log' || name.endsWith('.gz')),
  );

async function shown(log: DaemonLog | null): Promise<string[]> {
  const items: LogItem[] = [];
  const target = { daemon: 'photos', file, named: false, instances: null, live: log };
  const question = { lines: null, follow: false, since: null, stream: null, grep: null };
  const answer = await queryLogs(
    [target],
    question,
    (item) => {
      if ('text' in item) items.push(item);
    },
    new AbortController().signal,
  );
  expect(answer).toEqual({ ok: true, value: { notes: [] } });
  return items.map(({ text }) => text);
}

describe('log.compress', () => {
  it('rotates into files that are compressed in the background, no line lost', async () => {
    const log = open();
    print(log, 0, 3000);
    await allCompressed();
    print(log, 3000, 6000);
    await allCompressed();
    expect(names().length).toBeGreaterThan(10);
    expect(oldestFirst().map(textOf).join('')).toBe(Array.from({ length: 6000 }, (_, n) => `${line(n)}\n`).join(''));
    expect(troubles).toEqual([]);
  });

  it('`logs` reads them, with a supervisor and without', async () => {
    const log = open();
    print(log, 0, 3000);
    await allCompressed();
    const all = Array.from({ length: 3000 }, (_, n) => line(n));
    expect(await shown(log)).toEqual(all);
    log.close();
    expect(await shown(null)).toEqual(all);
  });

  it('`logs` goes on where a file is compressed while it is read', async () => {
    let compress = (): void => undefined;
    const when = new Promise<void>((resolve) => (compress = resolve));
    const log = open(async (from, to, end) => {
      await when;
      return gzipFile(from, to, end);
    });
    print(log, 0, 3000);
    const reading = shown(log);
    compress();
    expect(await reading).toEqual(Array.from({ length: 3000 }, (_, n) => line(n)));
    await allCompressed();
  });

  it('files of one time are read once each: several may be rotated within one tick of the clock', async () => {
    const log = open();
    print(log, 0, 3000);
    await allCompressed();
    log.close();
    for (const name of names()) utimesSync(path.join(folder, name), 1_000, 1_000);
    expect(await shown(null)).toEqual(Array.from({ length: 3000 }, (_, n) => line(n)));
  });

  it('a death between the new file and the old one: the original counts, once, and is compressed again', async () => {
    print(open(undefined, { compressor: null }), 0, 900);
    logs.pop()?.close();
    const before = await shown(null);
    // As left by a supervisor that died: after the rename, and in the middle of writing.
    writeFileSync(`${file}.1.gz`, gzipSync(readFileSync(`${file}.1`)));
    writeFileSync(`${file}.gz.part`, gzipSync(readFileSync(`${file}.2`)).subarray(0, 100));
    expect(await shown(null)).toEqual(before);
    const log = open();
    print(log, 900, 901);
    await allCompressed();
    expect(await shown(log)).toEqual([...before, line(900)]);
  });

  it('what cannot be compressed stays as it is, and is told once', async () => {
    const log = open(() => Promise.resolve(fail('gzip: no such program')));
    print(log, 0, 1500);
    await waitFor(
      'it is told',
      () => troubles,
      (told) => told.length > 0,
    );
    expect(troubles[0]).toBe(
      'cannot compress what was rotated: gzip: no such program; it stays as it is until the next time',
    );
    expect(oldestFirst().map(textOf).join('')).toBe(Array.from({ length: 1500 }, (_, n) => `${line(n)}\n`).join(''));
  });

  it('one is compressed at a time, and the end leaves no half of one', async () => {
    let [running, most] = [0, 0];
    const log = open(async (from, to, end) => {
      running += 1;
      most = Math.max(most, running);
      const done = await gzipFile(from, to, end);
      running -= 1;
      return done;
    });
    print(log, 0, 6000);
    await waitFor('one is compressed', names, (all) => all.some((name) => name.endsWith('.gz')));
    compressor.close();
    log.close();
    await waitFor(
      'none is being compressed',
      () => running,
      (count) => count === 0,
    );
    expect(most).toBe(1);
    expect(names().filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(oldestFirst().map(textOf).join('')).toBe(Array.from({ length: 6000 }, (_, n) => `${line(n)}\n`).join(''));
  });
});

it('links and FIFOs in the places of its files: nothing is written through them, and what they lead to is not compressed', async () => {
  const precious = path.join(folder, 'precious');
  writeFileSync(precious, 'precious');
  for (const link of [`${file}.gz.part`, `${file}.2`, `${file}.3.gz`]) symlinkSync(precious, link);
  execFileSync('mkfifo', [`${file}.4`]);
  const log = open();
  print(log, 0, 3000);
  const plain = (): readonly string[] =>
    names().filter((name) => name.startsWith('photos.log.') && lstatSync(path.join(folder, name)).isFile());
  await waitFor(
    'all files are compressed',
    plain,
    (all) => all.length > 5 && all.every((name) => name.endsWith('.gz')),
  );
  expect(readFileSync(precious, 'utf8')).toBe('precious');
  const printed = [...plain(), 'photos.log'].sort((a, b) => numberIn(b) - numberIn(a));
  expect(printed.map(textOf).join('')).toBe(Array.from({ length: 3000 }, (_, n) => `${line(n)}\n`).join(''));
  expect(names().length - printed.length).toBe(4);
  expect(troubles).toEqual([]);
});
