/** A state file that is missing or not to be believed: the start succeeds, says so, and nothing is doubled or lost. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { identify } from '../../src/supervisor/world/proc.ts';
import { changeSlots, changeState, kill, saved, stateFile, untilSavedState } from '../support/adoption.ts';
import { foreground, stop, stopAll } from '../support/detached.ts';
import { aDisk } from '../support/disk.ts';
import { asRoot, need } from '../support/needs.ts';

import { PUPPET } from '../support/puppet.ts';
import { test } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

const unshare = need('unshare', 'util-linux');
const p = { name: 'p', script: PUPPET, cwd: '.' };

const changed = (change: (text: string) => string) => (file: string) => {
  writeFileSync(file, change(readFileSync(file, 'utf8')));
};

/** What is said about it; null: nothing, as before the first start. */
const SPOILT: readonly (readonly [what: string, spoil: (file: string) => void, why: string | null])[] = [
  [
    'absent',
    (file) => {
      rmSync(file);
    },
    null,
  ],
  ['empty', changed(() => ''), 'it is torn'],
  ['torn', changed((text) => text.slice(0, text.length / 2)), 'it is torn'],
  ['of a newer version', changed((text) => text.replace(/"format":\d+/, '"format":99')), 'which is newer'],
  ['of an older version', changed((text) => text.replace(/"format":\d+/, '"format":1')), 'which is older'],
  ['changed by hand', changed((text) => text.replace('"starts":1', '"starts":7')), 'it was changed by somebody'],
  ['a word', changed(() => '"a word"'), 'it is of another format'],
  ['all NULs', changed((text) => '\0'.repeat(text.length)), 'it is torn'],
  [
    'a FIFO',
    (file) => {
      rmSync(file);
      execFileSync('mkfifo', [file]);
    },
    'it is no file',
  ],
];

describe('a state file that is', () => {
  test.for(SPOILT)('%s', async ([, spoil, why], { rig }) => {
    const stage = await rig.stage();
    rig.list([p, { ...p, name: 'q', restart: { delay: '10ms' } }]);
    const supervise = await rig.start();
    const [daemon, ends] = [await stage.enter('p'), await stage.enter('q')];
    await untilSavedState(rig, 'p', 'running');
    await untilSavedState(rig, 'q', 'running');
    await kill(supervise);
    await ends.exit(0);
    spoil(stateFile(rig));
    const next = await rig.start();
    // A living one is adopted, an ended one is started.
    const again = await stage.enter('q');
    expect(await rig.instance('p')).toMatchObject({ pid: daemon.pid, flags: ['adopted'], starts: 1 });
    expect([stage.all.length, daemon.signals]).toEqual([3, []]);
    const told = /state\.json cannot be used \((.*)\); starting without it/.exec(next.out + next.err)?.[1] ?? null;
    if (why === null) expect(told).toBeNull();
    else expect(told).toContain(why);
    await untilSavedState(rig, 'p', 'running');
    await stopAll(rig, [daemon, again]);
  });
});

describe('where nobody supervises and the state file is', () => {
  const some = SPOILT.filter(([what]) => ['absent', 'torn', 'of a newer version', 'a FIFO'].includes(what));
  test.for(some)('%s, status and why name who lives on, and a stop ends him', async ([, spoil], { rig }) => {
    const { daemon, supervise } = await foreground(rig);
    await untilSavedState(rig, 'p', 'running');
    await kill(supervise);
    spoil(stateFile(rig));
    const told = {
      code: 3,
      err: expect.stringContaining(
        `it has died, and p (pid ${daemon.pid}) lives on without one. Go on with them: supervise start`,
      ) as string,
    };
    expect(await rig.run('status')).toMatchObject(told);
    expect(await rig.run('why', 'p')).toMatchObject(told);
    await stop(rig, daemon);
    expect(daemon.signals).toEqual(['SIGTERM']);
  });

  test('absent, and there is no list that can be read: he is named by the mark that he bears', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    await untilSavedState(rig, 'p', 'running');
    await kill(supervise);
    rmSync(stateFile(rig));
    rig.file('daemons.yaml', '- {name: p, shel: x}\n');
    expect(await rig.run('status')).toMatchObject({
      code: 3,
      err: expect.stringMatching(new RegExp(`p \\(pid ${daemon.pid}\\) lives on .* see supervise check`)) as string,
    });
    rig.list([p]);
    await stop(rig, daemon);
  });

  test('absent since nothing was ever started, nobody is named', async ({ rig }) => {
    rig.list([p]);
    mkdirSync(path.join(rig.state, 'fifo'), { recursive: true });
    const nobody = { code: 3, err: expect.not.stringContaining('live') as string };
    expect(await rig.run('status')).toMatchObject(nobody);
  });
});

test('a state file of another boot means nothing: the list is started anew, and no pid of it is signalled', async ({
  rig,
}) => {
  const { daemon, supervise } = await foreground(rig);
  await untilSavedState(rig, 'p', 'running');
  await kill(supervise);
  await daemon.exit(0);
  // If it were of this boot, this process would be the daemon.
  const stranger = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  rig.closers.push(() => stranger.kill('SIGKILL'));
  await once(stranger, 'spawn');
  const process = identify(stranger.pid ?? 0);
  await changeState(rig, (state) => ({ ...state, boot: 'another' }));
  await changeSlots(rig, (slot) =>
    'run' in slot.state ? { ...slot, state: { ...slot.state, run: { ...slot.state.run, process } } } : slot,
  );
  await rig.start();
  const second = await (await rig.stage()).enter('p');
  expect(second.run).toBe(1);
  await stop(rig, second);
  expect(stranger).toMatchObject({ exitCode: null, signalCode: null });
});

test('a state file of a list that had ended, and that cannot be written since it was started anew, denies nobody', async ({
  rig,
}) => {
  const stage = await rig.stage();
  rig.list([p]);
  await rig.start();
  await stop(rig, await stage.enter('p'));
  await waitUntil('it has ended', () => saved(rig).left === 'ended');
  // Prevents every write.
  mkdirSync(`${stateFile(rig)}.new`);
  const supervise = await rig.start();
  const daemon = await stage.enter('p');
  await supervise.says(/cannot write .*state\.json/);
  await kill(supervise);
  expect(await rig.run('status')).toMatchObject({ code: 3, err: expect.stringContaining('lives on') as string });
  await rig.start();
  expect(await rig.instance('p')).toMatchObject({ pid: daemon.pid, flags: ['adopted'] });
  expect([daemon.signals, stage.all.length]).toEqual([[], 2]);
  await stop(rig, daemon);
});

describe.skipIf(unshare.missing || asRoot.missing)(`a disk${unshare.note}${asRoot.note}`, () => {
  test('that is full when the next supervisor starts: it adopts all the same, and writes down as soon as there is room', async ({
    rig,
  }) => {
    const stage = await rig.stage();
    const onDisk = await aDisk(rig, 'size=256k');
    rig.list([p]);
    const supervise = await rig.start();
    const daemon = await stage.enter('p');
    await untilSavedState(rig, 'p', 'running');
    await kill(supervise);
    onDisk('dd if=/dev/zero of="$0/filler" bs=4k 2>/dev/null || :');
    const next = await rig.start();
    expect(await rig.instance('p')).toMatchObject({ pid: daemon.pid, flags: ['adopted'] });
    await next.says(/cannot write .*state\.json.*ENOSPC/);
    expect(daemon.signals).toEqual([]);
    onDisk('rm "$0/filler"');
    await rig.ask('stop', { names: ['p'], wait: false });
    await next.says('state.json: works again');
    await daemon.exit(0);
    await rig.untilState('p', 'stopped');
  });

  test('that is read-only by now: the start says so and touches nobody; when it may be written again, it adopts', async ({
    rig,
  }) => {
    const stage = await rig.stage();
    const onDisk = await aDisk(rig, 'size=1m');
    rig.list([p]);
    const supervise = await rig.start();
    const daemon = await stage.enter('p');
    await untilSavedState(rig, 'p', 'running');
    await kill(supervise);
    onDisk('mount -o remount,ro "$0"');
    expect(await rig.run('start')).toMatchObject({ code: 2, err: expect.stringMatching(/read-only|EROFS/) as string });
    onDisk('mount -o remount,rw "$0"');
    await rig.start();
    expect(await rig.instance('p')).toMatchObject({ pid: daemon.pid, flags: ['adopted'] });
    expect([daemon.signals, stage.all.length]).toEqual([[], 1]);
    await stop(rig, daemon);
  });
});
