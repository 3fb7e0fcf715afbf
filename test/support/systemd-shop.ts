/** The list `shop` with one daemon `p`, a puppet, as a service of a private systemd. */
import { readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { programCopies, type Copy } from './program-copies.ts';
import { PUPPET, type Puppet } from './puppet.ts';
import type { Outcome, Rig } from './supervise.ts';
import { test as base } from './systemd-test.ts';
import { needSystemd, type PrivateSystemd, type Shown } from './systemd.ts';

export const UNIT = 'supervise-shop.service';
const STATE = '/var/lib/supervise/shop';

/** The list `shop` as a service. */
export class Shop {
  readonly rig: Rig;
  readonly systemd: PrivateSystemd;
  private file = '';

  constructor(rig: Rig, systemd: PrivateSystemd) {
    this.rig = rig;
    this.systemd = systemd;
    // Another user may have to read the puppet.
    rig.file('puppet.mjs', readFileSync(PUPPET, 'utf8'));
  }

  /** One daemon `p`, a puppet, in a list in this folder below the work folder. */
  list(daemon: object = {}, folder = '.'): void {
    this.file = this.write(path.join(folder, 'daemons.yaml'), 'shop', { name: 'p', ...daemon });
  }

  /** The file of another list with one daemon. */
  neighbour(list: string, daemon: string): string {
    return this.write(`${list}.yaml`, list, { name: daemon });
  }

  /** Writes the unit with the first two of the three commands that it names. `more`: what `systemctl edit` adds. */
  async install(copy: Copy, ...more: readonly string[]): Promise<void> {
    const unit = `${process.execPath} ${programIn(copy)} systemd unit -f '${this.file}'`;
    await this.systemd.sh(`${unit} >/etc/systemd/system/${UNIT}; systemctl daemon-reload`);
    if (more.length > 0) await this.systemd.edit(UNIT, '[Service]', ...more);
  }

  /** Installs and starts it; resolves when the daemon is on the stage and ready. */
  async start(copy: Copy, ...more: readonly string[]): Promise<Puppet> {
    const stage = await this.rig.stage();
    await this.install(copy, ...more);
    await this.systemd.sh(`systemctl start ${UNIT}`);
    const puppet = await stage.enter('p');
    await puppet.say('READY=1');
    await this.says('1 of 1 ready');
    return puppet;
  }

  private write(file: string, name: string, daemon: object): string {
    const { work } = this.rig;
    const puppet = { script: path.join(work, 'puppet.mjs'), cwd: work, ready: 'notify', ...daemon };
    return this.rig.file(file, JSON.stringify({ name, daemons: [puppet] }));
  }

  /** Runs our command where this systemd is pid 1, for the unit's supervisor. */
  ask(copy: Copy, ...words: readonly string[]): Promise<Outcome> {
    return this.command(copy, ...words, '--state-dir', STATE);
  }

  command(copy: Copy, ...words: readonly string[]): Promise<Outcome> {
    return this.systemd.run(process.execPath, programIn(copy), ...words);
  }

  /** Moves the program away during `deed`. */
  async whileGone(copy: Copy, deed: () => Promise<void>): Promise<void> {
    const program = programIn(copy);
    renameSync(program, `${program}.gone`);
    try {
      await deed();
    } finally {
      renameSync(`${program}.gone`, program);
    }
  }

  says(words: string): Promise<Shown> {
    return this.until(`says: ${words}`, ({ StatusText }) => StatusText === words);
  }

  until(what: string, met: (shown: Shown) => boolean): Promise<Shown> {
    return this.systemd.until(UNIT, what, met);
  }

  /** Waits for a different supervisor, which has found the daemon without sending it anything. */
  async adoptedAfter(pid: string, puppet: Puppet): Promise<void> {
    await this.until(
      'is active again',
      ({ ActiveState, MainPID }) => ActiveState === 'active' && MainPID !== '0' && MainPID !== pid,
    );
    await this.says('1 of 1 ready');
    expect(await this.show()).toMatchObject({ NRestarts: '1' });
    expect(await this.lines()).toContain(`adopted, pid ${puppet.pid}, run 1`);
    expect([puppet.signals, (await this.rig.stage()).all.length]).toEqual([[], 1]);
  }

  show(): Promise<Shown> {
    return this.systemd.show(UNIT);
  }

  /** Lines of the journal, by level. */
  async lines(level?: 'info' | 'warning' | 'error'): Promise<string> {
    const priority = { info: '6', warning: '4', error: '3' };
    return (await this.systemd.journal(UNIT))
      .filter(({ PRIORITY }) => level === undefined || PRIORITY === priority[level])
      .map(({ MESSAGE }) => MESSAGE)
      .join('\n');
  }
}

export const here = needSystemd();
const programIn = programCopies(!here.missing);

/** A test with such a list. What needs it is skipped if `here` is missing. */
export const test = base.extend<{ shop: Shop }>({
  shop: async ({ rig, systemd }, use) => {
    await use(new Shop(rig, systemd));
  },
});
