/** One list and two users: nothing is doubled in silence, and a user who may not look is told whose it is. */
import { chmodSync, chownSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { kill, untilSavedState } from '../support/adoption.ts';
import { as, knowingUsers, otherUsers, SHOP } from '../support/other-users.ts';
import { test, type HowToRun, type Outcome, type Program, type Rig } from '../support/supervise.ts';

const STRANGER = SHOP.uid + 8;

describe.skipIf(otherUsers.missing)(
  `a list of root, whose state folder others may come through${otherUsers.note}`,
  () => {
    test.for(['runs', 'has died'])(
      'a start by another user says whose it is, while its supervisor %s',
      async (how, { rig }) => {
        const under = knowingUsers(rig);
        rig.list([{ name: 'p', shell: 'exec sleep 1000', user: SHOP.name }]);
        const supervise = await rig.start([], { under });
        await rig.untilState('p', 'running');
        await untilSavedState(rig, 'p', 'running');
        if (how === 'has died') await kill(supervise);
        const sentence = `${rig.state} belongs to root: ask as that user, or as root`;
        const { code, err } = await ask(rig, under, 'start');
        expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(sentence) as string });
        expect(err).toContain('only root may start it as another user');
        expect(await ask(rig, under, 'status')).toMatchObject({ code: 1, err: `supervise: ${sentence}\n` });
        expect(rig.daemons()).toHaveLength(1);
        expect((await rig.launch(['stop', '--now'], { under }).ended).code).toBe(1);
      },
    );
  },
);

describe.skipIf(otherUsers.missing)(`one list, and two users who may read it${otherUsers.note}`, () => {
  test('root does not start it beside the supervisor of another, wherever that has its state', async ({ rig }) => {
    const { theirs, start, folder } = await runByAnother(rig);
    expect(await start()).toMatchObject({
      code: 4,
      err: expect.stringContaining(
        `the supervisor with pid ${theirs.pid} (of ${STRANGER}) has the list ${rig.work}/daemons.yaml, in ${folder}. See it: supervise status --state-dir ${folder}`,
      ) as string,
    });
    expect(await start('p')).toMatchObject({ code: 4 });
    expect(await start('-d')).toMatchObject({ code: 4 });
    await stopTheirs(rig);
    expect(await theirs.ended).toMatchObject({ code: 0 });
  });

  test('nor where nothing of it runs at that moment', async ({ rig }) => {
    const { theirs, start } = await runByAnother(rig);
    expect(await stopTheirs(rig, 'p')).toMatchObject({ code: 0 });
    expect(await start()).toMatchObject({ code: 4 });
    await stopTheirs(rig);
    expect(await theirs.ended).toMatchObject({ code: 0 });
  });

  test('nor beside daemons that have lost their supervisor', async ({ rig }) => {
    const { theirs, start, folder } = await runByAnother(rig);
    await kill(theirs);
    expect(await start()).toMatchObject({
      code: 1,
      err: expect.stringContaining(`daemons of this list live on in ${folder} (of ${STRANGER})`) as string,
    });
    expect(await stopTheirs(rig)).toMatchObject({ code: 0 });
  });

  test('who names a state folder has it there besides', async ({ rig }) => {
    const { theirs } = await runByAnother(rig);
    const ours = await rig.start();
    await rig.untilState('p', 'running');
    ours.signal('SIGTERM');
    expect(await ours.ended).toMatchObject({ code: 0 });
    await stopTheirs(rig);
    expect(await theirs.ended).toMatchObject({ code: 0 });
  });

  /** A list of root, run by another user from its own home; `start` is that of root, with /var/lib of its own. */
  async function runByAnother(rig: Rig): Promise<{
    readonly theirs: Program;
    readonly start: (...args: readonly string[]) => Promise<Outcome>;
    readonly folder: string;
  }> {
    const name = `sv-two-${process.pid}`;
    rig.list({ name, daemons: [{ name: 'p', shell: 'exec sleep 1000' }] });
    for (const each of [path.dirname(rig.folder), rig.folder, rig.work]) chmodSync(each, 0o755);
    chownSync(rig.home, STRANGER, STRANGER);
    const theirs = await rig.start([], THEIRS);
    await theirs.says('p ready');
    const start = (...args: readonly string[]): Promise<Outcome> =>
      rig.launch(['start', ...args], { env: { SUPERVISE_STATE_DIR: '' }, under: OWN_VAR }).ended;
    return { theirs, start, folder: path.join(rig.home, '.local/state/supervise', name) };
  }
});

const THEIRS: HowToRun = { env: { SUPERVISE_STATE_DIR: '' }, under: as(STRANGER, STRANGER) };
/** A start that is not refused still ends. */
const OWN_VAR = ['timeout', '20', 'unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /var/lib && exec "$@"', 'sh'];

const stopTheirs = (rig: Rig, ...names: readonly string[]): Promise<Outcome> =>
  rig.launch(['stop', ...names], THEIRS).ended;

const ask = (rig: Rig, under: readonly string[], ...args: readonly string[]): Promise<Outcome> =>
  rig.launch(args, { under: [...under, ...as(STRANGER, STRANGER)] }).ended;
