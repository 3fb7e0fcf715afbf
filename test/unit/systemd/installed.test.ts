import { expect, test } from 'vitest';
import { outsideWords } from '../../../src/cli/print/patience.ts';
import { loadList } from '../../../src/config/load.ts';
import { unitOf, type InstalledUnit } from '../../../src/systemd/installed.ts';
import { ListFolder } from '../../support/list-folder.ts';

const NAME = 'supervise-shop.service';
const shown = (facts: Readonly<Record<string, string>>): string =>
  Object.entries({ LoadState: 'loaded', NotifyAccess: 'main', TimeoutStopUSec: '30s', ...facts })
    .map(([key, value]) => `${key}=${value}`)
    .join('\n');

test.for<readonly [facts: Record<string, string>, expected: Omit<InstalledUnit, 'name'> | null]>([
  [{}, { stopMs: 30_000, isHeard: true }],
  [{ TimeoutStopUSec: '1min 30s' }, { stopMs: 90_000, isHeard: true }],
  [{ TimeoutStopUSec: '2h 500ms' }, { stopMs: 7_200_500, isHeard: true }],
  [{ TimeoutStopUSec: 'infinity' }, { stopMs: null, isHeard: true }],
  [{ NotifyAccess: 'all' }, { stopMs: 30_000, isHeard: true }],
  [{ NotifyAccess: 'none' }, { stopMs: 30_000, isHeard: false }],
  [{ LoadState: 'not-found' }, null],
  [{ TimeoutStopUSec: 'soon' }, null],
  [{ TimeoutStopUSec: '' }, null],
])('systemd shows %j', ([facts, expected]) => {
  expect(unitOf(NAME, shown(facts))).toEqual(expected === null ? null : { name: NAME, ...expected });
});

test('what is no answer of systemctl is no unit', () => {
  expect(unitOf(NAME, '')).toBeNull();
});

test.for<readonly [unit: Omit<InstalledUnit, 'name'> | null, stop: string, words: string]>([
  [null, '60s', 'A systemd unit of your own waits for 90s: enough.'],
  [
    { stopMs: 30_000, isHeard: true },
    '1h',
    `${NAME} waits for 30s (TimeoutStopSec), and for more each time the supervisor asks, which it does as long as a drain goes on: enough.`,
  ],
  [
    { stopMs: null, isHeard: true },
    '1h',
    `${NAME} waits for as long as it takes (TimeoutStopSec=infinity): enough, but so it does for a supervisor that hangs.`,
  ],
  [
    { stopMs: 30_000, isHeard: false },
    '60s',
    `${NAME}, which does not hear the supervisor ask for more (NotifyAccess=none), waits for 30s: not enough; it needs a longer TimeoutStopSec, or take the unit of \`supervise systemd install\`, which waits as long as a drain goes on.`,
  ],
  [
    { stopMs: 61_000, isHeard: false },
    '60s',
    `${NAME}, which does not hear the supervisor ask for more (NotifyAccess=none), waits for 61s: enough.`,
  ],
])('with %j and a grace of %s', ([unit, stop, words]) => {
  const here = new ListFolder();
  here.programs('php');
  here.good(`daemons: [{ name: p, command: php p.php, stop: ${stop} }]`);
  const list = loadList(here.file, here.environment);
  if (!list.ok) throw new Error('it is refused');
  expect(outsideWords(list.value, unit === null ? null : { name: NAME, ...unit }).at(-1)).toBe(words);
});
