import { expect, test } from 'vitest';
import { toldOf } from '../../../src/tui/told.ts';
import type { DeedKind } from '../../../src/tui/told.ts';
import type { DeedView } from '../../../src/control/view.ts';
import { deed, exit } from '../../support/fake-api.ts';

const end = { id: 'photos', exit: exit({}) };

test.each<[deed: DeedKind, facts: Partial<DeedView>, level: string, words: string]>([
  ['start', {}, 'info', 'started photos'],
  ['stop', { ends: [end], boundary: 1 }, 'info', 'stopped photos: boundary 1 · ended by itself 0 · cut 0'],
  ['stop', { ends: [end], cut: 1 }, 'bad', 'stopped photos: boundary 0 · ended by itself 0 · cut 1'],
  ['cut', { ends: [end], cut: 1 }, 'info', 'killed photos: boundary 0 · ended by itself 0 · cut 1'],
  ['restart', { instances: ['a', 'b', 'c', 'd', 'e'] }, 'info', 'restarted a, b, c and 2 more'],
  [
    'restart',
    { not_up: [{ id: 'photos', state: 'backoff', words: 'crash 2: exit 255' }] },
    'bad',
    'photos does not come up: backoff, crash 2: exit 255',
  ],
  ['stop', { problems: ['photos: pid 7 does not end'] }, 'bad', 'photos: pid 7 does not end'],
])('%s %j', (kind, facts, level, words) => {
  expect(toldOf(kind, deed(facts))).toEqual({ level, words });
});
