import { describe, expect, it } from 'vitest';
import type { InstanceView, StateName } from '../../../src/control/view.ts';
import type { Message } from '../../../src/tui/message.ts';
import { selectedOf, type Model } from '../../../src/tui/model.ts';
import type { SortKey } from '../../../src/tui/sort.ts';
import { view } from '../../../src/tui/view.ts';
import { seeded } from '../../support/random.ts';
import { ago, connected, daemon, freshModel, keys, resting, supervisor, use } from '../../support/screens.ts';

const LIST = [
  daemon('photos:10', { starts: 3, cpu_percent: 2, memory_bytes: 80e6, started_at: ago(60) }),
  daemon('photos:9', { starts: 1, cpu_percent: 40.2, memory_bytes: 20e6, started_at: ago(50) }),
  resting('mailer', { state: 'failed', starts: 6 }),
  daemon('api', { starts: 1, cpu_percent: 40.4, memory_bytes: 90e6, started_at: ago(70), flags: ['stuck'] }),
];

const WIDE = { size: { width: 130, height: 40 } };
const start = use(freshModel(WIDE), [connected(LIST)]).model;
const ids = ({ shown }: Model): readonly string[] => shown.map(({ id }) => id);
const sorted = (by: SortKey, ...more: readonly string[]): Model => use(start, keys(...PRESSES[by], ...more)).model;
const changed = (instances: readonly InstanceView[]): Message => ({
  is: 'changed',
  supervisor: supervisor(),
  instances,
});
const textOf = (model: Model): string =>
  view(model)
    .lines.map((line) => line.map(({ text }) => text).join(''))
    .join('\n');

const PRESSES: Readonly<Record<SortKey, readonly string[]>> = {
  list: [],
  name: ['o'],
  state: ['o', 'o'],
  cpu: ['o', 'o', 'o'],
  memory: ['o', 'o', 'o', 'o'],
  up: ['o', 'o', 'o', 'o', 'o'],
  restarts: ['o', 'o', 'o', 'o', 'o', 'o'],
};

describe('the order of the list', () => {
  const orders: readonly (readonly [SortKey, string, string])[] = [
    ['list', 'photos:10 photos:9 mailer api', 'api mailer photos:9 photos:10'],
    ['name', 'api mailer photos:9 photos:10', 'photos:10 photos:9 mailer api'],
    ['state', 'api mailer photos:10 photos:9', 'photos:10 photos:9 mailer api'],
    ['cpu', 'photos:9 api photos:10 mailer', 'photos:10 photos:9 api mailer'],
    ['memory', 'api photos:10 photos:9 mailer', 'photos:9 photos:10 api mailer'],
    ['up', 'api photos:10 photos:9 mailer', 'photos:9 photos:10 api mailer'],
    ['restarts', 'mailer photos:10 photos:9 api', 'photos:9 api photos:10 mailer'],
  ];
  it.each(orders)('by %s, and the other way round; what is not known comes last', (by, order, reversed) => {
    expect(ids(sorted(by)).join(' ')).toBe(order);
    expect(ids(sorted(by, 'O')).join(' ')).toBe(reversed);
  });

  it('is that of the file again behind the last column', () => {
    expect(ids(sorted('restarts', 'o'))).toEqual(ids(start));
  });

  it('goes through the filter', () => {
    expect(ids(sorted('name', '/', ...Array.from('photo'), 'enter'))).toEqual(['photos:9', 'photos:10']);
  });

  it('follows what it depends on', () => {
    const model = use(sorted('restarts'), [changed([daemon('api', { starts: 12 })])]).model;
    expect(ids(model)).toEqual(['api', 'mailer', 'photos:10', 'photos:9']);
  });

  it('is, after whatever has changed, the one that it would be from the start', () => {
    const { pick } = seeded(71);
    let model = use(start, keys(...PRESSES.state, '/', ...Array.from('state:r'), 'enter')).model;
    for (let turn = 0; turn < 300; turn += 1) {
      const id = pick(['photos:10', 'photos:9', 'mailer', 'api', `new:${turn % 3}`]);
      const state = pick<StateName>(['running', 'draining', 'failed']);
      const facts = { state, starts: turn, iterations: turn };
      const message =
        turn % 40 === 39 ? connected(model.instances.toReversed().slice(0, 4)) : changed([daemon(id, facts)]);
      model = use(model, [message, ...(turn % 25 === 24 ? keys(pick(['o', 'O'])) : [])]).model;
      const anew = use({ ...model, filter: '' }, keys('/', ...Array.from('state:r'), 'enter')).model;
      expect(ids(model)).toEqual(ids(anew));
      expect(model.shown.every((instance) => model.instances.includes(instance))).toBe(true);
    }
  });
});

describe('what is selected', () => {
  it('stays, wherever its row goes', () => {
    const moves = [...keys('j', ...PRESSES.memory), changed([daemon('photos:9', { memory_bytes: 500e6 })])];
    const { model } = use(start, moves);
    expect(ids(model)[0]).toBe('photos:9');
    expect(selectedOf(model)?.id).toBe('photos:9');
    expect(use(start, [...moves, ...keys('s')]).model.mode).toMatchObject({ question: { of: { id: 'photos:9' } } });
  });

  it('stays, too, where it stands for one that the filter hides', () => {
    const running = use(start, keys('/', ...Array.from('state:run'), 'enter', ...PRESSES.restarts)).model;
    const first = selectedOf(running)?.id ?? '';
    const hidden = use(running, [changed([daemon(first, { state: 'failed' })])]).model;
    const deputy = selectedOf(hidden)?.id ?? '';
    expect(deputy).not.toBe(first);
    const others = hidden.shown.filter(({ id }) => id !== deputy).map((one, at) => ({ ...one, starts: 50 + at }));
    const after = use(hidden, [changed(others)]).model;
    expect(ids(after)[0]).not.toBe(deputy);
    expect(selectedOf(after)?.id).toBe(deputy);
  });
});

describe('the headings', () => {
  it.each([
    ['name', 'NAME↑'],
    ['state', 'STATE↓'],
    ['cpu', 'CPU↓'],
    ['memory', 'MEM↓'],
    ['up', 'UP↓'],
    ['restarts', 'RE↓'],
  ] as const)('show what it is sorted by: %s', (by, head) => {
    const wide = { ...sorted(by), size: { width: 300, height: 40 } };
    expect(textOf(wide)).toContain(head);
    expect(textOf(wide)).not.toContain('by ');
  });

  it('say so, too, where it has no column', () => {
    const narrow = { ...sorted('restarts', 'O'), size: { width: 40, height: 20 } };
    expect(textOf(narrow)).toContain('NOW  by restarts ↑');
  });

  it.each([
    ['NAME', 'name', false],
    ['STATE', 'state', false],
    ['NOW', 'list', true],
  ] as const)('a click on %s sorts', (head, by, isReversed) => {
    const rows = textOf(start).split('\n');
    const y = rows.findIndex((row) => row.includes('NAME'));
    const click = { is: 'mouse', act: 'click', x: rows[y]?.indexOf(head) ?? 0, y } as const;
    const once = use(start, [click]).model;
    expect(once.sort).toEqual({ by, isReversed });
    expect(use(once, [click]).model.sort).toEqual({ by, isReversed: !isReversed });
  });
});
