import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadList } from '../../../src/config/load.ts';
import { inARow } from '../../../src/supervisor/adoption.ts';
import { changedKeys, madeOf, type Made } from '../../../src/supervisor/made.ts';
import { parseOffsets } from '../../../src/supervisor/world/boot.ts';
import { decodeStatus } from '../../../src/supervisor/world/wait-status.ts';
import { tempDir } from '../../support/temp-dir.ts';

describe('deaths in a row', () => {
  it.each<[readonly number[], readonly number[]]>([
    [[], []],
    [[5], [5]],
    [
      [0, 60_000],
      [0, 60_000],
    ],
    [[0, 60_001], [60_001]],
    [
      [0, 1_000, 100_000, 150_000, 200_000],
      [100_000, 150_000, 200_000],
    ],
    [[0, 100_000, 200_000], [200_000]],
  ])('%j -> %j', (deaths, expected) => {
    expect(inARow(deaths)).toEqual(expected);
  });
});

describe('what a process is made from', () => {
  const made = (daemon: object): Made => {
    const file = path.join(tempDir(), 'daemons.yaml');
    writeFileSync(file, JSON.stringify([{ name: 'p', command: ['sleep', '1'], cwd: '/', ...daemon }]));
    const list = loadList(file, { PATH: process.env.PATH });
    const spec = list.ok ? list.value.daemons[0] : undefined;
    if (spec === undefined) throw new Error('no daemon');
    return madeOf(spec);
  };
  it.each<[string, object, object, readonly string[]]>([
    ['nothing', { env: { A: '1', B: '2' } }, { env: { B: '2', A: '1' } }, []],
    ['a value of the environment', { env: { A: '1' } }, { env: { A: '2' } }, ['env']],
    ['a key that was removed from it', { env: { A: '1', B: '2' } }, { env: { A: '1' } }, ['env']],
    ['its folder', {}, { cwd: '/usr' }, ['cwd']],
    ['its mask and priority', {}, { umask: '027', nice: 5 }, ['nice', 'umask']],
    [
      'policy alone',
      {},
      {
        restart: 'never',
        stop: '5m',
        tags: ['media'],
        watch: ['/etc'],
        log: { max_files: 2 },
        instances: 3,
        ready: '5s',
      },
      [],
    ],
  ])('%s', (_, before, after, keys) => {
    expect([...changedKeys(made(before), made(after))].sort()).toEqual(keys);
  });
  it('is named in the words of the list, and a key that only one of them knows is a change', () => {
    expect(changedKeys({ openFiles: 1, cwd: 2 }, { cwd: 2, envFile: 3 })).toEqual(['open_files', 'env_file']);
  });
  it('is written down without a value of the environment', () => {
    expect(JSON.stringify(made({ env: { PASSWORD: 'tiger' } }))).not.toMatch(/tiger|PASSWORD/);
  });
});

describe('a wait status', () => {
  it.each<[number, number | null, string | null]>([
    [0, 0, null],
    [0x0300, 3, null],
    [0xff00, 255, null],
    [9, null, 'SIGKILL'],
    [15, null, 'SIGTERM'],
    // With a core dump.
    [0x80 | 11, null, 'SIGSEGV'],
    [34, null, 'signal 34'],
  ])('%i is code %s, signal %s', (status, code, signal) => {
    expect(decodeStatus(status)).toEqual({ code, signal });
  });
});

describe('the clocks of a time namespace', () => {
  it.each<[string, number, number]>([
    ['monotonic           0         0\nboottime            0         0\n', 0, 0],
    ['monotonic      500000         0\nboottime       700000 500000000\n', 500_000, 700_000.5],
    ['monotonic         -10         0\nboottime          -20         0\n', -10, -20],
    ['', 0, 0],
    ['nonsense', 0, 0],
  ])('%j', (text, monotonic, boottime) => {
    expect(parseOffsets(text)).toEqual({ monotonic, boottime });
  });
  it('is so much ahead where the seconds are negative and a fraction is not zero, as the kernel counts it', () => {
    expect(parseOffsets('monotonic -2 500000000\n').monotonic).toBe(-1.5);
  });
});
