/** Two supervisors of a list whose clocks stand differently: start times are compared as the machine counts them. */
import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';
import { kill, untilSavedState } from '../support/adoption.ts';
import { asRoot, need } from '../support/needs.ts';
import { stop } from '../support/detached.ts';
import { PUPPET } from '../support/puppet.ts';
import { test } from '../support/supervise.ts';

const unshare = need('unshare', 'util-linux');
const SHIFTED = ['unshare', '--time', '--monotonic=500000', '--boottime=700000', '--'];
const canShift = !unshare.missing && !asRoot.missing && shifts();
const note = canShift ? '' : ' (skipped: no time namespaces here)';
if (!canShift) process.stderr.write(`skipped: tests with time namespaces${asRoot.note}${unshare.note}\n`);

test.skipIf(!canShift).for<[string, readonly string[], readonly string[]]>([
  ['the second', [], SHIFTED],
  ['the first', SHIFTED, []],
])(
  `a start adopts what lives, also where %s supervisor has other clocks (unshare --time)${note}`,
  async ([, first, second], { rig }) => {
    const stage = await rig.stage();
    rig.list([
      { name: 'p', script: PUPPET, cwd: '.' },
      { name: 'q', shell: 'exit 1', restart: { delay: '1h', max_delay: '1h', jitter: 0 } },
    ]);
    const supervise = await rig.start([], { under: first });
    const daemon = await stage.enter('p');
    await untilSavedState(rig, 'p', 'running');
    await untilSavedState(rig, 'q', 'backoff');
    const before = await rig.instance('q');
    await kill(supervise);
    await rig.start([], { under: second });
    expect(await rig.instance('p')).toMatchObject({ pid: daemon.pid, state: 'running', flags: ['adopted'] });
    // Gaps and times are those of the machine, too.
    const apart = (a: string | null, b: string | null): number => Math.abs(Date.parse(a ?? '') - Date.parse(b ?? ''));
    const after = await rig.instance('q');
    expect(after).toMatchObject({ state: 'backoff', starts: 1 });
    expect(apart(before.next_start_at, after.next_start_at)).toBeLessThan(60_000);
    expect(stage.all).toHaveLength(1);
    await stop(rig, daemon);
  },
);

function shifts(): boolean {
  try {
    execFileSync('unshare', [...SHIFTED.slice(1), 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
