/** Under a real systemd: the unit that `supervise systemd unit` prints, started, stopped, killed. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { here, test, UNIT } from '../support/systemd-shop.ts';

const WWW_DATA = 33;

/** In some containers not even root may spare a process, and then systemd does not complain. */
const mayBeSpared = (): boolean => spawnSync('choom', ['-n', '-500', '--', 'true']).status === 0;

// A boot, several starts and a stop of 20 s, on a machine doing ten other things.
describe.skipIf(here.missing)(`under a real systemd${here.note}`, { timeout: 180_000 }, () => {
  test('systemctl reload waits until what the list says now is done; with an error in it it fails, and changes nothing', async ({
    shop,
  }) => {
    const { rig, systemd } = shop;
    shop.list({ env: { A: '1' } });
    const first = await shop.start('koffi');
    shop.list({ env: { A: '2' } });
    const reload = systemd.run('systemctl', 'reload', UNIT);
    await first.heard('SIGTERM');
    await shop.until('reloads', ({ ActiveState }) => ActiveState === 'reloading');
    await first.exit(0);
    const second = await (await rig.stage()).enter('p');
    await second.say('READY=1');
    expect((await reload).code).toBe(0);
    expect(await shop.lines()).toContain('list reloaded: changed p (env.A), replaced');

    shop.list({ shel: 'x' });
    expect((await systemd.run('systemctl', 'reload', UNIT)).code).toBe(1);
    expect(await shop.lines()).toContain('Nothing was changed: the list runs on as it was.');
    await shop.says('1 of 1 ready');
    expect([second.signals, (await shop.show()).ActiveState]).toEqual([[], 'active']);
  });

  test.for(['koffi', 'no-koffi'] as const)(
    '%s: started before its daemons are ready, it tells how many are, and who is left in a stop',
    async (copy, { shop }) => {
      const { rig, systemd } = shop;
      const stage = await rig.stage();
      shop.list({ instances: 3, stop: 'unlimited' });
      await shop.install(copy);
      await systemd.sh(`systemctl enable --now ${UNIT}`);
      expect(await shop.show()).toMatchObject({ ActiveState: 'active', SubState: 'running', NotifyAccess: 'main' });
      await shop.says('0 of 3 ready, 3 starting');
      const [one, two, three] = [await stage.enter('p:1'), await stage.enter('p:2'), await stage.enter('p:3')];
      await one.say('READY=1');
      await shop.says('1 of 3 ready, 2 starting');
      await two.say('READY=1');
      await three.say('READY=1');
      await shop.says('3 of 3 ready');

      const stopped = systemd.run('systemctl', 'stop', UNIT);
      for (const puppet of [one, two, three]) await puppet.heard('SIGTERM');
      await one.exit(0);
      await shop.says('stopping, 2 left: p:2 p:3');
      expect((await shop.show()).ActiveState).toBe('deactivating');
      await two.exit(0);
      await three.exit(0);
      expect(await stopped).toMatchObject({ code: 0, err: '' });
      expect(await shop.show()).toMatchObject({ ActiveState: 'inactive', Result: 'success', NRestarts: '0' });
      const told = (await shop.lines('info')).includes('the optional package koffi is not there');
      expect(told).toBe(copy === 'no-koffi');
    },
  );

  test.for(['koffi', 'no-koffi'] as const)(
    '%s: a drain of 20 s with TimeoutStopSec=5s cuts nothing',
    async (copy, { shop }) => {
      shop.list({ stop: '5m' });
      const puppet = await shop.start(copy, 'TimeoutStopSec=5s');
      const stopped = shop.systemd.run('systemctl', 'stop', UNIT);
      await puppet.heard('SIGTERM');
      // The wait is what is tested: systemd would have ended it four times by now.
      await new Promise((resolve) => setTimeout(resolve, 20_000));
      await puppet.exit(0);
      expect(await stopped).toMatchObject({ code: 0 });
      expect(await shop.show()).toMatchObject({ Result: 'success', ExecMainStatus: '0' });
      expect(await shop.lines()).toMatch(/cut 0$/m);
    },
  );

  test('exit 1 (a stop that cut) is no reason to start again', async ({ shop }) => {
    shop.list({ stop: 'unlimited' });
    const puppet = await shop.start('koffi');
    await puppet.say('BUSY=1');
    await shop.ask('koffi', 'stop', '--now');
    const shown = await shop.until('has failed', ({ ActiveState }) => ActiveState === 'failed');
    expect(shown).toMatchObject({ ExecMainStatus: '1', NRestarts: '0' });
    expect(await shop.lines('error')).toMatch(/\bp killed by supervise .*An iteration was cut/);
  });

  test('exit 2 (a wrong list) is no reason to start again', async ({ shop }) => {
    shop.list();
    await shop.install('koffi');
    shop.list({ stopp: '5s' });
    expect(await shop.systemd.run('systemctl', 'start', UNIT)).toMatchObject({ code: 1 });
    expect(await shop.show()).toMatchObject({ ActiveState: 'failed', ExecMainStatus: '2', NRestarts: '0' });
    expect(await shop.lines('error')).toContain('did you mean');
  });

  test('exit 4 (another supervisor has the list) is no reason to start again', async ({ shop }) => {
    shop.list({ stop: 'unlimited' });
    const puppet = await shop.start('koffi');
    await shop.systemd.sh(`cp /etc/systemd/system/${UNIT} /etc/systemd/system/second.service; systemctl daemon-reload`);
    expect(await shop.systemd.run('systemctl', 'start', 'second')).toMatchObject({ code: 1 });
    const second = await shop.systemd.show('second');
    expect(second).toMatchObject({ ActiveState: 'failed', ExecMainStatus: '4', NRestarts: '0' });
    // The first one continues; its folder is where it was.
    await shop.says('1 of 1 ready');
    const stopped = shop.systemd.run('systemctl', 'stop', UNIT);
    await puppet.heard('SIGTERM');
    await puppet.exit(0);
    expect(await stopped).toMatchObject({ code: 0 });
  });

  test('the watchdog ends a supervisor that hangs, and nobody else: the next one adopts', async ({ shop }) => {
    shop.list();
    const puppet = await shop.start('koffi', 'WatchdogSec=8s');
    const { MainPID: pid = '' } = await shop.show();
    await shop.systemd.sh(`kill -STOP ${pid}`);
    await shop.adoptedAfter(pid, puppet);
    expect(await shop.lines()).toContain('Watchdog timeout');
  });

  test.for(['koffi', 'no-koffi'] as const)(
    '%s: after systemctl kill -s KILL of the supervisor its daemons live on, and are adopted',
    async (copy, { shop }) => {
      shop.list();
      const puppet = await shop.start(copy);
      const { MainPID: pid = '' } = await shop.show();
      await shop.systemd.sh(`systemctl kill -s KILL --kill-whom=main ${UNIT}`);
      await shop.adoptedAfter(pid, puppet);
      const stopped = shop.systemd.run('systemctl', 'stop', UNIT);
      await puppet.heard('SIGTERM');
      await puppet.exit(0);
      expect(await stopped).toMatchObject({ code: 0 });
      expect(puppet.signals).toEqual(['SIGTERM']);
    },
  );

  test.for(['koffi', 'no-koffi'] as const)(
    '%s: an upgrade keeps every daemon, and the unit stays active',
    async (copy, { shop }) => {
      shop.list();
      const puppet = await shop.start(copy);
      const { MainPID: pid = '' } = await shop.show();
      expect(await shop.ask(copy, 'upgrade')).toMatchObject({
        code: 0,
        out: expect.stringContaining('with 1 living process') as string,
      });
      await shop.says('1 of 1 ready');
      const { MainPID: now, ActiveState, NRestarts } = await shop.show();
      expect({ ActiveState, same: now === pid, NRestarts }).toEqual({
        ActiveState: 'active',
        same: copy === 'koffi',
        NRestarts: copy === 'koffi' ? '0' : '1',
      });
      expect([puppet.signals, (await shop.rig.stage()).all.length]).toEqual([[], 1]);
      const stopped = shop.systemd.run('systemctl', 'stop', UNIT);
      await puppet.heard('SIGTERM');
      await puppet.exit(0);
      expect(await stopped).toMatchObject({ code: 0 });
      expect(await shop.show()).toMatchObject({ ActiveState: 'inactive', Result: 'success' });
    },
  );

  test('a list whose path means something to systemd', async ({ shop }) => {
    shop.list({}, 'a b%h$PATH ${PATH}; "c"');
    await shop.start('koffi');
    expect(await shop.lines('info')).toContain('/a b%h$PATH ${PATH}; "c"/daemons.yaml, 1 instance');
  });

  test('the watchdog leaves a supervisor alone that lives, however little it does', async ({ shop }) => {
    shop.list();
    await shop.start('koffi', 'WatchdogSec=9s');
    const at = async (): Promise<number> => Number((await shop.show()).WatchdogTimestampMonotonic);
    const first = await at();
    await shop.until(
      'has given signs of life for longer than it is believed',
      ({ WatchdogTimestampMonotonic: now }) => Number(now) > first + 9e6,
    );
    expect(await shop.show()).toMatchObject({ ActiveState: 'active', NRestarts: '0' });
  });

  test('what is meant for the supervisor does not reach a daemon, nor does its place before the OOM killer', async ({
    shop,
  }) => {
    shop.list();
    const puppet = await shop.start('koffi');
    const { env } = await puppet.look();
    const ours = /^(NOTIFY_SOCKET|WATCHDOG_|LISTEN_|JOURNAL_STREAM|INVOCATION_ID)/;
    expect(Object.keys(env).filter((name) => ours.test(name))).toEqual([]);
    const { MainPID: pid = '' } = await shop.show();
    const environment = await shop.systemd.sh(`tr '\\0' '\\n' </proc/${pid}/environ`);
    for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID', 'JOURNAL_STREAM', 'INVOCATION_ID'])
      expect(environment).toContain(`${name}=`);
    const score = async (of: number | string): Promise<string> =>
      (await shop.systemd.sh(`cat /proc/${of}/oom_score_adj`)).trim();
    expect([await score(pid), await score(puppet.pid)]).toEqual([mayBeSpared() ? '-500' : '0', '0']);
  });

  test('the journal has each line under our name, with its level and without a second time', async ({ shop }) => {
    shop.list({ restart: { delay: '50ms', attempts: 2 } });
    const puppet = await shop.start('koffi');
    await puppet.exit(3);
    await (await (await shop.rig.stage()).enter('p')).exit(3);
    const failed = await shop.until('has ended', ({ ActiveState }) => ActiveState === 'failed');
    expect(failed.ExecMainStatus).toBe('1');
    expect(await shop.lines('error')).toMatch(/^p .*gave up/m);
    expect(await shop.lines('info')).toMatch(/^p .*started/m);
    expect(await shop.lines()).not.toMatch(/\d\d:\d\d:\d\d|<\d>/);
    expect(await shop.systemd.sh('journalctl --no-pager -t supervise')).toMatch(/supervise\[\d+\]: p .*gave up/);
  });

  test('with log: stdout what a daemon prints is in the journal, with its name and a priority; after a death of the supervisor, too', async ({
    shop,
  }) => {
    shop.list({ log: 'stdout' });
    const puppet = await shop.start('koffi');
    await puppet.print('on stdout');
    await puppet.print('on stderr', 'err');
    await waitFor(
      'both are there',
      () => shop.lines(),
      (lines) => lines.includes('p | on stdout') && lines.includes('p | on stderr'),
    );
    expect(await shop.lines('info')).toMatch(/^p \| on stdout$/m);
    expect(await shop.lines('warning')).toMatch(/^p \| on stderr$/m);
    const { MainPID } = await shop.show();
    await shop.systemd.sh(`kill -KILL ${MainPID ?? ''}`);
    await shop.adoptedAfter(MainPID ?? '', puppet);
    await puppet.print('and after it');
    await waitFor(
      'it goes on',
      () => shop.lines('info'),
      (lines) => /^p \| and after it$/m.test(lines),
    );
  });

  test.for(['koffi', 'no-koffi'] as const)('%s: as the owner of the list', async (copy, { shop }) => {
    const { rig, systemd } = shop;
    for (const folder of [inject('root'), rig.folder]) chmodSync(folder, 0o755);
    await rig.stage();
    for (const file of ['.', 'stage.sock']) chownSync(path.join(rig.work, file), WWW_DATA, WWW_DATA);
    shop.list();
    chownSync(path.join(rig.work, 'daemons.yaml'), WWW_DATA, WWW_DATA);
    const puppet = await shop.start(copy);
    const NotifyAccess = copy === 'koffi' ? 'main' : 'all';
    expect(await shop.show()).toMatchObject({ ActiveState: 'active', User: 'www-data', NotifyAccess });
    const owner = await systemd.sh(
      `stat -c %U:%a /var/lib/supervise/shop /proc/${puppet.pid}; cat /proc/${puppet.pid}/oom_score_adj`,
    );
    expect(owner).toBe('www-data:700\nwww-data:555\n0\n');
    // Successors after a death and after an upgrade are heard as well.
    const { MainPID: pid = '' } = await shop.show();
    await systemd.sh(`systemctl kill -s KILL --kill-whom=main ${UNIT}`);
    await shop.adoptedAfter(pid, puppet);
    expect(await shop.ask(copy, 'upgrade')).toMatchObject({ code: 0 });
    await shop.says('1 of 1 ready');
    expect(await shop.show()).toMatchObject({ ActiveState: 'active', NRestarts: copy === 'koffi' ? '1' : '2' });
    expect([puppet.signals, (await rig.stage()).all.length]).toEqual([[], 1]);
    const stopped = systemd.run('systemctl', 'stop', UNIT);
    await puppet.heard('SIGTERM');
    await puppet.exit(0);
    expect(await stopped).toMatchObject({ code: 0 });
    expect(await shop.show()).toMatchObject({ Result: 'success' });
  });
});
