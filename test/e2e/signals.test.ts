import { constants } from 'node:os';
import { describe, expect } from 'vitest';
import { catches, isAlive, listensOnTcp } from '../support/processes.ts';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { test, type Program, type Rig } from '../support/supervise.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

const MEANINGLESS = [
  ...(['SIGUSR1', 'SIGUSR2', 'SIGPIPE', 'SIGALRM', 'SIGXFSZ', 'SIGXCPU'] as const),
  ...(['SIGVTALRM', 'SIGPROF', 'SIGIO', 'SIGSYS', 'SIGSTKFLT'] as const),
];

describe('signals to supervise, without a terminal', () => {
  test('two within a second are one', async ({ rig }) => {
    const { daemon, supervise } = await onStage(rig);
    supervise.signal('SIGINT');
    await supervise.says('SIGINT: stopping');
    supervise.signal('SIGTERM');
    await daemon.heard('SIGINT');
    await supervise.says('waiting for 1: p (');
    expect(daemon.signals).toEqual(['SIGINT']);
    expect(supervise.out).not.toContain('still stopping');
    await daemon.exit(0);
    expect(await supervise.ended).toMatchObject({ code: 0, signal: null });
  });

  test('a second one later repeats what is waited for, and cuts nothing', async ({ rig }) => {
    const { daemon, supervise } = await onStage(rig);
    supervise.signal('SIGTERM');
    await drainsLongerThan(rig, 1_100);
    supervise.signal('SIGTERM');
    await supervise.says(/still stopping\. waiting for 1: p \(.*\)\. `supervise stop --now` cuts them/);
    expect(isAlive(daemon.pid)).toBe(true);
    expect(daemon.signals).toEqual(['SIGTERM']);
    await daemon.exit(0);
    expect(await supervise.ended).toMatchObject({ code: 0 });
  });

  test('the first says what drains, for how long, and what comes next', async ({ rig }) => {
    const { daemon, supervise } = await onStage(rig);
    supervise.signal('SIGTERM');
    await supervise.says('SIGTERM: stopping at the boundaries');
    await supervise.says(/waiting for 1: p \(drain.*grace .*, then SIGKILL\)\. `supervise stop --now` cuts them/);
    await daemon.exit(0);
  });

  test.for(['SIGQUIT', 'SIGPWR'] as const)('%s drains as SIGTERM does', async (signal, { rig }) => {
    const { daemon, supervise } = await onStage(rig);
    supervise.signal(signal);
    await daemon.heard('SIGTERM');
    await daemon.exit(0);
    expect(await supervise.ended).toMatchObject({ code: 0, signal: null });
  });

  test('SIGHUP reloads the list: where that is unchanged it says so, and changes nothing', async ({ rig }) => {
    const { daemon, supervise } = await onStage(rig);
    supervise.signal('SIGHUP');
    await supervise.says('SIGHUP: list unchanged: for new code, supervise restart');
    expect(daemon.signals).toEqual([]);
    expect((await rig.status()).supervisor?.state).toBe('running');
  });

  test('SIGUSR1 and others that a script may send do nothing', async ({ rig }) => {
    const { daemon, supervise } = await onStage(rig);
    for (const signal of MEANINGLESS) supervise.signal(signal);
    // The marker: a signal that is reported, sent after them.
    supervise.signal('SIGHUP');
    await supervise.says('SIGHUP');
    expect(supervise.err).not.toContain('Debugger');
    expect((await rig.instance('p')).pid).toBe(daemon.pid);
  });

  test('signals that come while it is put together are not lost, and do not end it half done', async ({ rig }) => {
    rig.list([{ name: 'p', shell: 'exec sleep 1000' }]);
    const supervise = rig.launch(['start']);
    // Node itself has handlers for SIGTERM and SIGUSR1, but none for this one: our own code has begun.
    await waitUntil('it has its handlers', () => supervise.over || catches(supervise.pid, constants.signals.SIGALRM));
    supervise.signal('SIGUSR1');
    supervise.signal('SIGTERM');
    const outcome = await supervise.ended;
    expect(outcome).toMatchObject({ code: 0, signal: null });
    expect(outcome.out).toContain('SIGTERM: stopping at the boundaries');
    expect(outcome.err).not.toContain('Debugger');
    expect(rig.daemons()).toEqual([]);
  });

  test('SIGUSR1 before any code of ours runs opens no door into a supervisor', async ({ rig }) => {
    rig.list([{ name: 'p', shell: 'exec sleep 1000' }]);
    const supervise = rig.launch(['start']);
    // Node has its own handler by now, which opens its inspector; ours comes later.
    await waitUntil('Node catches SIGUSR1', () => catches(supervise.pid, constants.signals.SIGUSR1));
    supervise.signal('SIGUSR1');
    await supervise.says(/instances?, pid/);
    await rig.untilState('p', 'running');
    expect(listensOnTcp(supervise.pid)).toBe(false);
  });

  test('a reader of its output that goes away does not end it', async ({ rig }) => {
    const { daemon, supervise } = await onStage(rig);
    supervise.stopReading();
    await daemon.exit(1);
    const second = await (await rig.stage()).enter('p');
    await second.print('hello');
    expect((await rig.instance('p')).pid).toBe(second.pid);
    supervise.signal('SIGTERM');
    await second.heard('SIGTERM');
    await second.exit(0);
    expect(await supervise.ended).toMatchObject({ code: 0, signal: null });
  });
});

async function onStage(rig: Rig): Promise<{ daemon: Puppet; supervise: Program }> {
  const stage = await rig.stage();
  rig.list([{ name: 'p', script: PUPPET, cwd: '.', restart: { delay: '50ms' } }]);
  const supervise = await rig.start();
  const daemon = await stage.enter('p');
  await rig.untilState('p', 'running');
  return { daemon, supervise };
}

async function drainsLongerThan(rig: Rig, ms: number): Promise<void> {
  const look = (): ReturnType<Rig['instance']> => rig.instance('p');
  await waitFor(
    `p drains for ${ms} ms`,
    look,
    ({ state, since }) => state === 'draining' && Date.now() - Date.parse(since) > ms,
  );
}
