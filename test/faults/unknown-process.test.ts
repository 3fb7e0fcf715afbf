/** What is ours and what is not, if state.json does not know it: nothing is started twice, and no stranger is signalled. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import type { Slot } from '../../src/supervisor/lifecycle/state.ts';
import { identify } from '../../src/supervisor/world/proc.ts';
import { changeSlots, kill, stateFile, unspawned, untilSavedState } from '../support/adoption.ts';
import { foreground, stop } from '../support/detached.ts';
import { asRoot, need } from '../support/needs.ts';
import { familyOf, isAlive, send } from '../support/processes.ts';
import { PUPPET } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

const unshare = need('unshare', 'util-linux');
const python = need('python3', 'python3');
const p = { name: 'p', script: PUPPET, cwd: '.' };

describe('a process that was spawned a moment before the death, and not written down any more,', () => {
  test('is found by its mark, with its run', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    await untilSavedState(rig, 'p', 'running');
    await kill(supervise);
    await changeSlots(rig, unspawned);
    await rig.start();
    expect(await rig.instance('p')).toMatchObject({ pid: daemon.pid, flags: ['adopted'], starts: 1 });
    await rig.untilState('p', 'running');
    expect((await rig.stage()).all).toHaveLength(1);
    await daemon.exit(1);
    const second = await (await rig.stage()).enter('p');
    expect(second.run).toBe(2);
    await stop(rig, second);
  });

  test('is the newest run, where an older one is written down', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ ...p, restart: { delay: '10ms' } }]);
    const supervise = await rig.start();
    const first = await stage.enter('p');
    await untilSavedState(rig, 'p', 'running');
    const before = execFileSync('cat', [stateFile(rig)], { encoding: 'utf8' });
    await first.exit(1);
    const second = await stage.enter('p');
    await kill(supervise);
    rig.file(stateFile(rig), before);
    await rig.start();
    expect(await rig.instance('p')).toMatchObject({ pid: second.pid, starts: 2 });
    expect(stage.all).toHaveLength(2);
    await stop(rig, second);
  });

  test('is the one that leads its run, where a helper with a session of its own began in the same tick of the clock', async ({
    rig,
  }) => {
    const file = rig.file('helper.pid', '');
    const helps = 'setsid sleep 1000 </dev/null >/dev/null 2>&1 3>&- & echo $! > helper.pid; exec sleep 1000';
    rig.list([{ name: 'p', shell: helps, cwd: '.', ready: '10ms' }]);
    const supervise = await rig.start();
    const seen = async () => {
      const { pid } = await rig.untilState('p', 'running');
      const helper = () => Number(readFileSync(file, 'utf8'));
      return { main: pid ?? 0, helper: await waitFor('the helper lives', helper, (its) => its > 0 && isAlive(its)) };
    };
    const end = async (pid: number): Promise<void> => {
      send(pid, 'SIGKILL');
      await waitUntil('the helper has gone', () => !isAlive(pid));
    };
    let { main, helper } = await seen();
    while (identify(main)?.startTime !== identify(helper)?.startTime) {
      await rig.ask('restart', { names: ['p'], wait: true });
      await end(helper);
      ({ main, helper } = await seen());
    }
    await untilSavedState(rig, 'p', 'running');
    await kill(supervise);
    await changeSlots(rig, unspawned);
    await rig.start();
    expect(await rig.instance('p')).toMatchObject({ pid: main, flags: ['adopted'] });
    expect(await rig.run('stop')).toMatchObject({ code: 0 });
    expect(isAlive(main)).toBe(false);
    await end(helper);
  });

  test('is found by the FIFO that it holds, where it has thrown its environment away', async ({ rig }) => {
    rig.list([{ name: 'p', shell: 'exec env -i sleep 1000' }]);
    const supervise = await rig.start();
    const { pid } = await rig.untilState('p', 'running');
    await untilSavedState(rig, 'p', 'running');
    await kill(supervise);
    rig.closers.push(() => {
      if (pid !== null) send(pid, 'SIGKILL');
    });
    await changeSlots(rig, unspawned);
    expect(rig.daemons()).toEqual([]);
    await rig.start();
    expect(await rig.instance('p')).toMatchObject({ pid, flags: ['adopted'] });
    expect(await rig.run('stop')).toMatchObject({ code: 0 });
    expect(isAlive(pid ?? 0)).toBe(false);
  });
});

test.skipIf(unshare.missing || asRoot.missing)(
  `where /proc hides the processes of others (hidepid), our own are found all the same${unshare.note}${asRoot.note}`,
  async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    await untilSavedState(rig, 'p', 'running');
    await kill(supervise);
    await changeSlots(rig, unspawned);
    const hidden = 'mount -t proc -o hidepid=2 proc /proc && exec "$@"';
    await rig.start([], { under: ['unshare', '-m', 'sh', '-c', hidden, 'sh'] });
    expect(await rig.instance('p')).toMatchObject({ pid: daemon.pid, flags: ['adopted'] });
    await stop(rig, daemon);
  },
);

describe('a stranger that has the pid of a daemon by now is never signalled', () => {
  test('where nobody of the list lives', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    await untilSavedState(rig, 'p', 'running');
    await kill(supervise);
    await daemon.exit(0);
    const stranger = await aStranger(rig);
    await changeSlots(rig, (slot) => withPid(slot, stranger.pid ?? 0));
    await rig.start();
    const second = await (await rig.stage()).enter('p');
    await stop(rig, second);
    expect(stranger).toMatchObject({ exitCode: null, signalCode: null });
  });

  test('where others live: its slot has ended, and is started again', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([p, { ...p, name: 'q', restart: { delay: '10ms' }, stop: '300ms' }]);
    const supervise = await rig.start();
    const [daemon, ends] = [await stage.enter('p'), await stage.enter('q')];
    await untilSavedState(rig, 'p', 'running');
    await untilSavedState(rig, 'q', 'running');
    await kill(supervise);
    await ends.exit(0);
    const stranger = await aStranger(rig);
    await changeSlots(rig, (slot) => (slot.id === 'q' ? withPid(slot, stranger.pid ?? 0) : slot));
    await rig.start();
    const again = await stage.enter('q');
    expect(again.run).toBe(2);
    await again.exit(0);
    const last = await stage.enter('q');
    expect(await rig.run('stop', '--now')).toMatchObject({ code: 1 });
    await Promise.all([daemon.gone(), last.gone()]);
    expect(stranger).toMatchObject({ exitCode: null, signalCode: null });
  });

  test('by a stop with no supervisor', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([p, { ...p, name: 'q' }]);
    const supervise = await rig.start();
    const [daemon, ends] = [await stage.enter('p'), await stage.enter('q')];
    await untilSavedState(rig, 'p', 'running');
    await untilSavedState(rig, 'q', 'running');
    await kill(supervise);
    await ends.exit(0);
    const stranger = await aStranger(rig);
    await changeSlots(rig, (slot) => (slot.id === 'q' ? withPid(slot, stranger.pid ?? 0) : slot));
    expect(await rig.run('stop', '--now')).toMatchObject({ code: 1 });
    await daemon.gone();
    expect(stranger).toMatchObject({ exitCode: null, signalCode: null });
  });
});

test('a helper that has left the session of an ended run is named, and left alone', async ({ rig }) => {
  const { daemon, supervise } = await foreground(rig);
  await untilSavedState(rig, 'p', 'running');
  const helper = await daemon.helper('exec setsid sleep 1000', { quiet: true });
  await waitUntil('it leads a session', () => familyOf(helper)?.session === helper);
  await kill(supervise);
  await daemon.exit(0);
  await rig.start();
  expect((await rig.event('p', /has left|lives on/)).words).toContain(`pid ${helper} (sleep 1000)`);
  const second = await (await rig.stage()).enter('p');
  await stop(rig, second);
  expect(isAlive(helper)).toBe(true);
  process.kill(helper, 'SIGKILL');
  await waitUntil('it has gone', () => !isAlive(helper));
});

test('a helper that has left the session of a run that is adopted is no stray: it may be the job at hand (RQ)', async ({
  rig,
}) => {
  const { daemon, supervise } = await foreground(rig);
  await untilSavedState(rig, 'p', 'running');
  const helper = await daemon.helper('exec setsid sleep 1000', { quiet: true });
  await waitUntil('it leads a session', () => familyOf(helper)?.session === helper);
  await kill(supervise);
  await rig.start();
  expect(await rig.instance('p')).toMatchObject({ pid: daemon.pid, flags: ['adopted'] });
  expect((await rig.events()).filter(({ words }) => words.includes(String(helper)))).toEqual([]);
  // Once its run has ended it is one.
  const stopping = rig.ask('stop', { names: ['p'], wait: true, now: false });
  await daemon.heard('SIGTERM');
  await daemon.exit(0);
  await stopping;
  expect((await rig.event('p', /lives on/)).words).toContain(`pid ${helper} (sleep 1000)`);
  process.kill(helper, 'SIGKILL');
  await waitUntil('it has gone', () => !isAlive(helper));
});

/** Like RQ: a fork with its own session does the job, with its title written over its environment. */
const WORKER = `#!/usr/bin/env python3
import ctypes, os, signal
if os.fork() == 0:
    os.setsid()
    stat = open("/proc/self/stat").read().rpartition(")")[2].split()
    begin, end = int(stat[47]), int(stat[48])
    ctypes.memset(begin, 0, end - begin)
    with open("horse.new", "w") as file: file.write(str(os.getpid()))
    os.rename("horse.new", "horse")
signal.pause()
`;

test.skipIf(python.missing)(
  `the fork of a worker that is not the worker, with its title over its environment, is named, and left alone${python.note}`,
  async ({ rig }) => {
    rig.list([{ name: 'p', script: rig.file('work', WORKER) }]);
    const supervise = await rig.start();
    await waitUntil('it has its title', () => rig.read('horse') !== '');
    const horse = Number(rig.read('horse'));
    rig.closers.push(() => {
      send(horse, 'SIGKILL');
    });
    await untilSavedState(rig, 'p', 'running');
    const { pid } = await rig.instance('p');
    await kill(supervise);
    send(pid ?? 0, 'SIGKILL');
    await waitUntil('the worker has gone', () => !isAlive(pid ?? 0));
    await rig.start();
    expect((await rig.event('p', /lives on/)).words).toContain(`pid ${horse} `);
    expect(await rig.untilState('p', 'running')).toMatchObject({ flags: [], starts: 2 });
    expect((await rig.instance('p')).pid).not.toBe(horse);
    await waitUntil('the next one has its fork', () => rig.read('horse') !== String(horse));
    await rig.run('stop', '--now');
    expect(isAlive(horse)).toBe(true);
    send(Number(rig.read('horse')), 'SIGKILL');
  },
);

/** Leads a session of its own, as a daemon does. */
async function aStranger(rig: Rig): Promise<ChildProcess> {
  const stranger = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  rig.closers.push(() => stranger.kill('SIGKILL'));
  await once(stranger, 'spawn');
  return stranger;
}

/** As if its process had had this pid when it began: long before its present owner. */
function withPid(slot: Slot, pid: number): Slot {
  const { state } = slot;
  if (!('run' in state)) throw new Error(`${slot.id} has no process`);
  const startTime = (identify(pid)?.startTime ?? 0) - 1_000;
  return { ...slot, state: { ...state, run: { ...state.run, process: { pid, startTime } } } };
}
