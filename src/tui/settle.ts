/** After each message: what follows from facts and selection. */
import type { Step } from './acts.ts';
import { withWhyKept } from './kept-why.ts';
import { layout, showsDetail } from './layout.ts';
import { newLog } from './log-buffer.ts';
import { withMarks } from './marks.ts';
import type { Request } from './message.ts';
import { rowOfId, selectedOf, selectedRow, type Model } from './model.ts';
import { sampled } from './pace.ts';
import { rowsIn } from './panels/list.ts';
import { arranged } from './sort.ts';

export function settle(before: Model, { model, requests }: Step): Step {
  const selected = withSelection(before, withShown(before, withMarks(before, model)));
  const [followed, follow] = withLog(selected);
  const [read, events] = withEvents(followed);
  const [detailed, detail] = withDetail(read);
  const [kept, why] = withWhyKept(detailed);
  return { model: withTop(kept), requests: [...requests, ...follow, ...events, ...detail, ...why] };
}

function withShown(before: Model, model: Model): Model {
  const shown = arranged(before, model);
  return shown === model.shown ? model : { ...model, shown };
}

/**
 * The id stays selected even while it is not shown; the row follows it, or else its replacement, so that no key goes to another instance
 * because the order has changed.
 */
function withSelection(before: Model, model: Model): Model {
  const { shown, chosen } = model;
  const row = rowOfId(shown, chosen.id, chosen.row);
  if (row >= 0) return row === chosen.row ? model : { ...model, chosen: { ...chosen, row } };
  const [first] = shown;
  if (chosen.id === null && first !== undefined) return { ...model, chosen: { id: first.id, row: 0 } };
  if (before.filter !== model.filter) return { ...model, chosen: { ...chosen, row: 0 } };
  const deputy = before.chosen === chosen ? (selectedOf(before)?.id ?? null) : null;
  const at = deputy === null ? -1 : rowOfId(shown, deputy, chosen.row);
  return at < 0 || at === chosen.row ? model : { ...model, chosen: { ...chosen, row: at } };
}

/** The log is that of the selected instance. */
function withLog(model: Model): readonly [Model, readonly Request[]] {
  const id = selectedOf(model)?.id ?? null;
  const { search } = model.log;
  if (id === model.log.id) return [model, []];
  if (id === null || model.connection.is !== 'up') return [{ ...model, log: newLog(null, search) }, []];
  return [{ ...model, log: newLog(id, search) }, [{ do: 'follow', id }]];
}

/** New events are requested while they are being read, and only then. */
function withEvents(model: Model): readonly [Model, readonly Request[]] {
  const { mode, events, connection } = model;
  const isRead = mode.is === 'reading' && mode.what.about === 'events' && connection.is === 'up';
  if (isRead === events.isFollowed) return [model, []];
  const request: Request = isRead ? { do: 'follow-events', since: events.seq } : { do: 'leave-events' };
  return [{ ...model, events: { ...events, isFollowed: isRead } }, [request]];
}

/** Requested when the selection rests on it and when it has since started or ended; never repeatedly. */
function withDetail(before: Model): readonly [Model, readonly Request[]] {
  const selected = selectedOf(before);
  const model: Model = { ...before, pace: sampled(before.pace, selected) };
  if (selected === null || model.connection.is !== 'up' || !(showsDetail(model) || asksOfOne(model)))
    return [model, []];
  const { id, starts, pid, last_exit: end } = selected;
  const news = `${starts} ${pid ?? ''} ${end?.at ?? ''}`;
  const { asked } = model;
  if (asked.for?.id === id && asked.for.news === news) return [model, []];
  const answer = asked.answer?.id === id ? asked.answer : null;
  return [{ ...model, asked: { for: { id, news }, answer } }, [{ do: 'detail', id }]];
}

/** A question about one instance says how long it is waited for. */
const asksOfOne = ({ mode }: Model): boolean =>
  mode.is === 'asking' && (mode.question.about === 'stop' || mode.question.about === 'restart');

/** The selected row is visible, and no row is empty that could be filled. */
function withTop(model: Model): Model {
  const area = layout(model).find(({ panel }) => panel === 'list');
  if (area === undefined) return model;
  const rows = rowsIn(model, area.height);
  const row = selectedRow(model);
  const lowest = Math.max(0, model.shown.length - rows);
  const top = Math.max(0, Math.min(Math.max(model.top, row - rows + 1), row, lowest));
  return top === model.top ? model : { ...model, top };
}
