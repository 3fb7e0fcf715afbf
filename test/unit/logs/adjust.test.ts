/** New options for a log being written (a reload): no line is cut, lost or mixed by that. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Follower } from '../../../src/logs/follow.ts';
import type { DaemonLogOptions } from '../../../src/logs/options.ts';
import { DaemonLog } from '../../../src/logs/pump.ts';
import { Total } from '../../../src/logs/total.ts';
import { logOptions } from '../../support/log-options.ts';

let folder: string;
let log: DaemonLog;
/** Wherever it is written: what a SIGKILL must not take is in one place. */
const options = (more: Partial<DaemonLogOptions> = {}): DaemonLogOptions =>
  logOptions(path.join(folder, 'p.log'), {
    maxSizeBytes: 10_000,
    wallNow: () => new Date('2026-11-26T12:00:00.000Z'),
    ...more,
  });
const out = (text: string, id = 'p'): void => {
  log.write(id, 'out', Buffer.from(text));
};
const content = (name = 'p.log'): string => readFileSync(path.join(folder, name), 'utf8');
const other = (): string => path.join(folder, 'other.log');

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'logs-adjust-'));
  log = new DaemonLog(options());
});
afterEach(() => {
  log.close();
  rmSync(folder, { recursive: true });
});

it('hold from the next line on', () => {
  out('one\n');
  log.adjust(options({ file: other() }));
  out('two\n');
  expect([content(), content('other.log')]).toEqual(['one\n', 'two\n']);
});

it('hold when the line that has begun is whole, and those of others that wait for it', () => {
  out('be', 'p:1');
  out('wait', 'p:2');
  log.adjust(options({ file: other() }));
  out('gun\n', 'p:1');
  expect(existsSync(other())).toBe(false);
  out('ing\n', 'p:2');
  out('next\n', 'p:1');
  expect([content(), content('other.log')]).toEqual(['begun\nwaiting\n', 'next\n']);
});

it('a place that cannot be written is left behind, and what it did not take is told in the new one', () => {
  const troubles: (string | null)[] = [];
  const onTrouble = (words: string | null): void => void troubles.push(words);
  log.close();
  mkdirSync(path.join(folder, 'no-file'));
  log = new DaemonLog(options({ file: path.join(folder, 'no-file'), onTrouble }));
  out('lost\nha');
  expect(troubles.at(-1)).toContain('cannot write');
  log.adjust(options({ file: other(), onTrouble }));
  out('lf\nkept\n');
  expect(content('other.log')).toMatch(/^supervise: 2 lines were dropped here .*\n(lf\n)?kept\n$/);
  expect(troubles.at(-1)).toBeNull();
});

it('names begin with the next line of each, whoever is in the middle of one', () => {
  out('be', 'p:1');
  log.adjust(options({ named: true }));
  out('other\n', 'p:2');
  out('gun\nnext\n', 'p:1');
  expect(content()).toBe('p:2 | other\nbegun\np:1 | next\n');
});

it('a line at the end of the new place that somebody has not ended is ended', () => {
  writeFileSync(other(), 'half');
  log.adjust(options({ file: other() }));
  out('whole\n');
  expect(content('other.log')).toBe('half\nwhole\n');
});

it('of several adjustments before that the last one holds; what is as it was before, again', () => {
  out('be');
  log.adjust(options({ file: other() }));
  log.adjust(options());
  out('gun\n');
  out('next\n');
  expect([content(), existsSync(other())]).toEqual(['begun\nnext\n', false]);
});

it('another size rotates at that size, other counts keep so many', () => {
  for (let n = 0; n < 100; n += 1) out(`${'x'.repeat(99)}\n`);
  expect(readdirSync(folder).filter((name) => /log\.\d/.test(name))).toEqual([]);
  log.adjust(options({ maxSizeBytes: 1_000, maxFiles: 2 }));
  for (let n = 0; n < 100; n += 1) out(`${'x'.repeat(99)}\n`);
  expect(readdirSync(folder).filter((name) => /log\.\d/.test(name))).toEqual(['p.log.1', 'p.log.2']);
  expect(statSync(path.join(folder, 'p.log')).size).toBeLessThanOrEqual(1_000);
});

it('times and names begin with the next line', () => {
  out('one\n');
  log.adjust(options({ timestamps: true }));
  out('two\n');
  expect(content()).toMatch(/^one\n2026-11-26T12:00:00.000Z .*two\n$/);
});

it('a bound over all logs counts it once, and a bound that was taken away not at all', () => {
  const bound = new Total(20_000, () => undefined);
  log.adjust(options({ total: bound, maxSizeBytes: 1_000, maxFiles: 100 }));
  log.adjust(options({ total: bound, maxSizeBytes: 1_000, maxFiles: 100 }));
  const all = (): number =>
    readdirSync(folder).reduce(
      (sum, name) => sum + (name.endsWith('.open') ? 0 : statSync(path.join(folder, name)).size),
      0,
    );
  for (let n = 0; n < 400; n += 1) out(`${'x'.repeat(99)}\n`);
  expect(all()).toBeGreaterThan(15_000);
  expect(all()).toBeLessThanOrEqual(20_000);
  log.adjust(options({ maxSizeBytes: 1_000, maxFiles: 100 }));
  for (let n = 0; n < 400; n += 1) out(`${'x'.repeat(99)}\n`);
  expect(all()).toBeGreaterThan(50_000);
});

it('who follows goes on, and what is in memory stays there', async () => {
  const follower = new Follower();
  log.follow(follower, () => true);
  out('one\n');
  log.adjust(options({ file: other() }));
  out('two\n');
  const seen = await follower.next(new AbortController().signal);
  expect(seen).toMatchObject([{ text: 'one' }, { text: 'two' }]);
  expect(log.recent().lines.map(({ text }) => text)).toEqual(['one', 'two']);
});
