/** `supervise upgrade`: the supervisor is replaced by the program on disk, and no daemon notices. */
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, inject } from 'vitest';
import { kill, killSupervisor, saved, stateFile, untilSavedState } from '../support/adoption.ts';
import { foreground, messages, onStage, openFiles, stopAll } from '../support/detached.ts';
import { koffi } from '../support/needs.ts';
import { childrenOf, isAlive } from '../support/processes.ts';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { test, type HowToRun, type Rig } from '../support/supervise.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

const p = { name: 'p', script: PUPPET, cwd: '.' };
const UPGRADED = /^supervise \S+ \(pid (\d+)\) goes on where \S+ \(pid (\d+)\) was, with (\d+) living process/m;

/** Runs the command; the pids before and after. */
async function upgrade(rig: Rig, how: HowToRun = {}): Promise<{ readonly before: number; readonly after: number }> {
  const { code, out, err } = await rig.launch(['upgrade'], how).ended;
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const [, after, before] = UPGRADED.exec(out) ?? [];
  return { before: Number(before), after: Number(after) };
}

/** A copy of the program; there is no package beside or above it, so koffi is not found. */
function withoutKoffi(rig: Rig): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'sv-'));
  rig.closers.push(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  cpSync(path.dirname(path.dirname(inject('program'))), folder, { recursive: true });
  return path.join(folder, 'cli/main.js');
}

describe.skipIf(koffi.missing)(`in place (with koffi)${koffi.note}`, () => {
  test('the pid stays, children stay children, and how they end is known', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ ...p, restart: { delay: '10ms' } }]);
    const supervise = await rig.start();
    const daemon = await stage.enter('p');
    await rig.untilState('p', 'running');
    expect(await upgrade(rig)).toEqual({ before: supervise.pid, after: supervise.pid });
    await rig.event(null, /goes on with what the supervisor before this one has handed on/);
    expect(childrenOf(supervise.pid)).toContain(daemon.pid);
    expect(await rig.instance('p')).toMatchObject({ state: 'running', pid: daemon.pid, starts: 1 });
    expect([daemon.signals, stage.all.length]).toEqual([[], 1]);
    await daemon.exit(3);
    const second = await stage.enter('p');
    expect((await rig.instance('p')).last_exit).toMatchObject({ code: 3, kind: 'crash' });
    await waitUntil('no zombie stays', () => childrenOf(supervise.pid).every(isAlive));
    await stopAll(rig, [second]);
    expect(await supervise.ended).toMatchObject({ code: 0, signal: null });
  });

  test('the lock is kept all the time, and neither it nor anything else of ours is inherited by a daemon', async ({
    rig,
  }) => {
    const { daemon, supervise } = await foreground(rig);
    const stage = await rig.stage();
    // What answers is fully loaded: it has no file of its program open any more.
    await daemon.look();
    const before = [...openFiles(daemon.pid)].sort();
    await upgrade(rig);
    expect(openFiles(supervise.pid).has(path.join(rig.state, 'lock'))).toBe(true);
    expect(await rig.run('start')).toMatchObject({ code: 4 });
    await rig.ask('restart', { names: ['p'], wait: false });
    await daemon.heard('SIGTERM');
    await daemon.exit(0);
    const second = await stage.enter('p');
    await second.look();
    const files = (of: ReadonlySet<string>): readonly string[] =>
      [...of].filter((file) => !/^(socket|pipe|anon_inode):/.test(file)).sort();
    expect(files(openFiles(second.pid))).toEqual(before.filter((file) => !/^(socket|pipe|anon_inode):/.test(file)));
    expect(Object.keys((await second.look()).env).filter((name) => /GUARD|LOCK/.test(name))).toEqual([]);
    await stopAll(rig, [second]);
  });

  test('again and again: it takes no more descriptors each time', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    const held: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      await upgrade(rig);
      await rig.untilState('p', 'running');
      held.push(readdirSync(`/proc/${supervise.pid}/fd`).length);
    }
    expect(Math.max(...held)).toBeLessThanOrEqual((held[0] ?? 0) + 2);
    expect(daemon.signals).toEqual([]);
    await stopAll(rig, [daemon]);
  });

  test('no line of a daemon that prints all the while is lost, doubled or torn', async ({ rig }) => {
    // Stops at its boundary, and says with its last line how many there were.
    const script = `
      let n = 0, done = false;
      process.on('SIGTERM', () => { done = true; });
      const { writeSync } = require('node:fs');
      (function turn() {
        for (let i = 0; i < 50; i += 1) { n += 1; writeSync(1, 'line ' + n + ' ' + 'x'.repeat(n % 200) + '\\n'); }
        if (done) writeSync(1, 'printed ' + n + '\\n'); else setTimeout(turn, 1);
      })();`;
    rig.file('printer.cjs', script);
    rig.list([{ name: 'p', script: './printer.cjs', log: { max_size: '100MB' } }]);
    await rig.start();
    await rig.untilState('p', 'running');
    for (let n = 0; n < 3; n += 1) {
      const lines = rig.log('p.log').length;
      await upgrade(rig);
      await waitUntil('it is read on', () => rig.log('p.log').length > lines + 10_000);
    }
    expect(await rig.run('stop')).toMatchObject({ code: 0 });
    const lines = rig.log('p.log').trimEnd().split('\n');
    const last = lines.pop();
    const wrong = lines.findIndex((line, at) => line !== `line ${at + 1} ${'x'.repeat((at + 1) % 200)}`);
    expect({ wrong, near: wrong < 0 ? [] : lines.slice(Math.max(0, wrong - 2), wrong + 3) }).toEqual({
      wrong: -1,
      near: [],
    });
    expect(last).toBe(`printed ${lines.length}`);
  });

  test('states, wishes by hand, gaps and iterations stay, and nothing counts as lost', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([
      p,
      { ...p, name: 'hand' },
      { ...p, name: 'gap', restart: { delay: '1h', max_delay: '1h' } },
      { ...p, name: 'drains' },
    ]);
    await rig.start();
    const [daemon, hand] = [await stage.enter('p'), await stage.enter('hand')];
    const [gap, drains] = [await stage.enter('gap'), await stage.enter('drains')];
    await daemon.say('IDLE=1');
    await rig.until('p', 'is idle', ({ busy }) => busy === false);
    await rig.ask('stop', { names: ['hand', 'drains'], wait: false });
    await hand.heard('SIGTERM');
    await hand.exit(0);
    await gap.exit(1);
    await drains.heard('SIGTERM');
    await rig.untilState('hand', 'stopped');
    await rig.untilState('gap', 'backoff');
    await rig.untilState('p', 'running');
    const before = await rig.status();
    await upgrade(rig);
    const after = await rig.status();
    const of = ({ instances }: typeof after): unknown =>
      instances.map(({ id, state, pid, wanted, starts, iterations, busy, quick_ends, last_exit, words }) => ({
        ...{ id, state, pid, wanted, starts, iterations, busy, quick_ends },
        ...{ last_exit: last_exit?.words, words: words?.replace(/\d.*/, '') },
      }));
    expect(of(after)).toEqual(of(before));
    expect(drains.signals).toEqual(['SIGTERM']);
    await drains.exit(0);
    // Its last word is still believed: it was at its boundary.
    const stopping = rig.run('stop');
    await daemon.heard('SIGTERM');
    await daemon.exit(0);
    expect(await stopping).toMatchObject({ code: 0, out: expect.stringContaining('boundary 1') as string });
  });

  test('under a guard: the guard stays, and starts it again when it dies later', async ({ rig }) => {
    const { daemon, guard, pid } = await onStage(rig);
    expect(await upgrade(rig)).toEqual({ before: pid, after: pid });
    expect(rig.guards()).toEqual([guard]);
    await rig.untilState('p', 'running');
    await untilSavedState(rig, 'p', 'running');
    await killSupervisor(rig);
    await waitFor(
      'another one answers',
      () => rig.status(),
      ({ supervisor }) => supervisor?.pid !== pid,
    );
    expect(await rig.instance('p')).toMatchObject({ pid: daemon.pid, flags: ['adopted'] });
    await stopAll(rig, [daemon]);
  });
});

describe('without koffi', () => {
  test('in the foreground a detached successor goes on, with a guard, and no daemon notices', async ({ rig }) => {
    const stage = await rig.stage();
    const how = { program: withoutKoffi(rig) };
    rig.list([p]);
    const supervise = await rig.start([], how);
    const daemon = await stage.enter('p');
    await rig.untilState('p', 'running');
    const { before, after } = await upgrade(rig, how);
    expect(before).toBe(supervise.pid);
    expect(await supervise.ended).toMatchObject({ code: 85 });
    expect(supervise.out + supervise.err).toMatch(
      /goes on in the background \(its guard has pid \d+\); its messages: /,
    );
    expect([rig.guards().length, rig.supervisors()]).toEqual([1, [after]]);
    expect(await rig.instance('p')).toMatchObject({ state: 'running', pid: daemon.pid, flags: ['adopted'] });
    expect([daemon.signals, stage.all.length]).toEqual([[], 1]);
    await stopAll(rig, [daemon]);
  });

  test('under a guard that one starts the successor, at once', async ({ rig }) => {
    const stage = await rig.stage();
    const how = { program: withoutKoffi(rig) };
    rig.list([p]);
    expect(await rig.launch(['start', '-d'], how).ended).toMatchObject({ code: 0 });
    const daemon = await stage.enter('p');
    const guards = rig.guards();
    const { before, after } = await upgrade(rig, how);
    expect(after).not.toBe(before);
    expect([rig.guards(), rig.supervisors()]).toEqual([guards, [after]]);
    expect(messages(rig)).toContain(`the supervisor (pid ${before}) has died (85); it is started again in 0 s`);
    expect(await rig.instance('p')).toMatchObject({ state: 'running', pid: daemon.pid });
    expect([daemon.signals, stage.all.length]).toEqual([[], 1]);
    // It was no death.
    expect(saved(rig).deaths).toEqual([]);
    await stopAll(rig, [daemon]);
  });
});

test('the new version on disk is what goes on', async ({ rig }) => {
  const stage = await rig.stage();
  const program = withoutKoffi(rig);
  rig.list([p]);
  expect(await rig.launch(['start', '-d'], { program }).ended).toMatchObject({ code: 0 });
  const daemon = await stage.enter('p');
  newVersion(path.dirname(path.dirname(program)), '9.8.7');
  const { out } = await rig.launch(['upgrade'], { program }).ended;
  expect(out).toMatch(/^supervise 9\.8\.7 \(pid \d+\) goes on where 0\.1\.0 /m);
  expect((await rig.status()).supervisor).toMatchObject({ version: '9.8.7' });
  expect(daemon.signals).toEqual([]);
  await stopAll(rig, [daemon]);
});

describe('where state.json cannot be written', () => {
  test('it is refused before anything is closed; who was stopped by hand stays so, and the next one succeeds', async ({
    rig,
  }) => {
    const daemon = await besideOneStoppedByHand(rig);
    const connected = await connection(rig);
    spoil(rig);
    expect(await rig.run('upgrade')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/nothing is handed on: cannot write .*state\.json/) as string,
    });
    expect(connected.readableEnded).toBe(false);
    await goesOnAsBefore(rig, daemon);
  });

  test('any more, after all had been looked at: it goes on as before, and the command says so', async ({ rig }) => {
    const daemon = await besideOneStoppedByHand(rig);
    const { supervisor } = await rig.status();
    // One that does not hang up keeps the supervisor waiting for a while between the check and the last word.
    await connection(rig);
    const watcher = watch(rig.state, (_, file) => {
      if (file !== 'control.sock') return;
      watcher.close();
      spoil(rig);
    });
    rig.closers.push(() => {
      watcher.close();
    });
    expect(await rig.run('upgrade')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/nothing is handed on: cannot write .*state\.json.*\(pid \d+\) goes on/) as string,
    });
    expect((await rig.status()).supervisor?.pid).toBe(supervisor?.pid);
    await goesOnAsBefore(rig, daemon);
  });

  async function besideOneStoppedByHand(rig: Rig): Promise<Puppet> {
    const stage = await rig.stage();
    rig.list([p, { ...p, name: 'hand' }]);
    await rig.start();
    const [daemon, hand] = [await stage.enter('p'), await stage.enter('hand')];
    await rig.ask('stop', { names: ['hand'], wait: false });
    await hand.heard('SIGTERM');
    await hand.exit(0);
    await untilSavedState(rig, 'hand', 'stopped');
    await untilSavedState(rig, 'p', 'running');
    return daemon;
  }

  /** One that does not hang up by itself. */
  async function connection(rig: Rig): Promise<Socket> {
    const socket = connect({ path: path.join(rig.state, 'control.sock'), allowHalfOpen: true });
    rig.closers.push(() => socket.destroy());
    socket.resume();
    await once(socket, 'connect');
    return socket;
  }

  /** Nothing can be renamed to a place where there is a folder. */
  function spoil(rig: Rig): void {
    rmSync(stateFile(rig));
    mkdirSync(stateFile(rig));
  }

  async function goesOnAsBefore(rig: Rig, daemon: Puppet): Promise<void> {
    const { instances } = await rig.status();
    expect(instances).toMatchObject([
      { id: 'p', state: 'running', pid: daemon.pid, flags: [] },
      { id: 'hand', state: 'stopped' },
    ]);
    rmdirSync(stateFile(rig));
    await rig.event(null, /state\.json: works again/);
    await upgrade(rig);
    expect(await rig.instance('hand')).toMatchObject({ state: 'stopped' });
    expect([daemon.signals, (await rig.stage()).all.length]).toEqual([[], 2]);
    await rig.event(null, /goes on with what the supervisor before this one has handed on/);
    await stopAll(rig, [daemon]);
  }
});

describe('a command that waits meanwhile goes on with the successor', () => {
  const GOES_ON = /\(pid \d+\) goes on, and is asked for what is not done yet/;

  test('stop NAME: nothing is signalled twice, and it is over when the process has gone', async ({ rig }) => {
    const { daemon } = await foreground(rig);
    const stopping = rig.launch(['stop', 'p']);
    await daemon.heard('SIGTERM');
    await upgrade(rig);
    await stopping.says(GOES_ON);
    expect(stopping.over).toBe(false);
    await daemon.exit(0);
    expect(await stopping.ended).toMatchObject({
      code: 0,
      out: expect.stringContaining('ended by itself 1 · cut 0') as string,
    });
    expect(daemon.signals).toEqual(['SIGTERM']);
    expect(await rig.instance('p')).toMatchObject({ state: 'stopped' });
  });

  test('restart NAME: it is restarted once', async ({ rig }) => {
    const { daemon } = await foreground(rig);
    const stage = await rig.stage();
    const restarting = rig.launch(['restart', 'p']);
    await daemon.heard('SIGTERM');
    await upgrade(rig);
    await restarting.says(GOES_ON);
    await daemon.exit(0);
    const second = await stage.enter('p');
    expect(await restarting.ended).toMatchObject({ code: 0, out: expect.stringContaining('restarted: p') as string });
    expect([daemon.signals, second.signals, stage.all.length]).toEqual([['SIGTERM'], [], 2]);
    await stopAll(rig, [second]);
  });

  test('restart: who has been replaced already is not replaced again, and is waited for', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ ...p, ready: 'notify' }]);
    await rig.start();
    const daemon = await stage.enter('p');
    await daemon.say('READY=1');
    await rig.untilState('p', 'running');
    const restarting = rig.launch(['restart']);
    await daemon.heard('SIGTERM');
    await daemon.exit(0);
    const second = await stage.enter('p');
    await upgrade(rig);
    await restarting.says(GOES_ON);
    await second.say('READY=1');
    expect(await restarting.ended).toMatchObject({ code: 0, out: expect.stringContaining('restarted: p') as string });
    expect([second.signals, stage.all.length]).toEqual([[], 2]);
    await stopAll(rig, [second]);
  });

  test('another upgrade', async ({ rig }) => {
    const { daemon } = await foreground(rig);
    const both = [rig.launch(['upgrade']), rig.launch(['upgrade'])];
    for (const { ended } of both) {
      const { code, out } = await ended;
      expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(UPGRADED) as string });
    }
    expect([daemon.signals, (await rig.stage()).all.length]).toEqual([[], 1]);
    await stopAll(rig, [daemon]);
  });
});

test('a stop whose supervisor dies under it, and is not started again, ends what lives all the same', async ({
  rig,
}) => {
  const { daemon, supervise } = await foreground(rig);
  const stopping = rig.launch(['stop']);
  await daemon.heard('SIGTERM');
  await untilSavedState(rig, 'p', 'draining');
  await kill(supervise);
  await stopping.says('waiting for who goes on');
  await stopping.says('it has died. What it had started is ended now');
  await daemon.exit(0);
  expect(await stopping.ended).toMatchObject({ code: 0 });
  expect(daemon.signals).toEqual(['SIGTERM']);
});

test('while the list stops nothing is handed on', async ({ rig }) => {
  const { daemon, supervise } = await foreground(rig);
  supervise.signal('SIGTERM');
  await daemon.heard('SIGTERM');
  expect(await rig.run('upgrade')).toMatchObject({ code: 1, err: expect.stringContaining('is stopping') as string });
  await daemon.exit(0);
  expect(await supervise.ended).toMatchObject({ code: 0 });
});

describe('of a program on disk that is only half there nothing is used, while there lacks', () => {
  test.for([
    ['the program itself', 'main.js', 0],
    ['what start loads', 'start.mjs', 0],
    ['the second half of that', 'start.mjs', 0.5],
    ['what only a list that watches files needs', 'watch.mjs', 0],
    ['what only a list in an unusual form needs', 'load.mjs', 0],
  ] as const)('%s', async ([, name, rest], { rig }) => {
    const stage = await rig.stage();
    const program = withoutKoffi(rig);
    rig.list([p]);
    const supervise = await rig.start([], { program });
    const daemon = await stage.enter('p');
    await rig.untilState('p', 'running');
    const file = path.join(path.dirname(program), name);
    const text = readFileSync(file, 'utf8');
    rmSync(file);
    if (rest > 0) writeFileSync(file, text.slice(0, text.length * rest));
    expect(await rig.run('upgrade')).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /nothing is handed on: the program that is on disk now does not work \(\w*Error.*\)\n$/,
      ) as string,
    });
    expect((await rig.status()).supervisor?.pid).toBe(supervise.pid);
    expect(await rig.instance('p')).toMatchObject({ state: 'running', pid: daemon.pid, flags: [] });
    await stopAll(rig, [daemon]);
    expect(await supervise.ended).toMatchObject({ code: 0 });
  });
});

test(
  'a program on disk that is broken: the command says that nobody answers, and the daemons live on',
  { timeout: 120_000 },
  async ({ rig }) => {
    const stage = await rig.stage();
    const program = withoutKoffi(rig);
    rig.list([p]);
    const supervise = await rig.start([], { program });
    const daemon = await stage.enter('p');
    await untilSavedState(rig, 'p', 'running');
    renameSync(program, `${program}.old`);
    // It works as far as the trial goes.
    writeFileSync(program, 'process.exit(process.env.SUPERVISE_TRIAL ? 0 : 2);\n');
    const told = await rig.launch(['upgrade'], { program: inject('program') }).ended;
    expect(await supervise.ended).toMatchObject({ code: 85 });
    expect(told).toMatchObject({ code: 1, err: expect.stringContaining('The daemons live on') as string });
    expect(isAlive(daemon.pid)).toBe(true);
    await rig.start();
    expect(await rig.instance('p')).toMatchObject({ pid: daemon.pid });
    await stopAll(rig, [daemon]);
  },
);

/** As if this were the build of another version. */
function newVersion(dist: string, version: string): void {
  const { version: ours } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  for (const name of readdirSync(path.join(dist, 'cli')).filter((each) => /\.m?js$/.test(each))) {
    const file = path.join(dist, 'cli', name);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(`"${ours}"`, `"${version}"`));
  }
}
