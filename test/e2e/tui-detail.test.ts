/** The detail of an instance and what happened, in a real terminal, against a real supervisor. */
import { describe, expect } from 'vitest';
import { SLEEPER } from '../support/detached.ts';
import { send } from '../support/processes.ts';
import { PUPPET } from '../support/puppet.ts';
import { test } from '../support/supervise.ts';
import { Pane, tmux } from '../support/tmux.ts';

describe.skipIf(tmux.missing)(`the screen${tmux.note}`, () => {
  test('shows how runs ended, what is needed and its limits; and each new thing that happens', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list({
      daemons: [
        {
          ...{ name: 'works', script: PUPPET, cwd: '.', depends_on: { db: 'up', other: 'ready' } },
          ...{ limits: { iterations: 5_000, memory: '2GB' }, stop: '7s' },
        },
        { name: 'other', ...SLEEPER },
      ],
      resources: { db: { file: rig.work } },
    });
    await rig.start();
    const daemon = await stage.enter('works');
    const pane = new Pane(rig, ['tui'], { width: 150, height: 50 });
    await pane.until('shows limits', row('iterations 5,000'));
    await pane.until('shows needs', (rows) => row(/db +up/)(rows) && row(/other +is ready/)(rows));
    await pane.until('shows its stop', row('SIGKILL after 7s'));
    await daemon.say('BUSY=1');
    await pane.until('shows what of it is used', row('iterations 0 of 5,000'));
    await daemon.die('SIGKILL');
    await (await stage.enter('works')).say('IDLE=1');
    await pane.until('shows that its run was cut', row(/1 +[\d:]+ +killed by SIGKILL \(a crash\).*cut YES/));
    pane.press('e');
    await pane.until('shows what happened', row(/works .*SIGKILL/));
    await rig.run('signal', 'SIGWINCH', 'other');
    await pane.until('shows what happens', row(/other was sent SIGWINCH/));
    pane.press('e');
    await pane.until(
      'shows the selected one only',
      (rows) => row('events of works')(rows) && !row(/was sent SIGWINCH/)(rows),
    );
    const { instances } = await rig.status();
    expect(instances[0]).toMatchObject({
      needs: [
        { kind: 'dependency', name: 'other', until: 'ready', state: 'met' },
        { kind: 'resource', name: 'db' },
      ],
      limits: { iterations: 5_000, grace_ms: 7_000, restart: 'always', age_ms: null },
      last_exit: { resource: null },
    });
  });

  test('what happens is told on by the next supervisor, while it is read', async ({ rig }) => {
    rig.list([{ name: 'works', ...SLEEPER }]);
    const { pid } = await rig.start();
    const pane = new Pane(rig, ['tui'], { width: 100, height: 30 });
    await pane.until('shows the list', row('works'));
    pane.press('e');
    await pane.until('shows what happened', row(/works +.*started, pid/));
    send(pid, 'SIGKILL');
    await pane.until('says that nobody answers', row('trying again'));
    await rig.start();
    await pane.until('goes on', row(/works +.*adopted, pid/));
    await rig.run('signal', 'SIGWINCH', 'works');
    const rows = await pane.until('follows', row(/works +.*was sent SIGWINCH/));
    // What was reported before stays, once.
    expect(rows.filter((each) => /works +.*started, pid/.test(each))).toHaveLength(1);
  });

  test('why is true for as long as it is read', async ({ rig }) => {
    const stage = await rig.stage();
    const work = { name: 'works', script: PUPPET, cwd: '.', autostart: false };
    rig.list({ daemons: [work, { name: 'needs', ...SLEEPER, depends_on: { works: 'ready' }, autostart: false }] });
    await rig.start();
    const pane = new Pane(rig, ['tui'], { width: 100, height: 30 });
    await pane.until('shows the list', row('works'));
    pane.press('w');
    await pane.until('says why', row('works is not started with the list'));
    // No key is pressed from here on.
    await rig.run('start', '--no-wait', 'works');
    const daemon = await stage.enter('works');
    await pane.until('says that it runs', row('works is running'));
    await rig.run('stop', '--no-wait', 'works');
    await pane.until('says that it drains', row('works drains'));
    await daemon.die('SIGKILL');
    await pane.until('says who has stopped it', row('works was stopped by hand'));
  });
});

/** One of the rows has it. */
const row =
  (what: string | RegExp) =>
  (rows: readonly string[]): boolean =>
    rows.some((each) => (typeof what === 'string' ? each.includes(what) : what.test(each)));
