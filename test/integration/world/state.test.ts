import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { newRun } from '../../../src/supervisor/lifecycle/instance.ts';
import { newSlot } from '../../../src/supervisor/lifecycle/roster.ts';
import { isLive, type Drain, type Slot } from '../../../src/supervisor/lifecycle/state.ts';
import { readHolder } from '../../../src/supervisor/world/holder.ts';
import { takeLock } from '../../../src/supervisor/world/lock.ts';
import { forgetSignalled, noteSignalled } from '../../../src/supervisor/world/signalled.ts';
import { readState, writeState, writeStateNow, type SavedState } from '../../../src/supervisor/world/state-file.ts';
import { unreadFifo } from '../../support/fifo.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { policy } from '../../unit/lifecycle/policies.ts';

const HOLDER = { pid: 1, list: '/srv/shop/daemons.yaml', since: '2026-01-31T12:00:00.000Z' };

const DRAIN: Drain = {
  ...{ why: 'asked', outdatedBy: null, signal: 'SIGTERM', unsure: false },
  ...{ askedAt: 1, killAt: null, boundaryAt: null, lookAt: null },
};

function newRunning(name: string): Slot {
  const run = { ...newRun(1, 0, 0), process: { pid: 7, startTime: 7 } };
  const state = { is: 'running', since: 0, run, holdsAt: null, limitAt: null, outdatedBy: null } as const;
  return { ...newSlot(policy(name), 1, 0), wanted: { up: true }, starts: 1, state };
}

const STATE: SavedState = {
  ...{ boot: 'b', id: 'shop', list: '/srv/shop/daemons.yaml', startedAt: '2026-01-31T12:00:00.000Z', left: null },
  ...{ deaths: [], startsPerSecond: 20, daemons: [], slots: [], gone: [] },
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
    // Its child lives until its stdin is closed.
    const holder = spawn('flock', ['-x', '-o', file, 'sh', '-c', 'echo has it; exec cat'], {
      stdio: ['pipe', 'pipe', 'ignore'],
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

describe('whoever was about to be signalled since the state file was written', () => {
  const running = newRunning('p');
  const draining = (slot: Slot): Slot => {
    const drain = { ...DRAIN, unsure: true };
    return isLive(slot.state) ? { ...slot, state: { is: 'draining', since: 1, run: slot.state.run, drain } } : slot;
  };
  const written = (...slots: readonly Slot[]): string => {
    const file = path.join(tempDir(), 'state.json');
    writeStateNow(file, { ...STATE, slots: slots.map((slot) => ({ slot, made: null })) }, '1.2.3');
    return file;
  };
  const slotsOf = (file: string): readonly Slot[] => {
    const read = readState(file);
    return read.is === 'read' ? read.state.slots.map(({ slot }) => slot) : [];
  };
  const ended: Slot = { ...running, state: { is: 'stopped', since: 2 } };
  const spawnNotWritten: Slot = { ...running, starts: 0, state: { is: 'waiting', since: 0, byHand: false } };
  const asked = draining(running);
  const sure: Slot = asked.state.is === 'draining' ? { ...asked, state: { ...asked.state, drain: DRAIN } } : asked;

  test('drains, and the others are as they were written', () => {
    const other = newRunning('q');
    const file = written(running, other);
    expect(noteSignalled(file, STATE, [draining(running)])).toBeNull();
    expect(slotsOf(file)).toEqual([draining(running), other]);
    expect(fs.statSync(`${file}.signalled`).mode & 0o777).toBe(0o600);
  });

  test('drains also where its spawn was not written down yet', () => {
    const file = written(spawnNotWritten);
    noteSignalled(file, STATE, [draining(running)]);
    expect(slotsOf(file)).toEqual([draining(running)]);
  });

  test.for([
    ['its end is written down by now', ended],
    ['that it was signalled is written down by now', sure],
    ['another run is written down by now', { ...newRunning('p'), starts: 2 }],
  ] as const)('is as it was written where %s', ([, slot]) => {
    const file = written(slot);
    noteSignalled(file, STATE, [draining(running)]);
    expect(slotsOf(file)).toEqual([slot]);
  });

  test.for([{ boot: 'another' }, { startedAt: '2026-01-30T12:00:00.000Z' }])(
    'is passed over where it is about another life of the list: %j',
    (life) => {
      const file = written(running);
      noteSignalled(file, { ...STATE, ...life }, [draining(running)]);
      expect(slotsOf(file)).toEqual([running]);
    },
  );

  test('is passed over where the line is torn, and those before it are not', () => {
    const file = written(running, newRunning('q'));
    noteSignalled(file, STATE, [draining(running)]);
    noteSignalled(file, STATE, [draining(newRunning('q'))]);
    fs.writeFileSync(`${file}.signalled`, fs.readFileSync(`${file}.signalled`, 'utf8').slice(0, -9));
    expect(slotsOf(file)).toEqual([draining(running), newRunning('q')]);
  });

  test.for<[string, (file: string) => void]>([
    ['a FIFO', (file) => execFileSync('mkfifo', [file])],
    [
      'a link',
      (file) => {
        fs.symlinkSync(`${file}-elsewhere`, file);
      },
    ],
    [
      'a folder',
      (file) => {
        fs.mkdirSync(file);
      },
    ],
  ])('cannot be noted where %s lies in the place: it is said, and holds nobody', ([, put]) => {
    const file = written(running);
    put(`${file}.signalled`);
    expect(noteSignalled(file, STATE, [draining(running)])).toMatch(/^cannot write .*state\.json\.signalled: E/);
    expect(slotsOf(file)).toEqual([running]);
    expect(fs.existsSync(`${file}.signalled-elsewhere`)).toBe(false);
  });

  test('is forgotten when the state file says it', () => {
    const file = written(running);
    noteSignalled(file, STATE, [draining(running)]);
    forgetSignalled(file);
    forgetSignalled(file);
    expect(fs.readdirSync(path.dirname(file))).toEqual(['state.json']);
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
      (text) => text.replace(/"format":\d+/, '"format":99'),
      'it was written by supervise 1.2.3, which is newer',
    ],
    [
      'is older',
      (text) => text.replace(/"format":\d+/, '"format":2'),
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
