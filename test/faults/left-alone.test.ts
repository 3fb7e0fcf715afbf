/** A supervisor that cannot be started again as it was: its guard accepts no exit code that would leave daemons alone. */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { detached, messages, onStage, stop } from '../support/detached.ts';
import { aDisk } from '../support/disk.ts';
import { asRoot, need } from '../support/needs.ts';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

const unshare = need('unshare', 'util-linux');
const p = { name: 'p', script: PUPPET, cwd: '.' };

/** The supervisor that the guard starts after a SIGKILL has the daemon. */
async function goesOnAfterDeath(rig: Rig, pid: number, name: string, daemon: Puppet): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await isAdopted(rig, pid, name, daemon);
}

async function isAdopted(rig: Rig, pid: number, name: string, daemon: Puppet): Promise<void> {
  const { instances } = await waitFor(
    'another one answers',
    () => rig.status(),
    ({ supervisor }) => supervisor?.pid !== pid,
  ).catch((error: unknown) => {
    throw new Error(`guards: ${rig.guards().join(' ')}; they have said:\n${messages(rig)}`, { cause: error });
  });
  expect(instances.find(({ id }) => id === name)).toMatchObject({ pid: daemon.pid, flags: ['adopted'] });
}

/** Whether state.json could be written until then. */
const WRITTEN = [
  ['', true],
  [', and nothing of it could ever be written down', false],
] as const;

const prevented = (rig: Rig): void => {
  mkdirSync(path.join(rig.state, 'state.json.new'), { recursive: true });
};

/** A list of one running daemon, with its state folder on a separate disk. */
async function onDiskOfItsOwn(rig: Rig, options: string, isWritten = true) {
  const stage = await rig.stage();
  const onDisk = await aDisk(rig, options);
  if (!isWritten) prevented(rig);
  rig.list([p]);
  const { pid } = await detached(rig);
  const daemon = await stage.enter('p');
  await rig.untilState('p', 'running');
  return { onDisk, pid, daemon };
}

describe('a supervisor that dies is followed by another', () => {
  test('although a daemon that its start has named has another name by now; an upgrade goes on, too', async ({
    rig,
  }) => {
    const stage = await rig.stage();
    const q = { name: 'q', shell: 'exec sleep 1000' };
    rig.list([p, q]);
    const { pid } = await detached(rig, ['p']);
    const before = await stage.enter('p');
    rig.list([{ ...p, name: 'photos' }, q]);
    const reload = rig.run('reload');
    await before.heard('SIGTERM');
    await before.exit(0);
    const daemon = await stage.enter('photos');
    expect(await reload).toMatchObject({ code: 0 });
    await goesOnAfterDeath(rig, pid, 'photos', daemon);
    expect(await rig.instance('q')).toMatchObject({ state: 'stopped' });
    expect(await rig.run('upgrade')).toMatchObject({ code: 0 });
    expect(await rig.instance('photos')).toMatchObject({ pid: daemon.pid });
    await stop(rig, daemon);
  });

  test.for(WRITTEN)('although its list wants more than its limits allow%s', async ([, isWritten], { rig }) => {
    const stage = await rig.stage();
    rig.list([p]);
    if (!isWritten) prevented(rig);
    const { pid } = await detached(rig, [], { under: ['prlimit', '--nofile=80'] });
    const daemon = await stage.enter('p');
    rig.list([p, { name: 'q', shell: 'exec sleep 1000', instances: 40 }]);
    const refused = expect.stringMatching(/41 instances need \d+ open files, and the limit is 80/) as string;
    // Nor does a reload take it.
    expect(await rig.run('reload')).toMatchObject({ code: 1, err: refused });
    await goesOnAfterDeath(rig, pid, 'p', daemon);
    expect((await rig.status()).supervisor?.problems).toContainEqual(refused);
    await stop(rig, daemon);
  });

  test('although something is in the way of its control socket, which it makes when that has gone', async ({ rig }) => {
    const { guard, pid, daemon } = await onStage(rig);
    const socket = path.join(rig.state, 'control.sock');
    process.kill(guard, 'SIGSTOP');
    process.kill(pid, 'SIGKILL');
    rmSync(socket, { force: true });
    mkdirSync(socket);
    process.kill(guard, 'SIGCONT');
    await waitUntil('it is told', () => /control socket.*is in the way.*tried again each second/.test(messages(rig)));
    expect(rig.guards()).toEqual([guard]);
    const next = rig.supervisors().find((each) => each !== pid);
    expect((await rig.run('status')).err).toContain(`the supervisor (pid ${next}) lives, but cannot be asked`);
    rmSync(socket, { recursive: true });
    await isAdopted(rig, pid, 'p', daemon);
    expect((await rig.status()).supervisor).toMatchObject({ pid: next, problems: [] });
    await stop(rig, daemon);
  });

  describe.skipIf(asRoot.missing || unshare.missing)(`in a state folder${asRoot.note}${unshare.note}`, () => {
    test.for(WRITTEN)('that is read-only by then, as soon as that is over%s', async ([, isWritten], { rig }) => {
      const { onDisk, pid, daemon } = await onDiskOfItsOwn(rig, 'size=1m', isWritten);
      // It is busy while something writes there: the supervisor does so for moments.
      const readOnly = 'mount -o remount,ro,bind "$0" && exit; sleep 0.1';
      onDisk(`mount --bind "$0" "$0"; for again in 1 2 3 4 5 6 7 8 9; do ${readOnly}; done; exit 1`);
      process.kill(pid, 'SIGKILL');
      await waitFor(
        'it waits',
        () => rig.guards().length + rig.supervisors().filter((each) => each !== pid).length,
        (count) => count === 2,
      );
      expect((await rig.run('status')).err).toContain(isWritten ? 'about to start it again' : 'is on its way up');
      onDisk('umount "$0"');
      await isAdopted(rig, pid, 'p', daemon);
      await stop(rig, daemon);
    });

    test('that has no room for the pipes of a new one, which comes when there is', async ({ rig }) => {
      const { onDisk, pid, daemon } = await onDiskOfItsOwn(rig, 'size=1m,nr_inodes=60');
      onDisk('mkdir "$0/x" && cd "$0/x" && i=0 && while (: >"$i") 2>/dev/null; do i=$((i + 1)); done');
      rig.list([p, { name: 'q', shell: 'exec sleep 1000' }]);
      await goesOnAfterDeath(rig, pid, 'p', daemon);
      expect(await rig.untilState('q', 'backoff')).toMatchObject({ quick_ends: 0, runs: [] });
      onDisk('rm -r "$0/x"');
      await rig.untilState('q', 'running');
      await stop(rig, daemon);
    });
  });
});
