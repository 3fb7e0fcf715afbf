/** A log whose lines go to stdout. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DaemonLogOptions } from '../../../src/logs/options.ts';
import { Outlet } from '../../../src/logs/outlet.ts';
import type { LineForm } from '../../../src/logs/out-sink.ts';
import { DaemonLog } from '../../../src/logs/pump.ts';
import { logOptions } from '../../support/log-options.ts';
import { tempDir } from '../../support/temp-dir.ts';

let file: string;
let printed: string;
let nowMs: number;
let log: DaemonLog;

const outlet = (): Outlet =>
  new Outlet({
    device: {
      write(bytes, done) {
        printed += bytes.toString('latin1');
        done(bytes.length, null);
      },
    },
    note: () => Buffer.from('lost\n'),
    onTrouble: () => undefined,
  });

const form: LineForm = {
  lines: ({ daemon, origin: { id, run, stream }, bytes, firstAtMs, atMs, goesOn }) =>
    Buffer.from(
      `[${daemon} ${id} ${String(run)} ${stream} ${firstAtMs} ${atMs}${goesOn ? ' goes on' : ''}] ${bytes.toString('latin1')}`,
      'latin1',
    ),
  own: (daemon, words) => Buffer.from(`${daemon}: ${words}\n`),
};

const open = (more: Partial<DaemonLogOptions> = {}): DaemonLog =>
  new DaemonLog(logOptions(file, { wallNow: () => new Date(nowMs), out: { outlet: outlet(), form }, ...more }));

beforeEach(() => {
  file = path.join(tempDir(), 'p.log');
  mkdirSync(path.dirname(file), { recursive: true });
  printed = '';
  nowMs = 1000;
  log = open();
});

afterEach(() => {
  log.close();
});

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

test('only whole lines come out, each with its instance, run, stream and the time of its first byte; no file is made', () => {
  log.write('p:1', 'out', bytes('one\nha'), 3);
  nowMs = 2000;
  log.write('p:2', 'err', bytes('other\n'), 1);
  log.write('p:1', 'out', bytes('lf\nand\n'), 3);
  expect(printed).toBe(
    '[p p:1 3 out 1000 1000] one\n[p p:2 1 err 2000 2000] other\n[p p:1 3 out 1000 2000] half\nand\n',
  );
  expect(existsSync(file)).toBe(false);
});

test('bytes that are no text pass as they are', () => {
  log.write('p', 'out', bytes('\xff\x00\x1b[31m\n'));
  expect(printed).toContain(' \xff\x00\x1b[31m\n');
});

test('the unfinished last line of a process is ended, and one that is longer than a line may be goes on as another', () => {
  log.write('p', 'out', bytes('half'));
  log.endOf('p', 'out');
  expect(printed).toMatch(/half\n$/);
  printed = '';
  log.write('p', 'out', bytes('x'.repeat(1024 * 1024 + 1)));
  log.write('p', 'out', bytes('rest\n'));
  expect(printed.replaceAll(/x+/g, 'x').split('\n')).toEqual([
    expect.stringMatching(/goes on\] x$/),
    expect.stringMatching(/1000\] xrest$/),
    '',
  ]);
  expect(/x+/.exec(printed)?.[0]).toHaveLength(1024 * 1024);
});

test('a line that is longer than a line may be is cut between two characters, and its end is told where the process ends', () => {
  const line = Buffer.from(`a${'é'.repeat(1_500_000)}`);
  for (let at = 0; at < line.length; at += 65_536) log.write('p', 'out', line.subarray(at, at + 65_536));
  log.endOf('p', 'out');
  const parts = printed.trimEnd().split('\n');
  expect(parts.map((part) => part.includes('goes on'))).toEqual([true, true, false]);
  const texts = parts.map((part) => Buffer.from(part.slice(part.indexOf('] ') + 2), 'latin1').toString());
  for (const text of texts) expect(text).not.toContain('\ufffd');
  expect(texts.join('') === line.toString()).toBe(true);
});

test('the newest lines are in memory, with all that is known of them', () => {
  log.write('p', 'err', bytes('one\nha'));
  expect(log.recent()).toMatchObject({
    lines: [{ id: 'p', atMs: 1000, stream: 'err', text: 'one' }],
    open: [{ text: 'ha' }],
  });
});

test('from a file to stdout at the end of a line, and back at once with the line that has begun: no byte is lost or doubled', () => {
  log.close();
  const toFile = logOptions(file, { wallNow: () => new Date(nowMs) });
  const toStdout = { ...toFile, out: { outlet: outlet(), form } };
  log = new DaemonLog(toFile);
  log.write('p', 'out', bytes('one\ntw'));
  log.adjust(toStdout);
  log.write('p', 'out', bytes('o\nthree\nfo'));
  expect(readFileSync(file, 'latin1')).toBe('one\ntwo\nthree\nfo');
  log.write('p', 'out', bytes('ur\n'));
  log.write('p', 'out', bytes('five\nsi'));
  log.adjust(toFile);
  log.write('p', 'out', bytes('x\n'));
  log.write('p', 'out', bytes('seven\n'));
  expect(readFileSync(file, 'latin1')).toBe('one\ntwo\nthree\nfour\nsix\nseven\n');
  expect(printed.replaceAll(/\[.*?\] /g, '')).toBe('five\n');
});

test('a successor goes on with lines that had begun; those of whom it does not read on are ended', () => {
  log.write('p:1', 'out', bytes('begun '));
  log.write('p:2', 'out', bytes('given up'));
  log.handOn();
  const next = open();
  next.resume(new Set(['p:1']));
  next.write('p:1', 'out', bytes('and ended\n'));
  expect(printed.replaceAll(/\[.*?\] /g, '')).toBe('given up\nbegun and ended\n');
  expect(existsSync(`${file}.open`)).toBe(false);
  next.close();
});
