import { describe, expect } from 'vitest';
import { PUPPET } from '../support/puppet.ts';
import { test } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

describe('a start whose output nobody reads any more runs on, and drains when it is asked to', () => {
  test.for([
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT', 'SIGINT'],
  ] as const)('start | head -n 1, then %s', async ([signal, heard], { rig }) => {
    const stage = await rig.stage();
    rig.list([{ name: 'p', script: PUPPET, cwd: '.', restart: { delay: '10ms' } }]);
    const pipeline = rig.launch(['start'], { under: ['sh', '-c', '{ "$@"; echo $? >exit; } 2>&1 | head -n 1', 'sh'] });
    let daemon = await stage.enter('p');
    await rig.untilState('p', 'running');
    expect(pipeline.out.split('\n')).toHaveLength(2);
    // Each start is a message that goes nowhere.
    for (let count = 0; count < 3; count += 1) {
      await daemon.exit(1);
      daemon = await stage.enter('p');
    }
    await daemon.print('still written down');
    await waitUntil('it is in the log', () => rig.log('p.log').includes('still written down'));
    expect((await rig.status()).supervisor?.check).toBe('ok');
    process.kill((await rig.status()).supervisor?.pid ?? 0, signal);
    await daemon.heard(heard);
    expect((await rig.instance('p')).state).toBe('draining');
    await daemon.exit(0);
    await pipeline.ended;
    expect(rig.read('exit')).toBe('0\n');
    expect(rig.daemons()).toEqual([]);
  });
});
