/** supervisor.on_trouble: told of what is wrong, each in bounded time, and not too many. */
import { describe, expect } from 'vitest';
import type { TroubleEvent } from '../../src/supervisor/trouble.ts';
import { PUPPET } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitFor } from '../support/wait-for.ts';

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
});
