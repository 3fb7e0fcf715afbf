import { describe, expect, it } from 'vitest';
import { seen } from '../../../src/control/seen.ts';
import type { InstanceView, LimitsView } from '../../../src/control/view.ts';
import type { Message, Request } from '../../../src/tui/message.ts';
import type { Model } from '../../../src/tui/model.ts';
import { view } from '../../../src/tui/view.ts';
import { ago, connected, daemon, freshModel, keys, resting, supervisor, typed, use } from '../../support/screens.ts';

const deeds = (requests: readonly Request[]): readonly Request[] =>
  requests.filter(({ do: what }) => what !== 'follow' && what !== 'detail');
/** Everything drawn, its rows joined to one line. */
const words = (model: Model): string =>
  view(model)
    .lines.map((line) =>
      line
        .map(({ text }) => text)
        .join('')
        .trim(),
    )
    .join(' ');
/** Before an answer, the keyboard has been quiet. */
const LATER: Message = { is: 'tick' };
const changed = (...instances: readonly InstanceView[]): Message => ({
  is: 'changed',
  supervisor: supervisor(),
  instances,
});
const silent = (id: string, facts: Partial<InstanceView> = {}): InstanceView =>
  daemon(id, { iterations: null, busy: null, ...facts });

describe('an answer means whom the question named', () => {
  const photos = daemon('photos', { pid: 11 });
  const four = [1, 2, 3, 4].map((number) => daemon(`photos:${number}`, { pid: 20 + number }));
  const answer = (key: string, ...meanwhile: readonly Message[]) => {
    const asking = use(freshModel(), [connected([photos]), ...keys(key), ...meanwhile]);
    const { model, requests } = use(asking.model, keys('y'));
    return { asking: asking.model, requests: deeds(requests), told: model.told?.words };
  };

  it.each(['s', 'r'])('%s: an id that is gone is never sent, for it could be the name of a daemon by now', (key) => {
    const { asking, requests, told } = answer(key, connected(four));
    expect(requests).toEqual([]);
    expect(told).toBe('photos is not in the list any more: nothing was asked');
    expect(words(asking)).toContain('It is not in the list any more.');
    expect(words(asking)).not.toMatch(/y (stop|restart) it/);
  });

  it.each(['s', 'r'])('%s: another process has taken its place', (key) => {
    const { asking, requests, told } = answer(key, changed(daemon('photos', { pid: 12 })));
    expect(requests).toEqual([]);
    expect(told).toBe('photos has been replaced meanwhile: nothing was asked');
    expect(words(asking)).toContain('photos has been replaced meanwhile: nothing is asked of it.');
  });

  it('a restart starts nobody who was stopped meanwhile', () => {
    const { requests, told } = answer('r', changed(resting('photos', { state: 'stopped', wanted: 'down' })));
    expect(requests).toEqual([]);
    expect(told).toBe('photos was stopped meanwhile: nothing was asked');
  });

  it('a stop keeps one down that has crashed meanwhile, and asks nothing of one that is down', () => {
    expect(answer('s', changed(resting('photos', { state: 'backoff' }))).requests).toEqual([
      { do: 'stop', of: [seen(photos)] },
    ]);
    expect(answer('s', changed(resting('photos', { state: 'exited' }))).requests).toEqual([]);
  });

  it('who was stopped meanwhile, and still drains or had no process, is not started again by a restart', () => {
    const drains = daemon('photos:1', { pid: 21, state: 'draining', wanted: 'down' });
    const asking = use(freshModel(), [
      connected([...four.slice(0, 2), resting('photos:3', { state: 'backoff' })]),
      ...keys('*', 'r'),
      changed(drains, resting('photos:3', { state: 'stopped', wanted: 'down' })),
    ]).model;
    expect(deeds(use(asking, keys('y')).requests)).toEqual([{ do: 'restart', of: four.slice(1, 2).map(seen) }]);
  });

  it('of many, those that were replaced or stopped are left alone, and named', () => {
    const asking = use(freshModel(), [
      connected(four),
      ...keys('*', 'r'),
      changed(daemon('photos:1', { pid: 77 }), resting('photos:2', { state: 'stopped', wanted: 'down' })),
    ]).model;
    expect(words(asking)).toContain('restart 2 of 4 marked?');
    expect(words(asking)).toContain('photos:1, photos:2: gone, stopped, ended or replaced meanwhile, so left alone.');
    const { model, requests } = use(asking, keys('y'));
    expect(deeds(requests)).toEqual([{ do: 'restart', of: four.slice(2).map(seen) }]);
    expect(model.told?.words).toContain('; 2 left alone: gone, stopped, ended or replaced meanwhile');
  });

  it('a kill of many does not say that it cuts who has been replaced', () => {
    const busy = four.map((one) => ({ ...one, busy: true }));
    const asking = use(freshModel(), [
      connected(busy),
      ...keys('*', 'X'),
      changed(daemon('photos:2', { pid: 77, busy: true })),
    ]);
    expect(words(asking.model)).toContain('SIGKILL cuts what 3 are at, in the middle: photos:1, photos:3, photos:4.');
  });
});

describe('a question about one says until when it is waited for', () => {
  const limits = (facts: Partial<LimitsView>): LimitsView => ({
    ...{ iteration_ms: null, iterations: null, memory_bytes: null, age_ms: null, grace_ms: 4_000 },
    ...{ restart: 'always', run_iterations: null },
    ...facts,
  });
  const says = (key: string, one: InstanceView, known: LimitsView | null): string => {
    const told: readonly Message[] = known === null ? [] : [{ is: 'detail', instance: { ...one, limits: known } }];
    return words(use(freshModel(), [connected([one]), ...keys(key), ...told]).model);
  };
  const draining = { state: 'draining', kill_at: null } as const;
  const busy = { busy: true, iterations: 0, iteration_ms: 400 } as const;
  const cases: readonly (readonly [string, string, InstanceView, LimitsView | null, string])[] = [
    [
      'a drain without an end gets one',
      'r',
      silent('a', draining),
      limits({}),
      'It drains already, as long as it takes; asked now, it has its grace of 4s from now on, then SIGKILL cuts it; then it is started again.',
    ],
    [
      'the same while its grace is not known',
      's',
      silent('a', draining),
      null,
      'asked now, it has its grace from now on, then SIGKILL cuts it',
    ],
    [
      'no grace has no end',
      's',
      silent('a', draining),
      limits({ grace_ms: null }),
      'It drains already, as long as it takes; then',
    ],
    [
      'a drain that ends soon',
      's',
      silent('a', { ...draining, kill_at: ago(-12) }),
      limits({}),
      'It drains already, and SIGKILL cuts it in 12s at the latest',
    ],
    ['silence', 's', silent('a'), limits({}), 'it has its grace of 4s to finish what it is at, then SIGKILL cuts it'],
    ['silence without a grace', 's', silent('a'), limits({ grace_ms: null }), 'waited for as long as it takes; then'],
    ['an iteration', 's', daemon('a', busy), limits({}), 'is waited for as long as it takes; then'],
    ['an iteration of unknown limits', 's', daemon('a', busy), null, 'is waited for as long as its limits allow; then'],
    [
      'an iteration with a limit',
      's',
      daemon('a', busy),
      limits({ iteration_ms: 9_000, grace_ms: 2_000 }),
      'is waited for until it is 9s old; SIGKILL cuts it at most 2s after that; then it stays stopped.',
    ],
    [
      'an iteration over its limit',
      's',
      daemon('a', { ...busy, iteration_ms: 10_000 }),
      limits({ iteration_ms: 9_000, grace_ms: 2_000 }),
      'is over its limit of 9s: SIGKILL cuts it, at most 2s from now',
    ],
    ['a kill that goes on', 'r', silent('a', { state: 'killing' }), null, 'It is being killed already; then'],
  ];
  it.each(cases)('%s', (_, key, one, known, text) => {
    expect(says(key, one, known)).toContain(text);
  });

  it('asks for the limits anew, whatever was known', () => {
    const { requests } = use(freshModel(), [connected([daemon('a')]), ...keys('s')]);
    expect(requests).toContainEqual({ do: 'detail', id: 'a' });
  });
});

describe('a question about many', () => {
  const shown = (key: string, ...list: readonly InstanceView[]): string =>
    words(use(freshModel(), [connected(list), ...keys('*', key)]).model);

  it('names those that say nothing, and those whose drain gets an end', () => {
    const text = shown(
      's',
      silent('a'),
      silent('b'),
      silent('c', { state: 'draining', kill_at: null }),
      daemon('d', { busy: true }),
    );
    expect(text).toContain('1 drains already, and from now on SIGKILL follows its grace: c.');
    expect(text).toContain('2 say nothing of their iterations: their grace to finish, then SIGKILL: a, b.');
    expect(text).toContain('1 is in an iteration, which is waited for as long as its limits allow: d.');
  });

  it('says whom a restart starts that is down', () => {
    expect(shown('r', daemon('a'), resting('b', { state: 'stopped', wanted: 'down' }))).toContain(
      '1 is stopped or ended, and started again: b.',
    );
  });

  it('R leaves alone who was stopped by hand, and is refused where nothing is up', () => {
    const down = resting('m:2', { state: 'stopped', wanted: 'down' });
    const up = [daemon('m:1'), daemon('m:3')];
    const asking = use(freshModel(), [connected([...up, down]), ...keys('R'), LATER]).model;
    expect(words(asking)).toContain('restart 2 one by one? ');
    expect(words(asking)).toContain('Those that are stopped stay so.');
    expect(deeds(use(asking, keys('y')).requests)).toEqual([{ do: 'restart', of: up.map(seen), how: 'one-by-one' }]);
    const none = use(freshModel(), [connected([down]), ...keys('R')]).model;
    expect(none.mode.is).toBe('browsing');
    expect(none.told?.words).toBe('nothing of m runs: there is nothing to restart one by one');
  });
});

describe('in the smallest terminal', () => {
  const small = { width: 40, height: 8 };
  const many = [
    ...Array.from({ length: 250 }, (_, index) => silent(`worker:${index + 1}`)),
    ...['x', 'y', 'z'].map((id) => daemon(id, { busy: true })),
  ];
  const grave = [...many, silent('n', { flags: ['no_drain'] }), silent('o', { state: 'draining' })];
  const asking = (list: readonly InstanceView[], ...names: readonly string[]): Model =>
    use(freshModel({ size: small }), [connected(list), ...keys(...names), LATER]).model;

  it('a kill of many says what it cuts', () => {
    const model = asking(many, '*', 'X');
    expect(words(model)).toContain('kill 253 now?');
    expect(words(model)).toContain('SIGKILL cuts what 253 are at.');
    expect(deeds(use(model, [...typed('kill 253'), ...keys('enter')]).requests)).toHaveLength(1);
  });

  it.each(['s', 'r', 'R'])('%s of many says what may be cut', (key) => {
    const model = asking(many, '*', key);
    expect(words(model)).toContain('3 are in an iteration, waited for.');
    expect(words(model)).toContain('250 say nothing: grace, then SIGKILL.');
    expect(deeds(use(model, keys('y')).requests)).toHaveLength(1);
  });

  it.each([
    ['s', silent('a', { state: 'draining' }), 'From now on its grace, then SIGKILL.'],
    ['r', silent('a', { flags: ['no_drain'] }), 'The stop signal may cut its work.'],
  ])('%s of one says what may be cut', (key, one, text) => {
    expect(words(asking([one], key))).toContain(text);
  });

  it.each(['s', 'r', 'R'])('%s of many has all rows but the first and the keys, where it needs them', (key) => {
    const model = asking(grave, '*', key);
    expect(words(model)).toMatch(/^supervise [^─]+── (stop|restart) /);
    expect(words(model)).not.toContain('marked ■');
    for (const text of ['may cut 1', '1 drains:', '3 are in an iteration', '250 say nothing', 'y '])
      expect(words(model)).toContain(text);
    expect(deeds(use(model, keys('y')).requests)).toHaveLength(1);
  });

  it.each(['s', 'r', 'R'])('where not all that %s may cut can be seen, no yes is taken, nor offered', (key) => {
    const graver = [...grave, silent('p', { state: 'draining', kill_at: ago(-9) })];
    const model = asking(graver, '*', '/', 'x', 'enter', key);
    expect(words(model)).toContain('The terminal is too small for this question.');
    expect(words(model)).not.toMatch(/ y (stop|restart)/);
    const { model: after, requests } = use(model, keys('y'));
    expect(deeds(requests)).toEqual([]);
    expect(after.mode.is).toBe('asking');
    expect(after.told?.words).toBe('terminal too small for this question: nothing was asked');
    const larger = use(model, [{ is: 'resized', size: { width: 80, height: 24 } }, ...keys('y')]);
    expect(deeds(larger.requests)).toHaveLength(1);
  });
});
