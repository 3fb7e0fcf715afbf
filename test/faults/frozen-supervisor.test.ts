import { describe, expect } from 'vitest';
import { foreground } from '../support/detached.ts';
import { PUPPET } from '../support/puppet.ts';
import { test, type Program } from '../support/supervise.ts';
import { waitFor } from '../support/wait-for.ts';

describe('a supervisor that was stopped (SIGSTOP) and goes on has harmed no daemon and lost no line', () => {
  test('what was printed meanwhile is in the log, once and in order', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    supervise.signal('SIGSTOP');
    // Less than fits into a FIFO.
    const lines = Array.from({ length: 500 }, (_, n) => `line ${n} ${'x'.repeat(90)}`);
    for (const line of lines) await daemon.print(line);
    supervise.signal('SIGCONT');
    const log = await waitFor(
      'the last line is written',
      () => rig.log('p.log'),
      (text) => text.endsWith(`${lines.at(-1) ?? ''}\n`),
    );
    expect(log).toBe(`${lines.join('\n')}\n`);
    expect(await rig.instance('p')).toMatchObject({ pid: daemon.pid, starts: 1, state: 'running' });
  });

  test('a daemon that was ready in time is not taken for late', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ name: 'p', script: PUPPET, cwd: '.', ready: { notify: true, timeout: '1s' } }]);
    const supervise = await rig.start();
    const daemon = await stage.enter('p');
    supervise.signal('SIGSTOP');
    await daemon.say('READY=1');
    await stopped(1_500);
    supervise.signal('SIGCONT');
    await rig.untilState('p', 'running');
    expect(await rig.instance('p')).toMatchObject({ pid: daemon.pid, starts: 1, quick_ends: 0 });
    expect(daemon.signals).toEqual([]);
  });

  test('a drain is as long as the daemon has asked for meanwhile', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ name: 'p', script: PUPPET, cwd: '.', stop: '2s' }]);
    const supervise = await rig.start();
    const daemon = await stage.enter('p');
    await rig.untilState('p', 'running');
    const stopping = rig.run('stop', 'p');
    await daemon.heard('SIGTERM');
    supervise.signal('SIGSTOP');
    await daemon.say('EXTEND_TIMEOUT_USEC=19000000');
    await stopped(2_500);
    supervise.signal('SIGCONT');
    await rig.untilState('p', 'draining');
    // It has looked at the clock by now, and sends nothing more.
    expect(await rig.ask('version', {})).toMatchObject({ pid: supervise.pid });
    await daemon.exit(0);
    expect(await stopping).toMatchObject({ code: 0 });
    expect((await rig.instance('p')).last_exit?.words).toMatch(/^ended by itself, exit 0/);
  });

  test('a daemon that has died meanwhile is started once, and a command that waited is answered', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    supervise.signal('SIGSTOP');
    const asked = rig.launch(['status', '--json']);
    await daemon.exit(1);
    await stopped(500);
    supervise.signal('SIGCONT');
    expect(await asked.ended).toMatchObject({ code: 0 });
    const second = await (await rig.stage()).enter('p');
    expect(await rig.instance('p')).toMatchObject({ pid: second.pid, starts: 2 });
    expect(rig.daemons().map(({ pid }) => pid)).toEqual([second.pid]);
  });

  test('a stop that was asked for meanwhile is begun', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    supervise.signal('SIGSTOP');
    supervise.signal('SIGTERM');
    supervise.signal('SIGCONT');
    await ends(supervise, daemon);
  });
});

async function ends(
  supervise: Program,
  daemon: { heard(signal: 'SIGTERM'): Promise<void>; exit(code: number): Promise<void> },
) {
  await daemon.heard('SIGTERM');
  await daemon.exit(0);
  expect(await supervise.ended).toMatchObject({ code: 0, signal: null });
}

/** A deadline of the supervisor passes while it is stopped: nothing reports that. */
const stopped = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
