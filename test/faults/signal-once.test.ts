/** Celery and RQ take a second stop signal as an order to cut: each process gets it once, even across a death of the supervisor. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { describe, expect } from 'vitest';
import type { Drain } from '../../src/supervisor/lifecycle/state.ts';
import { changeSlots, kill, untilSavedState } from '../support/adoption.ts';
import { foreground, stop } from '../support/detached.ts';
import { catches } from '../support/processes.ts';
import { PUPPET } from '../support/puppet.ts';
import { test } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

/** Kills its supervisor at its first SIGTERM, ends after the iteration that the file `finish` ends, and is cut by a second SIGTERM. */
const WORKER = `#!${process.execPath}
import { appendFileSync, existsSync } from 'node:fs';
const note = (line) => appendFileSync('notes', line + '\\n');
let terms = 0;
process.on('SIGTERM', () => {
  if (++terms === 1) process.kill(process.ppid, 'SIGKILL');
  note('SIGTERM');
  if (terms > 1) process.exit(1);
});
setInterval(() => {
  if (!existsSync('finish')) return;
  note('boundary');
  process.exit(0);
}, 10);
note('begins');
`;

describe('a supervisor that is killed in the very moment of the stop signal: its successor does not send it again, and the iteration ends at its boundary', () => {
  test.for([[['stop', 'w']], [['restart', 'w']], [['stop']]])('supervise %j', async ([asked], { rig }) => {
    rig.list([{ name: 'w', script: rig.file('worker.mjs', WORKER), cwd: '.' }]);
    const supervise = await rig.start();
    await rig.untilState('w', 'running');
    await waitUntil('it works', () => rig.read('notes') !== '');
    await untilSavedState(rig, 'w', 'running');
    const asks = rig.launch([...(asked ?? []), '--no-wait']);
    expect(await supervise.ended).toMatchObject({ signal: 'SIGKILL' });
    await asks.ended;
    await rig.start();
    expect(await rig.instance('w')).toMatchObject({ state: 'draining', flags: ['adopted'], starts: 1 });
    const stopping = rig.launch(['stop']);
    await waitUntil('the list is stopping', async () => (await rig.status()).supervisor?.state === 'stopping');
    writeFileSync(path.join(rig.work, 'finish'), '');
    expect(await stopping.ended).toMatchObject({ code: 0 });
    expect(rig.read('notes')).toBe('begins\nSIGTERM\nboundary\n');
  });
});

test('a supervisor that is killed before a stop signal that it had written down already: it is sent where SIGKILL would be due, and nothing is cut', async ({
  rig,
}) => {
  const stage = await rig.stage();
  rig.list([{ name: 'p', script: PUPPET, cwd: '.', stop: '300ms' }]);
  const supervise = await rig.start();
  const daemon = await stage.enter('p');
  await untilSavedState(rig, 'p', 'running');
  await kill(supervise);
  const drain: Drain = {
    ...{ why: 'asked', outdatedBy: null, signal: 'SIGTERM', unsure: true },
    ...{ askedAt: 0, killAt: 1, boundaryAt: null, lookAt: null },
  };
  await changeSlots(rig, (slot) => {
    if (slot.state.is !== 'running') return slot;
    const { run } = slot.state;
    return { ...slot, wanted: { up: false, by: 'hand', at: 0 }, state: { is: 'draining', since: 0, run, drain } };
  });
  await daemon.exitOn('SIGTERM', 0);
  const next = await rig.start();
  await next.says('whether that came is not known');
  expect(await rig.untilState('p', 'stopped')).toMatchObject({ cuts: 0, last_exit: { kind: 'asked' } });
  expect(daemon.signals).toEqual(['SIGTERM']);
  await rig.event('p', /perhaps SIGTERM never came: sent SIGTERM instead of SIGKILL/);
});

test('where a stop cannot be written down before its signal, it is told, and the signal is sent all the same', async ({
  rig,
}) => {
  const { daemon } = await foreground(rig);
  mkdirSync(path.join(rig.state, 'state.json.signalled', 'in the way'), { recursive: true });
  await stop(rig, daemon);
  expect(daemon.signals).toEqual(['SIGTERM']);
  expect((rig.programs[0]?.out ?? '') + (rig.programs[0]?.err ?? '')).toMatch(/cannot write .*state\.json\.signalled/);
});

test('a supervisor that is asked to stop while it is on its way up: whom it adopts is sent the signal', async ({
  rig,
}) => {
  const { daemon, supervise } = await foreground(rig);
  await untilSavedState(rig, 'p', 'running');
  await kill(supervise);
  const next = rig.launch(['start']);
  // Node itself catches SIGTERM; this one is the last of ours.
  await waitUntil('its handlers are there', () => catches(next.pid, constants.signals.SIGHUP));
  next.signal('SIGTERM');
  await daemon.heard('SIGTERM');
  await daemon.exit(0);
  expect(await next.ended).toMatchObject({ code: 0 });
});
