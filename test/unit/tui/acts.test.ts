import { describe, expect, it } from 'vitest';
import { seen } from '../../../src/control/seen.ts';
import type { InstanceView } from '../../../src/control/view.ts';
import type { Message, Request } from '../../../src/tui/message.ts';
import { update } from '../../../src/tui/update.ts';
import {
  ago,
  connected,
  daemon,
  freshModel,
  keys,
  NOW,
  resting,
  supervisor,
  typed,
  use,
} from '../../support/screens.ts';

const FOLLOW = { do: 'follow', id: 'photos' };

/** A question requests the limits of its subject. */
const withoutDetail = (requests: readonly Request[]): readonly Request[] =>
  requests.filter(({ do: what }) => what !== 'detail');

/** What is requested besides the log. */
const asked = (one: InstanceView, ...names: readonly string[]): readonly Request[] =>
  use(freshModel(), [connected([one]), ...keys(...names)]).requests.filter(
    ({ do: what }) => what !== 'follow' && what !== 'detail',
  );

const running = daemon('photos');
/** As it was when the key was pressed. */
const IT = 'it';
const letters = (text: string): readonly string[] => Array.from(text);

describe('keys and what they ask for', () => {
  const cases: readonly (readonly [
    string,
    InstanceView,
    readonly string[],
    readonly Readonly<Record<string, unknown>>[],
  ])[] = [
    ['s stops what runs, once it is confirmed', running, ['s', 'y'], [{ do: 'stop', of: IT }]],
    ['Enter is no', running, ['s', 'enter'], []],
    ['Escape is no', running, ['s', 'escape', 'y'], []],
    ['another key is no answer', running, ['s', 'j', 'a', 'y'], [{ do: 'stop', of: IT }]],
    [
      's starts what is stopped',
      resting('photos', { state: 'stopped', wanted: 'down' }),
      ['s'],
      [{ do: 'start', of: IT }],
    ],
    ['s starts what has failed', resting('photos', { state: 'failed' }), ['s'], [{ do: 'start', of: IT }]],
    ['s starts what is done', resting('photos', { state: 'exited' }), ['s'], [{ do: 'start', of: IT }]],
    ['s ends a backoff', resting('photos', { state: 'backoff' }), ['s', 'y'], [{ do: 'stop', of: IT }]],
    ['s ends waiting', resting('photos', { state: 'waiting' }), ['s', 'y'], [{ do: 'stop', of: IT }]],
    ['s takes a stop back', daemon('photos', { state: 'draining', wanted: 'down' }), ['s'], [{ do: 'start', of: IT }]],
    ['s makes a stop of a restart', daemon('photos', { state: 'draining' }), ['s', 'y'], [{ do: 'stop', of: IT }]],
    ['r restarts what runs, once it is confirmed', running, ['r', 'y'], [{ do: 'restart', of: IT }]],
    ['r and Enter restart nothing', running, ['r', 'enter'], []],
    [
      'r starts at once where there is nothing to cut',
      resting('photos', { state: 'backoff' }),
      ['r'],
      [{ do: 'restart', of: IT }],
    ],
    ['X wants the name', running, ['X', 'y'], []],
    ['X and Enter kill nothing', running, ['X', 'enter'], []],
    ['X and its name kill', running, ['X', ...letters('photos'), 'enter'], [{ do: 'cut', of: IT }]],
    [
      'a name that was mistyped can be mended',
      running,
      ['X', ...letters('photoz'), 'enter', 'backspace', 's', 'enter'],
      [{ do: 'cut', of: IT }],
    ],
    [
      'a name that was begun anew',
      running,
      ['X', ...letters('zzz'), 'C-u', ...letters('photos'), 'enter'],
      [{ do: 'cut', of: IT }],
    ],
    ['X has nothing to kill', resting('photos', { state: 'backoff' }), ['X', 'enter'], []],
    ['w asks why', running, ['w'], [{ do: 'why', id: 'photos' }]],
    ['p asks for the plan of a reload', running, ['p'], [{ do: 'plan' }]],
    ['L asks for it, too, and reloads nothing', running, ['L', 'y'], [{ do: 'plan' }]],
    ['e asks what happened', running, ['e'], [{ do: 'follow-events', since: 0 }]],
    ['q leaves', running, ['q'], [{ do: 'leave', how: 'detach' }]],
    ['C-c leaves', running, ['C-c'], [{ do: 'leave', how: 'detach' }]],
    ['C-c leaves from the filter', running, ['/', 'C-c'], [{ do: 'leave', how: 'detach' }]],
    ['C-c is no to a question', running, ['s', 'C-c', 'y'], []],
    ['C-z suspends, even while something is asked', running, ['X', 'C-z'], [{ do: 'suspend' }]],
    ['what a slow line makes of an arrow does nothing', running, ['escape', '[', 'A', 'escape', 'O', 'F'], []],
  ];
  it.each(cases)('%s', (_, one, names, requests) => {
    expect(asked(one, ...names)).toEqual(
      requests.map((request) => (request.of === IT ? { ...request, of: [seen(one)] } : request)),
    );
  });
});

describe('what the question is about may change while it stands there', () => {
  const killQuestion = use(freshModel(), [connected([running]), ...keys('X'), ...typed('photos')]).model;
  const changed = (one: InstanceView) =>
    use(killQuestion, [{ is: 'changed', supervisor: supervisor(), instances: [one] }, ...keys('enter')]);

  it('the process that it named has ended', () => {
    const { model, requests } = changed(resting('photos', { state: 'backoff' }));

    expect(requests).toEqual([]);
    expect(model.told?.words).toBe('photos has ended meanwhile: there is nothing to kill');
  });

  it('another process has taken its place', () => {
    const { model, requests } = changed(daemon('photos', { pid: 77 }));

    expect(requests).toEqual([]);
    expect(model.told?.words).toContain('pid 77 is new');
  });

  it('the supervisor does not answer any more', () => {
    const { model, requests } = use(killQuestion, [{ is: 'lost', words: 'gone' }, ...keys('enter')]);

    expect(requests).toEqual([]);
    expect(model.told?.words).toContain('nothing was asked');
  });
});

describe('nothing is asked of nobody', () => {
  it.each(['s', 'r', 'X', 'w', 'p', 'L'])('%s is refused in words while nobody answers', (key) => {
    const { model, requests } = use(freshModel(), [connected([running]), { is: 'lost', words: 'gone' }, ...keys(key)]);

    expect(requests).toEqual([FOLLOW]);
    expect(model.told).toMatchObject({
      level: 'bad',
      words: expect.stringContaining('no supervisor answers') as string,
    });
  });

  it.each(['s', 'r', 'L'])('%s starts nothing while all stops', (key) => {
    const stopped = resting('photos', { state: 'stopped', wanted: 'down' });
    const { model, requests } = use(freshModel(), [connected([stopped], { state: 'stopping' }), ...keys(key)]);

    expect(requests).toEqual([FOLLOW]);
    expect(model.told?.words).toContain('is stopping');
  });
});

describe('leaving a supervisor that was started for this screen', () => {
  const leave = (...names: readonly string[]) =>
    use(freshModel({ ownsSupervisor: true }), [connected([running]), ...keys(...names)]).requests.slice(1);

  it.each([
    [['q', 'd'], [{ do: 'leave', how: 'detach' }]],
    [['q', 's'], [{ do: 'leave', how: 'stop-all' }]],
    [['q', 'escape', 'd'], []],
    [['C-c', 'C-c', 'C-c'], []],
    [['C-c', 'd'], [{ do: 'leave', how: 'detach' }]],
  ])('%j', (names, requests) => {
    expect(leave(...names)).toEqual(requests);
  });

  it('asks nothing when it is gone', () => {
    const { requests } = use(freshModel({ ownsSupervisor: true }), [
      connected([]),
      { is: 'lost', words: '' },
      ...keys('q'),
    ]);

    expect(requests).toEqual([{ do: 'leave', how: 'detach' }]);
  });
});

describe('below the smallest size, where nothing is drawn,', () => {
  const small: Message = { is: 'resized', size: { width: 39, height: 24 } };
  const large: Message = { is: 'resized', size: { width: 80, height: 24 } };
  const unseen = (before: readonly string[], ...names: readonly string[]) =>
    use(freshModel({ ownsSupervisor: true }), [connected([running]), ...keys(...before), small, ...keys(...names)]);

  it.each([
    [[], ['s', 'y', 'r', 'y', 'X', ...letters('photos'), 'enter', 'w', 'L', 'y', '/', '?', 'enter', 'tab']],
    [['s'], ['y']],
    [
      ['X', ...letters('photo')],
      ['s', 'enter'],
    ],
    [['q'], ['s', 'd']],
  ])('after %j nothing comes of %j', (before, names) => {
    expect(withoutDetail(unseen(before, ...names).requests)).toEqual([FOLLOW]);
  });

  it('a question that was open still is, and unanswered, when there is room again', () => {
    const { model } = use(unseen(['s'], 'y', 'enter').model, [large]);

    expect(model.mode).toMatchObject({ is: 'asking', question: { about: 'stop' } });
  });

  it.each([
    ['q', { do: 'leave', how: 'detach' }],
    ['C-c', { do: 'leave', how: 'detach' }],
    ['C-z', { do: 'suspend' }],
  ])('%s is obeyed', (key, request) => {
    expect(withoutDetail(unseen(['s'], key).requests)).toEqual([FOLLOW, request]);
  });
});

describe('a paste, which comes as keys', () => {
  const PASTES = [
    'sy',
    'sy\n',
    'system: yes\n',
    'Xphotos\nXphotos\n',
    'ry ry ry',
    'jjkksyXphotos\nqqq',
    '/foo\nsyXphotos\n',
    'rm -rf / # everything, yes',
    '?wsy',
    'Ly\nLyLy',
  ];
  it.each(PASTES)('%j stops, restarts and kills nothing', (text) => {
    let model = use(freshModel(), [connected([running])]).model;
    const requests: Request[] = [];
    // The first letter comes after a pause, the others with it.
    for (const letter of text) {
      const next = update(model, { is: 'key', key: letter === '\n' ? 'enter' : letter }, NOW + 60_000);
      model = next.model;
      requests.push(...next.requests);
    }

    expect(requests.filter(({ do: what }) => ['stop', 'restart', 'cut', 'reload', 'leave'].includes(what))).toEqual([]);
  });

  it('is told of', () => {
    const { model } = use(freshModel(), [connected([running]), ...typed('jr')], 1);

    expect(model.mode.is).toBe('browsing');
    expect(model.told?.words).toContain('r was not obeyed');
  });

  it('a question hears nobody before the keyboard was quiet', () => {
    const early = use(freshModel(), [connected([running]), ...typed('syyyy')], 100);
    expect(withoutDetail(early.requests)).toEqual([FOLLOW]);

    const later = update(early.model, { is: 'key', key: 'y' }, NOW + 300);
    expect(later.requests).toEqual([{ do: 'stop', of: [seen(running)] }]);
  });

  it('no can be said at once', () => {
    const { model } = use(freshModel(), [connected([running]), ...keys('s', 'escape')], 30);

    expect(model.mode.is).toBe('browsing');
  });

  it('a clock that was set back silences no question', () => {
    const asking = use(freshModel(), [connected([running]), ...keys('s')]).model;

    expect(update(asking, { is: 'key', key: 'y' }, NOW - 3_600_000).requests).toEqual([
      { do: 'stop', of: [seen(running)] },
    ]);
  });
});

it('the question of one that dies of its stop signal says that work may be cut', () => {
  const { model } = use(freshModel(), [
    connected([daemon('photos', { flags: ['no_drain'], since: ago(9) })]),
    ...keys('s'),
  ]);

  expect(model.mode).toMatchObject({ is: 'asking', question: { about: 'stop', of: { id: 'photos' } } });
});
