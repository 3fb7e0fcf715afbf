/** `supervise stop` also ends what lives on when no supervisor runs, by the same rules. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { kill, saved, stateFile, untilSaved, untilSavedState } from '../support/adoption.ts';
import { foreground, onStage } from '../support/detached.ts';
import { isAlive, isPending, send } from '../support/processes.ts';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

const p = { name: 'p', script: PUPPET, cwd: '.' };

async function orphaned(rig: Rig): Promise<Puppet> {
  const { daemon, supervise } = await foreground(rig);
  await untilSavedState(rig, 'p', 'running');
  await kill(supervise);
  return daemon;
}

describe('a stop with no supervisor', () => {
  test('waits for the boundary of what lives, ends nobody else, and is over when it has gone', async ({ rig }) => {
    const daemon = await orphaned(rig);
    const stopping = rig.launch(['stop']);
    await daemon.heard('SIGTERM');
    await stopping.says('no supervisor is running: it has died. What it had started is ended now');
    expect(stopping.over).toBe(false);
    await daemon.exit(0);
    expect(await stopping.ended).toMatchObject({ code: 0, out: expect.stringMatching(/cut 0$/m) as string });
    expect(daemon.signals).toEqual(['SIGTERM']);
    expect(saved(rig)).toMatchObject({ left: 'ended' });
    expect(await rig.run('stop')).toMatchObject({ code: 3 });
  });

  test('--now cuts, and exits 1', async ({ rig }) => {
    const daemon = await orphaned(rig);
    expect(await rig.run('stop', '--now')).toMatchObject({ code: 1, out: expect.stringMatching(/cut 1$/m) as string });
    await daemon.gone();
    expect(daemon.signals).toEqual([]);
  });

  test('keeps to the grace that was saved', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ ...p, stop: '300ms' }]);
    const supervise = await rig.start();
    const daemon = await stage.enter('p');
    await untilSavedState(rig, 'p', 'running');
    await kill(supervise);
    expect(await rig.run('stop')).toMatchObject({ code: 1 });
    await daemon.gone();
    expect(daemon.signals).toEqual(['SIGTERM']);
  });

  test.for(['broken', 'missing'])('needs no list: it may be %s by now', async (how, { rig }) => {
    const daemon = await orphaned(rig);
    if (how === 'broken') rig.file('daemons.yaml', '- {name: p, shel: x}\n');
    else rmSync(path.join(rig.work, 'daemons.yaml'));
    const stopping = rig.run('stop');
    await daemon.heard('SIGTERM');
    await daemon.exit(0);
    expect(await stopping).toMatchObject({ code: 0 });
  });

  test('goes on with a drain that was begun, without a second signal', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    await rig.ask('stop', { names: ['p'], wait: false });
    await daemon.heard('SIGTERM');
    await untilSavedState(rig, 'p', 'draining');
    await kill(supervise);
    const stopping = rig.launch(['stop']);
    await stopping.says('adopted, pid');
    await daemon.exit(0);
    expect(await stopping.ended).toMatchObject({ code: 0 });
    expect(daemon.signals).toEqual(['SIGTERM']);
  });

  test('ends helpers that have outlived their daemon, too', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    await untilSavedState(rig, 'p', 'running');
    const helper = await daemon.helper('exec sleep 1000', { quiet: true });
    await kill(supervise);
    await daemon.exit(0);
    expect((await rig.run('stop')).code).toBe(0);
    expect(isAlive(helper)).toBe(false);
  });

  test('starts nothing: not what waited for its turn, and not what ends meanwhile', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([
      { ...p, restart: { delay: '10ms' } },
      { ...p, name: 'q', restart: { delay: '1h', max_delay: '1h' } },
    ]);
    const supervise = await rig.start();
    const [daemon, ends] = [await stage.enter('p'), await stage.enter('q')];
    await ends.exit(1);
    await untilSavedState(rig, 'q', 'backoff');
    await untilSavedState(rig, 'p', 'running');
    await kill(supervise);
    const stopping = rig.run('stop');
    await daemon.heard('SIGTERM');
    await daemon.exit(1);
    expect(await stopping).toMatchObject({ code: 0 });
    expect(stage.all).toHaveLength(2);
  });

  test('finds what no state file knows', async ({ rig }) => {
    const daemon = await orphaned(rig);
    rmSync(stateFile(rig));
    const stopping = rig.run('stop');
    await daemon.heard('SIGTERM');
    await daemon.exit(0);
    expect(await stopping).toMatchObject({ code: 0 });
  });

  test('ends the guard first, so that nobody starts it again meanwhile', async ({ rig }) => {
    const { daemon, guard, pid } = await onStage(rig);
    await untilSaved(rig, 'p', 'runs', ({ state }) => state.is === 'running');
    // While the guard is stopped it does not see the death.
    process.kill(guard, 'SIGSTOP');
    rig.closers.push(() => {
      send(guard, 'SIGCONT');
    });
    send(pid, 'SIGKILL');
    await waitUntil('the supervisor has gone', () => !isAlive(pid));
    const stopping = rig.run('stop');
    await waitUntil('the guard is asked to end', () => isPending(guard, 15));
    process.kill(guard, 'SIGCONT');
    await daemon.heard('SIGTERM');
    await daemon.exit(0);
    expect((await stopping).code).toBe(0);
    await waitUntil(
      'nobody is left',
      () => rig.guards().length + rig.supervisors().length + rig.daemons().length === 0,
    );
    expect((await rig.stage()).all).toHaveLength(1);
  });

  test('that meets another who has just taken the list waits for that one, and then goes on', async ({ rig }) => {
    const daemon = await orphaned(rig);
    const other = spawn('flock', ['-x', '-o', path.join(rig.state, 'lock'), 'sh', '-c', 'echo has it; exec cat'], {
      // Its child lives until its stdin is closed.
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    rig.closers.push(() => other.kill('SIGKILL'));
    await once(other.stdout, 'data');
    const stopping = rig.launch(['stop']);
    await stopping.says('somebody else has begun to supervise the list at this moment');
    other.kill('SIGKILL');
    await daemon.heard('SIGTERM');
    await daemon.exit(0);
    const { code, err } = await stopping.ended;
    expect(code).toBe(0);
    expect(err).not.toContain('supervise stop');
  });

  test('with a name says that nobody runs: it ends no single daemon', async ({ rig }) => {
    const daemon = await orphaned(rig);
    const named = await rig.run('stop', 'p');
    expect(named).toMatchObject({ code: 3, err: expect.stringContaining(`p (pid ${daemon.pid})`) as string });
    expect(isAlive(daemon.pid)).toBe(true);
    const stopping = rig.run('stop');
    await daemon.heard('SIGTERM');
    await daemon.exit(0);
    await stopping;
  });
});

describe('a stop whose supervisor dies', () => {
  test.for(['stop', 'stop --json'])(
    'and whose successor has ended the list before it can be asked tells what that has written down: supervise %s',
    async (asked, { rig }) => {
      const { daemon, guard, pid } = await onStage(rig);
      await untilSavedState(rig, 'p', 'running');
      const stopping = rig.launch(asked.split(' '));
      await daemon.heard('SIGTERM');
      // While the guard is stopped nothing continues.
      process.kill(guard, 'SIGSTOP');
      rig.closers.push(() => {
        send(guard, 'SIGCONT');
      });
      send(pid, 'SIGKILL');
      await waitUntil('the supervisor has gone', () => !isAlive(pid));
      await daemon.exit(0);
      process.kill(guard, 'SIGCONT');
      const { code, out } = await stopping.ended;
      expect(code).toBe(0);
      if (asked === 'stop') expect(out).toMatch(/^boundary 0 · ended by itself 1 · cut 0$/m);
      else expect(JSON.parse(out)).toMatchObject({ instances: ['p'], ended: 1, cut: 0, ends: [{ id: 'p' }] });
    },
  );

  test('and of whose list nobody lives any more says that nobody has seen how, exit 3', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    const stopping = rig.launch(['stop']);
    await daemon.heard('SIGTERM');
    await kill(supervise);
    await daemon.exit(0);
    const { code, err } = await stopping.ended;
    expect({ code, err }).toMatchObject({ code: 3, err: expect.stringContaining('nobody has seen') as string });
  });
});

test('stop --json of what lives without a supervisor prints one object', async ({ rig }) => {
  const daemon = await orphaned(rig);
  const stopping = rig.run('stop', '--json');
  await daemon.heard('SIGTERM');
  await daemon.exit(0);
  const { code, out } = await stopping;
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ instances: ['p'], ended: 1, cut: 0 });
});

test('status names who lives on without a supervisor, exit 3', async ({ rig }) => {
  const daemon = await orphaned(rig);
  expect(await rig.run('status')).toMatchObject({
    code: 3,
    err: expect.stringMatching(new RegExp(`has died, and p \\(pid ${daemon.pid}\\) lives on`)) as string,
  });
  const stopping = rig.run('stop');
  await daemon.heard('SIGTERM');
  await daemon.exit(0);
  await stopping;
});
