/** Under a real systemd: what happens to a unit in the life of a machine. Restarts, kills, reboots, a neighbour. */
import { describe, expect } from 'vitest';
import type { Puppet } from '../support/puppet.ts';
import { here, test, UNIT, type Shop } from '../support/systemd-shop.ts';
import type { Shown } from '../support/systemd.ts';
import { waitFor } from '../support/wait-for.ts';

const isDown = ({ ActiveState }: Shown): boolean => ActiveState === 'inactive' || ActiveState === 'failed';

/** The next process of the daemon, ready. */
async function next(shop: Shop): Promise<Puppet> {
  const puppet = await (await shop.rig.stage()).enter('p');
  await puppet.say('READY=1');
  await shop.says('1 of 1 ready');
  return puppet;
}

async function endAtBoundary(puppet: Puppet): Promise<void> {
  await puppet.say('IDLE=1');
  await puppet.exit(0);
}

describe.skipIf(here.missing)(`a unit in its life${here.note}`, { timeout: 180_000 }, () => {
  test('systemctl restart waits for the boundary, and no daemon runs twice', async ({ shop }) => {
    shop.list({ stop: 'unlimited' });
    const first = await shop.start('koffi');
    await first.say('BUSY=1');
    const restart = shop.systemd.run('systemctl', 'restart', UNIT);
    await first.heard('SIGTERM');
    await shop.says('stopping, 1 left: p');
    expect((await shop.rig.stage()).all).toHaveLength(1);
    await endAtBoundary(first);
    expect(await restart).toMatchObject({ code: 0, err: '' });
    await next(shop);
    expect(await shop.show()).toMatchObject({ ActiveState: 'active', NRestarts: '0' });
    expect(await shop.lines()).toMatch(/^boundary 1 · ended by itself 0 · cut 0$/m);
  });

  test('systemctl restart with a wrong list drains, starts nothing, and fails', async ({ shop }) => {
    shop.list();
    const first = await shop.start('koffi');
    shop.list({ shel: 'x' });
    const restart = shop.systemd.run('systemctl', 'restart', UNIT);
    await first.heard('SIGTERM');
    await first.exit(0);
    expect((await restart).code).toBe(1);
    expect(await shop.show()).toMatchObject({ ActiveState: 'failed', ExecMainStatus: '2', NRestarts: '0' });
    expect((await shop.rig.stage()).all).toHaveLength(1);
  });

  test('supervise stop is a stop of the unit: it stays down', async ({ shop }) => {
    shop.list({ stop: 'unlimited' });
    const puppet = await shop.start('koffi');
    const stopped = shop.ask('koffi', 'stop');
    await puppet.heard('SIGTERM');
    await endAtBoundary(puppet);
    expect(await stopped).toMatchObject({ code: 0 });
    expect(await shop.until('is down', isDown)).toMatchObject({
      ActiveState: 'inactive',
      Result: 'success',
      NRestarts: '0',
    });
  });

  test('SIGKILL of one daemon, as the OOM killer does it, is no matter of the unit: it is started again', async ({
    shop,
  }) => {
    shop.list({ restart: { delay: '50ms' } });
    const first = await shop.start('koffi');
    const { MainPID = '' } = await shop.show();
    await first.say('BUSY=1');
    await first.die('SIGKILL');
    await next(shop);
    expect(await shop.show()).toMatchObject({ ActiveState: 'active', MainPID, NRestarts: '0', Result: 'success' });
    expect(await shop.lines('error')).toContain('SIGKILL, which supervise did not send, inside an iteration');
  });

  test('systemctl kill: daemons drain, for both ask them to; their helpers die; the unit ends well', async ({
    shop,
  }) => {
    shop.list({ stop: 'unlimited' });
    const puppet = await shop.start('koffi');
    await puppet.say('BUSY=1');
    const helper = await puppet.helper('exec sleep 1000', { quiet: true });
    await shop.systemd.sh(`systemctl kill ${UNIT}`);
    await puppet.heard('SIGTERM');
    await shop.says('stopping, 1 left: p');
    await waitFor(
      'the helper has ended',
      () => puppet.ended.get(helper),
      (code) => code === null,
    );
    await endAtBoundary(puppet);
    expect(await shop.until('is down', isDown)).toMatchObject({
      ActiveState: 'inactive',
      Result: 'success',
      NRestarts: '0',
    });
    // From systemd and from the supervisor; the kernel may merge the two.
    expect(new Set(puppet.signals)).toEqual(new Set(['SIGTERM']));
    expect(await shop.lines()).toMatch(/^boundary 1 · ended by itself 0 · cut 0$/m);
  });

  test('systemctl kill --kill-whom=main: as a stop, and nobody but the supervisor asks', async ({ shop }) => {
    shop.list({ stop: 'unlimited' });
    const puppet = await shop.start('koffi');
    await shop.systemd.sh(`systemctl kill --kill-whom=main ${UNIT}`);
    await puppet.heard('SIGTERM');
    await shop.says('stopping, 1 left: p');
    await puppet.exit(0);
    expect(await shop.until('is down', isDown)).toMatchObject({ ActiveState: 'inactive', Result: 'success' });
    expect(puppet.signals).toEqual(['SIGTERM']);
  });

  test('systemctl kill -s KILL cuts everything; the next supervisor says what it cannot know, and starts again', async ({
    shop,
  }) => {
    shop.list({ stop: 'unlimited' });
    const puppet = await shop.start('koffi');
    await puppet.say('BUSY=1');
    await shop.systemd.sh(`systemctl kill -s KILL ${UNIT}`);
    await puppet.gone();
    expect((await next(shop)).run).toBe(2);
    expect(await shop.show()).toMatchObject({ ActiveState: 'active', NRestarts: '1' });
    expect(await shop.lines()).toMatch(
      /^p pid \d+ ended, its exit status is not known.*whether an iteration was cut: unknown$/m,
    );
  });

  test('a supervisor that hangs in a stop is ended alone; its daemons live on, and the next start adopts them', async ({
    shop,
  }) => {
    shop.list({ stop: 'unlimited' });
    // A bug that no signal interrupts.
    const hang = shop.rig.file('hang.cjs', "process.on('SIGUSR2', () => { for (;;); });\n");
    const puppet = await shop.start('koffi', 'TimeoutStopSec=1s', `Environment=NODE_OPTIONS=--require=${hang}`);
    await shop.systemd.sh(`systemctl kill -s USR2 --kill-whom=main ${UNIT}`);
    await shop.systemd.sh(`systemctl stop ${UNIT}`);
    expect(await shop.show()).toMatchObject({ ActiveState: 'failed', Result: 'timeout', NRestarts: '0' });
    expect(await shop.lines()).toContain("State 'stop-sigterm' timed out. Killing.");
    await shop.systemd.sh(`systemctl start ${UNIT}`);
    await shop.says('1 of 1 ready');
    expect(await shop.lines()).toContain(`adopted, pid ${puppet.pid}, run 1`);
    expect([puppet.signals, (await shop.rig.stage()).all.length]).toEqual([[], 1]);
  });

  test('where the unit has failed and daemons live on, supervise stop ends them at their boundary', async ({
    shop,
  }) => {
    shop.list({ stop: 'unlimited' });
    const hang = shop.rig.file('hang.cjs', "process.on('SIGUSR2', () => { for (;;); });\n");
    const puppet = await shop.start('koffi', 'TimeoutStopSec=1s', `Environment=NODE_OPTIONS=--require=${hang}`);
    await shop.systemd.sh(`systemctl kill -s USR2 --kill-whom=main ${UNIT}; systemctl stop ${UNIT}`);
    const stopped = shop.ask('koffi', 'stop');
    await puppet.heard('SIGTERM');
    await puppet.exit(0);
    expect(await stopped).toMatchObject({ code: 0 });
    expect(puppet.signals).toEqual(['SIGTERM']);
  });

  test('a supervisor that meets a bug of its own at each start is started again, but not without a pause', async ({
    shop,
  }) => {
    shop.list();
    const bug = shop.rig.file(
      'bug.cjs',
      "if (process.argv.includes('start')) setTimeout(() => { throw new Error('a bug'); }, 1);\n",
    );
    await shop.install('koffi', `Environment=NODE_OPTIONS=--require=${bug}`);
    const started = shop.systemd.run('systemctl', 'start', UNIT);
    const again = (times: string): Promise<Shown> =>
      shop.until(`is started ${times} times more`, (now) => now.NRestarts === times && now.SubState === 'start');
    const at = async (times: string): Promise<number> => Number((await again(times)).ExecMainStartTimestampMonotonic);
    expect((await started).code).toBe(1);
    const [first, second] = [await at('1'), await at('2')];
    expect((second - first) / 1e6).toBeGreaterThan(5);
    expect(await shop.lines('error')).toContain('met a bug of its own:');
    expect((await shop.show()).ActiveState).not.toBe('failed');
  });

  test('a supervisor that dies while its program is not there is not started; its daemons live on, and are adopted', async ({
    shop,
  }) => {
    shop.list();
    const puppet = await shop.start('koffi');
    // As in the middle of an installation.
    await shop.whileGone('koffi', async () => {
      await shop.systemd.sh(`systemctl kill -s KILL --kill-whom=main ${UNIT}`);
      const failed = await shop.until('has failed', ({ ActiveState }) => ActiveState === 'failed');
      expect(failed).toMatchObject({ ExecMainStatus: '1', NRestarts: '1' });
      expect(await shop.lines()).toContain('Cannot find module');
    });
    await shop.systemd.sh(`systemctl start ${UNIT}`);
    await shop.says('1 of 1 ready');
    expect(await shop.lines()).toContain(`adopted, pid ${puppet.pid}, run 1`);
    expect([puppet.signals, (await shop.rig.stage()).all.length]).toEqual([[], 1]);
  });

  test('a reboot waits for the boundary, and the machine comes back with its daemons', async ({ shop }) => {
    shop.list({ stop: 'unlimited' });
    const first = await shop.start('koffi');
    await shop.systemd.sh(`systemctl enable ${UNIT}`);
    await first.say('BUSY=1');
    // Its answer goes down with it.
    void shop.systemd.run('systemctl', 'reboot');
    await first.heard('SIGTERM');
    await shop.says('stopping, 1 left: p');
    await endAtBoundary(first);
    await shop.systemd.bootAgain('it reboots');
    await next(shop);
    expect(first.signals).toEqual(['SIGTERM']);
    expect(await shop.lines()).not.toMatch(/pid \d+ ended|adopted|cut/);
  });

  test('after a power loss the machine comes back with its daemons, and says what nobody can know', async ({
    shop,
  }) => {
    shop.list({ stop: 'unlimited' });
    const first = await shop.start('koffi');
    await shop.systemd.sh(`systemctl enable ${UNIT}`);
    await first.say('BUSY=1');
    await shop.systemd.bootAgain('power loss');
    expect((await next(shop)).run).toBe(2);
    expect(await shop.lines()).toMatch(
      /^p pid \d+ ended, its exit status is not known.*whether an iteration was cut: unknown$/m,
    );
  });

  test('systemd itself is upgraded (daemon-reexec): it knows on, and is told on', async ({ shop }) => {
    shop.list({ stop: 'unlimited' });
    const puppet = await shop.start('koffi');
    await shop.systemd.sh('systemctl daemon-reexec');
    const stopped = shop.systemd.run('systemctl', 'stop', UNIT);
    await puppet.heard('SIGTERM');
    await shop.says('stopping, 1 left: p');
    await puppet.exit(0);
    expect(await stopped).toMatchObject({ code: 0 });
    expect(await shop.show()).toMatchObject({ ActiveState: 'inactive', Result: 'success', NRestarts: '0' });
  });

  test('two units on one machine know nothing of each other', async ({ shop }) => {
    const { rig, systemd } = shop;
    shop.list();
    const p = await shop.start('koffi');
    expect(await shop.command('koffi', 'systemd', 'install', '-f', shop.neighbour('blog', 'q'))).toMatchObject({
      code: 0,
    });
    const q = await (await rig.stage()).enter('q');
    await q.say('READY=1');
    await systemd.until('supervise-blog', 'is ready', ({ StatusText }) => StatusText === '1 of 1 ready');
    const state = await systemd.sh('ls /var/lib/supervise');
    expect(state).toBe('blog\nshop\n');

    const { MainPID = '' } = await systemd.show('supervise-blog');
    const stopped = systemd.run('systemctl', 'stop', UNIT);
    await p.heard('SIGTERM');
    await p.exit(0);
    expect(await stopped).toMatchObject({ code: 0 });
    expect(await systemd.show('supervise-blog')).toMatchObject({
      ActiveState: 'active',
      MainPID,
      StatusText: '1 of 1 ready',
    });
    await systemd.sh('systemctl kill -s KILL --kill-whom=main supervise-blog');
    await systemd.until(
      'supervise-blog',
      'is there again',
      (now) => now.NRestarts === '1' && now.ActiveState === 'active',
    );
    expect([q.signals, isDown(await shop.show())]).toEqual([[], true]);
  });
});
