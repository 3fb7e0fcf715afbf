import { expect, test } from 'vitest';
import { toldOf, toldOfReload } from '../../../src/tui/told.ts';
import type { DeedKind } from '../../../src/tui/told.ts';
import type { DeedView, PlanView } from '../../../src/control/view.ts';
import { deed, exit, NO_PLAN } from '../../support/fake-api.ts';

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
  [
    'restart',
    { left: [{ id: 'b', words: 'b was stopped meanwhile' }] },
    'bad',
    'restarted photos; left alone: b was stopped meanwhile',
  ],
])('%s %j', (kind, facts, level, words) => {
  expect(toldOf(kind, deed(facts))).toEqual({ level, words });
});

const changed = (name: string, restarts: boolean) => ({
  ...{ name, keys: ['env.A'], restarts },
  instances: restarts ? [`${name}:1`] : [],
});

test.each<[plan: Partial<PlanView>, facts: Partial<DeedView>, level: string, words: string]>([
  [
    { starts: ['mail'], stops: ['thumbs'], changed: [changed('photos', true), changed('movies', false)] },
    { ends: [end, end], boundary: 2 },
    'info',
    'reloaded: started mail; restarted photos:1; stopped thumbs; holds from now on: movies: boundary 2 · ended by itself 0 · cut 0',
  ],
  [
    {
      ...{ starts: ['b:1', 'b:2', 'c:3'], stops: ['b', 'd:2'] },
      changed: ['b', 'c', 'd', 'bb'].map((name) => ({ ...changed(name, false), keys: ['instances'] })),
    },
    {},
    'info',
    'reloaded: started b:1, b:2, c:3; stopped b, d:2; holds from now on: bb',
  ],
  [{ list: ['supervisor.start_rate'] }, {}, 'info', 'reloaded: holds from now on: supervisor.start_rate'],
  [{ starts: ['mail'], warnings: ['x', 'y'] }, {}, 'info', 'reloaded: started mail; 2 warnings (p)'],
  [{ stops: ['a'] }, { ends: [end], cut: 1 }, 'bad', 'reloaded: stopped a: boundary 0 · ended by itself 0 · cut 1'],
  [
    { changed: [changed('w', true)] },
    { not_up: [{ id: 'w:1', state: 'backoff', words: 'exit 255' }], untouched: ['w:2', 'w:3'] },
    'bad',
    'reloaded, but w:1 does not come up: backoff, exit 255; the other 2 were not touched',
  ],
])('of a reload %j %j', (plan, facts, level, words) => {
  expect(toldOfReload({ ...deed(facts), plan: { ...NO_PLAN, ...plan } })).toEqual({ level, words });
});
