import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { need } from '../support/needs.ts';
import { isAlive } from '../support/processes.ts';
import { PUPPET } from '../support/puppet.ts';
import { test } from '../support/supervise.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

test('what a script has left open does not reach a daemon', async ({ rig }) => {
  rig.list([{ name: 'p', shell: 'ls -l /proc/self/fd; exec sleep 1000' }]);
  await rig.start([], { under: ['bash', '-c', 'exec 9>first 20>deploy.lock 33>last; exec "$@"', '-'] });
  const open = await waitFor(
    'it has looked',
    () => rig.log('p.log'),
    (all) => /say$/m.test(all),
  );
  expect(open).not.toMatch(/first|deploy\.lock|last/);
});

const prlimit = need('prlimit', 'util-linux');

describe.skipIf(prlimit.missing)(`while no descriptor is free${prlimit.note}`, () => {
  test('a helper that outlives its daemon is not taken for gone: nothing is started beside it', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ name: 'p', script: PUPPET, cwd: '.', restart: { delay: '50ms' } }]);
    const supervise = await rig.start();
    const first = await stage.enter('p');
    await rig.untilState('p', 'running');
    const helper = await first.helper('exec sleep 1000', { quiet: true });
    limitDescriptors(supervise.pid, 10);
    await first.exit(1);
    // A marker after the end was noticed: it takes no descriptor.
    supervise.signal('SIGHUP');
    await supervise.says('SIGHUP');
    await supervise.says(/cannot look at processes/);
    expect(isAlive(helper)).toBe(true);
    expect(stage.all).toHaveLength(1);
    limitDescriptors(supervise.pid, 4_096);
    const second = await stage.enter('p');
    expect(isAlive(helper)).toBe(false);
    expect(await rig.instance('p')).toMatchObject({ pid: second.pid, starts: 2 });
    expect(await rig.status()).toMatchObject({ supervisor: { check: 'ok', problems: [] } });
  });

  test('a stop goes on to its end', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ name: 'p', script: PUPPET, cwd: '.', stop: '300ms' }]);
    const supervise = await rig.start();
    const daemon = await stage.enter('p');
    await rig.untilState('p', 'running');
    await daemon.helper('exec sleep 1000', { quiet: true });
    limitDescriptors(supervise.pid, 10);
    supervise.signal('SIGTERM');
    await daemon.gone();
    await waitUntil('it says so', () => supervise.out.includes('cannot look at processes'));
    limitDescriptors(supervise.pid, 4_096);
    expect(await supervise.ended).toMatchObject({ code: 1, signal: null });
    expect(rig.daemons()).toEqual([]);
  });
});

test.skipIf(prlimit.missing)(
  `with any number of descriptors free it lives on, and each daemon has one process in the end${prlimit.note}`,
  { timeout: 60_000 },
  async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ name: 'p', script: PUPPET, cwd: '.', restart: { delay: '10ms', max_delay: '10ms' } }]);
    const supervise = await rig.start();
    let daemon = await stage.enter('p');
    for (let free = 0; free < 12; free += 1) {
      const before = supervise.out.length;
      limitDescriptors(supervise.pid, limitWithFree(supervise.pid, free));
      await daemon.exit(1);
      const news = (): string => supervise.out.slice(before);
      await waitFor('it runs again, or it is said why not', news, (text) =>
        /started, pid|shortage|cannot look/.test(text),
      );
      expect(supervise.over).toBe(false);
      limitDescriptors(supervise.pid, 4_096);
      daemon = await stage.enter('p');
      expect(rig.daemons().map(({ pid }) => pid)).toEqual([daemon.pid]);
    }
  },
);

/** The limit of open files that leaves the process this many free. */
function limitWithFree(pid: number, free: number): number {
  const used = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let limit = 0;
  for (let found = 0; found < free; limit += 1) if (!used.has(limit)) found += 1;
  return limit;
}

function limitDescriptors(pid: number, to: number): void {
  execFileSync('prlimit', [`--nofile=${to}:`, '--pid', String(pid)]);
}
