import { describe, expect } from 'vitest';
import { kill, untilSavedState } from '../support/adoption.ts';
import { need } from '../support/needs.ts';
import { as, belongsTo, otherUsers } from '../support/other-users.ts';
import { isAlive, send } from '../support/processes.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

const UID = 41_320;
const python = need('python3', 'python3');
const HIDDEN = ['unshare', '-m', 'sh', '-c', 'mount -t proc -o hidepid=2 proc /proc && exec "$@"', 'sh'];

describe.skipIf(otherUsers.missing)(
  `where a user sees no process of others in /proc (hidepid), a supervisor of that user works as ever${otherUsers.note}`,
  () => {
    test('restarts, helpers that are left, what is used, a stop', async ({ rig }) => {
      belongsTo(rig, UID);
      const script = rig.file(
        'work',
        `#!/bin/sh
sleep 1000 & echo "helper $!"
trap 'echo asked; exit 0' TERM
while :; do sleep 0.05; done
`,
      );
      rig.list([{ name: 'p', script, restart: { delay: '10ms' }, ready: '50ms' }]);
      const supervise = await rig.start([], { under: [...HIDDEN, ...as(UID, UID)] });
      expect(supervise.err).toBe('');
      const first = await rig.untilState('p', 'running');
      const helper = await lastHelper(rig, 1);
      expect(first.memory_bytes).toBeGreaterThan(0);
      send(first.pid ?? 0, 'SIGKILL');
      const second = await rig.until('p', 'runs again', ({ state, pid }) => state === 'running' && pid !== first.pid);
      expect(second.starts).toBe(2);
      expect(isAlive(helper)).toBe(false);
      expect(supervise.out).toMatch(/left behind: .*sleep/);
      const next = await lastHelper(rig, 2);
      const stopped = await rig.launch(['stop'], { under: [...HIDDEN, ...as(UID, UID)] }).ended;
      expect(stopped).toMatchObject({ code: 0 });
      expect(await supervise.ended).toMatchObject({ code: 0 });
      expect([isAlive(second.pid ?? 0), isAlive(next)]).toEqual([false, false]);
    });

    test('a helper that holds nothing of ours and leads a process group of its own is found, and ended', async ({
      rig,
    }) => {
      belongsTo(rig, UID + 2);
      const script = rig.file(
        'work',
        `#!/bin/sh
timeout 1000 sleep 1000 >/dev/null 2>&1 3>&- &
echo "helper $!"
exec sleep 1000
`,
      );
      rig.list([{ name: 'p', script, restart: { delay: '10ms' }, ready: '50ms' }]);
      await rig.start([], { under: [...HIDDEN, ...as(UID + 2, UID + 2)] });
      const first = await rig.untilState('p', 'running');
      const helper = await lastHelper(rig, 1);
      expect(isAlive(helper)).toBe(true);
      send(first.pid ?? 0, 'SIGKILL');
      await rig.until('p', 'runs again', ({ state, pid }) => state === 'running' && pid !== first.pid);
      expect(isAlive(helper)).toBe(false);
    });

    test('adoption after a SIGKILL of the supervisor', async ({ rig }) => {
      belongsTo(rig, UID + 1);
      const under = [...HIDDEN, ...as(UID + 1, UID + 1)];
      rig.list([{ name: 'p', shell: 'echo once; exec sleep 1000', ready: '50ms' }]);
      const first = await rig.start([], { under });
      const { pid } = await rig.untilState('p', 'running');
      first.signal('SIGKILL');
      await first.ended;
      await rig.start([], { under });
      expect(await rig.untilState('p', 'running')).toMatchObject({ pid, starts: 1, flags: ['adopted'] });
      expect(rig.daemons()).toHaveLength(1);
      expect(rig.log('p.log')).toBe('once\n');
    });

    test.skipIf(python.missing).for<[string, string]>([
      ['holds its pipes', 'False'],
      ['holds none of its pipes', 'True'],
    ])(
      `one that /proc hides from its own user (not dumpable), and that %s, is adopted with a word, and drains${python.note}`,
      async ([, closes], { rig }) => {
        belongsTo(rig, UID + 3);
        const under = [...HIDDEN, ...as(UID + 3, UID + 3)];
        rig.list([{ name: 'p', script: rig.file('work', NOT_DUMPABLE.replace('CLOSES', closes)) }]);
        const first = await rig.start([], { under });
        await waitUntil('it has begun', () => rig.read('works').endsWith('\n'));
        const { pid } = await rig.untilState('p', 'running');
        await untilSavedState(rig, 'p', 'running');
        await kill(first);
        const second = await rig.start([], { under });
        expect(await rig.untilState('p', 'running')).toMatchObject({ pid, starts: 1, flags: ['adopted'] });
        await rig.event('p', /does not show it to us \(hidepid\)/);
        expect(await rig.launch(['stop'], { under }).ended).toMatchObject({ code: 0 });
        expect(await second.ended).toMatchObject({ code: 0 });
        expect([rig.read('works'), rig.read('done')]).toEqual([`${pid ?? 0}\n`, `${pid ?? 0}\n`]);
      },
    );
  },
);

/** PR_SET_DUMPABLE is 4. */
const NOT_DUMPABLE = `#!/usr/bin/env python3
import ctypes, os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
if CLOSES: os.closerange(0, 4)
ctypes.CDLL(None).prctl(4, 0)
with open("works", "a") as ledger: ledger.write(f"{os.getpid()}\\n")
signal.sigwait({signal.SIGTERM})
with open("done", "a") as ledger: ledger.write(f"{os.getpid()}\\n")
`;

async function lastHelper(rig: Rig, runs: number): Promise<number> {
  const helpers = (): readonly string[] => rig.log('p.log').match(/helper \d+/g) ?? [];
  const found = await waitFor('its helper is there', helpers, ({ length }) => length === runs);
  return Number(found.at(-1)?.slice('helper '.length));
}
