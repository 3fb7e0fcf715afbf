/** `reload`: exactly what the plan says, at the boundaries; and if the list is wrong, nothing. */
import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import type { ReloadView } from '../../src/control/view.ts';
import { SLEEPER } from '../support/detached.ts';
import { DAEMON_ROWS, LIST_ROWS, type OneKeyChanged } from '../support/one-key-changed.ts';
import { PUPPET } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitFor } from '../support/wait-for.ts';

const puppet = (name: string, rest: object = {}): object => ({ name, script: PUPPET, cwd: '.', ...rest });
const sleeper = (name: string, rest: object = {}): object => ({ name, ...SLEEPER, ...rest });

async function pids(rig: Rig): Promise<Readonly<Record<string, number | null>>> {
  const { instances } = await rig.status();
  return Object.fromEntries(instances.map(({ id, pid }) => [id, pid]));
}

describe('for every key of a list', () => {
  /** One that says when it is told to stop, and is quick to be ready. */
  const listOf = ({ list = false }: OneKeyChanged, keys: object): unknown => ({
    ...(list ? keys : {}),
    daemons: [
      {
        ...{ name: 'd', ready: '10ms' },
        ...('command' in keys || 'shell' in keys ? {} : { script: './d.sh' }),
        ...(list ? {} : keys),
      },
      { name: 'needed', script: './d.sh', ready: '10ms' },
    ],
  });

  test('it replaces exactly the processes that the plan names', async ({ rig }) => {
    rig.file('d.sh', '#!/bin/sh\ntrap "exit 0" TERM USR1\nwhile :; do sleep 0.02; done\n');
    rig.file('more.env', 'FROM_FILE=1\n');
    for (const folder of ['other', 'src', 'lib']) mkdirSync(path.join(rig.work, folder));
    rig.file('other/d.sh', '#!/bin/sh\nexec sh ../d.sh\n');
    rig.list([{ name: 'd', script: './d.sh', ready: '10ms' }]);
    await rig.start();
    for (const row of [...DAEMON_ROWS, ...LIST_ROWS]) {
      rig.list(listOf(row, row.before));
      await rig.ask('reload', {});
      const before = await pids(rig);
      rig.list(listOf(row, row.after));
      const plan = await rig.ask('plan', {});
      const { plan: done } = await rig.ask('reload', { print: plan.print });
      const after = await pids(rig);
      const replaced = Object.keys(before).filter((id) => after[id] !== before[id]);
      expect([row.key, done, replaced]).toEqual([row.key, plan, plan.changed.flatMap(({ instances }) => instances)]);
      expect([row.key, plan.changed.some(({ restarts }) => restarts)]).toEqual([row.key, row.restarts ?? false]);
      expect([row.key, (await rig.ask('plan', {})).changed]).toEqual([row.key, []]);
    }
  }, 120_000);
});

describe('a change of the list', () => {
  test('of what a job is made from does it once more, which the plan says', async ({ rig }) => {
    const list = (queue: string): void => {
      const env = { QUEUE: queue };
      rig.list([{ name: 'job', shell: 'exit 0', restart: 'never', env }, sleeper('w', { env })]);
    };
    list('a');
    await rig.start();
    await rig.untilState('job', 'exited');
    await rig.untilState('w', 'running');
    list('b');
    const { out } = await rig.run('reload');
    expect(out.split('\n').slice(0, 2)).toEqual([
      '~ job: env.QUEUE: starts again what has ended: job',
      '~ w: env.QUEUE: replaced at the boundary: w',
    ]);
    expect(await rig.untilState('job', 'exited')).toMatchObject({ starts: 2 });
  });

  test('is told, and nothing is done, by --dry-run; then it is done, and told in the same words', async ({ rig }) => {
    rig.list([sleeper('gone'), sleeper('kept'), sleeper('changed', { env: { QUEUE: 'a' } })]);
    await rig.start();
    for (const id of ['gone', 'kept', 'changed']) await rig.untilState(id, 'running');
    const before = await pids(rig);
    rig.list([sleeper('kept', { stop: '5s' }), sleeper('changed', { env: { QUEUE: 'b' } }), sleeper('new')]);

    const dry = await rig.run('reload', '--dry-run');
    const plan = [
      '+ new: new, starts new',
      '- gone: goes when its iteration is done: gone',
      '~ kept: stop.grace: holds from now on, nothing restarts; a stop that has begun stays as it is',
      '~ changed: env.QUEUE: replaced at the boundary: changed',
    ];
    expect(dry).toMatchObject({ code: 0, out: `${plan.join('\n')}\nNothing was done. To do this: supervise reload\n` });
    expect(await pids(rig)).toEqual(before);

    const done = await rig.run('reload');
    expect(done.code).toBe(0);
    expect(done.out.split('\n').slice(0, 4)).toEqual(plan);
    expect(done.out).toContain('reloaded: changed, new');
    const after = await pids(rig);
    expect(Object.keys(after).sort()).toEqual(['changed', 'kept', 'new']);
    expect([after.kept === before.kept, after.changed === before.changed]).toEqual([true, false]);

    expect(await rig.run('reload')).toMatchObject({
      code: 0,
      out: 'list unchanged: for new code, supervise restart\n',
    });
    expect(JSON.parse((await rig.run('reload', '--dry-run', '--json')).out)).toMatchObject({
      ...{ added: [], removed: [], changed: [], unchanged: ['kept', 'changed', 'new'] },
    });
  });

  test('that is warned of is carried out, and the warning told, by --dry-run too', async ({ rig }) => {
    rig.list([sleeper('p')]);
    await rig.start();
    rig.list({ daemons: [sleeper('p')], resources: { db: { file: '/tmp' } } });
    for (const args of [['reload', '--dry-run'], ['reload']]) {
      const { code, err } = await rig.run(...args);
      expect([code, err]).toEqual([
        0,
        expect.stringMatching(/daemons\.yaml:\d+:\d+: no daemon needs the resource db\n/),
      ]);
    }
    const { err, out } = await rig.run('reload', '--json');
    expect([err, (JSON.parse(out) as ReloadView).plan.warnings?.length]).toEqual(['', 1]);
  });

  test('with an error in it changes nothing, and every error is told: exit 2', async ({ rig }) => {
    rig.list([sleeper('p')]);
    const supervise = await rig.start();
    await rig.untilState('p', 'running');
    const before = await pids(rig);
    rig.file('daemons.yaml', '- {name: p, shel: x}\n- {name: q, script: ./nowhere.sh}\n');
    for (const args of [['reload'], ['reload', '--dry-run']]) {
      const { code, err } = await rig.run(...args);
      expect(code).toBe(2);
      expect(err).toContain('did you mean');
      expect(err).toContain('nowhere.sh');
      expect(err).toContain('Nothing was changed: the list runs on as it was.');
    }
    supervise.signal('SIGHUP');
    await rig.event(null, /SIGHUP: .*daemons\.yaml:1/);
    expect(await pids(rig)).toEqual(before);
  });

  test('of its name is refused: the folder of the list is called after it', async ({ rig }) => {
    rig.list({ name: 'one', daemons: [sleeper('p')] });
    await rig.start();
    rig.list({ name: 'two', daemons: [sleeper('p')] });
    expect(await rig.run('reload')).toMatchObject({
      code: 2,
      err: expect.stringContaining('the list is called two now, and it runs as one') as string,
    });
  });

  test('takes a key out of the environment, and follows a link that was switched', async ({ rig }) => {
    for (const release of ['1', '2']) mkdirSync(path.join(rig.work, `releases/${release}`), { recursive: true });
    symlinkSync('releases/1', path.join(rig.work, 'current'));
    rig.file('p.sh', '#!/bin/sh\necho "${GONE-none} ${KEPT-none} $(pwd -P)" >>../../seen\nexec sleep 1000\n');
    const listOf = (env: object): unknown => [{ name: 'p', script: './p.sh', cwd: 'current', env, ready: '10ms' }];
    rig.list(listOf({ GONE: '1', KEPT: '1' }));
    await rig.start();
    await rig.untilState('p', 'running');

    symlinkSync('releases/2', path.join(rig.work, 'next'));
    renameSync(path.join(rig.work, 'next'), path.join(rig.work, 'current'));
    rig.list(listOf({ KEPT: '1' }));
    await rig.ask('reload', {});
    await waitFor(
      'both have started',
      () => rig.read('seen').split('\n').length,
      (lines) => lines === 3,
    );
    expect(rig.read('seen').replaceAll(rig.work, '')).toBe('1 1 /releases/1\nnone 1 /releases/2\n');
  });

  test('leaves alone what a person has stopped', async ({ rig }) => {
    rig.list([sleeper('p', { env: { A: '1' } }), sleeper('q')]);
    await rig.start();
    await rig.run('stop', 'p');
    rig.list([sleeper('p', { env: { A: '2' } }), sleeper('q', { autostart: false }), sleeper('r')]);
    expect((await rig.run('reload')).code).toBe(0);
    expect((await rig.status()).instances.map(({ id, state }) => [id, state])).toEqual([
      ['p', 'stopped'],
      ['q', 'running'],
      ['r', 'running'],
    ]);
  });

  test('is told by what the process of one was made from that had gone and came again', async ({ rig }) => {
    const q = (queue: string): object => sleeper('q', { env: { QUEUE: queue } });
    rig.list([sleeper('p'), q('a')]);
    await rig.start();
    for (const list of [[sleeper('p')], [sleeper('p'), q('b')]]) {
      rig.list(list);
      await rig.ask('reload', {});
    }
    const { q: pid } = await pids(rig);
    rig.list([sleeper('p'), q('a')]);
    const { plan } = await rig.ask('reload', {});
    expect(plan.changed).toMatchObject([{ name: 'q', keys: ['env.QUEUE'], restarts: true }]);
    expect((await pids(rig)).q).not.toBe(pid);
  });

  test('by SIGHUP is the same', async ({ rig }) => {
    rig.list([sleeper('p')]);
    const supervise = await rig.start();
    rig.list([sleeper('p'), sleeper('q')]);
    supervise.signal('SIGHUP');
    await waitFor(
      'q runs',
      () => rig.status(),
      ({ instances }) => instances[1]?.state === 'running',
    );
    await rig.event(null, /list reloaded: added q/);
  });
});

describe('who works', () => {
  test('is waited for until its iteration is done: one that goes, one that changes', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([puppet('goes'), puppet('changes', { env: { A: '1' } }), sleeper('stays')]);
    await rig.start();
    const [goes, changes] = [await stage.enter('goes'), await stage.enter('changes')];
    for (const each of [goes, changes]) await each.say('BUSY=1');
    rig.list([puppet('changes', { env: { A: '2' } }), sleeper('stays')]);
    const reload = rig.launch(['reload']);
    for (const each of [goes, changes]) await each.heard('SIGTERM');
    expect([goes.signals, changes.signals, reload.over]).toEqual([['SIGTERM'], ['SIGTERM'], false]);
    for (const each of [goes, changes]) {
      await each.say('IDLE=1');
      await each.exit(0);
    }
    await stage.enter('changes');
    expect(await reload.ended).toMatchObject({
      code: 0,
      out: expect.stringContaining('boundary 2 · ended by itself 0 · cut 0') as string,
    });
  });

  test('and was taken from the list is counted by the stop that ends it', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([puppet('p'), sleeper('stays')]);
    await rig.start();
    await (await stage.enter('p')).say('BUSY=1');
    await rig.until('p', 'is busy', ({ busy }) => busy === true);
    rig.list([sleeper('stays')]);
    await rig.ask('reload', { wait: false });
    const { code, out } = await rig.run('stop', '--now');
    expect([code, out]).toEqual([1, expect.stringMatching(/p: an iteration was cut[^]*cut [12]\n/) as string]);
  });

  test('writes its log alone: a list in which another one writes to it is refused until it has ended', async ({
    rig,
  }) => {
    const stage = await rig.stage();
    rig.list([puppet('before', { log: { file: 'one.log' } })]);
    await rig.start();
    await stage.enter('before');
    rig.list([sleeper('after', { log: { file: 'one.log' } })]);
    expect(await rig.run('reload')).toMatchObject({
      code: 1,
      err: expect.stringContaining('to which before writes until it has ended. Stop before first') as string,
    });
    expect((await rig.run('stop', 'before', '--now')).code).toBe(1);
    expect((await rig.run('reload')).code).toBe(0);
    expect((await rig.status()).instances.map(({ id, state }) => [id, state])).toEqual([['after', 'running']]);
  });

  test('and was taken from the list and given back while it drains is started again, once', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([puppet('p'), sleeper('stays')]);
    await rig.start();
    const first = await stage.enter('p');
    await first.say('BUSY=1');
    rig.list([sleeper('stays')]);
    await rig.ask('reload', { wait: false });
    await first.heard('SIGTERM');
    rig.list([puppet('p'), sleeper('stays')]);
    const back = rig.ask('reload', {});
    await rig.until('p', 'is wanted again', ({ wanted }) => wanted === 'up');
    await first.exit(0);
    await stage.enter('p');
    await back;
    expect(await rig.instance('p')).toMatchObject({ state: 'running', starts: 2 });
  });

  test('goes first with a change that does not work: the others are not touched, exit 1; a mended list is for all', async ({
    rig,
  }) => {
    const listOf = (code: string): unknown => [
      { name: 'w', shell: code, instances: 4, ready: '50ms', restart: { delay: '100ms', reset_after: '300ms' } },
    ];
    const works = 'trap "exit 0" TERM; while :; do sleep 0.05; done';
    rig.list(listOf(works));
    await rig.start();
    for (const n of [1, 2, 3, 4]) await rig.untilState(`w:${n}`, 'running');
    const before = await pids(rig);
    rig.list(listOf('exit 255'));
    const { code, out } = await rig.run('reload');
    const [, first = 'nobody'] = /^(w:\d) does not come up/m.exec(out) ?? [];
    const others = Object.keys(before).filter((id) => id !== first);
    expect([code, others.length]).toEqual([1, 3]);
    expect(out).toContain(`not touched, since the one that went first did not come up: ${others.join(', ')}`);
    const broken = await pids(rig);
    for (const id of others) expect(broken[id]).toBe(before[id]);

    rig.list(listOf(`${works} # mended`));
    expect((await rig.run('reload')).code).toBe(0);
    const after = await pids(rig);
    for (const id of Object.keys(before)) expect(after[id]).not.toBe(before[id]);
    for (const n of [1, 2, 3, 4]) expect((await rig.instance(`w:${n}`)).state).toBe('running');
  });
});

test('the plan of one list is not carried out with another', async ({ rig }) => {
  rig.list([sleeper('p')]);
  await rig.start();
  rig.list([sleeper('p'), sleeper('q')]);
  const { print } = await rig.ask('plan', {});
  rig.list([sleeper('q')]);
  await expect(rig.ask('reload', { print })).rejects.toThrow('the list has changed again since this plan was made');
  expect((await rig.status()).instances.map(({ id }) => id)).toEqual(['p']);
});

test('a list of which all that is left has ended goes on with what is new in it', async ({ rig }) => {
  const done = { name: 'done', shell: 'exit 0', restart: 'on-failure' };
  const crashes = { shell: 'exit 1', restart: { delay: '1m', reset_after: '1m' } };
  rig.list([done, { name: 'before', ...crashes }]);
  const supervise = await rig.start();
  await rig.untilState('before', 'backoff');
  await rig.untilState('done', 'exited');
  rig.list([done, sleeper('after')]);
  expect(await rig.run('reload')).toMatchObject({ code: 0, out: expect.stringContaining('reloaded: after') as string });
  expect([supervise.over, (await rig.instance('after')).state]).toEqual([false, 'running']);
});

test('several at once are one after the other: nobody is doubled', async ({ rig }) => {
  rig.list([sleeper('p')]);
  await rig.start();
  rig.list([sleeper('p'), sleeper('q'), sleeper('r')]);
  await Promise.all(Array.from({ length: 8 }, () => rig.ask('reload', {})));
  expect(rig.daemons()).toHaveLength(3);
  expect((await rig.status()).instances.map(({ starts }) => starts)).toEqual([1, 1, 1]);
});
