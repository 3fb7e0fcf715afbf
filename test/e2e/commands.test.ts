import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect } from 'vitest';
import { isAlive } from '../support/processes.ts';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { test, type Program, type Rig } from '../support/supervise.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

const COUNTS = path.join(import.meta.dirname, '../fixtures/daemons/counts.sh');

describe('names', () => {
  const LIST = [
    { name: 'photos', shell: 'exec sleep 1000', instances: 2, tags: ['media'] },
    { name: 'movies', shell: 'exec sleep 1000', tags: ['media'] },
    { name: 'imports', shell: 'exec sleep 1000' },
  ];

  test.for<[string, readonly string[]]>([
    ['photos:2', ['photos:2']],
    ['photos', ['photos:1', 'photos:2']],
    ['@media', ['photos:1', 'photos:2', 'movies']],
    ['*o*s', ['photos:1', 'photos:2', 'movies', 'imports']],
  ])('stop %s stops those and no others, and start brings them back', async ([name, meant], { rig }) => {
    rig.list(LIST);
    await rig.start();
    await rig.untilState('imports', 'running');
    const states = async (): Promise<readonly string[]> =>
      (await rig.status()).instances.filter((it) => it.state === 'stopped').map(({ id }) => id);
    expect(await rig.run('stop', name)).toMatchObject({ code: 0 });
    expect(await states()).toEqual(meant);
    const started = await rig.run('start', name);
    expect(started).toMatchObject({ code: 0, out: `started: ${meant.join(', ')}\n` });
    expect(await states()).toEqual([]);
  });

  test('an unknown name is exit 2 with what may have been meant, and nothing changes', async ({ rig }) => {
    rig.list(LIST);
    await rig.start();
    await rig.untilState('imports', 'running');
    const before = (await rig.status()).instances.map(({ pid, starts }) => [pid, starts]);
    for (const command of ['stop', 'start', 'restart', 'status', 'why', 'logs']) {
      const { code, err } = await rig.run(command, 'imports', 'phots');
      expect({ command, code, err }).toEqual({
        command,
        code: 2,
        err: expect.stringMatching(/phots.*did you mean.*photos/) as string,
      });
    }
    expect((await rig.status()).instances.map(({ pid, starts }) => [pid, starts])).toEqual(before);
  });

  test('a start of NAMEs runs those and what they need', async ({ rig }) => {
    rig.list([
      { name: 'web', shell: 'exec sleep 1000', depends_on: ['api'] },
      { name: 'api', shell: 'exec sleep 1000', ready: '50ms', autostart: false },
      { name: 'other', shell: 'exec sleep 1000' },
    ]);
    await rig.start(['web']);
    await rig.untilState('web', 'running');
    const { instances } = await rig.status();
    expect(instances.map(({ id, state }) => [id, state])).toEqual([
      ['web', 'running'],
      ['api', 'running'],
      ['other', 'stopped'],
    ]);
  });
});

describe('a stop', () => {
  test.for<[string, Readonly<Record<string, unknown>>]>([
    ['starting', { script: PUPPET, cwd: '.', ready: { notify: true, timeout: '1h' } }],
    ['waiting', { shell: 'exec sleep 1000', depends_on: ['never'] }],
    ['backoff', { shell: 'exit 1', restart: { delay: '1h', max_delay: '1h' } }],
  ])('of one that is %s needs no waiting, and it stays stopped', async ([state, daemon], { rig }) => {
    const stage = await rig.stage();
    rig.list([
      { name: 'p', ...daemon },
      { name: 'never', script: PUPPET, cwd: '.', ready: { notify: true, timeout: '1h' } },
    ]);
    await rig.start();
    await stage.enter('never');
    if (state === 'starting') await (await stage.enter('p')).exitOn('SIGTERM', 0);
    await rig.until('p', `is ${state}`, (it) => it.state === state);
    const deed = await rig.ask('stop', { names: ['p'], wait: true, now: false });
    expect(deed).toMatchObject({ instances: ['p'], cut: 0, problems: [] });
    expect(await rig.instance('p')).toMatchObject({
      state: 'stopped',
      wanted: 'down',
      pid: null,
      words: 'stopped by hand',
    });
  });

  test('by hand lasts over a restart of all', async ({ rig }) => {
    rig.list([
      { name: 'p', shell: 'exec sleep 1000' },
      { name: 'q', shell: 'exec sleep 1000' },
    ]);
    await rig.start();
    await rig.untilState('q', 'running');
    await rig.run('stop', 'p');
    expect(await rig.run('restart')).toMatchObject({
      code: 0,
      out: expect.stringContaining('restarted: q\n') as string,
    });
    expect(await rig.instance('p')).toMatchObject({ state: 'stopped', starts: 1 });
    expect(await rig.instance('q')).toMatchObject({ state: 'running', starts: 2 });
  });

  test('status answers at once during a drain, and names who is waited for', async ({ rig }) => {
    const { daemon, stopping } = await draining(rig);
    const { code, out } = await rig.run('status');
    expect(code).toBe(0);
    expect(out).toMatch(/p .*drain/i);
    await stopping.says(/waiting for 1: p \(.*then SIGKILL/);
    await daemon.exit(0);
    expect((await stopping.ended).code).toBe(0);
  });

  test('a second stop joins the one of the list, and a start is refused during it', async ({ rig }) => {
    const { daemon, stopping } = await draining(rig);
    const start = await rig.run('start', 'p');
    expect(start).toMatchObject({ code: 1, err: expect.stringContaining('the list is stopping') as string });
    expect((await rig.run('restart', 'p')).code).toBe(1);
    const second = rig.launch(['stop']);
    const third = rig.launch(['stop', 'p']);
    await second.says('waiting for 1: p');
    await daemon.exit(0);
    for (const program of [stopping, second, third])
      expect(await program.ended).toMatchObject({
        code: 0,
        out: expect.stringContaining('ended by itself 1') as string,
      });
    expect(daemon.signals).toEqual(['SIGTERM']);
  });

  test.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'that is interrupted (%s) goes on without the command, which says so',
    async ([signal, code], { rig }) => {
      const { daemon, stopping } = await draining(rig);
      await stopping.says('waiting for 1: p');
      stopping.signal(signal);
      expect(await stopping.ended).toMatchObject({
        code,
        signal: null,
        err: expect.stringContaining('goes on without us') as string,
      });
      await daemon.exit(0);
      await waitUntil('the supervisor has ended', () => rig.programs[0]?.over === true);
    },
  );

  async function draining(rig: Rig): Promise<{ daemon: Puppet; stopping: Program }> {
    const stage = await rig.stage();
    rig.list([{ name: 'p', script: PUPPET, cwd: '.' }]);
    await rig.start();
    const daemon = await stage.enter('p');
    await rig.untilState('p', 'running');
    const stopping = rig.launch(['stop']);
    await daemon.heard('SIGTERM');
    return { daemon, stopping };
  }
});

describe('a restart', () => {
  test('asked a hundred times at once ends with exactly one process', async ({ rig }) => {
    rig.list([{ name: 'p', shell: 'trap "exit 0" TERM; while :; do sleep 0.01; done', ready: '20ms' }]);
    await rig.start();
    await rig.untilState('p', 'running');
    const deeds = await Promise.all(
      Array.from({ length: 100 }, () => rig.ask('restart', { names: ['p'], wait: true })),
    );
    expect(deeds.every(({ not_up }) => not_up.length === 0)).toBe(true);
    const { pid, state } = await rig.untilState('p', 'running');
    expect(state).toBe('running');
    const shells = (): readonly number[] =>
      rig
        .daemons()
        .filter(({ command }) => command.startsWith('/bin/sh'))
        .map((it) => it.pid);
    // What it forks is briefly a shell too, before it becomes a sleep; a doubled one would stay.
    await waitFor('it is the only one', shells, (pids) => isDeepStrictEqual(pids, [pid]));
  });

  test('of one that does not come up exits 1 and says why', async ({ rig }) => {
    rig.file('work.sh', '#!/bin/sh\nexec sleep 1000\n');
    rig.list([{ name: 'p', script: './work.sh', restart: { delay: '1h', max_delay: '1h' } }]);
    await rig.start();
    await rig.untilState('p', 'running');
    rig.file('work.sh', '#!/bin/sh\nexit 7\n');
    const { code, out } = await rig.run('restart', 'p');
    expect({ code, out }).toEqual({
      code: 1,
      out: expect.stringMatching(/p does not come up: backoff.*exit 7/) as string,
    });
  });
});

test('`why` explains every state that is not running', async ({ rig }) => {
  const stage = await rig.stage();
  const hour = { delay: '1h', max_delay: '1h' };
  rig.list(
    [
      { name: 'stopped', shell: 'exit 0', autostart: false },
      { name: 'byhand', shell: 'exec sleep 1000' },
      { name: 'waiting', shell: 'exit 0', depends_on: ['starting'] },
      { name: 'starting', script: PUPPET, cwd: '.', ready: { notify: true, timeout: '1h' } },
      { name: 'draining', script: PUPPET, cwd: '.' },
      { name: 'backoff', shell: 'exit 1', restart: hour },
      { name: 'exited', shell: 'exit 0', restart: 'on-failure' },
      { name: 'failed', shell: 'exit 1', restart: 'never' },
      { name: 'missing', command: ['./gone'], restart: 'never' },
    ].filter(({ name }) => name !== 'missing'),
  );
  await rig.start();
  await stage.enter('starting');
  const draining = await stage.enter('draining');
  await rig.ask('stop', { names: ['byhand'], wait: true, now: false });
  await rig.ask('stop', { names: ['draining'], wait: false, now: false });
  await draining.heard('SIGTERM');
  await rig.untilState('failed', 'failed');
  await rig.untilState('exited', 'exited');
  await rig.untilState('backoff', 'backoff');
  const words = Object.fromEntries(
    (await rig.ask('why', { names: [] })).map((each) => [each.id, `${each.state}: ${each.words.join(' ')}`]),
  );
  expect(words).toEqual({
    stopped: expect.stringMatching(
      /^stopped: .*not started with the list \(autostart: false\).*supervise start stopped$/,
    ) as string,
    byhand: expect.stringMatching(/^stopped: byhand was stopped by hand and stays stopped/) as string,
    waiting: expect.stringMatching(/^waiting: waiting waits for .*: starting is not ready yet\.$/) as string,
    starting: expect.stringMatching(/^starting: .*it has to say READY=1/) as string,
    draining: expect.stringMatching(/^draining: .*was sent SIGTERM\. SIGKILL follows in/) as string,
    backoff: expect.stringMatching(
      /^backoff: backoff will be started again in .*exit 1.*supervise start backoff$/,
    ) as string,
    exited: expect.stringMatching(/^exited: exited has done its work: .*exit 0/) as string,
    failed: expect.stringMatching(
      /^failed: failed gave up: .*exit 1.*supervise logs failed.*supervise start failed$/,
    ) as string,
  });
  const command = await rig.run('why', 'waiting', '--json');
  expect(JSON.parse(command.out)).toMatchObject([
    { id: 'waiting', state: 'waiting', reasons: [{ kind: 'dependency', name: 'starting' }] },
  ]);
  await draining.exit(0);
});

describe('as JSON', () => {
  test('four instances count their iterations, and every key is there', async ({ rig }) => {
    rig.list({ name: 'shop', daemons: [{ name: 'p', script: COUNTS, instances: 4, tags: ['media'] }] });
    const supervise = await rig.start();
    for (const number of [1, 2, 3, 4])
      await rig.until(`p:${number}`, 'has done five', ({ iterations, busy }) => iterations === 5 && busy === false);
    const { code, out } = await rig.run('status', '--json');
    expect(code).toBe(0);
    const view = JSON.parse(out) as Awaited<ReturnType<Rig['status']>>;
    expect(view).toEqual({
      supervisor: {
        pid: supervise.pid,
        version: expect.any(String) as string,
        list: path.join(rig.work, 'daemons.yaml'),
        id: 'shop',
        started_at: expect.stringMatching(TIME) as string,
        state: 'running',
        check: 'ok',
        problems: [],
      },
      instances: [1, 2, 3, 4].map((number) => ({
        id: `p:${number}`,
        daemon: 'p',
        number,
        tags: ['media'],
        state: expect.stringMatching(/^(starting|running)$/) as string,
        flags: [],
        wanted: 'up',
        pid: expect.any(Number) as number,
        started_at: expect.stringMatching(TIME) as string,
        since: expect.stringMatching(TIME) as string,
        iterations: 5,
        busy: false,
        status: 'waiting for work',
        progress: null,
        iteration_ms: null,
        starts: 1,
        quick_ends: 0,
        cuts: 0,
        next_start_at: null,
        kill_at: null,
        waiting_for: [],
        last_exit: null,
        memory_bytes: expect.any(Number) as number,
        cpu_percent: expect.any(Number) as number,
        words: null,
      })),
      resources: [],
    });
  });

  test('status NAME has the last runs with how each ended', async ({ rig }) => {
    rig.list([
      { name: 'p', shell: 'exit 3', restart: { delay: '10ms', attempts: 2 } },
      { name: 'other', shell: 'exec sleep 1000' },
    ]);
    await rig.start();
    await rig.untilState('p', 'failed');
    const { out } = await rig.run('status', 'p', '--json');
    const [instance] = (JSON.parse(out) as Awaited<ReturnType<Rig['status']>>).instances;
    const exit = {
      code: 3,
      signal: null,
      kind: 'crash',
      cut: 'unknown',
      words: 'ended by itself, exit 3',
      resource: null,
      fault: null,
    };
    const end = { ...exit, iterations: null };
    const when = {
      at: expect.stringMatching(TIME) as string,
      started_at: expect.stringMatching(TIME) as string,
      pid: expect.any(Number) as number,
    };
    expect(instance?.runs).toEqual([
      { run: 2, ...end, ...when },
      { run: 1, ...end, ...when },
    ]);
    expect(instance?.last_exit).toEqual({ at: when.at, ...exit });
  });

  test('with nobody there the shape is the same, and the exit code 3', async ({ rig }) => {
    rig.list([{ name: 'p', shell: 'exec sleep 1000' }]);
    const { code, out } = await rig.run('status', '--json');
    expect({ code, out: JSON.parse(out) as unknown }).toEqual({
      code: 3,
      out: { supervisor: null, instances: [], resources: [] },
    });
    for (const command of ['status', 'stop', 'restart', 'why p', 'signal HUP p'])
      expect([command, (await rig.run(...command.split(' '))).code]).toEqual([command, 3]);
  });
});

test('who waits for one to be ready that has ended by then is a trouble, and `why` has the mend', async ({ rig }) => {
  rig.list([
    { name: 'migrate', shell: 'exit 0', restart: 'on-failure' },
    { name: 'web', shell: 'exec sleep 1000', depends_on: ['migrate'] },
  ]);
  await rig.start();
  await rig.untilState('migrate', 'exited');
  expect((await rig.run('why', 'web')).out).toContain('write depends_on: { migrate: completed }');
  expect((await rig.status()).supervisor?.problems).toEqual(['web waits for migrate to be ready, and that has ended']);
  expect((await rig.run('status', '--check')).code).toBe(1);
});

test('who dies of what `signal` has sent did not die of a stranger, and a SIGKILL of it is a cut', async ({ rig }) => {
  const sleeper = { shell: 'exec sleep 1000', restart: { delay: '1h', max_delay: '1h' } };
  rig.list(['killed', 'asked'].map((name) => ({ name, ...sleeper })));
  await rig.start();
  for (const name of ['killed', 'asked']) await rig.untilState(name, 'running');
  await rig.run('signal', 'KILL', 'killed');
  await rig.run('signal', 'TERM', 'asked');
  const killed = await rig.untilState('killed', 'backoff');
  expect(killed).toMatchObject({ cuts: 1, last_exit: { signal: 'SIGKILL', cut: 'yes' } });
  expect(killed.last_exit?.words).toBe('died of SIGKILL, which was sent by supervise signal');
  const asked = await rig.untilState('asked', 'backoff');
  expect(asked).toMatchObject({ cuts: 0, last_exit: { signal: 'SIGTERM', cut: 'unknown' } });
  expect(asked.last_exit?.words).toBe('died of SIGTERM, which was sent by supervise signal');
});

test('`signal` reaches the main process, and says whom it reached', async ({ rig }) => {
  const stage = await rig.stage();
  rig.list([
    { name: 'p', script: PUPPET, cwd: '.' },
    { name: 'off', shell: 'exit 0', autostart: false },
  ]);
  await rig.start();
  const daemon = await stage.enter('p');
  expect(await rig.run('signal', 'USR1', 'p', 'off')).toMatchObject({
    code: 0,
    out: expect.stringContaining('p') as string,
  });
  await daemon.heard('SIGUSR1');
  expect(await rig.run('signal', 'NONSENSE', 'p')).toMatchObject({
    code: 2,
    err: expect.stringContaining('NONSENSE') as string,
  });
  expect(isAlive(daemon.pid)).toBe(true);
});

test('`status` that is not answered says what to look at, and not itself', async ({ rig }) => {
  rig.list([{ name: 'p', shell: 'exec sleep 1000' }]);
  const supervise = await rig.start();
  supervise.signal('SIGSTOP');
  const { code, err } = await rig.run('status', '--check');
  supervise.signal('SIGCONT');
  expect(code).toBe(1);
  expect(err).toMatch(/did not answer .*ask again, or look whether it is stopped .*kill -CONT.*: ps -eo/);
  expect(err).not.toContain('supervise status');
});

test('with --json a supervisor that does not answer is no `null`: it is told in the one object', async ({ rig }) => {
  rig.list([{ name: 'p', shell: 'exec sleep 1000' }]);
  const supervise = await rig.start();
  supervise.signal('SIGSTOP');
  const [status, version] = await Promise.all([rig.run('status', '--json'), rig.run('version', '--json')]);
  supervise.signal('SIGCONT');
  const error = expect.stringContaining('did not answer') as string;
  expect(status.code).toBe(1);
  expect(JSON.parse(status.out)).toEqual({ error });
  expect(JSON.parse(version.out)).toMatchObject({ supervisor: null, error });
  expect(JSON.parse((await rig.run('version', '--json')).out)).toMatchObject({
    supervisor: { pid: supervise.pid },
    error: null,
  });
});

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('version', () => {
  test('says its own whatever the list is like, and why the supervisor does not say its', async ({ rig }) => {
    rig.list([{ name: 'p', shell: 'exec sleep 1000' }]);
    const supervise = await rig.start();
    await rig.untilState('p', 'running');
    rig.file('daemons.yaml', 'daemons: [');
    const both = await rig.run('version');
    expect(both).toMatchObject({ code: 0, err: '' });
    expect(both.out).toMatch(
      new RegExp(`^supervise \\S+ \\(Node .*\\)\nthe supervisor of \\S+, pid ${supervise.pid}: `),
    );

    supervise.signal('SIGSTOP');
    const alone = await rig.run('version');
    supervise.signal('SIGCONT');
    expect(alone).toMatchObject({ code: 0, out: expect.stringMatching(/^supervise \S+ \(Node .*\)\n$/) as string });
    expect(alone.err).toMatch(/did not answer .*; ask again, or look with: supervise status/);
  });

  test.for([['--nonsense'], ['nonsense'], ['-f']])('refuses %s in words', async ([argument = ''], { rig }) => {
    expect(await rig.run('version', argument)).toMatchObject({
      ...{ code: 2, out: '' },
      err: expect.stringMatching(/^supervise: .*(--nonsense|nonsense|-f)/) as string,
    });
  });
});

test('a command that meets a bug of its own says so, what to do, and that nothing that runs is touched', async ({
  rig,
}) => {
  rig.list([{ name: 'p', shell: 'exec sleep 1000' }]);
  // Used to make the id of a list.
  const planted = 'Math.imul = () => { throw new Error("planted") }';
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(planted)}` };
  const { code, out, err } = await rig.launch(['check'], { env }).ended;
  expect({ code, out }).toEqual({ code: 70, out: '' });
  expect(err).toMatch(/^supervise \S+ \(Node .*\) met a bug of its own:\nError: planted\n {4}at /);
  expect(err).toMatch(
    /report it with these lines and the command that you gave\.\nA supervisor that runs and its daemons know nothing of it: /,
  );
});
