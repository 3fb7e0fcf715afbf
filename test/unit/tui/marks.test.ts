import { describe, expect, it } from 'vitest';
import { seen, type Seen } from '../../../src/control/seen.ts';
import type { InstanceView } from '../../../src/control/view.ts';
import type { Message, Request } from '../../../src/tui/message.ts';
import { update } from '../../../src/tui/update.ts';
import { view } from '../../../src/tui/view.ts';
import { connected, daemon, freshModel, keys, NOW, resting, supervisor, typed, use } from '../../support/screens.ts';

const letters = (text: string): readonly string[] => Array.from(text);

const LIST = [
  daemon('api', { pid: 11 }),
  daemon('photos:1', { pid: 12, busy: true }),
  daemon('photos:2', { pid: 13 }),
  daemon('legacy', { pid: 14, flags: ['no_drain'], iterations: null, busy: null }),
  resting('mailer', { state: 'stopped', wanted: 'down' }),
];
const of = (...ids: readonly string[]): readonly Seen[] => LIST.filter(({ id }) => ids.includes(id)).map(seen);
const start = use(freshModel(), [connected(LIST)]).model;
const after = (...messages: readonly Message[]) => use(start, messages);
const deeds = ({ requests }: { readonly requests: readonly Request[] }): readonly Request[] =>
  requests.filter(({ do: what }) => what !== 'follow' && what !== 'detail');
const marksOf = (...messages: readonly Message[]): readonly string[] => [...after(...messages).model.marked];
const screen = (...messages: readonly Message[]): string =>
  view(after(...messages).model)
    .lines.map((line) => line.map(({ text }) => text).join(''))
    .join('\n');
const changed = (instances: readonly InstanceView[]): Message => ({
  is: 'changed',
  supervisor: supervisor(),
  instances,
});

describe('marks', () => {
  it('Space marks and goes on, and takes a mark away', () => {
    expect(marksOf(...keys(' ', ' '))).toEqual(['api', 'photos:1']);
    expect(marksOf(...keys(' ', 'k', ' '))).toEqual([]);
  });

  it('* marks all that are shown, and none of them where all are marked', () => {
    expect(marksOf(...keys('/'), ...typed('photos'), ...keys('enter', '*'))).toEqual(['photos:1', 'photos:2']);
    expect(marksOf(...keys('*', '*'))).toEqual([]);
  });

  it('Escape drops the marks first, then the filter', () => {
    const filtered = after(...keys('/'), ...typed('photos'), ...keys('enter', '*', 'escape')).model;
    expect(filtered).toMatchObject({ filter: 'photos', marked: new Set() });
    expect(use(filtered, keys('escape')).model.filter).toBe('');
  });

  it('stay through a filter and changes, and go with their instance', () => {
    const marked = after(...keys('*', '/'), ...typed('mail'), ...keys('enter')).model;
    expect(marked.marked.size).toBe(5);
    expect(use(marked, [changed([daemon('photos:1', { pid: 99 })])]).model.marked.size).toBe(5);
    expect([...use(marked, [connected(LIST.slice(0, 2))]).model.marked]).toEqual(['api', 'photos:1']);
  });

  it('are counted, and seen at their rows', () => {
    const text = screen(...keys(' ', ' '));
    expect(text).toContain(' 2 marked');
    expect(text).toMatch(/■● api /);
    expect(text).toMatch(/■● photos:1 /);
    expect(text).not.toMatch(/■● photos:2 /);
  });
});

describe('acts on the marked', () => {
  const cases: readonly (readonly [string, readonly string[], readonly unknown[]])[] = [
    ['s asks, also where it starts', ['s'], []],
    ['s stops those that run', ['s', 'y'], [{ do: 'stop', of: of('api', 'photos:1', 'photos:2', 'legacy') }]],
    ['r restarts all', ['r', 'y'], [{ do: 'restart', of: LIST.map(seen) }]],
    ['Enter is no', ['s', 'enter', 'y'], []],
    ['Escape is no', ['r', 'escape', 'y'], []],
    [
      'R restarts those that are up one by one, and leaves the stopped ones alone',
      ['R', 'y'],
      [{ do: 'restart', of: of('api', 'photos:1', 'photos:2', 'legacy'), how: 'one-by-one' }],
    ],
    ['X and yes kill nobody', ['X', 'y', 'enter'], []],
    ['X and a name kill nobody', ['X', ...letters('api'), 'enter'], []],
    ['X and another number kill nobody', ['X', ...letters('kill 5'), 'enter'], []],
    [
      'X kills those that have a process, once their number was typed',
      ['X', ...letters('kill 4'), 'enter'],
      [{ do: 'cut', of: of('api', 'photos:1', 'photos:2', 'legacy') }],
    ],
  ];
  it.each(cases)('%s', (_, names, requests) => {
    expect(deeds(after(...keys('*', ...names)))).toEqual(requests);
  });

  it('s starts all where none runs', () => {
    const stopped = ['a', 'b'].map((id) => resting(id, { state: 'stopped', wanted: 'down' }));
    const { model } = use(freshModel(), [connected(stopped)]);
    expect(deeds(use(model, keys('*', 's', 'y')))).toEqual([{ do: 'start', of: stopped.map(seen) }]);
  });

  it('without a mark R is about the daemon of the selected one, whole', () => {
    expect(deeds(after(...keys('j', 'R', 'y')))).toEqual([
      { do: 'restart', of: of('photos:1', 'photos:2'), how: 'one-by-one' },
    ]);
  });

  it('a process that is another one meanwhile is not killed', () => {
    const asking = after(...keys('*', 'X'), ...typed('kill 4'), changed([daemon('api', { pid: 77 })])).model;
    expect(deeds(use(asking, keys('enter')))).toEqual([{ do: 'cut', of: of('photos:1', 'photos:2', 'legacy') }]);
  });

  it('one that has left the list meanwhile is not meant', () => {
    const asking = after(...keys('*', 'r'), connected(LIST.slice(0, 2))).model;
    expect(deeds(use(asking, keys('y')))).toEqual([{ do: 'restart', of: of('api', 'photos:1') }]);
  });

  it('where all of them are gone nothing is asked: nobody named would be everybody', () => {
    for (const [key, answer] of [
      ['r', ['y']],
      ['X', [...letters('kill 4'), 'enter']],
    ] as const) {
      const asking = after(...keys('*', key), connected([daemon('other')])).model;
      const done = use(asking, keys(...answer));
      expect(deeds(done)).toEqual([]);
      expect(done.model.told?.level).toBe('bad');
    }
  });

  it.each(['s', 'r', 'R', 'X'])('%s asks nothing of nobody', (key) => {
    const { model, requests } = after(...keys('*'), { is: 'lost', words: 'gone' }, ...keys(key));
    expect(deeds({ requests })).toEqual([]);
    expect(model.told?.words).toContain('no supervisor answers');
  });

  it.each(['r', 'R'])('%s starts nothing while all stops', (key) => {
    const { model } = use(freshModel(), [connected(LIST, { state: 'stopping' }), ...keys('*', key)]);
    expect(model.mode.is).toBe('browsing');
    expect(model.told?.words).toContain('is stopping');
  });
});

describe('the question about many', () => {
  it('says how many, which, what may be cut, and who is left alone', () => {
    const text = screen(...keys('*', 's'));
    expect(text).toContain('stop 4 of 5 marked?');
    expect(text).toContain('api, photos:1, photos:2, legacy.');
    expect(text).toContain('The stop signal may cut 1 (no_drain): legacy.');
    expect(text).toContain('1 is in an iteration, which is waited for as long as its limits allow:');
    expect(text).toContain('those that do not run are left alone');
  });

  it('says whose work a kill cuts, and what is to be typed', () => {
    const text = screen(...keys('*', 'X'));
    expect(text).toContain('kill 4 now?');
    expect(text).toContain('SIGKILL cuts what 2 are at, in the middle: photos:1, legacy.');
    expect(text).toContain('type kill 4 and Enter');
  });

  it('says which of them the filter hides', () => {
    expect(screen(...keys('*', '/'), ...typed('photos'), ...keys('enter', 'r'))).toContain(
      '3 of them are hidden by the filter: api, legacy, mailer.',
    );
  });
});

it.each(['* sy', '*ry\nry', '*X kill 4\n', '*RyRy', '  s  y  '])('a paste %j touches nobody', (text) => {
  let model = start;
  const requests: Request[] = [];
  for (const letter of text) {
    const next = update(model, { is: 'key', key: letter === '\n' ? 'enter' : letter }, NOW + 60_000);
    model = next.model;
    requests.push(...next.requests);
  }
  expect(deeds({ requests })).toEqual([]);
});
