/** A process whose first thread has ended looks like a zombie in /proc, while the others work on. */
import path from 'node:path';
import { describe, expect } from 'vitest';
import { kill, untilSavedState } from '../support/adoption.ts';
import { need } from '../support/needs.ts';
import { send } from '../support/processes.ts';
import { test, type Program, type Rig } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

const python = need('python3', 'python3');
const SCRIPT = path.resolve(import.meta.dirname, '../fixtures/daemons/first-thread-ends.py');

describe.skipIf(python.missing)(`a daemon whose first thread has ended${python.note}`, () => {
  test.for([
    ['holds its pipes', ''],
    ['holds none of its pipes', ' none'],
  ])('and that %s is adopted as one that lives, and drains', async ([, argument], { rig }) => {
    const { pid, first } = await begun(rig, `python3 ${SCRIPT}${argument}`);
    await kill(first);
    const second = await rig.start();
    expect(await rig.instance('p')).toMatchObject({ pid, starts: 1, flags: ['adopted'], state: 'running' });
    expect(await rig.run('stop')).toMatchObject({ code: 0 });
    expect(await second.ended).toMatchObject({ code: 0 });
    expect([rig.read('works'), rig.read('done')]).toEqual([`${pid}\n`, `${pid}\n`]);
  });

  test('is named and ended where it outlives the main process of its run', async ({ rig }) => {
    rig.list([{ name: 'p', shell: `python3 ${SCRIPT} & wait`, stop: { to: 'main' }, restart: 'never' }]);
    const supervise = await rig.start();
    const main = await rig.untilState('p', 'running');
    const pid = await worker(rig);
    send(main.pid ?? 0, 'SIGKILL');
    await supervise.says(new RegExp(`left behind: .*${pid}`));
    await waitUntil('it has drained', () => rig.read('done') === `${pid}\n`);
  });
});

async function begun(rig: Rig, command: string): Promise<{ readonly pid: number; readonly first: Program }> {
  rig.list([{ name: 'p', command, restart: { delay: '10ms' } }]);
  const first = await rig.start();
  await untilSavedState(rig, 'p', 'running');
  return { pid: await worker(rig), first };
}

/** The process whose first thread has ended. */
async function worker(rig: Rig): Promise<number> {
  await waitUntil('its first thread has ended', () => rig.read('works').endsWith('\n'));
  return Number(rig.read('works'));
}
