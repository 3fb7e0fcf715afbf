import { describe, expect } from 'vitest';
import { foreground } from '../support/detached.ts';
import { isAlive, send } from '../support/processes.ts';
import { PUPPET } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

/** Prints which signals it gets; it ends a moment after SIGTERM. */
const TELLS = `#!/bin/sh
trap 'echo continued' CONT
trap 'echo asked; asked=yes' TERM
echo ready
while [ -z "$asked" ]; do sleep 0.05; done
sleep 0.2
`;

describe('a daemon that somebody has stopped (SIGSTOP) hears its stop signal, and others get no SIGCONT', () => {
  test('the stopped one goes on, and ends at its boundary', async ({ rig }) => {
    const { daemon } = await foreground(rig);
    await freeze(rig, daemon.pid);
    const stopping = rig.ask('stop', { names: ['p'], wait: true, now: false });
    await daemon.heard('SIGTERM');
    await daemon.exit(0);
    expect(await stopping).toMatchObject({ cut: 0 });
  });

  test('with those of its process group, where the signal is for the group', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ name: 'p', script: PUPPET, cwd: '.', stop: { to: 'group' } }]);
    await rig.start();
    const daemon = await stage.enter('p');
    await rig.untilState('p', 'running');
    const helper = await daemon.helper("trap 'exit 7' TERM; echo up; while :; do sleep 0.05 & wait $!; done");
    await waitUntil('the helper is up', () => rig.log('p.log').includes('up'));
    for (const pid of [helper, daemon.pid]) await freeze(rig, pid);
    const stopping = rig.ask('stop', { names: ['p'], wait: true, now: false });
    await daemon.heard('SIGTERM');
    await waitUntil('the helper has ended by its handler', () => daemon.ended.get(helper) === 7);
    await daemon.exit(0);
    expect(await stopping).toMatchObject({ cut: 0 });
  });

  test('one that runs gets its stop signal alone', async ({ rig }) => {
    rig.list([{ name: 'p', script: rig.file('tells', TELLS) }]);
    await rig.start();
    await rig.untilState('p', 'running');
    await waitUntil('it has its handlers', () => rig.log('p.log') === 'ready\n');
    expect(await rig.ask('stop', { names: ['p'], wait: true, now: false })).toMatchObject({ cut: 0 });
    expect(rig.log('p.log')).toBe('ready\nasked\n');
  });

  test('a stopped one is adopted as it is, and nobody wakes it but its stop', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    await freeze(rig, daemon.pid);
    supervise.signal('SIGKILL');
    await supervise.ended;
    await rig.start();
    expect(await rig.instance('p')).toMatchObject({ pid: daemon.pid, flags: ['adopted'] });
    expect(stateOf(rig, daemon.pid)).toBe('T');
    const stopping = rig.run('stop');
    await daemon.heard('SIGTERM');
    expect(isAlive(daemon.pid)).toBe(true);
    await daemon.exit(0);
    expect(await stopping).toMatchObject({ code: 0 });
  });
});

async function freeze(rig: Rig, pid: number): Promise<void> {
  send(pid, 'SIGSTOP');
  await waitUntil('it is stopped', () => stateOf(rig, pid) === 'T');
}

const stateOf = (rig: Rig, pid: number): string => /\) (.) /.exec(rig.read(`/proc/${pid}/stat`))?.[1] ?? '';
