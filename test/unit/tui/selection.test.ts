import { describe, expect, it } from 'vitest';
import { ok } from '../../../src/base/result.ts';
import { selectedOf, type Model } from '../../../src/tui/model.ts';
import { update } from '../../../src/tui/update.ts';
import { connected, daemon, freshModel, keys, NOW, resting, supervisor, typed, use } from '../../support/screens.ts';

const LIST = [
  daemon('api'),
  daemon('photos:1', { tags: ['media'] }),
  daemon('photos:2', { tags: ['media'], flags: ['stuck'] }),
  resting('mailer', { state: 'failed' }),
  daemon('movies', { tags: ['media', 'slow'] }),
];

const start = use(freshModel(), [connected(LIST)]).model;
const idOf = (model: Model): string | null => selectedOf(model)?.id ?? null;
const ids = ({ shown }: Model): readonly string[] => shown.map(({ id }) => id);
const filtered = (text: string): Model => use(start, [...keys('/'), ...typed(text)]).model;

describe('moving', () => {
  it.each([
    [['down'], 'photos:1'],
    [['j', 'j', 'k'], 'photos:1'],
    [['up'], 'api'],
    [['G'], 'movies'],
    [['end', 'down'], 'movies'],
    [['G', 'g'], 'api'],
    [['pagedown'], 'movies'],
    [['G', 'pageup'], 'api'],
  ])('%j selects %s', (names, id) => {
    expect(idOf(use(start, keys(...names)).model)).toBe(id);
  });

  it('asks for the log of what is selected, once', () => {
    const { requests } = use(start, keys('j', 'up', 'up'));

    expect(requests).toEqual([
      { do: 'follow', id: 'photos:1' },
      { do: 'follow', id: 'api' },
    ]);
  });
});

describe('a filter', () => {
  it.each([
    ['photo', ['photos:1', 'photos:2']],
    ['PHOTO', ['photos:1', 'photos:2']],
    [':2', ['photos:2']],
    ['m*', ['mailer', 'movies']],
    ['*:1', ['photos:1']],
    ['photos?', []],
    ['@media', ['photos:1', 'photos:2', 'movies']],
    ['@me', ['photos:1', 'photos:2', 'movies']],
    ['@', ['photos:1', 'photos:2', 'movies']],
    ['state:failed', ['mailer']],
    ['state:run', ['api', 'photos:1', 'photos:2', 'movies']],
    ['state:stuck', ['photos:2']],
    ['state:', ['api', 'photos:1', 'photos:2', 'mailer', 'movies']],
    ['@media state:stuck', ['photos:2']],
    ['  ', ['api', 'photos:1', 'photos:2', 'mailer', 'movies']],
    ['\\(', []],
  ])('%j leaves %j', (text, shown) => {
    expect(ids(filtered(text))).toEqual(shown);
  });

  it('takes letters that are keys elsewhere, and asks for nothing but logs', () => {
    const { model, requests } = use(start, [...keys('/'), ...typed('qsrXe?')]);

    expect(model.filter).toBe('qsrXe?');
    expect(requests.filter(({ do: what }) => what !== 'follow')).toEqual([]);
  });

  it('is edited', () => {
    expect(use(filtered('phx'), keys('backspace', 'o')).model.filter).toBe('pho');
    expect(use(filtered('phx'), keys('C-u')).model.filter).toBe('');
  });

  it('gives back what was selected when it goes', () => {
    const moved = use(start, [...keys('j', 'j', '/'), ...typed('mail')]).model;
    expect(idOf(moved)).toBe('mailer');

    expect(idOf(use(moved, keys('escape')).model)).toBe('photos:2');
  });

  it('selects the first that it leaves over, wherever one was before', () => {
    expect(idOf(use(start, [...keys('G', '/'), ...typed('photos')]).model)).toBe('photos:1');
  });

  it('keeps what it has found once Enter was pressed', () => {
    const kept = use(filtered('mail'), keys('enter', 'escape')).model;

    expect(ids(kept)).toHaveLength(5);
    expect(idOf(kept)).toBe('mailer');
  });

  it('selects nothing where nothing matches', () => {
    const { model, requests } = use(filtered('zzz'), keys('enter', 's'));

    expect(idOf(model)).toBeNull();
    expect(requests).toEqual([]);
    expect(model.told?.words).toBe('nothing is selected');
  });
});

describe('a list that is longer than its pane', () => {
  const many = Array.from({ length: 50 }, (_, index) => daemon(`photos:${index + 1}`));
  const long = use(freshModel(), [connected(many)]).model;
  /** Rows of the list at 80x24, below the headings. */
  const ROWS = 10;

  it('scrolls no further than the selection needs', () => {
    expect(use(long, keys(...Array<string>(ROWS - 1).fill('j'))).model.top).toBe(0);
    expect(use(long, keys(...Array<string>(ROWS).fill('j'))).model.top).toBe(1);
    expect(use(long, keys('G')).model.top).toBe(50 - ROWS);
    expect(use(long, keys('G', 'k')).model.top).toBe(50 - ROWS);
    expect(use(long, keys('G', 'g')).model.top).toBe(0);
  });

  it('leaves no row empty when it gets shorter or the terminal taller', () => {
    expect(use(long, [...keys('G'), connected(many.slice(0, 20))]).model.top).toBe(20 - ROWS);
    expect(use(long, [...keys('G'), { is: 'resized', size: { width: 80, height: 40 } }]).model.top).toBe(31);
  });
});

describe('changes', () => {
  it('the same one stays selected when the order changes', () => {
    const { model } = use(start, [...keys('j', 'j'), connected([...LIST].reverse())]);

    expect(idOf(model)).toBe('photos:2');
  });

  it('what is gone leaves its row to the next', () => {
    const { model } = use(start, [...keys('j'), connected(LIST.filter(({ id }) => id !== 'photos:1'))]);

    expect(idOf(model)).toBe('photos:2');
  });

  it('only what has changed is replaced, and new ones are added', () => {
    const { model } = use(start, [
      { is: 'changed', supervisor: supervisor(), instances: [daemon('new'), daemon('api', { pid: 7 })] },
    ]);

    expect(model.instances.map(({ id, pid }) => `${id} ${pid ?? '-'}`)).toEqual([
      'api 7',
      'photos:1 5008',
      'photos:2 5008',
      'mailer -',
      'movies 5006',
      'new 5003',
    ]);
  });

  it('who does not match any more leaves the filter', () => {
    const { model } = use(filtered('state:failed'), [
      { is: 'changed', supervisor: supervisor(), instances: [daemon('mailer')] },
    ]);

    expect(ids(model)).toEqual([]);
  });
});

describe('the connection', () => {
  it('is lost since the first failure', () => {
    const first = update(start, { is: 'lost', words: 'one' }, NOW).model;
    const second = update(first, { is: 'lost', words: 'two' }, NOW + 5_000).model;

    expect(second.connection).toEqual({ is: 'lost', since: NOW, words: 'two' });
  });

  it('comes back with the log of the selected', () => {
    const { model, requests } = use(start, [{ is: 'lost', words: '' }, ...keys('j'), connected(LIST)]);

    expect(requests).toEqual([{ do: 'follow', id: 'photos:1' }]);
    expect(model.connection).toEqual({ is: 'up' });
  });
});

describe('panes', () => {
  const short = freshModel({ size: { width: 40, height: 10 } });

  it('Enter opens, Escape comes back', () => {
    const opened = use(start, keys('enter')).model;
    expect(opened).toMatchObject({ isOpen: true, focus: 'log' });
    expect(use(opened, keys('escape')).model).toMatchObject({ isOpen: false, focus: 'list' });
  });

  it('Tab gives the keys to the log and back', () => {
    expect(use(start, keys('tab')).model).toMatchObject({ isOpen: false, focus: 'log' });
    expect(use(start, keys('tab', 'tab')).model).toMatchObject({ isOpen: false, focus: 'list' });
  });

  it('where there is room for one thing only, the detail comes first, then the log', () => {
    const { model } = use(short, [connected(LIST), ...keys('enter')]);
    expect(model).toMatchObject({ isOpen: true, focus: 'list' });
    expect(use(model, keys('tab')).model).toMatchObject({ isOpen: true, focus: 'log' });
    expect(use(model, keys('tab', 'tab')).model).toMatchObject({ isOpen: false, focus: 'list' });
  });

  it('what is told stays until a key, good news only for a while', () => {
    const good = use(start, [{ is: 'told', level: 'info', words: 'done' }]).model;
    const bad = use(start, [{ is: 'told', level: 'bad', words: 'not done' }]).model;

    expect(update(good, { is: 'tick' }, NOW + 9_000).model.told).not.toBeNull();
    expect(update(good, { is: 'tick' }, NOW + 10_000).model.told).toBeNull();
    expect(update(bad, { is: 'tick' }, NOW + 60_000).model.told).not.toBeNull();
    expect(update(bad, { is: 'key', key: 'j' }, NOW + 60_000).model.told).toBeNull();
  });

  it('an answer fills the text that was opened for it, and opens nothing', () => {
    const why = { id: 'api', state: 'running', reasons: [], words: ['It runs.'] } as const;
    const answer = { is: 'why', id: 'api', why: ok(why) } as const;

    expect(use(start, [...keys('w'), answer]).model.mode).toMatchObject({ is: 'reading', what: { why: ok(why) } });
    expect(use(start, [...keys('w', 'escape', 's'), answer]).model.mode.is).toBe('asking');
    expect(use(start, [...keys('w', 'escape'), answer]).model.mode.is).toBe('browsing');
    expect(use(start, [...keys('w'), { ...answer, id: 'photos:1' }]).model.mode).toMatchObject({ what: { why: null } });
  });
});

describe('the mouse', () => {
  const at = (act: 'click' | 'wheel-up' | 'wheel-down', x: number, y: number) => ({ is: 'mouse', act, x, y }) as const;

  it('a click selects', () => {
    expect(idOf(use(start, [at('click', 10, 5)]).model)).toBe('photos:2');
  });

  it('a click on headings, frame or nothing selects nothing else', () => {
    for (const y of [0, 1, 2, 8, 23, 99, -1]) expect(idOf(use(start, [at('click', 10, y)]).model)).toBe('api');
  });

  it('a click into the log gives it the keys', () => {
    expect(use(start, [at('click', 10, 15)]).model.focus).toBe('log');
  });

  it('the wheel moves what is under it', () => {
    expect(idOf(use(start, [at('wheel-down', 10, 4)]).model)).toBe('photos:1');
    expect(idOf(use(start, [at('wheel-up', 10, 4)]).model)).toBe('api');
  });

  it('changes no selection behind a question', () => {
    expect(idOf(use(start, [...keys('s'), at('click', 10, 5), at('wheel-down', 10, 4)]).model)).toBe('api');
  });
});
