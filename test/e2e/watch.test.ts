/** `watch` of the real program: a change restarts at the boundary, once, and never by SIGKILL. */
import { readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { kill, untilSavedState } from '../support/adoption.ts';
import { need } from '../support/needs.ts';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitFor } from '../support/wait-for.ts';

const loop = path.join(import.meta.dirname, '../fixtures/daemons/plain-loop.sh');
const unshare = need('unshare', 'util-linux');

test('an iteration that takes longer than the grace is finished, then the new code runs', async ({ rig }) => {
  rig.file('src/a.php', '1');
  rig.file('hold.d', '');
  rig.list([{ name: 'd', script: `${loop} d`, cwd: '.', stop: '1s', watch: ['src'] }]);
  await rig.start();
  await rig.untilState('d', 'running');
  rig.file('src/a.php', '2');
  await rig.event(
    'd',
    /^code changed \(src\/a\.php\): restarting at the boundary; sent SIGTERM, waits as long as it takes$/,
  );
  const draining = await rig.until(
    'd',
    'drains for longer than its grace',
    ({ since }) => Date.now() - Date.parse(since) > 2_000,
  );
  expect(draining).toMatchObject({ state: 'draining', kill_at: null, words: 'code changed (src/a.php)' });
  const { out } = await rig.run('status');
  expect(out).toMatch(/draining +code changed \(src\/a\.php\): as long as it takes, \d/);
  expect((await rig.ask('why', { names: ['d'] }))[0]?.words.join(' ')).toContain('since its code changed (src/a.php)');
  rmSync(path.join(rig.work, 'hold.d'));
  const again = await rig.until('d', 'runs anew', ({ state, starts }) => state === 'running' && starts === 2);
  expect(again).toMatchObject({ quick_ends: 0, cuts: 0, last_exit: { kind: 'asked', code: 0, cut: 'unknown' } });
  const lines = rig.read('ledger.d').split('\n');
  expect(lines.slice(0, 5)).toEqual(['begin 1', 'heard SIGTERM', 'end 1', 'left the loop', 'begin 1']);
  expect((await rig.events()).filter(({ type }) => type === 'killing')).toEqual([]);
});

test('a stop that is asked meanwhile makes it an ordinary drain', async ({ rig }) => {
  const daemon = await onStage(rig, { stop: '1s' });
  rig.file('src/a.php', '2');
  await daemon.heard('SIGTERM');
  const { ends } = await rig.ask('stop', { names: ['p'], wait: true, now: false });
  expect(ends).toMatchObject([{ exit: { signal: 'SIGKILL', cut: 'yes' } }]);
  expect(daemon.signals).toEqual(['SIGTERM']);
  await rig.event('p', /^asked to stop while it drained already, so SIGTERM is not sent again; grace 1s from now on$/);
});

describe('what changes while nobody watches is seen', () => {
  test('in the moment of an upgrade: a file in a folder, and one that is named', async ({ rig }) => {
    rig.file('one.php', '1');
    const stage = await rig.stage();
    const daemons = { p: 'src', q: 'one.php' };
    rig.file('src/a.php', '1');
    rig.list(
      Object.entries(daemons).map(([name, paths]) => ({
        ...{ name, script: PUPPET, cwd: '.' },
        watch: { paths, debounce: '6s' },
      })),
    );
    await rig.start();
    const [p, q] = [await stage.enter('p'), await stage.enter('q')];
    await rig.untilState('q', 'running');
    rig.file('src/a.php', '2');
    rig.file('one.php', '2');
    expect(await rig.run('upgrade')).toMatchObject({ code: 0 });
    for (const daemon of [p, q]) {
      await daemon.heard('SIGTERM');
      await daemon.exit(0);
    }
  });

  test('after the death of the supervisor', async ({ rig }) => {
    const stage = await rig.stage();
    rig.file('src/a.php', '1');
    rig.file('lib/a.php', '1');
    rig.list(['src', 'lib'].map((name) => ({ name, script: PUPPET, cwd: '.', watch: [name] })));
    const supervise = await rig.start();
    const [changed, unchanged] = [await stage.enter('src'), await stage.enter('lib')];
    await untilSavedState(rig, 'src', 'running');
    await untilSavedState(rig, 'lib', 'running');
    await kill(supervise);
    rig.file('src/a.php', '2');
    await rig.start();
    await changed.heard('SIGTERM');
    await changed.exit(0);
    await stage.enter('src');
    expect(unchanged.signals).toEqual([]);
  });
});

test('a burst is one restart, droppings and our own log are none', async ({ rig }) => {
  const first = await onStage(rig, { log: { file: './src/p.log' } });
  for (let n = 0; n < 200; n += 1) rig.file(`src/f${n % 9}/a${n}.php`, 'new');
  await first.heard('SIGTERM');
  await first.exit(0);
  const stage = await rig.stage();
  const second = await stage.enter('p');
  await rig.untilState('p', 'running');
  for (const name of [
    '.a.php.swp',
    '4913',
    'a.php~',
    '.#a.php',
    '#a.php#',
    'a.php.tmp',
    'node_modules/x/y.js',
    '.git/index',
  ])
    rig.file(`src/${name}`, 'dropped');
  await second.print('a line for the log\n');
  await waitFor(
    'the line is there',
    () => rig.read('src/p.log'),
    (log) => log.includes('a line'),
  );
  rig.file('src/f1/a1.php', 'newer');
  await second.heard('SIGTERM');
  await second.exit(0);
  await stage.enter('p');
  const told = (await rig.events()).filter(({ words }) => words.startsWith('code changed')).map(({ words }) => words);
  expect(told).toEqual([
    // Not every file that came with a new folder is counted.
    expect.stringMatching(/^code changed \(src\/\S+ and \d+ more\)/),
    expect.stringMatching(/^code changed \(src\/f1\/a1\.php\)/),
  ]);
});

test('a deploy that switches a link restarts from the new folder, one instance after the other', async ({ rig }) => {
  for (const release of ['1', '2']) {
    rig.file(`releases/${release}/src/a.php`, release);
    symlinkSync(path.join(rig.work, 'stage.sock'), path.join(rig.work, `releases/${release}/stage.sock`));
  }
  symlinkSync('releases/1', path.join(rig.work, 'current'));
  const stage = await rig.stage();
  const keys = { script: PUPPET, cwd: './current', instances: 2, ready: '50ms', watch: ['current/src'] };
  rig.list([{ name: 'p', ...keys }]);
  await rig.start();
  const [one, two] = [await stage.enter('p:1'), await stage.enter('p:2')];
  await rig.untilState('p:1', 'running');
  await rig.untilState('p:2', 'running');
  symlinkSync('releases/2', path.join(rig.work, 'next'));
  renameSync(path.join(rig.work, 'next'), path.join(rig.work, 'current'));
  await one.heard('SIGTERM');
  expect(two.signals).toEqual([]);
  expect(await rig.instance('p:2')).toMatchObject({ state: 'running', words: 'runs old code' });
  await one.exit(0);
  const next = await stage.enter('p:1');
  expect((await next.look()).cwd).toMatch(/releases\/2$/);
  await two.heard('SIGTERM');
  await two.exit(0);
  await stage.enter('p:2');
});

test('what has failed waits for a change, and so does a foreground start', async ({ rig }) => {
  rig.file('src/code', '78');
  rig.list([{ name: 'd', shell: 'exit $(cat src/code)', restart: 'on-failure', watch: ['src'] }]);
  const supervise = await rig.start();
  await rig.untilState('d', 'failed');
  rig.file('src/code', '0');
  await rig.untilState('d', 'exited');
  expect(supervise.over).toBe(false);
  await rig.event('d', /^code changed \(src\/code\): trying again$/);
});

describe('what it costs', () => {
  test('a list that watches nothing has no watch but that of its own socket, one that does has more', async ({
    rig,
  }) => {
    rig.file('src/a.php', '1');
    rig.list([{ name: 'd', shell: 'exec sleep 1000' }]);
    const without = await rig.start();
    await rig.untilState('d', 'running');
    expect(watchesOf(without.pid)).toBe(1);
    await rig.ask('shutdown', { now: true, wait: true });
    await without.ended;
    rig.list([{ name: 'd', shell: 'exec sleep 1000', watch: ['src'] }]);
    const withOne = await rig.start();
    await rig.untilState('d', 'running');
    await waitFor(
      'it watches',
      () => watchesOf(withOne.pid),
      (count) => count > 1,
    );
  });

  test.skipIf(unshare.missing)(
    `a limit of the system is told with its mend, and the daemons run${unshare.note}`,
    async ({ rig, skip }) => {
      for (let n = 0; n < 30; n += 1) rig.file(`src/f${n}/a.php`, '1');
      rig.list([{ name: 'd', shell: 'exec sleep 1000', watch: ['src'] }]);
      // That limit belongs to a user namespace.
      const limited = 'echo 20 >/proc/sys/user/max_inotify_watches || exit 99; exec "$@"';
      const supervise = rig.launch(['start'], { under: ['unshare', '-Ur', 'sh', '-c', limited, 'sh'] });
      await waitFor(
        'it starts, or cannot be tried',
        () => supervise.out + supervise.err,
        (text) => supervise.over || /pid \d+/.test(text),
      );
      skip(supervise.over, 'no user namespaces here');
      await rig.untilState('d', 'running');
      await rig.event(null, /are not seen \(ENOSPC\).*sysctl fs\.inotify\.max_user_watches/);
      expect((await rig.status()).supervisor?.check).toBe('trouble');
      rig.file('src/f0/a.php', '2');
      await rig.ask('shutdown', { now: true, wait: true });
      expect((await supervise.ended).code).not.toBe(70);
    },
  );
});

/** A running puppet that watches src/, in its own list. */
async function onStage(rig: Rig, more: Readonly<Record<string, unknown>> = {}): Promise<Puppet> {
  rig.file('src/a.php', '1');
  const stage = await rig.stage();
  rig.list([{ name: 'p', script: PUPPET, cwd: '.', watch: ['src'], ...more }]);
  await rig.start();
  const daemon = await stage.enter('p');
  await rig.untilState('p', 'running');
  return daemon;
}

function watchesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fdinfo`).reduce((count, fd) => {
    try {
      return count + (readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8').match(/^inotify wd:/gm)?.length ?? 0);
    } catch {
      return count; // Closed meanwhile.
    }
  }, 0);
}
