import { chmodSync, chownSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, inject } from 'vitest';
import { need } from '../support/needs.ts';
import { withEnvironmentLine } from '../support/processes.ts';
import { test, type Rig } from '../support/supervise.ts';

const setpriv = need('setpriv', 'util-linux');
const isRoot = process.getuid?.() === 0;

test.skipIf(isRoot && setpriv.missing)(
  `of twelve supervisors that start at once, and one more after a switched symlink, one wins and the others name it${setpriv.note}`,
  { timeout: 180_000 },
  async ({ rig }) => {
    // A user of its own: root keeps its state in a place shared by all tests of the machine.
    const uid = 40_000 + (process.pid % 20_000);
    const under = isRoot ? ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'] : [];
    const list = JSON.stringify([{ name: 'p', shell: 'exec sleep 1000' }]);
    for (const release of ['releases/1', 'releases/2']) rig.file(`${release}/daemons.yaml`, list);
    symlinkSync('releases/1', path.join(rig.work, 'current'));
    if (isRoot) {
      chmodSync(inject('root'), 0o755);
      for (const folder of [rig.folder, rig.home]) chownSync(folder, uid, uid);
    }
    const how = { cwd: path.join(rig.work), under, env: { SUPERVISE_STATE_DIR: '' } };
    const start = (): ReturnType<Rig['launch']> => rig.launch(['start', '--file', 'current/daemons.yaml'], how);
    const all = Array.from({ length: 12 }, start);
    const losers = await Promise.all(
      all.map((program) =>
        Promise.race([
          program.ended,
          program
            .says(/instances?, pid/)
            .then(() => null)
            .catch(() => program.ended),
        ]),
      ),
    );
    const winner = all[losers.indexOf(null)];
    expect(losers.filter((it) => it === null)).toHaveLength(1);
    symlinkSync('releases/2', path.join(rig.work, 'next'));
    renameSync(path.join(rig.work, 'next'), path.join(rig.work, 'current'));
    const late = await start().ended;
    for (const loser of [...losers, late])
      if (loser !== null)
        expect(loser).toMatchObject({ code: 4, err: expect.stringMatching(/has the list/) as string });
    expect(late.err).toContain(`the supervisor with pid ${winner?.pid ?? 0} (since `);
    expect(late.err).toContain(`has the list ${rig.work}/current/daemons.yaml`);
    const states = path.join(rig.home, '.local/state/supervise');
    const [id = '', ...others] = readdirSync(states);
    expect(others).toEqual([]);
    expect(withEnvironmentLine(`SUPERVISE_FOLDER=${path.join(states, id)}`)).toHaveLength(1);
    winner?.signal('SIGTERM');
    expect(await winner?.ended).toMatchObject({ code: 0 });
  },
);

test('a supervisor whose lock file was removed still has its list, though nothing of it runs at that moment', async ({
  rig,
}) => {
  rig.list([{ name: 'p', shell: 'exit 1', restart: { delay: '1h', max_delay: '1h' } }]);
  const first = await rig.start();
  await rig.untilState('p', 'backoff');
  rmSync(path.join(rig.state, 'lock'));
  const { code, err } = await rig.run('start');
  expect({ code, err }).toEqual({ code: 4, err: expect.stringContaining(`with pid ${first.pid} `) as string });
  expect((await rig.run('status')).code).toBe(0);
});

test('what has become of the file of a running list is no matter to a start by name', async ({ rig }) => {
  rig.list([{ name: 'p', shell: 'exec sleep 1000', autostart: false }]);
  await rig.start();
  rig.file('daemons.yaml', '- {name: p, shell: \n');
  expect(await rig.run('start', 'p')).toMatchObject({ code: 0, out: expect.stringContaining('started: p') as string });
  // Without a name it says what is wrong with it, and what has the list.
  expect(await rig.run('start')).toMatchObject({
    code: 4,
    err: expect.stringMatching(/daemons\.yaml:\d+:.*with pid \d+ .*has the list/s) as string,
  });
});
