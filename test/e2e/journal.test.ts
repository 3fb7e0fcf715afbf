/** What the journal gets if systemd started the supervisor: stdout is one of its sockets, and JOURNAL_STREAM says so. */
import { expect } from 'vitest';
import { SLEEPER } from '../support/detached.ts';
import { test } from '../support/supervise.ts';

test('a cut is one record, not a second one at the end of the stop', async ({ rig }) => {
  rig.list([{ name: 'p', ...SLEEPER }]);
  const script = 'exec >journal 2>&1; export JOURNAL_STREAM=$(stat -c %d:%i journal); exec "$@"';
  const supervise = rig.launch(['start'], { under: ['sh', '-c', script, '-'] });
  await rig.untilState('p', 'running');
  await rig.ask('shutdown', { now: true, wait: false });
  expect((await supervise.ended).code).toBe(1);
  const journal = rig.read('journal');
  expect(journal.match(/An iteration was cut/g)).toHaveLength(1);
  expect(journal).toMatch(/^<3>p killed by supervise/m);
  expect(journal).toContain('cut 1');
});
