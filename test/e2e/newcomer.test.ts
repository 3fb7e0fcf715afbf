/** Somebody who has the file of the package, a folder with workers, and a machine with systemd: from the installation to the end of it. */
import { chmodSync, chownSync, rmSync } from 'node:fs';
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

/** Workers as one has them, without a word of ours. A job that has begun is at work as long as there is a file `hold`. */
const PHOTOS = `#!/bin/sh
trap 'stop=1' TERM INT
while [ -z "$stop" ]; do
  n=$((n + 1))
  echo "begin $$-$n" >>jobs
  sleep 0.1
  while [ -e hold ]; do sleep 0.02; done
  echo "end $$-$n" >>jobs
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
    const become = ['setpriv', `--reuid=${WWW_DATA}`, `--regid=${WWW_DATA}`, '--clear-groups'];
    return this.#run([...become, 'env', `HOME=${this.rig.home}`], this.program, ...words);
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

  /** All in the places where something could be left. */
  files(): Promise<readonly string[]> {
    const { work, home } = this.rig;
    return this.systemd.files('/etc', '/run', '/usr/local', '/var/cache', '/var/lib', '/var/log', work, home);
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
    const before = await newcomer.files();
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
    expect(await newcomer.npm('uninstall', 'supervise')).toMatchObject({ code: 0 });
    // npm leaves its folders, not one file in them.
    expect(await systemd.sh(`find ${newcomer.prefix} ! -type d`)).toBe('');
    const id = /supervise-(.*)\.service/.exec(unit)?.[1] ?? '';
    const states = ['/var/lib', path.join(rig.home, '.local/state')].map((folder) =>
      path.join(folder, 'supervise', id),
    );
    const isState = (file: string): boolean =>
      states.some((state) => `${state}/`.startsWith(`${file}/`) || file.startsWith(`${state}/`));
    const left = (await newcomer.files()).filter((file) => !before.includes(file) && !isState(file));
    expect(left).toEqual(['daemons.yaml', 'jobs'].map((name) => path.join(rig.work, name)));
  });
});
