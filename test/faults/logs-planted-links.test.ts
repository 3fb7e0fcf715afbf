/** A log of root's supervisor is in a folder of the daemon's user, who plants links in it. */
import { chownSync, lchownSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { stopAll } from '../support/detached.ts';
import { asRoot } from '../support/needs.ts';
import { SHOP } from '../support/other-users.ts';
import { PUPPET } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitFor } from '../support/wait-for.ts';

const LINE = 'a line that somebody would like to have elsewhere';

interface Scene {
  /** The user's; the log is in it. */
  readonly folder: string;
  readonly file: string;
  /** Root's. */
  readonly precious: string;
}

function scene(rig: Rig): Scene {
  const folder = path.join(rig.folder, 'shop');
  mkdirSync(folder);
  chownSync(folder, SHOP.uid, SHOP.gid);
  const precious = path.join(rig.folder, 'precious');
  writeFileSync(precious, 'precious\n', { mode: 0o600 });
  return { folder, file: path.join(folder, 'p.log'), precious };
}

function plant(target: string, link: string): void {
  symlinkSync(target, link);
  lchownSync(link, SHOP.uid, SHOP.gid);
}

describe.skipIf(asRoot.missing)(`links that the user of a folder has planted in it${asRoot.note}`, () => {
  test('in the places of all files of the log lead to nothing that is not his', async ({ rig }) => {
    const { folder, file, precious } = scene(rig);
    const half = path.join(folder, 'half.log');
    plant(precious, `${half}.open`);
    for (const name of ['.open', '.1', '.2.gz', '.gz.part']) plant(precious, `${file}${name}`);
    const stage = await rig.stage();
    rig.list([
      { name: 'p', script: PUPPET, cwd: '.', log: { file, max_size: '1KB', compress: true } },
      { name: 'half', shell: "printf 'half of a line'; exec sleep 1000", log: { file: half } },
    ]);
    await rig.start();
    const daemon = await stage.enter('p');
    for (let n = 0; n < 40; n += 1) await daemon.print(`${LINE}\n`.repeat(5).trimEnd());
    await waitFor(
      'it is rotated',
      () => [1, 2, 3, 4, 5].filter((number) => lstatSync(`${file}.${number}.gz`, { throwIfNoEntry: false })?.isFile()),
      (files) => files.length > 2,
    );
    await waitFor(
      'half a line is written',
      () => rig.read(half),
      (text) => text === 'half of a line',
    );
    for (const log of [file, half]) expect(lstatSync(`${log}.open`).isSymbolicLink()).toBe(true);
    const stopping = rig.run('stop');
    await daemon.heard('SIGTERM');
    await daemon.exit(0);
    expect(await stopping).toMatchObject({ code: 0 });
    expect(readFileSync(precious, 'utf8')).toBe('precious\n');
  });

  test('in the place of the log itself, or of its folder, are not followed: lines are counted until they are gone', async ({
    rig,
  }) => {
    const { folder, file, precious } = scene(rig);
    plant(precious, file);
    plant(rig.folder, path.join(folder, 'logs'));
    const stage = await rig.stage();
    const below = path.join(folder, 'logs', 'new', 'q.log');
    rig.list([
      { name: 'p', script: PUPPET, cwd: '.', log: { file } },
      { name: 'q', script: PUPPET, cwd: '.', log: { file: below } },
    ]);
    const supervise = await rig.start();
    const [p, q] = [await stage.enter('p'), await stage.enter('q')];
    for (const daemon of [p, q]) await daemon.print(LINE);
    await supervise.says(
      /cannot write \S+p\.log: \S+p\.log is a link that user 41001 has made, to something that is not his/,
    );
    await supervise.says(
      /cannot write \S+q\.log: \S+logs is a link that user 41001 has made, to something that is not his/,
    );
    expect((await rig.run('logs', 'p')).out).not.toContain('precious');
    expect(readFileSync(precious, 'utf8')).toBe('precious\n');
    for (const link of [file, path.join(folder, 'logs')]) rmSync(link);
    for (const made of [file, below])
      await waitFor(
        'it is told in a file of ours',
        () => rig.read(made),
        (text) => /^supervise: 1 line was dropped here [^\n]+\n$/.test(text),
      );
    expect(lstatSync(path.join(rig.folder, 'new'), { throwIfNoEntry: false })).toBe(undefined);
    await stopAll(rig, [p, q]);
  });
});
