/** One list and two users: nobody is doubled in silence, and who may not look is told whose it is. */
import { describe, expect } from 'vitest';
import { kill, untilSavedState } from '../support/adoption.ts';
import { as, knowingUsers, otherUsers, SHOP } from '../support/other-users.ts';
import { test, type Outcome, type Rig } from '../support/supervise.ts';

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

const ask = (rig: Rig, under: readonly string[], ...args: readonly string[]): Promise<Outcome> =>
  rig.launch(args, { under: [...under, ...as(STRANGER, STRANGER)] }).ended;
