/** What every Linux has but some container images lack: flock, mkfifo, setsid. */
import { expect } from 'vitest';
import { kill, untilSavedState } from '../support/adoption.ts';
import { test } from '../support/supervise.ts';

const p = { name: 'p', shell: 'exec sleep 1000' };

test('a start without them says which are missing, and of which package they are', async ({ rig }) => {
  rig.list([p]);
  const env = { PATH: '/nowhere' };
  expect(await rig.launch(['start'], { env }).ended).toMatchObject({
    code: 2,
    err: 'supervise: this needs flock (of util-linux), mkfifo (of coreutils), and PATH (/nowhere) has not got them; install what is missing, or name its folder in PATH\n',
  });
  const detached = await rig.launch(['start', '-d'], { env }).ended;
  expect(detached).toMatchObject({ code: 2 });
  expect(detached.err).toContain('setsid (of util-linux)');
});

test('so does a stop that ends what a dead supervisor has left, and it ends nobody', async ({ rig }) => {
  rig.list([p]);
  const supervise = await rig.start();
  await untilSavedState(rig, 'p', 'running');
  await kill(supervise);
  const stop = await rig.launch(['stop'], { env: { PATH: '/nowhere' } }).ended;
  expect(stop).toMatchObject({ code: 2 });
  expect(stop.err).toContain('this needs flock (of util-linux)');
  expect(rig.daemons()).toHaveLength(1);
  expect(await rig.run('stop')).toMatchObject({ code: 0 });
});
