import { execFileSync } from 'node:child_process';
import { describe, expect } from 'vitest';
import { asRoot, need } from '../support/needs.ts';
import { detached, messages } from '../support/detached.ts';
import { as, belongsTo } from '../support/other-users.ts';
import { isAlive, send } from '../support/processes.ts';
import { test } from '../support/supervise.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

const prlimit = need('prlimit', 'util-linux');
const setpriv = need('setpriv', 'util-linux');
/** Used by nothing else: the kernel counts processes per user. */
const UID = 41_310;

describe.skipIf(asRoot.missing || prlimit.missing || setpriv.missing)(
  `while no process can be started it is tried again each second, and that is nobody's crash${asRoot.note}${prlimit.note}${setpriv.note}`,
  () => {
    test('a restart', async ({ rig }) => {
      belongsTo(rig, UID);
      const restart = { delay: '10ms', jitter: 0, attempts: 2, reset_after: '10ms' };
      rig.list([{ name: 'p', shell: 'exec sleep 1000', ready: '50ms', restart }]);
      const supervise = await rig.start([], { under: as(UID, UID) });
      const first = await rig.untilState('p', 'running');
      limitProcesses(UID, supervise.pid, 1);
      send(first.pid ?? 0, 'SIGKILL');
      await supervise.says('the limit of processes is reached (EAGAIN); again in 1s, and no crash is counted');
      const tries = new Set<string | null>();
      const look = async (): Promise<number> => tries.add((await rig.instance('p')).next_start_at).size;
      // More often than it may crash in a row.
      await waitFor('it is tried again and again', look, (count) => count > 4);
      expect(await rig.instance('p')).toMatchObject({ state: 'backoff', quick_ends: 0, pid: null });
      limitProcesses(UID, supervise.pid, 1_000);
      const second = await rig.until('p', 'runs again', ({ state, pid }) => state === 'running' && pid !== first.pid);
      expect(second).toMatchObject({ quick_ends: 0 });
      expect(supervise.over).toBe(false);
    });

    test('a stop, and the commands, need none', async ({ rig }) => {
      belongsTo(rig, UID + 1);
      rig.list([{ name: 'p', shell: 'exec sleep 1000', ready: '50ms' }]);
      const supervise = await rig.start([], { under: as(UID + 1, UID + 1) });
      await rig.untilState('p', 'running');
      limitProcesses(UID + 1, supervise.pid, 1);
      expect((await rig.instance('p')).state).toBe('running');
      supervise.signal('SIGTERM');
      expect(await supervise.ended).toMatchObject({ code: 0, signal: null });
    });

    test('a guard outlives it, and starts its supervisor again as soon as it can; or ends, when it is asked to', async ({
      rig,
    }) => {
      const user = UID + 2;
      belongsTo(rig, user);
      rig.list([{ name: 'p', shell: 'exec sleep 1000', ready: '50ms' }]);
      const { guard, pid } = await detached(rig, [], { under: as(user, user) });
      const first = await rig.untilState('p', 'running');
      limitProcesses(user, guard, 1);
      send(pid, 'SIGKILL');
      const words = `guard (pid ${guard}): the supervisor has died, and no process can be started; it is tried again and again`;
      await waitUntil('it is told', () => messages(rig).includes(words));
      await waitUntil('it has been tried again', () => messages(rig).split(/fork/i).length > 3);
      limitProcesses(user, guard, 1_000);
      const next = await waitFor(
        'another one answers',
        () => rig.status(),
        ({ supervisor }) => supervisor !== null && supervisor.pid !== pid,
      );
      expect(next.instances).toMatchObject([{ id: 'p', pid: first.pid, starts: 1 }]);
      expect(rig.guards()).toEqual([guard]);
      expect(messages(rig).split(words)).toHaveLength(2);

      limitProcesses(user, guard, 1);
      send(next.supervisor?.pid ?? 0, 'SIGKILL');
      await waitUntil('it is told again', () => messages(rig).split(words).length > 2);
      send(guard, 'SIGTERM');
      await waitUntil('the guard has gone', () => !isAlive(guard));
      expect(messages(rig)).toContain(`guard (pid ${guard}): asked to end, so nothing is started again`);
      expect(await rig.run('stop')).toMatchObject({ code: 0 });
    });
  },
);

function limitProcesses(uid: number, pid: number, to: number): void {
  const [file, ...args] = [...as(uid, uid), 'prlimit', `--nproc=${to}:`, '--pid', String(pid)];
  execFileSync(file, args);
}
