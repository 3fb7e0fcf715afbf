import { existsSync, renameSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { SLEEPER } from '../support/detached.ts';
import { asRoot } from '../support/needs.ts';
import { as, belongsTo } from '../support/other-users.ts';
import { isAlive, send } from '../support/processes.ts';
import { test, type HowToRun, type Rig } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

/** A user other than root keeps the state of a list in the home of the test. */
const USER = 41_009;
const HOW: HowToRun = { env: { SUPERVISE_STATE_DIR: '' }, under: asRoot.missing ? [] : as(USER, USER) };

test('two lists of one name: what is meant for the one is not asked of the other that runs, and a link to that is no other', async ({
  rig,
}) => {
  const list = { name: 'shop', daemons: [{ name: 'p', ...SLEEPER }] };
  const file = rig.list(list);
  const other = rig.file('other.yaml', JSON.stringify(list));
  const link = path.join(rig.work, 'link.yaml');
  symlinkSync(file, link);
  if (!asRoot.missing) belongsTo(rig, USER);
  const supervise = rig.launch(['start'], HOW);
  await supervise.says('p started');
  for (const asked of [
    ...[['stop'], ['stop', 'p'], ['restart'], ['start', 'p']],
    ...[['reload'], ['reload', '--dry-run'], ['signal', 'USR1', 'p'], ['upgrade']],
  ]) {
    const { code, err } = await rig.launch([...asked, '--file', other], HOW).ended;
    expect({ asked, code, err }).toMatchObject({ asked, code: 2 });
    expect(err).toContain(`is ${file}, not ${other}: nothing was asked of it`);
    expect(err).toMatch(/--state-dir \S+\/supervise\/shop\. /);
  }
  const start = await rig.launch(['start', '--file', other], HOW).ended;
  expect(start).toMatchObject({ code: 4, err: expect.stringContaining(`has the list ${file}`) as string });
  expect(supervise.out).not.toMatch(/draining|stopping|restarting/);
  expect(await rig.launch(['stop', '--file', link], HOW).ended).toMatchObject({ code: 0 });
  expect(await supervise.ended).toMatchObject({ code: 0 });
});

const folderOf = (rig: Rig): string => path.join(rig.home, '.local/state/supervise/shop');

/** A list called shop with one daemon, whose supervisor has died; and another file of that name. */
async function leftAlone(rig: Rig): Promise<{ readonly file: string; readonly other: string; readonly pid: number }> {
  const list = { name: 'shop', daemons: [{ name: 'p', ...SLEEPER }] };
  const file = rig.list(list);
  const other = rig.file('other.yaml', JSON.stringify(list));
  if (!asRoot.missing) belongsTo(rig, USER);
  const supervise = rig.launch(['start'], HOW);
  await supervise.says('p started');
  const pid = Number(/p started, pid (\d+)/.exec(supervise.out)?.[1]);
  rig.closers.push(() => {
    send(pid, 'SIGKILL');
  });
  await waitUntil('its state is written down', () => existsSync(path.join(folderOf(rig), 'state.json')));
  supervise.signal('SIGKILL');
  await supervise.ended;
  return { file, other, pid };
}

test('two lists of one name: who is left by the dead supervisor of the one is not touched by commands for the other', async ({
  rig,
}) => {
  const { file, other, pid } = await leftAlone(rig);
  for (const asked of [['start'], ['start', '-d'], ['start', 'p'], ['stop'], ['stop', '--now']]) {
    const { code, err } = await rig.launch([...asked, '--file', other], HOW).ended;
    expect({ asked, code, err }).toMatchObject({ asked, code: 2 });
    expect(err).toContain(`is ${file}, not ${other}: nothing was asked of it`);
    expect(err).toContain(`Its supervisor has died, and p (pid ${pid}) lives on`);
  }
  for (const asked of [['status'], ['restart'], ['stop', 'p']]) {
    const { code, err } = await rig.launch([...asked, '--file', other], HOW).ended;
    expect({ asked, code, err }).toMatchObject({ asked, code: 3 });
    expect(err).toContain(`no supervisor is running: the list that runs under this name is ${file}, not ${other}`);
  }
  expect(isAlive(pid)).toBe(true);
  const meant = await rig.launch(['stop', '--file', other, '--state-dir', folderOf(rig)], HOW).ended;
  expect(meant).toMatchObject({ code: 0 });
  expect(isAlive(pid)).toBe(false);
});

test('a list that has moved goes on with who was left by its dead supervisor, also where a link leads to it', async ({
  rig,
}) => {
  const { file, other, pid } = await leftAlone(rig);
  renameSync(file, other);
  const link = path.join(rig.work, 'link.yaml');
  symlinkSync(other, link);
  const supervise = rig.launch(['start', '--file', other], HOW);
  await supervise.says(`p adopted, pid ${pid}`);
  expect(supervise.err).toContain(`started from the list ${file}, which has gone; it goes on under ${other}`);
  supervise.signal('SIGKILL');
  await supervise.ended;
  const stop = await rig.launch(['stop', '--file', link], HOW).ended;
  expect(stop).toMatchObject({ code: 0 });
  expect(stop.err).not.toContain('which has gone');
  expect(isAlive(pid)).toBe(false);
});
