import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readHolder, takeLock } from '../../../src/supervisor/world/lock.ts';
import { readState, writeState, writeStateNow, type SavedState } from '../../../src/supervisor/world/state-file.ts';
import { unreadFifo } from '../../support/fifo.ts';
import { tempDir } from '../../support/temp-dir.ts';

const HOLDER = { pid: 1, list: '/srv/shop/daemons.yaml', since: '2026-01-31T12:00:00.000Z' };

const STATE: SavedState = {
  ...{ boot: 'b', id: 'shop', list: '/srv/shop/daemons.yaml', startedAt: '2026-01-31T12:00:00.000Z', left: null },
  ...{ deaths: [], startsPerSecond: 20, daemons: [], slots: [] },
};

describe('the lock', () => {
  test('is had also where nobody can write down by whom', async () => {
    const file = path.join(tempDir(), 'lock');
    fs.symlinkSync('/dev/full', file);
    const taken = await takeLock(file, HOLDER);
    expect(taken.ok).toBe(true);
    if (taken.ok) fs.closeSync(taken.value);
  });

  test('is had by one, and the other is told by whom', async () => {
    const file = path.join(tempDir(), 'lock');
    const first = await takeLock(file, HOLDER);
    expect(first.ok).toBe(true);
    expect(await takeLock(file, { ...HOLDER, pid: 2 })).toEqual({ ok: false, error: HOLDER });
    expect(readHolder(file)).toEqual(HOLDER);
    if (first.ok) fs.closeSync(first.value);
    const next = await takeLock(file, { ...HOLDER, pid: 2 });
    expect(next.ok).toBe(true);
    if (next.ok) fs.closeSync(next.value);
  });

  test('ends with the process that has it, however that dies', async () => {
    const file = path.join(tempDir(), 'lock');
    const holder = spawn('flock', ['-x', '-o', file, 'sh', '-c', 'echo has it; exec sleep 1000'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(holder.stdout, 'data');
    expect(await takeLock(file, HOLDER)).toEqual({ ok: false, error: null });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const taken = await takeLock(file, HOLDER);
    expect(taken.ok).toBe(true);
    if (taken.ok) fs.closeSync(taken.value);
  });
});

describe('a state file', () => {
  const state = STATE;
  const text = (file: string): string => fs.readFileSync(file, 'utf8');

  test.for(['later', 'at once'])('is read as it was written (%s), for its owner alone', async (when) => {
    const file = path.join(tempDir(), 'state.json');
    expect(when === 'later' ? await writeState(file, state, '1.2.3') : writeStateNow(file, state, '1.2.3')).toBeNull();
    expect(readState(file)).toEqual({ is: 'read', state });
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(fs.readdirSync(path.dirname(file))).toEqual(['state.json']);
  });

  test('that is not there is absent, and no trouble', () => {
    expect(readState(path.join(tempDir(), 'state.json'))).toEqual({ is: 'absent' });
  });

  test.for<[string, (text: string) => string, string]>([
    ['is torn', (text) => text.slice(0, -3), 'it is torn'],
    ['is no state', () => '[]', 'it is of another format'],
    ['has no format', () => '{"boot":"x"}', 'it is of another format'],
    [
      'is newer',
      (text) => text.replace('"format":3', '"format":4'),
      'it was written by supervise 1.2.3, which is newer',
    ],
    [
      'is older',
      (text) => text.replace('"format":3', '"format":2'),
      'it was written by supervise 1.2.3, which is older',
    ],
    [
      'was changed',
      (text) => text.replace('"startsPerSecond":20', '"startsPerSecond":2'),
      'it was changed by somebody',
    ],
    ['has no sum', (text) => text.replace(/"sum":\d+,/, ''), 'it was changed by somebody'],
  ])('that %s is not believed', ([, spoil, why]) => {
    const file = path.join(tempDir(), 'state.json');
    writeStateNow(file, state, '1.2.3');
    fs.writeFileSync(file, spoil(text(file)));
    expect(readState(file)).toEqual({ is: 'unreadable', why });
  });

  test.for(['later', 'at once'])('is read as it was written (%s), for its owner alone', async (when) => {
    const file = path.join(tempDir(), 'state.json');
    expect(when === 'later' ? await writeState(file, state, '1.2.3') : writeStateNow(file, state, '1.2.3')).toBeNull();
    expect(readState(file)).toEqual({ is: 'read', state });
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(fs.readdirSync(path.dirname(file))).toEqual(['state.json']);
  });

  test('that is not there is absent, and no trouble', () => {
    expect(readState(path.join(tempDir(), 'state.json'))).toEqual({ is: 'absent' });
  });

  test.for<[string, (text: string) => string, string]>([
    ['is torn', (text) => text.slice(0, -3), 'it is torn'],
    ['is no state', () => '[]', 'it is of another format'],
    ['has no format', () => '{"boot":"x"}', 'it is of another format'],
    [
      'is newer',
      (text) => text.replace('"format":3', '"format":4'),
      'it was written by supervise 1.2.3, which is newer',
    ],
    [
      'is older',
      (text) => text.replace('"format":3', '"format":2'),
      'it was written by supervise 1.2.3, which is older',
    ],
    [
      'was changed',
      (text) => text.replace('"startsPerSecond":20', '"startsPerSecond":2'),
      'it was changed by somebody',
    ],
    ['has no sum', (text) => text.replace(/"sum":\d+,/, ''), 'it was changed by somebody'],
  ])('that %s is not believed', ([, spoil, why]) => {
    const file = path.join(tempDir(), 'state.json');
    writeStateNow(file, state, '1.2.3');
    fs.writeFileSync(file, spoil(text(file)));
    expect(readState(file)).toEqual({ is: 'unreadable', why });
  });

  test.for(['later', 'at once'])('that cannot be written (%s) stays the old one, and it is said why', async (when) => {
    const file = path.join(tempDir(), 'state.json');
    writeStateNow(file, state, '1.2.3');
    const before = text(file);
    fs.mkdirSync(`${file}.new`);
    const next = { ...state, id: 'other' };
    const words = when === 'later' ? await writeState(file, next, '1.2.3') : writeStateNow(file, next, '1.2.3');
    expect(words).toMatch(/^cannot write .*state\.json: .*EISDIR/);
    expect(text(file)).toBe(before);
    fs.rmdirSync(`${file}.new`);
    expect(writeStateNow(file, next, '1.2.3')).toBeNull();
    expect(readState(file)).toMatchObject({ state: { id: 'other' } });
  });
});

test.for([
  ['a FIFO', 'later'],
  ['a FIFO', 'at once'],
  ['a link', 'later'],
  ['a link', 'at once'],
] as const)(
  '%s in the place where a state file is written (%s) holds nobody, and leads nowhere',
  async ([what, when]) => {
    const file = path.join(tempDir(), 'state.json');
    const elsewhere = path.join(tempDir(), 'elsewhere');
    if (what === 'a FIFO') unreadFifo(`${file}.new`);
    else fs.symlinkSync(elsewhere, `${file}.new`);
    expect(when === 'later' ? await writeState(file, STATE, '1.2.3') : writeStateNow(file, STATE, '1.2.3')).toBeNull();
    expect(readState(file)).toEqual({ is: 'read', state: STATE });
    expect(fs.existsSync(elsewhere)).toBe(false);
  },
);

test('a FIFO in the place of the state file holds nobody', () => {
  const file = path.join(tempDir(), 'state.json');
  execFileSync('mkfifo', [file]);
  expect(readState(file)).toEqual({ is: 'unreadable', why: 'it is no file' });
});
