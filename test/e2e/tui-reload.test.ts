/** Plan and reload in the screen, in a real terminal, against a real supervisor. */
import { describe, expect } from 'vitest';
import { answer } from '../support/answer.ts';
import { SLEEPER } from '../support/detached.ts';
import { PUPPET } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { Pane, tmux } from '../support/tmux.ts';

const sleeper = (name: string, rest: object = {}): object => ({ name, ...SLEEPER, ...rest });
const before = [sleeper('gone'), sleeper('kept'), sleeper('changed', { env: { QUEUE: 'a' } })];
const after = [sleeper('kept', { stop: '5s' }), sleeper('changed', { env: { QUEUE: 'b' } }), sleeper('new')];

describe.skipIf(tmux.missing)(`the screen${tmux.note}`, () => {
  test('p shows what a reload would do and does nothing; L does exactly that, after a question', async ({ rig }) => {
    const pane = await open(rig, before);
    const was = await pids(rig);
    rig.list({ daemons: after, resources: { 'nobody-needs-it': { file: '/tmp' } } });
    const plan = [
      '+ new: new, starts new',
      '- gone: goes when its iteration is done: gone',
      '~ kept: stop.grace: holds from now on, nothing restarts',
      '~ changed: env.QUEUE: replaced at the boundary: changed',
    ];
    const told = (rows: readonly string[]): boolean => [...plan, 'nobody-needs-it'].every((words) => row(words)(rows));
    pane.press('p');
    await pane.until('shows the plan', (rows) => told(rows) && row('Nothing was done. To do this: L')(rows));
    pane.press('Escape');
    await pane.until('is back', row('quit'));
    pane.press('L');
    await pane.until('asks', (rows) => told(rows) && row('y reload it')(rows));
    expect(await pids(rig)).toEqual(was);

    await answer(pane, 'y', () => !row('y reload it')(pane.rows()));
    await pane.until(
      'says what it came to',
      row(
        'reloaded: started new; restarted changed; stopped gone; holds from now on: kept, resources.nobody-needs-it; 1 warning (p)',
      ),
    );
    const now = await pids(rig);
    expect(Object.keys(now).sort()).toEqual(['changed', 'kept', 'new']);
    expect([now.kept === was.kept, now.changed === was.changed]).toEqual([true, false]);
    await pane.until('shows the new one', (rows) => row(/new +running/)(rows) && !row(/gone +/)(rows));

    pane.press('p');
    await pane.until('says that there is nothing to do', row('list unchanged: for new code, supervise restart'));
  });

  test('a broken list is shown with all its errors; mended while the question stands, it is refused', async ({
    rig,
  }) => {
    const pane = await open(rig, before);
    const was = await pids(rig);
    rig.file('daemons.yaml', '- {name: p, shel: x}\n- {name: q, script: ./nowhere.sh}\n');
    for (const key of ['p', 'L']) {
      pane.press(key);
      await pane.until(
        'shows each error',
        (rows) => row('did you mean')(rows) && row('nowhere.sh')(rows) && row('Nothing was changed')(rows),
      );
      pane.press('Escape');
      await pane.until('is back', row('quit'));
    }
    rig.list(after);
    pane.press('L');
    await pane.until('asks', row('y reload it'));
    rig.list([...after, sleeper('edited')]);
    await answer(pane, 'y', () => !row('y reload it')(pane.rows()));
    await pane.until('refuses', row('the list has changed again since this plan was made, and nothing was done'));
    expect(await pids(rig)).toEqual(was);
  });

  test('it goes on while a reload waits for an iteration, and says what it came to', async ({ rig }) => {
    const stage = await rig.stage();
    const puppet = (env: object): object => ({ name: 'works', script: PUPPET, cwd: '.', env });
    const pane = await open(rig, [puppet({ A: '1' }), sleeper('other')]);
    const daemon = await stage.enter('works');
    await daemon.say('BUSY=1');
    rig.list([puppet({ A: '2' }), sleeper('other')]);
    pane.press('L');
    await pane.until('asks', row('y reload it'));
    await answer(pane, 'y', () => daemon.signals.length > 0);
    await pane.until('shows the drain', row(/works +draining/));
    pane.press('Down');
    await pane.until('goes on', row(/▸.*other/));
    await daemon.say('IDLE=1');
    await daemon.exit(0);
    await stage.enter('works');
    await pane.until('says it', row('reloaded: restarted works: boundary 1 · ended by itself 0 · cut 0'));
  });
});

async function open(rig: Rig, list: readonly object[]): Promise<Pane> {
  rig.list(list);
  await rig.start();
  const pane = new Pane(rig, ['tui'], { width: 150, height: 40 });
  await pane.until('is drawn', row('quit'));
  return pane;
}

async function pids(rig: Rig): Promise<Readonly<Record<string, number | null>>> {
  const { instances } = await rig.status();
  return Object.fromEntries(instances.map(({ id, pid }) => [id, pid]));
}

/** One of the rows has it. */
const row =
  (what: string | RegExp) =>
  (rows: readonly string[]): boolean =>
    rows.some((each) => (typeof what === 'string' ? each.includes(what) : what.test(each)));
