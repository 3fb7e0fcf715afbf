import path from 'node:path';
import { mkdirSync, readlinkSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { detached, foreground, nobodyLeft, openFiles, SLEEPER, stop } from '../support/detached.ts';
import { need } from '../support/needs.ts';
import { familyOf, terminalOf } from '../support/processes.ts';
import { PUPPET } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';

const bash = need('bash', 'bash');

describe('start -d', () => {
  test('returns when all run, and says what runs where and how to end it', async ({ rig }) => {
    rig.list([
      { name: 'p', ...SLEEPER },
      { name: 'q', ...SLEEPER, instances: 2 },
    ]);
    const { code, out, pid } = await detached(rig);
    expect(code).toBe(0);
    expect(out).toContain(`in the background, pid ${pid}: 3 running`);
    for (const word of [
      `${rig.state}/logs`,
      'supervise status',
      'supervise stop',
      'ends at a reboot',
      'systemd install',
    ])
      expect(out).toContain(word);
    expect(rig.daemons()).toHaveLength(3);
  });

  test('the commands that it names name the list as it was named', async ({ rig }) => {
    rig.file("it's one.yaml", JSON.stringify([{ name: 'p', ...SLEEPER }]));
    const { out } = await detached(rig, ['--file', "it's one.yaml"]);
    expect(out).toContain(`supervise stop --file 'it'\\''s one.yaml'`);
  });

  test('with NAMEs it starts those, and where the list runs already, there', async ({ rig }) => {
    rig.list(['p', 'q', 'r'].map((name) => ({ name, ...SLEEPER })));
    const { pid } = await detached(rig, ['q']);
    expect((await rig.status()).instances.map(({ state }) => state)).toEqual(['stopped', 'running', 'stopped']);
    expect(await rig.run('start', '-d', 'r')).toMatchObject({
      code: 0,
      out: expect.stringContaining('started: r') as string,
    });
    expect(rig.supervisors()).toEqual([pid]);
  });

  test('guard and supervisor lead sessions of their own, without a terminal, and hold nothing of the caller', async ({
    rig,
  }) => {
    rig.list([{ name: 'p', ...SLEEPER }]);
    const { guard, pid } = await detached(rig);
    expect(familyOf(guard)).toEqual({ pid: guard, group: guard, session: guard });
    expect(familyOf(pid)).toEqual({ pid, group: pid, session: pid });
    expect(terminalOf(pid)).toBe(0);
    const messages = path.join(rig.state, 'supervise.log');
    expect(openFiles(guard)).toEqual(new Set(['/dev/null', messages]));
    expect(openFiles(pid).has(path.join(rig.state, 'lock'))).toBe(true);
  });

  test.skipIf(bash.missing)(`what a script has open stays out of the background${bash.note}`, async ({ rig }) => {
    rig.list([{ name: 'p', ...SLEEPER }]);
    const { guard, pid } = await detached(rig, [], { under: ['bash', '-c', 'exec 200>deploy.lock; exec "$@"', '-'] });
    const all = [guard, pid, ...rig.daemons().map((daemon) => daemon.pid)];
    expect(all).toHaveLength(3);
    expect(all.filter((each) => openFiles(each).has(path.join(rig.work, 'deploy.lock')))).toEqual([]);
  });

  test('environment, umask and folder are those of the caller', async ({ rig }) => {
    rig.file('w.sh', '#!/bin/sh\numask >umask; echo "$COLOUR" >colour; exec sleep 1000\n');
    rig.list([{ name: 'p', script: './w.sh' }]);
    const { pid } = await detached(rig, [], {
      under: ['sh', '-c', 'umask 027; exec "$@"', '-'],
      env: { COLOUR: 'blue' },
    });
    expect([rig.read('umask'), rig.read('colour')]).toEqual(['0027\n', 'blue\n']);
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe(rig.work);
  });

  test('shows whom it waits for, and waits until it is ready', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ name: 'p', script: PUPPET, cwd: '.', ready: 'notify' }]);
    const program = rig.launch(['start', '-d']);
    const daemon = await stage.enter('p');
    await program.says(/waiting for .*p \(not ready yet/);
    expect(program.over).toBe(false);
    await daemon.say('READY=1');
    expect(await program.ended).toMatchObject({ code: 0 });
    await stop(rig, daemon);
  });

  test('does not wait for what waits for another, and says so', async ({ rig }) => {
    rig.list([
      { name: 'first', ...SLEEPER, restart: 'on-failure' },
      { name: 'then', ...SLEEPER, depends_on: { first: 'completed' } },
    ]);
    const { code, out } = await detached(rig);
    expect(code).toBe(0);
    expect(out).toMatch(/then waits for first to complete/);
  });

  test('waits while a resource is asked, and then for what becomes of those that need it', async ({ rig }) => {
    rig.list({
      resources: { database: { exec: ['sh', '-c', 'until [ -e asked ]; do sleep 0.1; done'], timeout: '1m' } },
      daemons: [
        { name: 'p', ...SLEEPER, depends_on: { database: 'up' } },
        { name: 'bad', shell: 'exit 3', restart: 'never', depends_on: { database: 'up' } },
      ],
    });
    const program = rig.launch(['start', '-d']);
    await program.says(/waiting for .*p \(asks whether database is up/);
    expect(program.over).toBe(false);
    rig.file('asked', '');
    const { code, out } = await program.ended;
    expect(code).toBe(1);
    expect(out).toMatch(/bad does not come up: /);
    expect(out).toContain('1 failed · 1 running');
  });

  test('an instance that does not come up is named, exit 1; the list runs', async ({ rig }) => {
    rig.list([
      { name: 'p', ...SLEEPER },
      { name: 'bad', shell: 'exit 3', restart: 'never' },
      { name: 'loops', shell: 'exit 4', restart: { delay: '1h', max_delay: '1h' } },
    ]);
    const { code, out } = await detached(rig);
    expect(code).toBe(1);
    expect(out).toMatch(/bad does not come up: .*restart: never/);
    expect(out).toMatch(/loops does not come up: .*exit 4/);
    expect((await rig.instance('p')).state).toBe('running');
  });

  test('a list that is over at once gives its own exit code, and what was said', async ({ rig }) => {
    rig.list([{ name: 'p', shell: 'exit 3', restart: 'never' }]);
    const { code, err } = await rig.run('start', '-d');
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining('all daemons have ended for good') as string,
    });
    await nobodyLeft(rig);
  });

  test('--json says the status, --no-wait does not wait', async ({ rig }) => {
    rig.list([{ name: 'p', ...SLEEPER, ready: '1h' }]);
    const { code, out } = await rig.run('start', '-d', '--no-wait', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      supervisor: { state: 'running' },
      instances: [{ id: 'p', state: 'starting' }],
    });
  });
});

describe('what keeps start -d from starting is told by the command itself', () => {
  test.for<[string, (rig: Rig) => readonly string[], number, RegExp]>([
    ['a broken list', (rig) => (rig.file('daemons.yaml', '- {name: p, shel: x}\n'), []), 2, /daemons\.yaml:1:/],
    ['an unknown NAME', () => ['nobody'], 2, /nobody/],
    [
      'a state folder that cannot be',
      (rig) => ['--state-dir', path.join(rig.file('plain', ''), 'state')],
      2,
      /cannot write to the state folder/,
    ],
  ])('%s', async ([, spoil, code, words], { rig }) => {
    rig.list([{ name: 'p', ...SLEEPER }]);
    const outcome = await rig.run('start', '-d', ...spoil(rig));
    expect(outcome).toMatchObject({ code, err: expect.stringMatching(words) as string });
    await nobodyLeft(rig);
  });

  test('a supervisor that has the list: exit 4', async ({ rig }) => {
    rig.list([{ name: 'p', ...SLEEPER }]);
    const { pid } = await rig.start();
    expect(await rig.run('start', '-d')).toMatchObject({
      code: 4,
      err: expect.stringContaining(`the supervisor with pid ${pid} `) as string,
    });
    expect(rig.guards()).toEqual([]);
  });

  test('of two at once one wins, and the other names it', async ({ rig }) => {
    rig.list([{ name: 'p', ...SLEEPER }]);
    const outcomes = await Promise.all([rig.run('start', '-d'), rig.run('start', '-d')]);
    expect(outcomes.map(({ code }) => code).sort()).toEqual([0, 4]);
    expect(outcomes.find(({ code }) => code === 4)?.err).toContain('has the list');
    expect([rig.guards(), rig.supervisors(), rig.daemons()].map((all) => all.length)).toEqual([1, 1, 1]);
  });
});

test('a list whose status is more than an answer may have is started, and the command ends', async ({ rig }) => {
  const tags = Array.from({ length: 180 }, (_, index) => `t${index}${'x'.repeat(60)}`);
  rig.list({
    supervisor: { start_rate: 'unlimited' },
    daemons: [{ name: 'w', shell: 'exec sleep 1000', instances: 100, autostart: false, tags }],
  });
  const { code, err } = await rig.run('start', '-d');
  expect({ code, err }).toEqual({
    code: 0,
    err: expect.stringContaining('the supervisor is up, but of its status it says: the answer is over 1 MiB') as string,
  });
  expect(await rig.run('status', 'w:1')).toMatchObject({ code: 0 });
  expect(await rig.run('stop')).toMatchObject({ code: 0 });
});

test('a supervisor that dies before it is up is told while start -d waits, and then it is up', async ({ rig }) => {
  rig.list([{ name: 'p', ...SLEEPER }]);
  // Only the supervisor: it is started with the folder to use.
  const dies = `if (process.argv.includes('--state-dir')) { const fs = await import('node:fs'); if (!fs.existsSync('well')) process.exit(70) }`;
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(dies).replaceAll("'", '%27')}` };
  const start = rig.launch(['start', '-d'], { env });
  await start.says(/guard \(pid \d+\): the supervisor \(pid \d+\) has died \(70\); it is started again in 1 s/);
  rig.file('well', '');
  expect(await start.ended).toMatchObject({ code: 0, out: expect.stringContaining('1 running') as string });
  expect((await rig.run('stop')).code).toBe(0);
});

test('daemons that outlived a supervisor in the foreground go on in the background', async ({ rig }) => {
  const { daemon, supervise } = await foreground(rig);
  supervise.signal('SIGKILL');
  await supervise.ended;
  const { code, out, pid } = await detached(rig);
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining(`pid ${pid}: 1 running`) as string });
  expect(await rig.instance('p')).toMatchObject({ pid: daemon.pid, flags: ['adopted'] });
  expect([daemon.signals, (await rig.stage()).all.length]).toEqual([[], 1]);
  await stop(rig, daemon);
});

test.skipIf(process.getuid?.() !== 0)(
  'a state folder on a read-only file system is refused with that reason (as root)',
  async ({ rig }) => {
    rig.list([{ name: 'p', shell: 'exec sleep 1000' }]);
    const readOnly = path.join(rig.work, 'read-only');
    mkdirSync(readOnly);
    const script = 'mount -t tmpfs -o ro tmpfs "$0" && exec "$@"';
    const { code, err } = await rig.launch(['start', '--state-dir', path.join(readOnly, 'a/state')], {
      under: ['unshare', '--mount', 'sh', '-c', script, readOnly],
    }).ended;
    expect(err).toContain('(EROFS): name another one with --state-dir');
    expect(code).not.toBe(0);
  },
);

test('one that loops without ever being seen in a gap holds up no start', async ({ rig }) => {
  rig.list([{ name: 'p', shell: 'sleep 0.3; exit 1', restart: { delay: '1ms', max_delay: '1ms' } }]);
  const { code, out } = await rig.launch(['start', '-d']).ended;
  expect(code).toBe(1);
  expect(out).toContain('p loops');
});
