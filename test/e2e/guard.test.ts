import { cpSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject } from 'vitest';
import { detached, left, messages, onStage, SLEEPER, stop } from '../support/detached.ts';
import { isAlive, send } from '../support/processes.ts';
import { PUPPET } from '../support/puppet.ts';
import { test } from '../support/supervise.ts';
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
    await waitUntil('it is told', () => messages(rig).includes('SIGHUP: reload is not supported yet'));
    expect([isAlive(guard), isAlive(pid), isAlive(daemon.pid)]).toEqual([true, true, true]);
    await stop(rig, daemon);
  });

  test('the supervisor goes on without its guard', async ({ rig }) => {
    const { daemon, guard, pid } = await onStage(rig);
    process.kill(guard, 'SIGKILL');
    await waitUntil('the guard has gone', () => !isAlive(guard));
    expect((await rig.status()).supervisor).toMatchObject({ pid, check: 'ok' });
    await stop(rig, daemon);
    expect(left(rig)).toEqual([]);
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

  test('beside its daemons nothing is started; who asks is told; and it goes on when they have ended', async ({
    rig,
  }) => {
    const { daemon, pid, stage } = await onStage(rig);
    process.kill(pid, 'SIGKILL');
    const { supervisor, instances } = await waitFor(
      'another one answers',
      () => rig.status(),
      (view) => view.supervisor?.pid !== pid,
    );
    expect(supervisor).toMatchObject({ check: 'trouble', state: 'running' });
    expect(supervisor?.problems.join()).toContain(`p: pid ${daemon.pid} (`);
    expect(instances).toMatchObject([{ state: 'stopped', words: 'not started yet' }]);
    expect(messages(rig)).toContain('nothing is started before what an earlier supervisor has left ends');
    expect(await rig.run('start', 'p')).toMatchObject({
      code: 1,
      err: expect.stringContaining(`pid ${daemon.pid}`) as string,
    });
    expect((await rig.run('start', '-d')).code).toBe(4);
    expect(rig.daemons().map((each) => each.pid)).toEqual([daemon.pid]);
    await daemon.exit(0);
    const next = await stage.enter('p');
    await rig.untilState('p', 'running');
    expect((await rig.status()).supervisor?.problems).toEqual([]);
    await stop(rig, next);
  });

  test('a helper is not named beside its daemon, for its end would cut the iteration; alone it is', async ({ rig }) => {
    const { daemon, pid, stage } = await onStage(rig);
    const helper = await daemon.helper('exec sleep 1000', { quiet: true });
    process.kill(pid, 'SIGKILL');
    const problems = async (): Promise<string> => (await rig.status()).supervisor?.problems.join() ?? '';
    await waitFor('it waits', problems, (words) => words.endsWith(`kill -TERM ${daemon.pid}`));
    await daemon.exit(0);
    await waitFor('it waits for the helper', problems, (words) => words.endsWith(`kill -TERM ${helper}`));
    process.kill(helper, 'SIGKILL');
    await stop(rig, await stage.enter('p'));
  });

  test('a stop while it waits ends it and its guard, and says who lives on; the next start names them', async ({
    rig,
  }) => {
    const { daemon, pid } = await onStage(rig);
    process.kill(pid, 'SIGKILL');
    await waitFor(
      'another one answers',
      () => rig.status(),
      ({ supervisor }) => supervisor?.pid !== pid,
    );
    const stopped = await rig.run('stop');
    expect(stopped).toMatchObject({ code: 1, out: expect.stringContaining(`pid ${daemon.pid} (`) as string });
    await waitUntil('nobody is left', () => rig.guards().length + rig.supervisors().length === 0);
    expect(daemon.signals).toEqual([]);
    // Its pipes tell of it, too; but a helper of it may hold none.
    expect(rig.read(path.join(rig.state, 'state.json'))).toContain(`"pid":${daemon.pid},`);
    expect(await rig.run('start')).toMatchObject({
      code: 1,
      err: expect.stringContaining(`kill -TERM ${daemon.pid}`) as string,
    });
    await daemon.exit(0);
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
    await waitFor(
      'another one answers',
      () => rig.status(),
      ({ supervisor }) => supervisor?.pid !== pid,
    );
  });
});
