/** The effects of the log keys on the model. */
import { tell } from './acts.ts';
import type { LogBuffer, Search } from './log-buffer.ts';
import { matchesAmong, matchesIn } from './log-match.ts';
import { cellAt } from './log-text.ts';
import { follow, passesStream, show, visibleRows, type StreamChoice } from './log-window.ts';
import type { LogLook, Model } from './model.ts';
import { hiddenCells, logPane, textCells } from './log-pane.ts';

export const beginSearch = (model: Model): Model => ({
  ...model,
  mode: { is: 'searching' },
  log: { ...model.log, search: { text: '', found: [], at: null, from: model.log.held } },
});

/** With each letter the log moves to the newest match from where the search began, and back there if there is none. */
export function searchFor(model: Model, text: string): Model {
  const { log } = model;
  if (log.search === null) return model;
  const found = matchesAmong(log.rows, text).map((index) => log.first + index);
  const begun: Model = { ...model, log: { ...log, held: log.search.from, left: 0 } };
  const search: Search = { ...log.search, text, found, at: null };
  const candidates = passing({ ...begun.log, search }, model.logLook);
  const lowest = visibleRows(begun.log, logPane(begun)).at(-1)?.number ?? 0;
  const at = candidates.findLast((row) => row <= lowest) ?? candidates.at(-1) ?? null;
  return goTo({ ...begun, log: { ...begun.log, search } }, at);
}

/** Typing has ended. An empty search is none. */
export const keepSearch = (model: Model): Model =>
  model.log.search?.text === '' ? giveUpSearch(model) : { ...model, mode: { is: 'browsing' } };

/** Back to the position before the search was typed. */
export function giveUpSearch(model: Model): Model {
  const { log } = model;
  return {
    ...model,
    mode: { is: 'browsing' },
    log: { ...log, held: log.search === null ? log.held : log.search.from, search: null },
  };
}

/** Ends the search at the present position. */
export const dropSearch = (model: Model): Model => ({ ...model, log: { ...model.log, search: null } });

/** To the next match upwards or downwards; after the last it wraps around and says so. */
export function goToMatch(model: Model, to: 'older' | 'newer'): Model {
  const { log, logLook } = model;
  if (log.search === null || log.search.text === '')
    return tell(model, 'bad', 'nothing is searched for yet: type / and a text');
  const found = passing(log, logLook);
  if (found.length === 0) return tell(model, 'bad', 'no line that is kept here matches; supervise logs --grep has all');
  const { from, isSeen } = whereOf(model);
  const next =
    to === 'older'
      ? found.findLast((row) => (isSeen ? row < from.newest : row <= from.newest))
      : found.find((row) => (isSeen ? row > from.oldest : row >= from.oldest));
  if (next !== undefined) return goTo(model, next);
  const words = to === 'older' ? 'no older match: on with the newest' : 'no newer match: on with the oldest';
  return goTo(tell(model, 'info', words), (to === 'older' ? found.at(-1) : found[0]) ?? null);
}

/** The current match while it is in the pane; else the whole pane. */
function whereOf(model: Model): { from: { oldest: number; newest: number }; isSeen: boolean } {
  const shown = visibleRows(model.log, logPane(model));
  const at = model.log.search?.at ?? null;
  if (at !== null && shown.some(({ number }) => number === at))
    return { from: { oldest: at, newest: at }, isSeen: true };
  return { from: { oldest: shown[0]?.number ?? 0, newest: shown.at(-1)?.number ?? 0 }, isSeen: false };
}

function goTo(model: Model, at: number | null): Model {
  const { log } = model;
  if (log.search === null || at === null) return model;
  const found: LogBuffer = { ...log, search: { ...log.search, at } };
  const row = log.rows[at - log.first];
  const match = row !== undefined && 'text' in row ? matchesIn(row, log.search.text)[0] : undefined;
  if (row === undefined || !('text' in row) || match === undefined) return { ...model, log: found };
  const pane = logPane(model);
  const shown = show(found, pane, at, match.start);
  if (pane.wrapAt !== null) return { ...model, log: shown };
  // The last cell of a cut line shows that it is cut.
  const room = textCells(row, pane) - 1;
  const [start, end] = [cellAt(row, match.start), cellAt(row, match.end)];
  const isSeen = start >= log.left && end <= log.left + room;
  // As much as fits of what precedes it.
  const left = isSeen ? log.left : end <= room ? 0 : Math.max(0, Math.min(start, end - Math.ceil(room / 2)));
  return { ...model, log: { ...shown, left } };
}

/** The matching lines that are shown at all. */
export function passing({ rows, first, search }: LogBuffer, { stream }: LogLook): readonly number[] {
  const found = search?.found ?? [];
  if (stream === 'both') return found;
  return found.filter((number) => {
    const row = rows[number - first];
    return row !== undefined && passesStream(row, stream);
  });
}

const STREAMS: readonly StreamChoice[] = ['both', 'out', 'err'];

export function turnStream(model: Model, by: 1 | -1): Model {
  const at = STREAMS.indexOf(model.logLook.stream) + by + STREAMS.length;
  const stream = STREAMS[at % STREAMS.length] ?? 'both';
  return { ...model, logLook: { ...model.logLook, stream } };
}

export const turnTimes = (model: Model): Model => ({
  ...model,
  logLook: { ...model.logLook, times: !logPane(model).hasTimes },
});

export const turnWrap = (model: Model): Model => ({
  ...model,
  logLook: { ...model.logLook, isWrapped: !model.logLook.isWrapped },
  log: { ...model.log, left: 0 },
});

/** Half a pane to the right or left, as far as there is text. */
export function scrollSideways(model: Model, to: 'left' | 'right'): Model {
  const { log } = model;
  const pane = logPane(model);
  if (pane.wrapAt !== null) return model;
  const step = Math.max(1, Math.floor(pane.width / 2));
  const most = to === 'left' ? 0 : Math.max(log.left, hiddenCells(model));
  const left = to === 'left' ? Math.max(0, log.left - step) : Math.min(log.left + step, most);
  return { ...model, log: { ...log, left } };
}

/** Over all panes; on the way back the keys go where they went before. */
export function turnWhole(model: Model): Model {
  if (model.wholeFrom !== null) return { ...model, wholeFrom: null, focus: model.wholeFrom };
  return { ...model, wholeFrom: model.focus, focus: 'log' };
}

export const followAgain = (model: Model): Model => ({ ...model, log: follow(model.log) });
