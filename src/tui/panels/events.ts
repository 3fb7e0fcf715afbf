/** What happened, newest last: to the selected instance, or to all and to the supervisor itself. */
import { count } from '../../control/describe.ts';
import type { EventView } from '../../control/view.ts';
import { span, wrapText } from '../cells.ts';
import { clock } from '../clock.ts';
import { selectedOf, type Model, type Reading } from '../model.ts';
import type { Line, Role } from '../screen.ts';

type EventsOf = Extract<Reading, { about: 'events' }>['of'];

export const eventsTitle = (model: Model, of: EventsOf): string =>
  of === 'all' ? 'events' : `events of ${selectedOf(model)?.id ?? 'nobody'}`;

export function eventLines(model: Model, of: EventsOf, width: number): readonly Line[] {
  const { events } = model;
  const lines = linesOf(model, events.rows, of, width);
  const missing = `${count(events.dropped)} were left out: this screen fell behind`;
  if (lines.length === 0)
    return [[span(events.isFollowed ? ' nothing so far' : ' not there while nobody answers', 'faint')]];
  return events.dropped === 0 ? lines : [[span(` ${missing}`, 'warning')], ...lines];
}

/** The lines of these events only. */
export function linesOf(model: Model, rows: readonly EventView[], of: EventsOf, width: number): readonly Line[] {
  const id = selectedOf(model)?.id ?? null;
  const shown = of === 'all' ? rows : rows.filter((event) => event.id === id);
  const today = new Date(model.now).toDateString();
  return shown.flatMap((event) =>
    remembered(event, `${of} ${width} ${today}`, () => lineOf(event, of, model.now, width)),
  );
}

const ROLES: Readonly<Record<EventView['level'], Role>> = { info: 'plain', warning: 'warning', error: 'bad' };

function lineOf({ at, id, level, words }: EventView, of: EventsOf, now: number, width: number): readonly Line[] {
  const time = ` ${clock(at, now)} `;
  const whom = of === 'selected' || id === null ? '' : `${id} `;
  const [first = '', ...others] = wrapText(whom + words, width - time.length - 1);
  const head = first.startsWith(whom) ? whom : '';
  return [
    [span(time, 'faint'), span(head, 'strong'), span(first.slice(head.length), ROLES[level])],
    ...others.map((row): Line => [span(' '.repeat(time.length)), span(row, ROLES[level])]),
  ];
}

/** The same thousand are drawn frame after frame. */
const known = new WeakMap<EventView, { readonly how: string; readonly lines: readonly Line[] }>();

function remembered(event: EventView, how: string, make: () => readonly Line[]): readonly Line[] {
  const before = known.get(event);
  if (before?.how === how) return before.lines;
  const lines = make();
  known.set(event, { how, lines });
  return lines;
}
