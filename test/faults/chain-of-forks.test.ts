/** A chain of processes, each forking the next and ending: a look at /proc may see none of them, although one is always there. */
import path from 'node:path';
import { describe, expect } from 'vitest';
import { need } from '../support/needs.ts';
import { send } from '../support/processes.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

const python = need('python3', 'python3');
const SCRIPT = path.resolve(import.meta.dirname, '../fixtures/daemons/chain-of-forks.py');

describe.skipIf(python.missing)(`a chain of forks in the session of a daemon${python.note}`, () => {
  test('ends with the SIGKILL of a restart and of a stop, and is not doubled', async ({ rig }) => {
    const first = await begun(rig);
    expect(await rig.run('restart', 'p')).toMatchObject({ code: 1 });
    const second = await chainOf(rig, 2);
    await rig.run('stop');
    await gone(first);
    await gone(second);
    expect(rig.read('ledger')).toMatch(/^(1\n)+(2\n)+$/);
  });

  test('that outlives its main process is a leftover, and no other is started beside it', async ({ rig }) => {
    const first = await begun(rig);
    send(first, 'SIGKILL');
    await rig.event('p', /left behind/);
    const second = await chainOf(rig, 2);
    await rig.run('stop');
    await gone(first);
    await gone(second);
    expect(rig.read('ledger')).toMatch(/^(1\n)+(2\n)+$/);
  });
});

/** The main process of the first run. */
async function begun(rig: Rig): Promise<number> {
  rig.list([{ name: 'p', command: `python3 ${SCRIPT}`, stop: '100ms', restart: { delay: '10ms' } }]);
  await rig.start();
  return chainOf(rig, 1);
}

/** The main process of the run whose chain is at work. */
async function chainOf(rig: Rig, run: number): Promise<number> {
  await waitUntil(`the chain of run ${run} is at work`, () => rig.read('ledger').endsWith(`${run}\n`));
  return (await rig.instance('p')).pid ?? 0;
}

/** The process group is empty, without even a zombie. */
const gone = (group: number): Promise<void> =>
  waitUntil(`nobody is in the process group ${group}`, () => {
    try {
      process.kill(-group, 0);
      return false;
    } catch {
      return true;
    }
  });
