import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject } from 'vitest';
import { untilSavedState } from '../support/adoption.ts';
import { detached, left, nobodyLeft, messages, onStage, SLEEPER, stop } from '../support/detached.ts';
import { isAlive, isPending, send } from '../support/processes.ts';
import { PUPPET } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { Pane, tmux } from '../support/tmux.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

describe('the end', () => {
  test('supervise stop ends supervisor and guard', async ({ rig }) => {
    rig.list([{ name: 'p', ...SLEEPER }]);
    await detached(rig);
    expect((await rig.run('stop')).code).toBe(0);
    await waitUntil('nobody is left', () => left(rig).length === 0);
    expect((await rig.run('status')).code).toBe(3);
  });

  test('supervise stop waits for a supervisor that is on its way up, which has not died', async ({ rig }) => {
    rig.list([{ name: 'p', ...SLEEPER }]);
    const go = path.join(rig.work, 'go');
    // Only the supervisor is started with its state folder: it is made slow.
    const slow = `import { existsSync } from 'node:fs';
while (process.argv.includes('--state-dir') && !existsSync(${JSON.stringify(go)}))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);`;
    const env = { NODE_OPTIONS: `--import=${rig.file('slow.mjs', slow)}` };
    const starting = rig.launch(['start', '-d'], { env });
    await waitUntil('it is on its way up', () => rig.guards().length === 1 && rig.supervisors().length === 1);
    expect((await rig.run('status')).err).toMatch(/the supervisor \(pid \d+\) is on its way up/);
    const stopping = rig.launch(['stop']);
    await stopping.says(/the supervisor \(pid \d+\) is on its way up: waiting until it answers/);
    rig.file('go', '');
    expect(await stopping.ended).toMatchObject({ code: 0, err: expect.not.stringContaining('has died') as string });
    await starting.ended;
    await nobodyLeft(rig);
  });

  test.for(['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)(
    '%s to the guard is passed on, and nobody is cut',
    async (signal, { rig }) => {
      const { daemon, guard, pid } = await onStage(rig);
      process.kill(guard, signal);
      await daemon.heard(signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM');
      expect([isAlive(guard), isAlive(pid)]).toEqual([true, true]);
      await daemon.exit(0);
      await waitUntil('nobody is left', () => left(rig).length === 0);
    },
  );

  test('SIGHUP and others to the guard end nobody', async ({ rig }) => {
    const { daemon, guard, pid } = await onStage(rig);
    for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGPIPE', 'SIGALRM'] as const) process.kill(guard, signal);
    await waitUntil('it is told', () => messages(rig).includes('SIGHUP: list unchanged'));
    expect([isAlive(guard), isAlive(pid), isAlive(daemon.pid)]).toEqual([true, true, true]);
    await stop(rig, daemon);
  });

  test('the supervisor goes on without its guard, and says so to who asks; an upgrade gives it a new one', async ({
    rig,
  }) => {
    const { daemon, guard, pid } = await onStage(rig);
    expect((await rig.status()).supervisor).toMatchObject({ pid, check: 'ok' });
    process.kill(guard, 'SIGKILL');
    await waitUntil('the guard has gone', () => !isAlive(guard));
    expect(await rig.run('status', '--check')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/the guard of this supervisor has died.*supervise upgrade/) as string,
    });
    expect((await rig.events()).filter(({ words }) => words.includes('the guard of this'))).toHaveLength(1);
    expect(await rig.run('upgrade')).toMatchObject({ code: 0 });
    expect(rig.guards()).toHaveLength(1);
    const { supervisor } = await rig.status();
    expect(supervisor).toMatchObject({ check: 'ok', problems: [] });
    send(supervisor?.pid ?? 0, 'SIGKILL');
    await waitFor(
      'the new guard has started another',
      async () => (await rig.status().catch(() => null))?.supervisor?.pid,
      (now) => now !== undefined && now !== supervisor?.pid,
    );
    expect(daemon.signals).toEqual([]);
    await stop(rig, daemon);
    await nobodyLeft(rig);
  });

  test.skipIf(tmux.missing)(`a terminal that is closed ends nobody${tmux.note}`, async ({ rig }) => {
    rig.list([{ name: 'p', ...SLEEPER }]);
    const pane = new Pane(rig, ['start', '-d']);
    expect(await pane.ended()).toBe(0);
    pane.close();
    expect((await rig.instance('p')).state).toBe('running');
    expect(rig.guards()).toHaveLength(1);
  });

  test('Ctrl-C ends the waiting, not the start', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ name: 'p', script: PUPPET, cwd: '.', ready: 'notify' }]);
    const program = rig.launch(['start', '-d']);
    const daemon = await stage.enter('p');
    await program.says(/waiting for .*p \(/);
    program.signal('SIGINT');
    expect(await program.ended).toMatchObject({
      code: 130,
      err: expect.stringContaining('goes on without us') as string,
    });
    expect(isAlive(daemon.pid)).toBe(true);
    await stop(rig, daemon);
  });
});

describe('after a death of the supervisor', () => {
  test('it is started again', async ({ rig }) => {
    rig.list([{ name: 'p', shell: 'exit 1', restart: { delay: '1h', max_delay: '1h' } }]);
    const { guard, pid } = await detached(rig);
    process.kill(pid, 'SIGKILL');
    const view = await waitFor(
      'another one answers',
      () => rig.status(),
      ({ supervisor }) => supervisor?.pid !== pid,
    );
    expect(view.instances).toMatchObject([{ id: 'p' }]);
    expect(rig.guards()).toEqual([guard]);
    expect(messages(rig)).toContain(`the supervisor (pid ${pid}) has died (137); it is started again in 0 s`);
  });

  test('its daemons are adopted, and none is started beside them or told anything', async ({ rig }) => {
    const { daemon, guard, pid, stage } = await onStage(rig);
    process.kill(pid, 'SIGKILL');
    const { supervisor, instances } = await waitFor(
      'another one answers',
      () => rig.status(),
      (view) => view.supervisor?.pid !== pid,
    );
    expect(supervisor).toMatchObject({ check: 'ok', state: 'running', problems: [] });
    expect(instances).toMatchObject([{ pid: daemon.pid, flags: ['adopted'], starts: 1 }]);
    expect(messages(rig)).toContain('the supervisor before this one died; what it had started is adopted');
    expect((await rig.run('start', '-d')).code).toBe(4);
    expect([rig.guards(), daemon.signals, stage.all.length]).toEqual([[guard], [], 1]);
    await stop(rig, daemon);
    await nobodyLeft(rig);
  });

  test('what the guard repeats is no wish of a person: what was stopped by hand since stays stopped', async ({
    rig,
  }) => {
    const stage = await rig.stage();
    rig.list(['p', 'q'].map((name) => ({ name, script: PUPPET, cwd: '.' })));
    const { pid } = await detached(rig, ['p', 'q']);
    const [stopped, stays] = [await stage.enter('p'), await stage.enter('q')];
    await rig.ask('stop', { names: ['p'], wait: false });
    await stopped.exit(0);
    await untilSavedState(rig, 'p', 'stopped');
    process.kill(pid, 'SIGKILL');
    await waitFor(
      'another one answers',
      () => rig.status(),
      ({ supervisor }) => supervisor?.pid !== pid,
    );
    await rig.untilState('q', 'running');
    expect(await rig.instance('p')).toMatchObject({ state: 'stopped', wanted: 'down' });
    expect(stage.all).toHaveLength(2);
    await stop(rig, stays);
  });

  test('one that dies again and again is started ever later; a stop in between ends the guard', async ({ rig }) => {
    rig.list([{ name: 'p', shell: 'exit 1', restart: { delay: '1h', max_delay: '1h' } }]);
    const copy = path.join(rig.folder, 'dist');
    cpSync(path.dirname(path.dirname(inject('program'))), copy, { recursive: true });
    const main = path.join(copy, 'cli/main.js');
    await rig.launch(['start', '-d'], { program: main }).ended;
    const [guard = 0] = rig.guards();
    const { supervisor } = await rig.status();
    writeFileSync(main, 'process.exit(9);\n');
    send(supervisor?.pid ?? 0, 'SIGKILL');
    await waitUntil('its third pause', () => messages(rig).includes('has died (9); it is started again in 2 s'));
    expect(messages(rig)).toMatch(/\(137\); it is started again in 0 s\n[^]*\(9\); it is started again in 1 s\n/);
    expect(await rig.run('status')).toMatchObject({
      code: 3,
      err: expect.stringContaining(`its guard (pid ${guard}) is about to start it again`) as string,
    });
    expect(await rig.run('stop')).toMatchObject({ code: 3, err: expect.stringContaining('is ended') as string });
    expect(rig.guards()).toEqual([]);
  });

  test.for([
    ['the foreground', [], /has the list now\. Nobody starts this one again when it dies/],
    ['the background', ['-d'], /has the list now$/m],
  ] as const)(
    'a start in %s while the guard pauses ends it, and says so: a stop is not undone by it later',
    async ([, args, words], { rig }) => {
      const { daemon, guard, pid } = await onStage(rig);
      await untilSavedState(rig, 'p', 'running');
      // While the guard is stopped it does not see the death.
      process.kill(guard, 'SIGSTOP');
      rig.closers.push(() => {
        send(guard, 'SIGCONT');
      });
      send(pid, 'SIGKILL');
      await waitUntil('the supervisor has gone', () => !isAlive(pid));
      const next = rig.launch(['start', ...args]);
      await waitUntil('the guard is asked to end', () => isPending(guard, 15));
      process.kill(guard, 'SIGCONT');
      await next.says(`its guard (pid ${guard}), which was about to start it again, is ended`);
      expect(next.err).toMatch(words);
      expect(isAlive(guard)).toBe(false);
      await rig.until('p', 'is adopted', ({ flags }) => flags.includes('adopted'));
      await stop(rig, daemon);
      await waitUntil('nobody is left', () => left(rig).length === 0);
    },
  );

  test('a program that is not there, as in the middle of an upgrade, is no answer', async ({ rig }) => {
    rig.list([{ name: 'p', shell: 'exit 1', restart: { delay: '1h', max_delay: '1h' } }]);
    const copy = path.join(rig.folder, 'dist');
    const original = path.dirname(path.dirname(inject('program')));
    cpSync(original, copy, { recursive: true });
    await rig.launch(['start', '-d'], { program: path.join(copy, 'cli/main.js') }).ended;
    const pid = (await rig.status()).supervisor?.pid ?? 0;
    rmSync(copy, { recursive: true });
    send(pid, 'SIGKILL');
    await waitUntil('it is tried', () => messages(rig).includes('has died (1)'));
    cpSync(original, copy, { recursive: true });
    await untilAnother(rig, pid);
  });

  test('a program that is only half there is no answer, either', async ({ rig }) => {
    rig.list([{ name: 'p', shell: 'exit 1', restart: { delay: '1h', max_delay: '1h' } }]);
    const copy = path.join(rig.folder, 'dist');
    cpSync(path.dirname(path.dirname(inject('program'))), copy, { recursive: true });
    const main = path.join(copy, 'cli/main.js');
    await rig.launch(['start', '-d'], { program: main }).ended;
    const pid = (await rig.status()).supervisor?.pid ?? 0;
    const whole = readFileSync(main);
    writeFileSync(main, whole.subarray(0, whole.length / 2));
    send(pid, 'SIGKILL');
    await waitUntil('it is tried', () => messages(rig).includes('has died (1)'));
    writeFileSync(main, whole);
    await untilAnother(rig, pid);
  });
});

const untilAnother = (rig: Rig, pid: number): Promise<unknown> =>
  waitFor(
    'another one answers',
    () => rig.status(),
    ({ supervisor }) => supervisor?.pid !== pid,
  );
