import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject } from 'vitest';
import { koffi, unshared } from '../support/needs.ts';
import { send } from '../support/processes.ts';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { test, type HowToRun, type Program, type Rig } from '../support/supervise.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

const pids = unshared('a pid namespace', '--pid', '--fork', '--mount-proc');
const UNDER = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child', '--'];

describe.skipIf(pids.missing)(`as pid 1, as in a container without an init${pids.note}`, () => {
  test.for(['SIGTERM', 'SIGINT'] as const)('it drains on %s, and then all is over', async (signal, { rig }) => {
    const { daemon, supervise, pid } = await asPidOne(rig);
    send(pid, signal);
    await daemon.heard(signal);
    expect((await rig.instance('p')).state).toBe('draining');
    await daemon.exit(0);
    expect(await supervise.ended).toMatchObject({ code: 0, signal: null });
    expect(supervise.out).toMatch(/boundary 0 · ended by itself 1 · cut 0\n$/);
  });

  test.skipIf(koffi.missing)(
    `strangers that lose their parent are taken leave of, and daemons are not mistaken for them${koffi.note}`,
    async ({ rig }) => {
      const { daemon, supervise, pid } = await asPidOne(rig);
      expect(supervise.out + supervise.err).not.toContain('koffi');
      // Each loses its parent at once, ends a moment later, and was not started by Node.
      await daemon.helper('for n in 1 2 3 4 5; do (setsid sh -c "echo stranger; sleep 0.2" &); done', { quiet: false });
      await waitUntil('they have been here', () => supervise.out.split('p | stranger').length === 6);
      await waitFor(
        'none of them is left, not as a zombie either',
        () => childrenOf(pid),
        (children) => children.length === 1,
      );
      await daemon.exit(3);
      const second = await (await rig.stage()).enter('p');
      expect((await rig.instance('p')).last_exit).toMatchObject({ code: 3 });
      await second.exit(0);
    },
  );

  test('without koffi it says once which init to put before it, and works; an upgrade, with which all would end, is refused', async ({
    rig,
  }) => {
    const bare = tempDir();
    cpSync(path.dirname(path.dirname(inject('program'))), bare, { recursive: true });
    const { daemon, supervise, pid } = await asPidOne(rig, { program: path.join(bare, 'cli/main.js') });
    expect((supervise.out + supervise.err).match(/koffi/g)).toHaveLength(1);
    expect(supervise.out + supervise.err).toMatch(/pid 1 .*docker run --init/);
    expect(await rig.run('upgrade')).toMatchObject({ code: 1, err: expect.stringContaining('as pid 1') as string });
    expect(supervise.over).toBe(false);
    send(pid, 'SIGTERM');
    await daemon.heard('SIGTERM');
    await daemon.exit(0);
    expect(await supervise.ended).toMatchObject({ code: 0, signal: null });
  });
});

/** `pid`: as seen from here. */
async function asPidOne(
  rig: Rig,
  how: HowToRun = {},
): Promise<{ readonly daemon: Puppet; readonly supervise: Program; readonly pid: number }> {
  const stage = await rig.stage();
  rig.list([{ name: 'p', script: PUPPET, cwd: '.', restart: { delay: '10ms' } }]);
  const supervise = await rig.start([], { ...how, under: UNDER });
  const daemon = await stage.enter('p');
  await rig.untilState('p', 'running');
  expect((await rig.status()).supervisor?.pid).toBe(1);
  return { daemon, supervise, pid: childrenOf(supervise.pid)[0] ?? 0 };
}

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
