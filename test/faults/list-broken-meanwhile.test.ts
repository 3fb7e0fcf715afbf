/** The list is broken or gone while no supervisor lives: what is alive is adopted and kept, and nothing is started. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { kill, untilSavedState } from '../support/adoption.ts';
import { foreground, stop, stopAll } from '../support/detached.ts';
import { PUPPET } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitFor } from '../support/wait-for.ts';

const p = { name: 'p', script: PUPPET, cwd: '.' };

const SPOILT: readonly (readonly [what: string, spoil: (rig: Rig) => void, problem: RegExp])[] = [
  ['broken', (rig) => rig.file('daemons.yaml', '- {name: p, shel: x}\n'), /the list is refused \(.*line 1: /],
  [
    'missing',
    (rig) => {
      rmSync(path.join(rig.work, 'daemons.yaml'));
    },
    /the list is refused/,
  ],
];

describe.for(SPOILT)('a list that is %s', ([, spoil, problem]) => {
  test('keeps what lives, starts nothing, and says why; a mended one and a reload end that', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    const stage = await rig.stage();
    await untilSavedState(rig, 'p', 'running');
    await kill(supervise);
    spoil(rig);
    const next = await rig.start();
    const { supervisor, instances } = await rig.status();
    expect(instances).toMatchObject([{ id: 'p', state: 'running', pid: daemon.pid, flags: ['adopted'] }]);
    expect(supervisor).toMatchObject({ check: 'trouble', problems: [expect.stringMatching(problem) as string] });
    expect(supervisor?.problems.join()).toContain('once it is mended: supervise reload');
    expect(await rig.run('status', '--check')).toMatchObject({ code: 1 });
    // What ends is not started again.
    await daemon.exit(1);
    await rig.until('p', 'has ended', ({ pid }) => pid === null);
    // A SIGHUP while it is still refused says so, and changes nothing.
    next.signal('SIGHUP');
    await rig.event(null, problem);
    rig.list([p, { ...p, name: 'q' }]);
    expect(await rig.run('reload', '--no-wait')).toMatchObject({ code: 0 });
    const [again, added] = [await stage.enter('p'), await stage.enter('q')];
    await waitFor(
      'all is well',
      () => rig.status(),
      (view) => view.supervisor?.check === 'ok',
    );
    expect(stage.all).toHaveLength(3);
    await stopAll(rig, [again, added]);
  });

  test('mended to what it was before, holds again with a reload', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    const stage = await rig.stage();
    await untilSavedState(rig, 'p', 'running');
    await kill(supervise);
    spoil(rig);
    await rig.start();
    await daemon.exit(1);
    await rig.until('p', 'has ended', ({ pid }) => pid === null);
    rig.list([p]);
    const { code, out } = await rig.run('reload', '--no-wait');
    expect({ code, out }).toMatchObject({
      code: 0,
      out: expect.stringContaining('~ daemons: holds from now on') as string,
    });
    await rig.event(null, /list reloaded: changed daemons/);
    await stopAll(rig, [await stage.enter('p')]);
  });

  test('with nothing alive is exit 2', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    await untilSavedState(rig, 'p', 'running');
    await kill(supervise);
    await daemon.exit(0);
    spoil(rig);
    expect(await rig.run('start')).toMatchObject({ code: 2 });
    expect(await rig.run('status')).toMatchObject({ code: 3 });
  });

  test('is no hindrance to a stop, with a supervisor or without one', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    await untilSavedState(rig, 'p', 'running');
    await kill(supervise);
    spoil(rig);
    const next = await rig.start();
    await stop(rig, daemon);
    expect(await next.ended).toMatchObject({ code: 0, signal: null });
    expect(rig.daemons()).toEqual([]);
  });
});

test('a start by hand is refused in words while the list is broken', async ({ rig }) => {
  const stage = await rig.stage();
  rig.list([p, { ...p, name: 'q', autostart: false }]);
  const supervise = await rig.start();
  const daemon = await stage.enter('p');
  await untilSavedState(rig, 'p', 'running');
  await kill(supervise);
  rig.file('daemons.yaml', '- {name: p, shel: x}\n');
  await rig.start();
  const refused = await rig.run('start', 'q');
  expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/the list is refused/) as string });
  expect(stage.all).toHaveLength(1);
  await stop(rig, daemon);
});
