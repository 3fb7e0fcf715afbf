/** A user with the package file, a folder of workers, and a machine with systemd: from installation to removal. */
import { chmodSync, chownSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject } from 'vitest';
import type { StatusView } from '../../src/control/view.ts';
import { npmSettings, packOnce } from '../support/npm-package.ts';

import type { Outcome, Rig } from '../support/supervise.ts';
import { test as base } from '../support/systemd-test.ts';
import { needSystemd, type PrivateSystemd } from '../support/systemd.ts';
import { waitFor } from '../support/wait-for.ts';

const here = needSystemd();
const thePackage = packOnce(!here.missing);
const WWW_DATA = 33;
const NOBODY = 65_534;

/** Ordinary workers that know nothing of us. A begun job is in progress as long as there is a file `hold`. */
const PHOTOS = `#!/bin/sh
trap 'stop=1' TERM INT
while [ -z "$stop" ]; do
  n=$((n + 1))
  echo "begin $$-$n" >>jobs
  sleep 0.1
  while [ -e hold ]; do sleep 0.02; done
  echo "end $$-$n" >>jobs
  echo "photo $$-$n"
done
`;
const REPORTS = `import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => (stopping = true));
let n = 0;
while (!stopping) {
  const job = \`\${process.pid}-\${++n}\`;
  appendFileSync('jobs', \`begin \${job}\\n\`);
  await sleep(100);
  while (existsSync('hold')) await sleep(20);
  appendFileSync('jobs', \`end \${job}\\n\`);
}
`;

class Newcomer {
  readonly rig: Rig;
  readonly systemd: PrivateSystemd;
  /** Where npm puts what is installed for the machine. */
  readonly prefix: string;

  constructor(rig: Rig, systemd: PrivateSystemd) {
    this.rig = rig;
    this.systemd = systemd;
    this.prefix = path.join(rig.folder, 'prefix');
    rig.file('workers/photos.sh', PHOTOS);
    rig.file('workers/reports.mjs', REPORTS);
    // The app and its folder belong to www-data, as they often do.
    for (const folder of [inject('root'), rig.folder]) chmodSync(folder, 0o755);
    for (const file of [rig.home, rig.work]) chownSync(file, WWW_DATA, WWW_DATA);
  }

  npm(...words: readonly string[]): Promise<Outcome> {
    return this.#run([], 'npm', ...words, '--global', '--prefix', this.prefix, '--offline');
  }

  asRoot(...words: readonly string[]): Promise<Outcome> {
    return this.#run([], this.program, ...words);
  }

  asOwner(...words: readonly string[]): Promise<Outcome> {
    return this.as(WWW_DATA, this.rig.home, ...words);
  }

  as(uid: number, home: string, ...words: readonly string[]): Promise<Outcome> {
    const become = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
    return this.#run([...become, 'env', `HOME=${home}`], this.program, ...words);
  }

  get program(): string {
    return path.join(this.prefix, 'bin/supervise');
  }

  #run(under: readonly string[], ...words: readonly string[]): Promise<Outcome> {
    const settings = Object.entries(npmSettings()).map(([name, value]) => `${name}=${value}`);
    return this.systemd.run('env', '-C', this.rig.work, ...settings, ...under, ...words);
  }

  /** What the jobs have noted themselves. */
  jobs(): { readonly open: readonly string[]; readonly done: readonly string[] } {
    const lines = this.rig.read('jobs').split('\n');
    const idsOf = (what: string): string[] =>
      lines.filter((line) => line.startsWith(what)).map((line) => line.slice(what.length));
    const done = idsOf('end ');
    return { open: idsOf('begin ').filter((id) => !done.includes(id)), done };
  }

  /** Waits until each worker has done a job more than once. */
  async work(): Promise<void> {
    const before = new Set(this.jobs().done);
    const workers = (): Set<string | undefined> =>
      new Set(this.jobs().done.flatMap((id) => (before.has(id) ? [] : [id.split('-')[0]])));
    await waitFor('both workers have done a job', workers, ({ size }) => size === 2);
  }

  /** Holds both workers in the middle of a job; returns those jobs. */
  async hold(): Promise<readonly string[]> {
    this.rig.file('hold', '');
    const done = await waitFor(
      'no more jobs end',
      () => this.jobs(),
      ({ open }) => open.length === 2,
    );
    return done.open;
  }

  letGo(): void {
    rmSync(path.join(this.rig.work, 'hold'));
  }
}

const test = base.extend<{ newcomer: Newcomer }>({
  newcomer: async ({ rig, systemd }, use) => {
    await use(new Newcomer(rig, systemd));
  },
});

describe.skipIf(here.missing)(`from the file of the package to its end${here.note}`, { timeout: 240_000 }, () => {
  test('install, init, start, systemd install, work, restart in mid-job, uninstall: no job is cut or done twice, and nothing is left but state and logs', async ({
    newcomer,
  }) => {
    const { systemd, rig } = newcomer;
    const before = await systemd.filesAround(rig);
    expect(await newcomer.npm('install', thePackage().file)).toMatchObject({ code: 0 });

    const begun = await newcomer.asOwner('init');
    expect(begun).toMatchObject({ code: 0, out: expect.stringContaining('scripts: photos, reports') as string });
    expect(await newcomer.asOwner('check')).toMatchObject({ code: 0 });

    const byHand = newcomer.asOwner('start');
    await newcomer.work();
    const running = JSON.parse((await newcomer.asOwner('status', '--json')).out) as StatusView;
    await systemd.sh(`kill -INT ${running.supervisor?.pid ?? 0}`);
    expect(await byHand).toMatchObject({ code: 0, out: expect.stringContaining('cut 0') as string });
    expect(newcomer.jobs().open).toEqual([]);

    const installed = await newcomer.asRoot('systemd', 'install');
    expect(installed).toMatchObject({ code: 0, err: '' });
    const unit = /^writes .*\/(supervise-.*\.service)$/m.exec(installed.out)?.[1] ?? '';
    expect(await systemd.show(unit)).toMatchObject({ ActiveState: 'active', User: 'www-data' });
    await newcomer.work();

    const held = await newcomer.hold();
    const restarted = systemd.run('systemctl', 'restart', unit);
    await systemd.until(unit, 'waits for both', ({ StatusText }) => StatusText === 'stopping, 2 left: photos reports');
    expect(newcomer.jobs().open).toEqual(held);
    newcomer.letGo();
    expect(await restarted).toMatchObject({ code: 0, err: '' });
    expect(newcomer.jobs().done).toEqual(expect.arrayContaining([...held]));
    await newcomer.work();
    expect(await newcomer.hold()).toHaveLength(2);
    newcomer.letGo();

    const removed = await newcomer.asRoot('systemd', 'uninstall');
    expect(removed).toMatchObject({ code: 0, out: expect.stringContaining('cut 0') as string });
    const { open, done } = newcomer.jobs();
    expect([open, done.length]).toEqual([[], new Set(done).size]);
    // Those of the unit, not those of the earlier start by hand.
    const last = /^photos \| photo (.*)$/m.exec((await newcomer.asOwner('logs', 'photos', '-n', '1')).out)?.[1] ?? '';
    expect(done.slice(-4)).toContain(last);
    expect(await newcomer.npm('uninstall', 'supervise')).toMatchObject({ code: 0 });
    // npm leaves its folders, but no file in them.
    expect(await systemd.sh(`find ${newcomer.prefix} ! -type d`)).toBe('');
    const id = /supervise-(.*)\.service/.exec(unit)?.[1] ?? '';
    const states = ['/var/lib', path.join(rig.home, '.local/state')].map((folder) =>
      path.join(folder, 'supervise', id),
    );
    const isState = (file: string): boolean =>
      states.some((state) => `${state}/`.startsWith(`${file}/`) || file.startsWith(`${state}/`));
    const left = (await systemd.filesAround(rig)).filter((file) => !before.includes(file) && !isState(file));
    expect(left).toEqual(['daemons.yaml', 'jobs'].map((name) => path.join(rig.work, name)));
  });

  test('what sudo and another user do to it is told: whose the list is, which unit has it, and nobody starts it twice', async ({
    newcomer,
  }) => {
    const { systemd, rig } = newcomer;
    await newcomer.npm('install', thePackage().file);
    const list = path.join(rig.work, 'daemons.yaml');
    expect((await newcomer.asRoot('init')).out).toContain('it belongs to www-data, as its folder does');
    expect(statSync(list)).toMatchObject({ uid: WWW_DATA, gid: WWW_DATA });
    chownSync(list, 0, 0);
    expect((await newcomer.asRoot('systemd', 'install', '--dry-run')).err).toMatch(
      /photos, reports would run as root.*chown www-data/,
    );
    chownSync(list, WWW_DATA, WWW_DATA);
    const words = 'For a unit of the machine ask as root';
    expect(await newcomer.asOwner('systemd', 'install')).toMatchObject({
      code: 2,
      err: expect.stringContaining(words) as string,
    });

    const unit = /^writes .*\/(.*)$/m.exec((await newcomer.asRoot('systemd', 'install')).out)?.[1] ?? '';
    const twin = `/etc/systemd/system/${unit} is a unit of this list, too`;
    expect(await newcomer.asOwner('systemd', 'install')).toMatchObject({
      code: 2,
      err: expect.stringContaining(twin) as string,
    });
    const stranger = await newcomer.as(NOBODY, '/tmp', 'start');
    expect(stranger).toMatchObject({ code: 4, err: expect.stringContaining(`${unit} has the list`) as string });

    await systemd.sh(`systemctl stop ${unit}`);
    expect(await newcomer.asOwner('status')).toMatchObject({
      code: 3,
      err: expect.stringContaining(`It has a unit; start that: systemctl start ${unit}`) as string,
    });
    expect(await newcomer.asOwner('start', '-d')).toMatchObject({
      code: 0,
      out: expect.stringContaining('It has a unit, which cannot start while this one runs') as string,
    });
    expect(await newcomer.asOwner('stop')).toMatchObject({ code: 0 });
  });
});
