import { describe, expect } from 'vitest';
import { kill, untilSavedState } from '../support/adoption.ts';
import { foreground } from '../support/detached.ts';
import { test } from '../support/supervise.ts';

describe('what a daemon has printed last, that ended while no supervisor lived', () => {
  test('is gone with its pipes, and its log says so where it may be missing', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    const stage = await rig.stage();
    await daemon.print('heard');
    await untilSavedState(rig, 'p', 'running');
    await kill(supervise);
    await daemon.print('unheard');
    await daemon.exit(0);
    await rig.start();
    const next = await stage.enter('p');
    await next.print('heard again');
    await rig.until('p', 'has printed', () => rig.log('p.log').includes('heard again'));
    expect(rig.log('p.log')).toBe(
      'heard\n' +
        `supervise: p (run 1, pid ${daemon.pid}) ended while no supervisor lived: what it printed last, up to 64 KiB of each stream, may be missing here\n` +
        'heard again\n',
    );
  });

  test('is there where a helper of it lives on, and nothing is said', async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig);
    const stage = await rig.stage();
    await untilSavedState(rig, 'p', 'running');
    await daemon.helper('trap "exit 0" TERM; while :; do sleep 0.05; done');
    await kill(supervise);
    await daemon.print('heard');
    await daemon.exit(0);
    await rig.start();
    await stage.enter('p');
    expect(rig.log('p.log')).toMatch(/^heard\n/);
    expect(rig.log('p.log')).not.toContain('may be missing');
  });
});
