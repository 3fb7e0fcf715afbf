import { describe, expect, it } from 'vitest';
import { fail, ok, type Result } from '../../../src/base/result.ts';
import type { InstanceView, ResourceView, WhyView } from '../../../src/control/view.ts';
import { isWhyDue } from '../../../src/tui/kept-why.ts';
import type { Message } from '../../../src/tui/message.ts';
import type { Model } from '../../../src/tui/model.ts';
import { update } from '../../../src/tui/update.ts';
import { isMoving, view } from '../../../src/tui/view.ts';
import { screenText } from '../../support/screen-text.ts';
import {
  ago,
  connected,
  daemon,
  down,
  freshModel,
  keys,
  NOW,
  resource,
  resting,
  supervisor,
  use,
} from '../../support/screens.ts';

const waiting = resting('photos', {
  state: 'waiting',
  waiting_for: [
    { kind: 'dependency', name: 'api', since: ago(300_000) },
    { kind: 'resource', name: 'db', since: ago(300_000) },
  ],
});
const start = connected([waiting, daemon('api'), daemon('mail')], {}, [resource('db'), resource('other')]);
const answer = (words: string, id = 'photos'): Message => ({
  ...{ is: 'why', id },
  why: ok({ id, state: 'waiting', reasons: [], words: [words] }),
});
const news = (instances: readonly InstanceView[], resources?: readonly ResourceView[]): Message => ({
  ...{ is: 'changed', supervisor: supervisor(), instances },
  ...(resources === undefined ? {} : { resources }),
});
const tick: Message = { is: 'tick' };

/** A screen with a why being read, answered once; how often it was requested since, at which later time. */
function reading(): {
  readonly hear: (ms: number, message: Message) => number;
  readonly model: () => Model;
} {
  let { model } = use(freshModel({ size: { width: 40, height: 24 } }), [start, ...keys('w'), answer('the first')], 0);
  return {
    hear(ms, message) {
      const next = update(model, message, NOW + ms);
      model = next.model;
      return next.requests.filter((request) => request.do === 'why' && request.id === 'photos').length;
    },
    model: () => model,
  };
}
const changed = news([{ ...waiting, starts: 2 }]);

describe('why, while it is read,', () => {
  it.each<[what: string, message: Message, asks: number]>([
    ['its instance has changed', changed, 1],
    ['what it waits for has changed', news([daemon('api', { starts: 2 })]), 1],
    ['a resource has changed for which it waits', news([], [down('db', 1), resource('other')]), 1],
    ['all is told anew', start, 1],
    ['another one has changed', news([daemon('mail', { starts: 2 })]), 0],
    ['nothing has', tick, 0],
  ])('is asked again when %s: %#', (_, message, asks) => {
    expect(reading().hear(5_000, message)).toBe(asks);
  });

  it('is asked at most once a second, and then without a further change; time moves the screen until it is', () => {
    const { hear, model } = reading();

    expect(isMoving(model())).toBe(false);
    expect(hear(300, changed)).toBe(0);
    expect(isMoving(model())).toBe(true);
    expect(hear(940, tick)).toBe(0);
    expect(hear(1_000, tick)).toBe(1);
    expect(hear(1_010, answer('the second'))).toBe(0);
    expect(isMoving(model())).toBe(false);
    expect(hear(9_000, tick)).toBe(0);
    expect(screenText(view(model()))).toContain('the second');
    expect(screenText(view(model()))).not.toContain('the first');
  });

  it.each<[words: string, afterMs: number, asks: number]>([
    ['photos will be started again in 3.2s: exit 1.', 1_000, 1],
    ['photos waits for 5m10s: db is down.', 1_000, 1],
    ['photos is running for 3h4m.', 1_000, 0],
    ['photos is running for 3h4m.', 60_000, 1],
    ['photos is running for 2d.', 60_000, 1],
    ['photos gave up: exit 1.', 3_600_000, 0],
  ])('is asked again when the times in it are old: %s after %d ms', (words, afterMs, asks) => {
    const { hear, model } = reading();
    hear(1, answer(words));

    expect(isMoving(model())).toBe(afterMs === 1_000 && asks === 1);
    expect(hear(afterMs, tick)).toBe(asks);
    // Not again before it was answered.
    expect(hear(afterMs + 900, tick)).toBe(0);
  });

  it('keeps the words that stand there until the next answer, and is not asked twice for it', () => {
    const { hear, model } = reading();

    expect(hear(2_000, changed)).toBe(1);
    expect(screenText(view(model()))).toContain('the first');
    expect(hear(9_000, changed)).toBe(0);
    // What changed during the request is requested when the answer is there.
    expect(hear(9_001, answer('the second'))).toBe(1);
  });

  it('stays where it is scrolled to', () => {
    const { hear, model } = reading();
    const long = Array.from({ length: 80 }, (_, row) => `row ${row}`);
    const why: Result<WhyView> = ok({ id: 'photos', state: 'waiting', reasons: [], words: long });
    hear(1, { is: 'why', id: 'photos', why });
    for (const message of keys('down', 'down', 'down')) hear(2, message);
    hear(5_000, { is: 'why', id: 'photos', why });

    expect(model().mode).toMatchObject({ is: 'reading', top: 3 });
  });

  it('is not asked while nobody answers, nor once it is closed', () => {
    const { hear, model } = reading();
    hear(2_000, { is: 'lost', words: 'gone' });

    expect([hear(3_000, changed), isWhyDue(model())]).toEqual([0, false]);
    hear(4_000, { is: 'key', key: 'escape' });
    expect(hear(5_000, start)).toBe(0);
  });

  it('says so when its instance is there no more, once', () => {
    const { hear, model } = reading();

    expect(hear(2_000, connected([daemon('api')]))).toBe(1);
    hear(2_100, { is: 'why', id: 'photos', why: fail('the supervisor knows no photos') });
    expect(hear(9_000, tick)).toBe(0);
    expect(screenText(view(model()))).toContain('knows no photos');
  });

  it('is asked again where the clock was set back', () => {
    expect(reading().hear(-3_600_000, changed)).toBe(1);
  });
});
