/** supervisor.on_trouble: reports what is wrong, each in bounded time, and not too often. */
import { describe, expect, inject } from 'vitest';
import type { TroubleEvent } from '../../src/supervisor/trouble.ts';
import { PUPPET } from '../support/puppet.ts';
import { send, withEnvironmentLine, type Living } from '../support/processes.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

const NOTES = '#!/bin/sh\nread -r event\necho "$SUPERVISE_EVENT $event" >> told\n';
const dies = { name: 'dies', shell: 'exit 1', restart: { delay: '10ms', jitter: 0, factor: 1, attempts: 7 } };

function told(rig: Rig): readonly TroubleEvent[] {
  return rig
    .read('told')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, type, json = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
      const event = JSON.parse(json) as TroubleEvent;
      expect(event.type).toBe(type);
      return event;
    });
}

describe('on_trouble', () => {
  test('hears that an instance loops and gives up, with the words of the journal', async ({ rig }) => {
    rig.file('notify.sh', NOTES);
    await rig.stage();
    rig.list({
      name: 'shop',
      supervisor: { on_trouble: './notify.sh' },
      daemons: [dies, { name: 'p', script: PUPPET, cwd: '.' }],
    });
    await rig.start();
    await rig.untilState('dies', 'failed');
    const events = await waitFor(
      'both are told',
      () => told(rig),
      (all) => all.length === 2,
    );
    expect(events).toMatchObject([
      { type: 'looping', list: 'shop', instance: 'dies', dropped: 0 },
      { type: 'failed', words: expect.stringMatching(/^gave up after 7 crashes in a row/) as string },
    ]);
  });

  test('hears of a cut, and that one that looped is healthy again', async ({ rig }) => {
    rig.file('notify.sh', NOTES);
    rig.file('soon.sh', '#!/bin/sh\ntest "$SUPERVISE_RUN" -gt 5 || exit 1\nsleep 600\n');
    const stage = await rig.stage();
    rig.list({
      supervisor: { on_trouble: ['./notify.sh'] },
      daemons: [
        { name: 'soon', script: './soon.sh', restart: { delay: '10ms', jitter: 0, factor: 1, reset_after: '300ms' } },
        { name: 'p', script: PUPPET, cwd: '.' },
      ],
    });
    await rig.start();
    const puppet = await stage.enter('p');
    await puppet.say('BUSY=1');
    await puppet.exit(3);
    const events = await waitFor(
      'all are told',
      () => told(rig),
      (all) => all.length === 3,
    );
    expect(events.map(({ type, instance }) => `${instance} ${type}`).sort()).toEqual([
      'p cut',
      'soon healthy',
      'soon looping',
    ]);
    expect(events.find(({ type }) => type === 'healthy')?.words).toMatch(/^healthy again after .*, 5 tries$/);
  });

  test('that fails is told in the status, and nothing else waits for it', async ({ rig }) => {
    await rig.stage();
    rig.file('notify.sh', '#!/bin/sh\necho "no such channel" >&2\nexit 9\n');
    rig.list({ supervisor: { on_trouble: './notify.sh' }, daemons: [dies, { name: 'p', script: PUPPET, cwd: '.' }] });
    await rig.start();
    await rig.untilState('p', 'running');
    await rig.event(null, /on_trouble could not tell that dies .*notify\.sh: exit 9: no such channel/);
    expect((await rig.status()).supervisor?.problems.join()).toMatch(/on_trouble could not tell/);
  });

  test('that leaves a helper with its stderr behind hears of the next one all the same', async ({ rig }) => {
    rig.file('notify.sh', `${NOTES}setsid sleep 1000 &\n`);
    rig.closers.push(() => {
      for (const { pid } of helpersOf(rig)) send(pid, 'SIGKILL');
    });
    await rig.stage();
    rig.list({ supervisor: { on_trouble: './notify.sh' }, daemons: [dies, { name: 'p', script: PUPPET, cwd: '.' }] });
    await rig.start();
    await waitUntil('both are told', () => told(rig).length === 2);
  });

  test('may ask the supervisor that runs it', async ({ rig }) => {
    rig.file(
      'notify.sh',
      `#!/bin/sh\n'${process.execPath}' '${inject('program')}' status --json > seen.new && mv seen.new seen\n`,
    );
    await rig.stage();
    rig.list({ supervisor: { on_trouble: './notify.sh' }, daemons: [dies, { name: 'p', script: PUPPET, cwd: '.' }] });
    const supervisor = await rig.start(['--state-dir', rig.state], { env: { SUPERVISE_STATE_DIR: '' } });
    await waitUntil('it has asked', () => rig.read('seen') !== '');
    expect(JSON.parse(rig.read('seen'))).toMatchObject({ supervisor: { pid: supervisor.pid } });
  });

  test('hears of all that gave up, though the list ends with that', async ({ rig }) => {
    rig.file('notify.sh', `${NOTES}sleep 0.5\n`);
    const gaveUp = ['a', 'b', 'c'].map((name) => ({ name, shell: 'exit 1', restart: { attempts: 1 } }));
    rig.list({ supervisor: { on_trouble: './notify.sh' }, daemons: gaveUp });
    const { code, err } = await rig.launch(['start']).ended;
    expect(code).toBe(1);
    expect(
      told(rig)
        .map(({ instance, type }) => `${instance} ${type}`)
        .sort(),
    ).toEqual(['a failed', 'b failed', 'c failed']);
    expect(err).not.toContain('not told');
  });

  test('that does not end is not waited for for ever: how many were not told is said', async ({ rig }) => {
    rig.file('notify.sh', `${NOTES}exec sleep 1000\n`);
    const gaveUp = ['a', 'b', 'c'].map((name) => ({ name, shell: 'exit 1', restart: { attempts: 1 } }));
    rig.list({ supervisor: { on_trouble: './notify.sh' }, daemons: gaveUp });
    const { code, out, err } = await rig.launch(['start']).ended;
    expect(code).toBe(1);
    expect(out + err).toContain('3 events were not told by on_trouble before the end');
    // They have got SIGKILL, but on a loaded machine they go a moment after us.
    await waitUntil('they have gone', () => helpersOf(rig).length === 0);
  });

  test('hears after an upgrade what had to wait before it', async ({ rig }) => {
    rig.file('notify.sh', `${NOTES}while [ ! -e go ]; do sleep 0.02; done\n`);
    const gaveUp = ['a', 'b', 'c'].map((name) => ({ name, shell: 'exit 1', restart: { attempts: 1 } }));
    rig.list({
      supervisor: { on_trouble: './notify.sh' },
      daemons: [...gaveUp, { name: 'p', shell: 'exec sleep 1000' }],
    });
    await rig.start();
    for (const { name } of gaveUp) await rig.untilState(name, 'failed');
    await waitFor(
      'the first is told',
      () => told(rig),
      (all) => all.length === 1,
    );
    expect(await rig.run('upgrade')).toMatchObject({ code: 0 });
    rig.file('go', '');
    const events = await waitFor(
      'all are told',
      () => told(rig),
      (all) => all.length === 3,
    );
    expect(new Set(events.map(({ instance }) => instance))).toEqual(new Set(['a', 'b', 'c']));
  });

  test('that hangs is ended when the supervisor ends', async ({ rig }) => {
    rig.file('notify.sh', `${NOTES}trap "" TERM\nsleep 1000; sleep 1000\n`);
    await rig.stage();
    rig.list({ supervisor: { on_trouble: './notify.sh' }, daemons: [dies, { name: 'p', script: PUPPET, cwd: '.' }] });
    const supervisor = await rig.start();
    await waitUntil('it is told', () => told(rig).length === 1);
    await rig.run('stop', '--now');
    await supervisor.ended;
    await waitUntil('it has gone', () => helpersOf(rig).length === 0);
  });

  test('that has failed works again: the trouble goes with the next that it tells', async ({ rig }) => {
    rig.file('notify.sh', `${NOTES}test "$SUPERVISE_EVENT" != looping\n`);
    await rig.stage();
    rig.list({ supervisor: { on_trouble: './notify.sh' }, daemons: [dies, { name: 'p', script: PUPPET, cwd: '.' }] });
    await rig.start();
    await rig.event(
      null,
      /on_trouble could not tell that dies looping.*: exit 1 \(since 20\d\d-\S+Z, until one is told again\)/,
    );
    await rig.event(null, /on_trouble: works again/);
    expect((await rig.status()).supervisor?.problems.join()).not.toMatch(/on_trouble/);
  });
});

/** Processes with the rig's home, except the supervisor and its daemons. */
const helpersOf = (rig: Rig): readonly Living[] =>
  withEnvironmentLine(`HOME=${rig.home}`).filter(({ command }) => /^(?:sleep 1000|.*notify\.sh)/.test(command));
