/** `supervise systemd install` and `uninstall`, under a real systemd. */
import { chmodSync, chownSync, copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject } from 'vitest';
import { programCopies, type Copy } from '../support/program-copies.ts';
import { PUPPET } from '../support/puppet.ts';
import type { Outcome, Rig } from '../support/supervise.ts';
import { test as base } from '../support/systemd-test.ts';
import { needSystemd, type PrivateSystemd } from '../support/systemd.ts';

const here = needSystemd();
const programIn = programCopies(!here.missing);
const UNIT = 'supervise-shop.service';
const FILE = `/etc/systemd/system/${UNIT}`;
const WWW_DATA = 33;

/** The list `shop` of one daemon `p`, and the commands that make a service of it. */
class Shop {
  readonly rig: Rig;
  readonly systemd: PrivateSystemd;
  copy: Copy = 'koffi';

  constructor(rig: Rig, systemd: PrivateSystemd) {
    this.rig = rig;
    this.systemd = systemd;
    rig.file('puppet.mjs', readFileSync(PUPPET, 'utf8'));
    this.list();
  }

  list(daemon: object = {}): void {
    const { work } = this.rig;
    const p = { name: 'p', script: path.join(work, 'puppet.mjs'), cwd: work, stop: 'unlimited', ...daemon };
    this.rig.list({ name: 'shop', daemons: [p] });
  }

  /** Runs our command where this systemd is pid 1. */
  ask(...words: readonly string[]): Promise<Outcome> {
    const file = path.join(this.rig.work, 'daemons.yaml');
    return this.systemd.run(process.execPath, programIn(this.copy), ...words, '-f', file);
  }

  async isActive(): Promise<string> {
    return (await this.systemd.show(UNIT)).ActiveState ?? '';
  }

  /** Everything in systemd's folder of units. */
  async units(): Promise<string> {
    return (await this.systemd.sh('find /etc/systemd/system -mindepth 1 ! -type d | sort')).trim();
  }
}

const test = base.extend<{ shop: Shop }>({
  shop: async ({ rig, systemd }, use) => {
    await use(new Shop(rig, systemd));
  },
});

describe.skipIf(here.missing)(`install and uninstall${here.note}`, { timeout: 180_000 }, () => {
  test('install writes, enables and starts it; uninstall waits for the boundary, and nothing but state and logs is left', async ({
    shop,
  }) => {
    const stage = await shop.rig.stage();
    const before = await shop.units();
    const installed = await shop.ask('systemd', 'install');
    expect(installed).toMatchObject({ code: 0, out: expect.stringContaining(`writes ${FILE}`) as string });
    const puppet = await stage.enter('p');
    expect(await shop.systemd.show(UNIT)).toMatchObject({ ActiveState: 'active', UnitFileState: 'enabled' });

    const removed = shop.ask('systemd', 'uninstall');
    await puppet.heard('SIGTERM');
    expect(await shop.systemd.show(UNIT)).toMatchObject({ ActiveState: 'deactivating', UnitFileState: 'disabled' });
    await puppet.exit(0);
    expect(await removed).toMatchObject({ code: 0, out: expect.stringContaining(`removed ${FILE}`) as string });
    expect(await shop.units()).toBe(before);
    expect((await shop.systemd.show(UNIT)).LoadState).toBe('not-found');
    expect(await shop.systemd.sh('ls /var/lib/supervise/shop')).toContain('logs');
    expect((await shop.ask('systemd', 'uninstall')).err).toContain(`there is no ${FILE}`);
  });

  test('what a life of a unit leaves behind: its state and its logs, and nothing anywhere else', async ({ shop }) => {
    const { systemd } = shop;
    const stage = await shop.rig.stage();
    shop.list({ restart: { delay: '50ms' } });
    const before = await systemd.filesAround(shop.rig);
    await shop.ask('systemd', 'install');
    await (await stage.enter('p')).exit(3);
    const second = await stage.enter('p');
    await second.print('a line');
    await systemd.sh(`systemctl kill -s KILL --kill-whom=main ${UNIT}`);
    await systemd.until(UNIT, 'is there again', (now) => now.NRestarts === '1' && now.ActiveState === 'active');
    await systemd.sh(`systemctl reload ${UNIT}`);
    const removed = shop.ask('systemd', 'uninstall');
    await second.heard('SIGTERM');
    await second.exit(0);
    expect(await removed).toMatchObject({ code: 0 });
    const left = (await systemd.filesAround(shop.rig)).filter((file) => !before.includes(file));
    expect(left.filter((file) => !file.startsWith('/var/lib/supervise/shop/'))).toEqual([
      '/var/lib/supervise',
      '/var/lib/supervise/shop',
    ]);
    expect(left).toContain('/var/lib/supervise/shop/logs/p.log');
    expect((await systemd.sh('systemctl list-units --all --no-legend "supervise*"')).trim()).toBe('');
  });

  test('a second install shows what differs before it overwrites, and touches nothing that runs', async ({ shop }) => {
    const stage = await shop.rig.stage();
    await shop.ask('systemd', 'install');
    const puppet = await stage.enter('p');
    expect((await shop.ask('systemd', 'install')).out).toContain(`${FILE} is as it should be`);
    await shop.systemd.sh(`sed -i 's/^WatchdogSec=.*/WatchdogSec=7s/' ${FILE}`);

    const shown = await shop.ask('systemd', 'install', '--dry-run');
    expect(shown).toMatchObject({
      code: 0,
      out: expect.stringContaining('-WatchdogSec=7s\n  +WatchdogSec=30s') as string,
    });
    expect(await shop.systemd.sh(`cat ${FILE}`)).toContain('WatchdogSec=7s');
    const again = await shop.ask('systemd', 'install');
    expect(again.out).toContain('-WatchdogSec=7s\n  +WatchdogSec=30s');
    expect(again.out).toContain('It runs, and goes on as it is');
    expect(await shop.systemd.sh(`cat ${FILE}`)).toContain('WatchdogSec=30s');
    expect([puppet.signals, stage.all.length]).toEqual([[], 1]);
  });

  test('a wrong list, a node below a home and a unit of somebody else: nothing is written', async ({ shop }) => {
    const before = await shop.units();
    shop.list({ shel: 'x' });
    expect(await shop.ask('systemd', 'install')).toMatchObject({
      code: 2,
      err: expect.stringContaining('did you mean') as string,
    });
    shop.list();
    const node = path.join(shop.rig.home, 'node');
    copyFileSync(process.execPath, node);
    chmodSync(node, 0o755);
    const list = path.join(shop.rig.work, 'daemons.yaml');
    const below = ['env', `HOME=${shop.rig.home}`, node, programIn('koffi'), 'systemd', 'install', '-f', list];
    expect(await shop.systemd.run(...below)).toMatchObject({
      code: 2,
      err: expect.stringContaining('nothing was written') as string,
    });
    expect(await shop.units()).toBe(before);
    expect((await shop.systemd.run(...below, '--node', node, '--dry-run')).out).toContain(`ExecStart=${node}`);

    await shop.systemd.sh(`printf '[Service]\\nExecStart=/bin/true\\n' >${FILE}`);
    for (const action of ['install', 'uninstall'])
      expect(await shop.ask('systemd', action)).toMatchObject({
        code: 2,
        err: expect.stringMatching(/nothing was (written|removed).*supervise has not written/) as string,
      });
    expect(await shop.systemd.sh(`cat ${FILE}`)).toContain('/bin/true');
  });

  test('check --explain asks the unit how long it waits; what does not answer is not waited for', async ({ shop }) => {
    const { systemd } = shop;
    const stage = await shop.rig.stage();
    const explained = async (): Promise<string> => (await shop.ask('check', '--explain')).out.replaceAll(/\s+/g, ' ');
    expect(await explained()).toContain('A systemd unit of your own waits for 90s: not enough');
    await shop.ask('systemd', 'install');
    const puppet = await stage.enter('p');
    expect(await explained()).toContain(`${UNIT} waits for 30s (TimeoutStopSec), and for more each time`);
    await systemd.edit(UNIT, '[Service]', 'TimeoutStopSec=2min 3s', 'Type=exec', 'WatchdogSec=0', 'NotifyAccess=none');
    expect(await explained()).toMatch(/does not hear the supervisor .* waits for 123s: not enough/);
    shop.rig.file('systemctl', '#!/bin/sh\nexec sleep 1000\n');
    const list = path.join(shop.rig.work, 'daemons.yaml');
    const words = [process.execPath, programIn('koffi'), 'check', '--explain', '-f', list];
    const silent = await systemd.run('env', `PATH=${shop.rig.work}:${process.env.PATH ?? ''}`, ...words);
    expect(silent).toMatchObject({ code: 0, out: expect.stringContaining('A systemd unit of your own') as string });
    void systemd.run('systemctl', 'stop', UNIT);
    await puppet.heard('SIGTERM');
    await puppet.exit(0);
  });

  test('where somebody has started the list by hand it is installed, not started, and says who it is', async ({
    shop,
  }) => {
    const stage = await shop.rig.stage();
    // Not its child: it must live on.
    await shop.systemd.sh(
      `setsid ${process.execPath} ${programIn('koffi')} start -f ${shop.rig.work}/daemons.yaml </dev/null >/dev/null 2>&1 &`,
    );
    const puppet = await stage.enter('p');
    const installed = await shop.ask('systemd', 'install');
    expect(installed).toMatchObject({
      code: 1,
      err: expect.stringMatching(/it was not started: pid \d+ runs this list already/) as string,
    });
    expect([await shop.isActive(), puppet.signals]).toEqual(['inactive', []]);
  });

  test('what does not start is told with what its journal says', async ({ shop }) => {
    await shop.systemd.sh('mkdir -p /var/lib/supervise && touch /var/lib/supervise/shop');
    const installed = await shop.ask('systemd', 'install');
    expect(installed).toMatchObject({ code: 1, err: expect.stringContaining('it did not start') as string });
    expect(installed.err).toMatch(/STATE_DIRECTORY|\/var\/lib\/supervise\/shop/);
  });

  test('with all of its hardening on, as the owner of the list, daemons start and drain', async ({ shop }) => {
    const { rig, systemd } = shop;
    const stage = await rig.stage();
    for (const folder of [inject('root'), rig.folder]) chmodSync(folder, 0o755);
    for (const file of ['.', 'stage.sock', 'daemons.yaml']) chownSync(path.join(rig.work, file), WWW_DATA, WWW_DATA);
    const { out } = await shop.ask('systemd', 'unit');
    const hardening = out.split('\n').flatMap((line) => (/^#[A-Z]\w+=/.test(line) ? [line.slice(1)] : []));
    expect(hardening.length).toBeGreaterThan(10);
    await systemd.edit(UNIT, '[Service]', ...hardening, `ReadWritePaths=${rig.work}`);
    expect(await shop.ask('systemd', 'install')).toMatchObject({ code: 0 });
    const puppet = await stage.enter('p');
    expect(await systemd.show(UNIT)).toMatchObject({
      User: 'www-data',
      NoNewPrivileges: 'yes',
      ProtectSystem: 'strict',
    });
    const stopped = systemd.run('systemctl', 'stop', UNIT);
    await puppet.heard('SIGTERM');
    await puppet.exit(0);
    expect(await stopped).toMatchObject({ code: 0 });
    expect(await systemd.show(UNIT)).toMatchObject({ Result: 'success' });
    const removed = await shop.ask('systemd', 'uninstall');
    expect(removed.out).toContain(`${FILE}.d is yours`);
  });

  test('--user: a unit of the user, under the systemd of this user', async ({ shop }) => {
    const { rig, systemd } = shop;
    const stage = await rig.stage();
    for (const folder of [inject('root'), rig.folder]) chmodSync(folder, 0o755);
    for (const file of [rig.home, ...['.', 'stage.sock', 'daemons.yaml'].map((each) => path.join(rig.work, each))])
      chownSync(file, WWW_DATA, WWW_DATA);
    const runtime = `/run/user/${WWW_DATA}`;
    await systemd.sh(
      `mkdir -p ${runtime}; chown ${WWW_DATA}:${WWW_DATA} ${runtime}; printf '%s\\n' '[Service]' 'Type=notify' 'User=www-data' ` +
        `'Delegate=yes' 'UnsetEnvironment=SYSTEMD_UNIT_PATH' 'Environment=XDG_RUNTIME_DIR=${runtime} HOME=${rig.home}' ` +
        `'ExecStart=/lib/systemd/systemd --user' >/run/systemd/system/users.service; systemctl daemon-reload; systemctl start users`,
    );
    const become = ['setpriv', `--reuid=${WWW_DATA}`, `--regid=${WWW_DATA}`, '--clear-groups'];
    const env = ['env', `XDG_RUNTIME_DIR=${runtime}`, `HOME=${rig.home}`];
    const asUser = (...words: readonly string[]): Promise<Outcome> => systemd.run(...become, ...env, ...words);
    const ask = (action: string): Promise<Outcome> =>
      asUser(process.execPath, programIn('koffi'), 'systemd', action, '--user', '-f', `${rig.work}/daemons.yaml`);
    const installed = await ask('install');
    expect(installed).toMatchObject({ code: 0, out: expect.stringContaining('loginctl enable-linger') as string });
    const puppet = await stage.enter('p');
    expect((await asUser('systemctl', '--user', 'is-enabled', UNIT)).out).toBe('enabled\n');
    const removed = ask('uninstall');
    await puppet.heard('SIGTERM');
    await puppet.exit(0);
    expect((await removed).out).toContain(`removed ${rig.home}/.config/systemd/user/${UNIT}`);
    expect((await asUser('systemctl', '--user', 'is-enabled', UNIT)).code).not.toBe(0);
  });
});
