/** What is known after our death about a stop signal that was about to be sent. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { step } from '../../../src/supervisor/lifecycle/fleet.ts';
import { newFleet, type Fleet } from '../../../src/supervisor/lifecycle/roster.ts';
import { MadeRuns } from '../../../src/supervisor/made-runs.ts';
import { saver, type Saver } from '../../../src/supervisor/saving.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { policy } from '../../unit/lifecycle/policies.ts';

const ABOUT = { boot: 'b', id: 'shop', list: '/srv/shop/daemons.yaml', startedAt: '2026-01-31T12:00:00.000Z' };

function aSaver(): { state: Saver; notes: string; fleet: Fleet; troubles: (string | null)[] } {
  const file = path.join(tempDir(), 'state.json');
  const troubles: (string | null)[] = [];
  const list = { id: 'shop', file: ABOUT.list, startRate: null, maxTotalLogBytes: null, resources: [], daemons: [] };
  const state = saver({
    ...{
      file,
      version: '1.2.3',
      about: { ...ABOUT, deaths: [] },
      present: { daemons: [], list, startsPerSecond: null },
    },
    ...{ made: new MadeRuns(() => null, new Map()), trouble: (words: string | null) => troubles.push(words) },
  });
  const { fleet } = step(newFleet([policy('d')], null, 0), { is: 'boot', ids: ['d'] }, 0, () => 0);
  return { state, notes: `${file}.signalled`, fleet, troubles };
}

test('is noted until the state file has it, and not forgotten by a writing that had begun before', async () => {
  const { state, notes, fleet, troubles } = aSaver();
  const older = state.writeNow(fleet);
  state.beforeSignal(fleet, new Set(['d']));
  await older;
  expect(fs.readFileSync(notes, 'utf8').split('\n')).toHaveLength(2);
  await state.writeNow(fleet);
  expect([fs.existsSync(notes), troubles]).toEqual([false, [null, null]]);
});

test('that an earlier supervisor has noted is gone with the first writing', async () => {
  const { state, notes, fleet } = aSaver();
  fs.writeFileSync(notes, 'of earlier days\n');
  await state.writeNow(fleet);
  expect(fs.existsSync(notes)).toBe(false);
});

test('is forgotten by what is handed on, which has it', () => {
  const { state, notes, fleet } = aSaver();
  state.beforeSignal(fleet, new Set(['d']));
  expect([state.handOn(fleet), fs.existsSync(notes)]).toEqual([null, false]);
});

test('is in trouble where it cannot be noted', () => {
  const { state, notes, fleet, troubles } = aSaver();
  fs.mkdirSync(notes);
  state.beforeSignal(fleet, new Set(['d']));
  expect(troubles).toEqual([expect.stringContaining(`cannot write ${notes}`)]);
});
