import { describe, expect, it } from 'vitest';
import type { EventView } from '../../../src/control/view.ts';
import { addEvents, KEPT_EVENTS, NO_EVENTS } from '../../../src/tui/event-buffer.ts';
import type { Message } from '../../../src/tui/message.ts';
import type { Model } from '../../../src/tui/model.ts';
import { view } from '../../../src/tui/view.ts';
import { screenText } from '../../support/screen-text.ts';
import { ago, connected, daemon, event, freshModel, keys, use } from '../../support/screens.ts';

const happened = (first: number, count: number, id: string | null = 'api'): Message => ({
  is: 'events',
  events: Array.from({ length: count }, (_, index) => event(first + index, `thing ${first + index}.`, { id })),
});
const start = connected([daemon('api'), daemon('photos')]);
const read = (...messages: readonly Message[]): Model => use(freshModel(), [start, ...keys('e'), ...messages]).model;
const shown = (model: Model): readonly string[] => screenText(view(model)).match(/thing \d+\./g) ?? [];

describe('events', () => {
  it('are asked for while they are read, go on where they were left, and begin anew with each supervisor', () => {
    const lost: Message = { is: 'lost', words: 'gone' };
    const { requests } = use(freshModel(), [
      start,
      ...keys('e'),
      happened(1, 3),
      ...keys('escape', 'e'),
      lost,
      start,
      happened(1, 2),
      ...keys('q'),
    ]);

    expect(requests.filter((request) => request.do !== 'follow')).toEqual([
      { do: 'follow-events', since: 0 },
      { do: 'leave-events' },
      { do: 'follow-events', since: 3 },
      { do: 'leave-events' },
      { do: 'follow-events', since: 0 },
      { do: 'leave-events' },
    ]);
  });

  it('follow: the newest is shown, until somebody scrolls back; what he reads then stays where it is', () => {
    const following = read(happened(1, 50), happened(51, 1));
    expect(shown(following).at(-1)).toBe('thing 51.');

    const back = use(following, [...keys('k', 'k'), happened(52, 5)]).model;
    expect(shown(back)).toEqual(shown(use(following, keys('k', 'k')).model));
    // The events being read have not gone, others have.
    expect(shown(use(back, [happened(57, KEPT_EVENTS - 40)]).model)).toEqual(shown(back));
    expect(shown(use(back, [...keys('G'), happened(57, 1)]).model).at(-1)).toBe('thing 57.');
  });

  it('are of all, or of the selected one', () => {
    const mixed: readonly Message[] = [happened(1, 1, 'photos'), happened(2, 1, null), happened(3, 1)];

    expect(shown(read(...mixed))).toEqual(['thing 1.', 'thing 2.', 'thing 3.']);
    expect(shown(read(...mixed, ...keys('e')))).toEqual(['thing 3.']);
    expect(shown(read(...mixed, ...keys('e', 'e')))).toHaveLength(3);
  });

  it('that are told again are told once, and the same numbers of another supervisor are others', () => {
    const events: readonly EventView[] = [event(1, 'a'), event(2, 'b')];
    const again = addEvents(addEvents(NO_EVENTS, events), [...events, event(3, 'c')]);
    const other = addEvents(again, [event(1, 'd', { at: ago(-5) })]);

    expect(again.rows.map(({ words }) => words)).toEqual(['a', 'b', 'c']);
    expect(other.rows.map(({ words }) => words)).toEqual(['a', 'b', 'c', 'd']);
    expect(other.seq).toBe(1);
  });
});
