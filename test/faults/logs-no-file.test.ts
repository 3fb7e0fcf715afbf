/** Something that is not a file is in place of a log, or of what is saved beside it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { stop } from '../support/detached.ts';
import { PUPPET } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitFor } from '../support/wait-for.ts';

const fileOf = (rig: Rig, name: string): string => {
  mkdirSync(path.join(rig.state, 'logs'), { recursive: true, mode: 0o700 });
  return path.join(rig.state, 'logs', name);
};

test('a log that is a link to itself is told by check, start and status, and the list runs', async ({ rig }) => {
  const stage = await rig.stage();
  rig.list([{ name: 'p', script: PUPPET, cwd: '.' }]);
  const file = fileOf(rig, 'p.log');
  symlinkSync('p.log', file);
  expect(await rig.run('check')).toMatchObject({ code: 0 });
  const supervise = await rig.start();
  await supervise.says(`The log of p, ${file}, cannot be looked at: too many symbolic links encountered (ELOOP).`);
  const daemon = await stage.enter('p');
  await rig.untilState('p', 'running');
  await daemon.print('lost');
  await supervise.says(/cannot write \S+: too many symbolic links encountered \(ELOOP\)/);
  rmSync(file);
  await waitFor(
    'it is told',
    () => rig.log('p.log'),
    (text) => /^supervise: 1 line was dropped here [^\n]+ELOOP[^\n]+\n$/.test(text),
  );
  await stop(rig, daemon);
});

test('a FIFO in the place of what is written down beside a log does not hold the start', async ({ rig }) => {
  const stage = await rig.stage();
  rig.list([{ name: 'p', script: PUPPET, cwd: '.' }]);
  execFileSync('mkfifo', [fileOf(rig, 'p.log.open')]);
  await rig.start();
  const daemon = await stage.enter('p');
  await daemon.print('printed');
  await waitFor(
    'it is written',
    () => rig.log('p.log'),
    (text) => text === 'printed\n',
  );
  await stop(rig, daemon);
});

test('a log that a FIFO took the place of, which nobody reads, or a link to a full device: no line is missing without a word, and a file is made again', async ({
  rig,
}) => {
  const stage = await rig.stage();
  rig.list([{ name: 'p', script: PUPPET, cwd: '.' }]);
  const supervise = await rig.start();
  const daemon = await stage.enter('p');
  const file = fileOf(rig, 'p.log');
  let printed = 0;
  /** Until this is so. */
  const printUntil = async (what: string, met: () => boolean): Promise<void> => {
    await waitFor(what, () => daemon.print(`line ${printed++}`), met);
  };
  await printUntil('there is a log', () => rig.log('p.log') !== '');

  renameSync(file, `${file}.before`);
  execFileSync('mkfifo', [file]);
  for (let n = 0; n < 20; n += 1) await daemon.print(`line ${printed++}`);
  rmSync(file);
  await printUntil('a file is made', () => rig.log('p.log') !== '');
  renameSync(file, `${file}.between`);
  symlinkSync('/dev/full', file);
  await printUntil('it cannot be written', () => supervise.err.includes('ENOSPC') || supervise.out.includes('ENOSPC'));
  rmSync(file);
  await printUntil('a file is made again', () => rig.log('p.log').endsWith(`line ${printed - 1}\n`));

  await stop(rig, daemon);
  const text = [`${file}.before`, `${file}.between`, file].map((each) => readFileSync(each, 'utf8')).join('');
  const written = [...text.matchAll(/^line (\d+)$/gm)].map(([, n]) => Number(n));
  expect(written).toEqual([...new Set(written)].sort((a, b) => a - b));
  const dropped = [...text.matchAll(/^supervise: (\d+) lines? w\S+ dropped here /gm)].map(([, n]) => Number(n));
  expect(dropped.length).toBeGreaterThan(0);
  expect(written.length + dropped.reduce((sum, n) => sum + n, 0)).toBe(printed);
});
