import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DaemonLog } from '../../../src/logs/pump.ts';
import { Total } from '../../../src/logs/total.ts';
import { logOptions } from '../../support/log-options.ts';

let folder: string;
let told: (string | null)[];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'logs-total-'));
  told = [];
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function open(daemons: readonly string[], maxBytes: number, maxSizeBytes = 10_000): DaemonLog[] {
  const total = new Total(maxBytes, (words) => told.push(words));
  return daemons.map(
    (daemon) => new DaemonLog(logOptions(path.join(folder, `${daemon}.log`), { maxSizeBytes, maxFiles: 100, total })),
  );
}
const sizes = (): number => logFiles().reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0);
const logFiles = (): string[] => readdirSync(folder).filter((name) => !name.endsWith('.open'));

it('the logs of all daemons never take more; the oldest rotated files go first', () => {
  const [a, b] = open(['a', 'b'], 100_000);
  for (let n = 0; n < 400; n += 1) a?.write('a', 'out', Buffer.from(`${String(n).padEnd(199)}\n`));
  expect(existsSync(path.join(folder, 'a.log.7'))).toBe(true);
  let most = 0;
  for (let n = 0; n < 400; n += 1) {
    b?.write('b', 'out', Buffer.from(`${String(n).padEnd(199)}\n`));
    most = Math.max(most, sizes());
  }
  expect(most).toBeLessThanOrEqual(100_000);
  expect(most).toBeGreaterThan(80_000);
  // Those of a are older, and went; its current file stays.
  expect(logFiles().filter((name) => name.startsWith('a'))).toEqual(['a.log']);
  expect(readFileSync(path.join(folder, 'b.log.7'), 'utf8')).toMatch(/^0 /);
  expect(told).toEqual([]);
  a?.close();
  b?.close();
});

it('a log that cannot be looked at keeps the others within the bound all the same', () => {
  symlinkSync('loop.log', path.join(folder, 'loop.log'));
  const [a] = open(['a', 'loop'], 50_000);
  for (let n = 0; n < 1000; n += 1) a?.write('a', 'out', Buffer.from(`${String(n).padEnd(199)}\n`));
  rmSync(path.join(folder, 'loop.log'));
  expect(sizes()).toBeLessThanOrEqual(50_000);
  a?.close();
});

it('what an earlier supervisor has left counts, too', () => {
  const [before] = open(['a'], 1_000_000);
  before?.write('a', 'out', Buffer.from(`${'x'.repeat(99)}\n`.repeat(3000)));
  before?.close();
  expect(sizes()).toBe(300_000);
  const [a] = open(['a'], 50_000);
  a?.write('a', 'out', Buffer.from('one more\n'));
  expect(sizes()).toBeLessThanOrEqual(50_000);
  a?.close();
});

it('no current file is removed: where they alone take more, that is told, once', () => {
  const [a] = open(['a'], 5_000, 100_000);
  for (let n = 0; n < 100; n += 1) a?.write('a', 'out', Buffer.from(`${String(n).padEnd(99)}\n`));
  expect(sizes()).toBe(10_000);
  expect(told).toEqual([
    'the current log files alone take 5.1KB, more than supervisor.log.max_total (5KB): lower max_size',
  ]);
  a?.close();
});
