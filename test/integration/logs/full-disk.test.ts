import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { attempt } from '../../../src/logs/disk.ts';
import { DaemonLog } from '../../../src/logs/pump.ts';
import { logOptions } from '../../support/log-options.ts';

/** A disk of 128 KiB. Only root may mount one; elsewhere these tests are skipped, and say so. */
const disk = mkdtempSync(path.join(tmpdir(), 'logs-disk-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', disk]).status === 0;
if (!mounted) process.stderr.write('skipped: tests of a full disk (they mount a tmpfs, as root)\n');

afterAll(() => {
  if (mounted) spawnSync('umount', [disk]);
  rmSync(disk, { recursive: true });
});

describe.skipIf(!mounted)('a full disk', () => {
  it('takes whole lines only, says how many and when, and writing goes on when there is room', () => {
    const file = path.join(disk, 'photos.log');
    const ballast = path.join(disk, 'ballast');
    writeFileSync(ballast, Buffer.alloc(60 * 1024));
    const troubles: (string | null)[] = [];
    let now = Date.parse('2026-11-24T17:00:00.000Z');
    const log = new DaemonLog(
      logOptions(file, { wallNow: () => new Date(now), onTrouble: (words) => troubles.push(words) }),
    );

    // Chunks end in the middle of lines, like reads do.
    const printed = Array.from({ length: 3000 }, (_, n) => `${n} ${'x'.repeat(n % 90)}\n`);
    const text = printed.join('');
    for (let at = 0; at < text.length; at += 3001) {
      log.write('photos', 'out', Buffer.from(text.slice(at, at + 3001)));
      now += 1000;
    }
    const full = readFileSync(file, 'utf8');
    expect(full.endsWith('\n')).toBe(true);
    expect(text.startsWith(full)).toBe(true);
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toContain('no space left on device (ENOSPC)');

    unlinkSync(ballast);
    log.write('photos', 'out', Buffer.from('there is room again\n'));
    log.close();
    const kept = full.split('\n').length - 1;
    const [note, after, end] = readFileSync(file, 'utf8').slice(full.length).split('\n');
    expect(note).toMatch(
      /^supervise: \d+ lines were dropped here between 2026-11-24T17:\S+ and 2026-11-24T17:\S+: no space left on device \(ENOSPC\)$/,
    );
    expect(note).toContain(`${printed.length - kept} lines`);
    expect(after).toBe('there is room again');
    expect(end).toBe('');
  });

  it('keeps a half line of the other stream, which is in the way when it fills up', () => {
    const file = path.join(disk, 'movies.log');
    const log = new DaemonLog(logOptions(file, { onTrouble: () => undefined }));
    log.write('movies', 'out', Buffer.from('first\nhalf'));
    const line = `${'y'.repeat(1000)}\n`;
    for (let n = 0; n < 200; n += 1) log.write('movies', 'err', Buffer.from(line));
    expect(readFileSync(file, 'utf8')).toMatch(/^first\n(y+\n)+$/);
    rmSync(path.join(disk, 'photos.log'));
    log.write('movies', 'out', Buffer.from(' whole\n'));
    log.close();
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines.slice(-2)).toEqual(['half whole', '']);
    const written = lines.filter((text) => text.startsWith('y')).length;
    const dropped = Number(/(\d+) lines were dropped/.exec(lines.at(-3) ?? '')?.[1]);
    expect(written + dropped).toBe(200);
  });

  it.each(['close', 'handOn'] as const)(
    'is full still at the end of a supervisor (%s): the last lines make room for the word about all that are missing',
    (end) => {
      rmSync(path.join(disk, 'movies.log'), { force: true });
      const file = path.join(disk, 'music.log');
      const ballast = path.join(disk, 'ballast');
      const openLines = path.join(disk, 'no such folder', 'music.log.open');
      const log = new DaemonLog(logOptions(file, { openLines, onTrouble: () => undefined }));
      let printed = 0;
      const print = (bytes: number): void => {
        log.write('music', 'out', Buffer.from(`${'z'.repeat(bytes - 1)}\n`));
        printed += 1;
      };
      for (let n = 0; n < 100; n += 1) print(70);
      fill(ballast);
      // The last page of the file has room for one note about dropped lines, and not for a second.
      print(4096 - (statSync(file).size % 4096) - 140);
      for (let n = 0; n < 3; n += 1) print(200);
      expect(log.tellDropped()).toBe(true);
      for (let n = 0; n < 20; n += 1) print(200);
      log[end]();
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
      const dropped = lines.map((text) => Number(/^supervise: (\d+) lines? w\S+ dropped here /.exec(text)?.[1] ?? 0));
      expect(dropped.at(-1)).toBeGreaterThan(0);
      const words = dropped.filter((count) => count > 0).length;
      expect(lines.length - words + dropped.reduce((sum, count) => sum + count, 0)).toBe(printed);
      log.close();
      for (const made of [file, ballast]) rmSync(made);
    },
  );
});

/** Takes all the room there is. */
function fill(ballast: string): void {
  const fd = openSync(ballast, 'w');
  const made = attempt(() => {
    for (;;) writeSync(fd, Buffer.alloc(1024));
  });
  closeSync(fd);
  expect(made).toMatchObject({ ok: false, error: expect.stringContaining('ENOSPC') as string });
}
