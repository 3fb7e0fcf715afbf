import {
  chmodSync,
  chownSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, inject } from 'vitest';
import { need } from '../support/needs.ts';
import { isAlive, withEnvironmentLine } from '../support/processes.ts';
import { PUPPET } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';

const setpriv = need('setpriv', 'util-linux');
const isRoot = process.getuid?.() === 0;

test.skipIf(isRoot && setpriv.missing)(
  `of twelve supervisors that start at once, and one more after a switched symlink, one wins and the others name it${setpriv.note}`,
  { timeout: 180_000 },
  async ({ rig }) => {
    // A user of its own: root keeps its state in a place that all tests of the machine would share.
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

describe('after the supervisor was killed', () => {
  test('a start names who lives and how to end it, and starts nothing beside it', async ({ rig }) => {
    const { pid, exit } = await orphaned(rig);
    const refused = await rig.run('start');
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(
      'daemons of an earlier supervisor of this list still live; nothing is started beside them',
    );
    expect(refused.err).toContain(`p: pid ${pid} (`);
    expect(refused.err).toContain(`kill -TERM ${pid}`);
    expect(rig.daemons().map((it) => it.pid)).toEqual([pid]);
    await exit();
    const stage = await rig.stage();
    await rig.start();
    expect((await stage.enter('p')).run).toBe(1);
  });

  test('a process that the state file does not know is found all the same', async ({ rig }) => {
    const { pid, exit } = await orphaned(rig);
    const file = path.join(rig.state, 'state.json');
    const state = JSON.parse(readFileSync(file, 'utf8')) as { slots: { processes: unknown[] }[] };
    writeFileSync(file, JSON.stringify({ ...state, slots: state.slots.map((slot) => ({ ...slot, processes: [] })) }));
    expect(await rig.run('start')).toMatchObject({
      code: 1,
      err: expect.stringContaining(`p: pid ${pid} (`) as string,
    });
    await exit();
  });

  test.for<[string, (file: string) => void]>([
    [
      'absent',
      (file) => {
        rmSync(file);
      },
    ],
    [
      'torn',
      (file) => {
        writeFileSync(file, readFileSync(file, 'utf8').slice(0, 40));
      },
    ],
    [
      'empty',
      (file) => {
        writeFileSync(file, '');
      },
    ],
    [
      'of another format',
      (file) => {
        writeFileSync(file, '{"format":9}');
      },
    ],
  ])('a state file that is %s does not hide them, and does not hinder a start', async ([what, spoil], { rig }) => {
    const { pid, exit } = await orphaned(rig);
    spoil(path.join(rig.state, 'state.json'));
    const refused = await rig.run('start');
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining(`p: pid ${pid} (`) as string });
    if (what !== 'absent') expect(refused.err).toMatch(/state\.json cannot be used \(.+\); starting without it/);
    await exit();
    await rig.start();
    await (await rig.stage()).enter('p');
  });

  test('a state file of another boot means nothing', async ({ rig }) => {
    const { pid, exit } = await orphaned(rig);
    await exit();
    const file = path.join(rig.state, 'state.json');
    const text = readFileSync(file, 'utf8');
    // A living process with this pid and start time would be found, were it of this boot.
    writeFileSync(
      file,
      text.replace(/"boot":"[^"]+"/, '"boot":"another"').replaceAll(String(pid), String(process.pid)),
    );
    await rig.start();
    await (await rig.stage()).enter('p');
  });

  test('a helper that outlived its daemon is found, too', async ({ rig }) => {
    const { daemon, exit } = await orphaned(rig);
    const helper = await daemon.helper('exec sleep 1000', { quiet: true });
    await exit();
    expect(await rig.run('start')).toMatchObject({
      code: 1,
      err: expect.stringContaining(`pid ${helper} (sleep 1000)`) as string,
    });
    process.kill(helper, 'SIGKILL');
  });

  async function orphaned(rig: Rig) {
    const stage = await rig.stage();
    rig.list([{ name: 'p', script: PUPPET, cwd: '.' }]);
    const supervise = await rig.start();
    const daemon = await stage.enter('p');
    await rig.untilState('p', 'running');
    supervise.signal('SIGKILL');
    await supervise.ended;
    expect(isAlive(daemon.pid)).toBe(true);
    return { daemon, pid: daemon.pid, exit: () => daemon.exit(0) };
  }
});

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
  expect((await rig.run('start')).code).toBe(2);
});
