/** Moving about: the selection, the log, a text. */
import { layout, type PanelName } from './layout.ts';
import { scrollLog } from './log-buffer.ts';
import { selectedRow, type Model } from './model.ts';
import { rowsIn } from './panels/list.ts';
import { readingLines } from './panels/reading.ts';

/** Moves what has the keys by so many rows, downwards above 0; infinitely many: to its end. */
export function scrollFocused(model: Model, by: number): Model {
  if (model.mode.is === 'reading') return scrollReading(model, by);
  if (model.mode.is === 'browsing' && model.focus === 'log') return scrollLogPane(model, by);
  return moveSelection(model, selectedRow(model) + by);
}

/** How many rows a page is, in what has the keys; one row stays. */
export function pageOf(model: Model): number {
  if (model.mode.is === 'reading') return Math.max(1, heightOf(model, 'reading') - 2);
  return Math.max(1, (model.focus === 'log' ? logRows(model) : rowsIn(model, heightOf(model, 'list'))) - 1);
}

/** Selects the instance in a row of `shown`, or the nearest one that there is. */
export function moveSelection(model: Model, row: number): Model {
  const nearest = Math.max(0, Math.min(row, model.shown.length - 1));
  const instance = model.shown[nearest];
  return instance === undefined ? model : { ...model, chosen: { id: instance.id, row: nearest } };
}

export function scrollLogPane(model: Model, by: number): Model {
  return { ...model, log: scrollLog(model.log, -by, logRows(model)) };
}

export function scrollReading(model: Model, by: number): Model {
  const { mode } = model;
  const area = layout(model).find(({ panel }) => panel === 'reading');
  if (mode.is !== 'reading' || area === undefined) return model;
  // Below its title.
  const last = Math.max(0, readingLines(model, area).length - (area.height - 1));
  return { ...model, mode: { ...mode, top: Math.max(0, Math.min(mode.top + by, last)) } };
}

/** Below its title. */
const logRows = (model: Model): number => Math.max(1, heightOf(model, 'log') - 1);

const heightOf = (model: Model, name: PanelName): number =>
  layout(model).find(({ panel }) => panel === name)?.height ?? 0;
