import { describe, expect, it } from 'vitest';
import { fail, ok } from '../../../src/base/result.ts';
import type { Message } from '../../../src/tui/message.ts';
import { toldOfReload } from '../../../src/tui/told.ts';
import { update } from '../../../src/tui/update.ts';
import { view } from '../../../src/tui/view.ts';
import { deed, OLD_PLAN } from '../../support/fake-api.ts';
import { screenText } from '../../support/screen-text.ts';
import { connected, daemon, freshModel, keys, NOW, plan, supervisor, use } from '../../support/screens.ts';

const added = plan({ added: ['mail'], starts: ['mail'], print: 77 });
const start: readonly Message[] = [connected([daemon('photos')])];
const answer = (facts = added): Message => ({ is: 'plan', plan: ok(facts) });
const acts = (messages: readonly Message[], gapMs?: number): readonly unknown[] =>
  use(freshModel(), [...start, ...messages], gapMs).requests.filter(({ do: what }) => what === 'reload');

describe('L shows the plan first, and what is carried out is the plan that was shown', () => {
  it('once it is confirmed', () => {
    expect(acts([...keys('L'), answer(), ...keys('y')])).toEqual([{ do: 'reload', print: 77 }]);
    expect(acts([...keys('L'), answer(), ...keys('enter', 'y')])).toEqual([]);
  });

  it('p alone carries out nothing', () => {
    expect(acts([...keys('p'), answer(), ...keys('y', 'enter')])).toEqual([]);
    expect(acts([...keys('p'), answer(), ...keys('L'), answer(), ...keys('y')])).toEqual([{ do: 'reload', print: 77 }]);
  });

  it('a list that is broken, or unchanged, is shown, and nothing is asked', () => {
    for (const shown of [fail('daemons.yaml:1: x'), ok(plan({ unchanged: ['photos'] }))]) {
      const { model } = use(freshModel(), [...start, ...keys('L'), { is: 'plan', plan: shown }]);
      expect(model.mode).toMatchObject({ is: 'reading', what: { plan: shown } });
    }
    expect(acts([...keys('L'), answer(plan({})), ...keys('y')])).toEqual([]);
  });

  it('one of a supervisor that knows no warnings, too', () => {
    const old = { ...OLD_PLAN, added: ['mail'], starts: ['mail'] };
    const shown = [...start, ...keys('L'), answer(old)];

    expect(screenText(view(use(freshModel(), shown).model))).toContain('mail');
    expect(toldOfReload({ ...deed({}), plan: old }).words).toBe('reloaded: started mail');
  });

  it('an answer that comes when nobody waits for it any more opens nothing', () => {
    expect(acts([...keys('L', 'escape'), answer(), ...keys('y')])).toEqual([]);
    expect(acts([...keys('L', 'escape', 'p'), answer(), ...keys('y')])).toEqual([]);
  });

  it('a question that comes by itself is heard only when it has stood there for a moment', () => {
    const { model } = use(freshModel(), [...start, ...keys('L'), answer()]);
    const press = (ms: number) => update(model, { is: 'key', key: 'y' }, NOW + ms).requests;

    expect(press(200)).toEqual([]);
    expect(press(300)).toEqual([{ do: 'reload', print: 77 }]);
  });

  it('nothing is reloaded when all stops meanwhile, or nobody answers', () => {
    const stopping: Message = { is: 'changed', supervisor: supervisor({ state: 'stopping' }), instances: [] };
    const lost: Message = { is: 'lost', words: 'gone' };

    for (const news of [stopping, lost]) expect(acts([...keys('L'), answer(), news, ...keys('y')])).toEqual([]);
  });
});

it.each([
  [40, 8],
  [40, 10],
  [80, 24],
])('all of a plan can be read at %i x %i, in the question too', (width, height) => {
  const names = Array.from({ length: 60 }, (_, index) => `daemon-${index + 1}-end`);
  const large = plan({ changed: names.map((name) => ({ name, keys: ['env.A'], restarts: false, instances: [] })) });
  for (const key of ['p', 'L']) {
    let { model } = use(freshModel({ size: { width, height } }), [...start, ...keys(key), answer(large)]);
    const seen = new Set<string>();
    for (let page = 0; page < 200; page += 1) {
      const text = screenText(view(model));
      for (const name of names) if (text.includes(name)) seen.add(name);
      model = update(model, { is: 'key', key: page % 2 === 0 ? 'pagedown' : 'down' }, NOW + page * 1_000).model;
    }
    expect([key, seen.size]).toEqual([key, names.length]);
  }
});
