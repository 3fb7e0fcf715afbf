/** The control socket is removed while the supervisor runs: by a cleaner of old files, or by hand. */
import { mkdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { PUPPET } from '../support/puppet.ts';
import { test } from '../support/supervise.ts';
import { messages, onStage, stop } from '../support/detached.ts';
import { send } from '../support/processes.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

describe('a control socket that somebody has removed', () => {
  test('is made again, for its owner alone; whoever waits on it already is answered', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ name: 'p', script: PUPPET, cwd: '.', stop: 'unlimited' }]);
    await rig.start();
    const puppet = await stage.enter('p');
    const stopping = rig.run('stop', 'p');
    await puppet.heard('SIGTERM');
    const socket = path.join(rig.state, 'control.sock');
    for (let times = 0; times < 2; times += 1) {
      rmSync(socket);
      expect(await rig.run('status')).toMatchObject({ code: 0, err: '' });
      expect(statSync(socket).mode & 0o777).toBe(0o600);
      expect((await rig.instance('p')).state).toBe('draining');
    }
    await puppet.exit(0);
    expect(await stopping).toMatchObject({ code: 0 });
    expect(await rig.run('stop')).toMatchObject({ code: 0 });
    expect(statSync(socket, { throwIfNoEntry: false })).toBeUndefined();
  });

  test('is made again as soon as what stands in its place has gone; who waited on it is answered all the same', async ({
    rig,
  }) => {
    const { daemon, pid } = await onStage(rig);
    const stopping = rig.run('stop', 'p');
    await daemon.heard('SIGTERM');
    const socket = path.join(rig.state, 'control.sock');
    rmSync(socket);
    mkdirSync(socket);
    await waitUntil('it is told', () => /control socket was removed.*tried again each second/.test(messages(rig)));
    await daemon.exit(0);
    expect(await stopping).toMatchObject({ code: 0 });
    rmSync(socket, { recursive: true });
    const { supervisor } = await waitFor(
      'it answers',
      () => rig.status(),
      () => true,
    );
    expect(supervisor).toMatchObject({ pid, problems: [] });
    expect(await rig.run('stop')).toMatchObject({ code: 0 });
  });

  test.for([['status'], ['restart'], ['logs', '-f'], ['version']] as const)(
    '%s says that the supervisor lives and cannot be asked, and not that it has died',
    async (command, { rig }) => {
      const { daemon, pid } = await onStage(rig);
      // So that it cannot make it again.
      send(pid, 'SIGSTOP');
      rmSync(path.join(rig.state, 'control.sock'));
      const { code, err } = await rig.run(...command);
      send(pid, 'SIGCONT');
      expect(await rig.run('status')).toMatchObject({ code: 0 });
      await stop(rig, daemon);
      expect({ code, err }).toEqual({
        code: command[0] === 'version' ? 0 : 1,
        err: expect.stringMatching(
          new RegExp(
            `^supervise: the supervisor \\(pid ${pid}\\) lives, but cannot be asked, for .*control.sock is not there`,
          ),
        ) as string,
      });
    },
  );
});
