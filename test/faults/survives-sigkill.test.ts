import { describe, expect } from 'vitest';
import { freeze, freezer } from '../support/freezer.ts';
import { isAlive } from '../support/processes.ts';
import { PUPPET } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';

const TOLD = /p 5 SIGKILLs have not ended it\. It waits in the kernel .* It is not started again before it has gone/;

describe.skipIf(freezer.missing)(
  `a process that SIGKILL does not end is told of, and nothing is started beside it${freezer.note}`,
  () => {
    test('a stop waits for it, says so, and ends with it', async ({ rig }) => {
      const { supervise, daemon } = await onStage(rig);
      const thaw = await freeze(rig, daemon.pid);
      supervise.signal('SIGTERM');
      await supervise.says(TOLD);
      expect(supervise.over).toBe(false);
      expect((await rig.instance('p')).state).toBe('killing');
      expect((await rig.run('why', 'p')).out).toMatch(/SIGKILL/);
      thaw();
      const { code, out } = await supervise.ended;
      expect(code).toBe(1);
      expect(out).toMatch(/cut 1\n$/);
      expect(isAlive(daemon.pid)).toBe(false);
    });

    test('a restart starts its successor only when it has gone', async ({ rig }) => {
      const { supervise, daemon, stage } = await onStage(rig);
      const thaw = await freeze(rig, daemon.pid);
      const restarting = rig.launch(['restart', 'p']);
      await supervise.says(TOLD);
      await rig.ask('start', { names: ['p'], wait: false });
      expect(rig.daemons().map(({ pid }) => pid)).toEqual([daemon.pid]);
      thaw();
      const second = await stage.enter('p');
      expect(isAlive(daemon.pid)).toBe(false);
      expect(await rig.instance('p')).toMatchObject({ pid: second.pid, starts: 2 });
      await restarting.ended;
    });
  },
);

async function onStage(rig: Rig) {
  const stage = await rig.stage();
  rig.list([{ name: 'p', script: PUPPET, cwd: '.', stop: '100ms' }]);
  const supervise = await rig.start();
  const daemon = await stage.enter('p');
  await rig.untilState('p', 'running');
  return { supervise, daemon, stage };
}
