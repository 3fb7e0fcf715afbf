/** Moving: the selection, the log, a text. */
import { layout, type PanelName } from './layout.ts';
import { logPane } from './log-pane.ts';
import { scrollLog } from './log-window.ts';
import { selectedRow, type Model } from './model.ts';
import { rowsIn } from './panels/list.ts';
import { topWithin } from './panels/paged.ts';
import { questionLines } from './panels/question.ts';
import { readingLines } from './panels/reading.ts';

/** Moves what has the keys by this many rows, down if above 0; infinitely many: to its end. */
export function scrollFocused(model: Model, by: number): Model {
  if (textOf(model) !== null) return scrollText(model, by);
  if (model.mode.is === 'browsing' && model.focus === 'log') return scrollLogPane(model, by);
  return moveSelection(model, selectedRow(model) + by);
}

/** The rows of a page in what has the keys; one row stays. */
export function pageOf(model: Model): number {
  const text = textOf(model);
  if (text !== null) return Math.max(1, text.room - 1);
  return Math.max(1, (model.focus === 'log' ? logPane(model).height : rowsIn(model, heightOf(model, 'list'))) - 1);
}

/** Selects the instance in a row of `shown`, or the nearest one. */
export function moveSelection(model: Model, row: number): Model {
  const nearest = Math.max(0, Math.min(row, model.shown.length - 1));
  const instance = model.shown[nearest];
  return instance === undefined ? model : { ...model, chosen: { id: instance.id, row: nearest } };
}

export function scrollLogPane(model: Model, by: number): Model {
  return { ...model, log: scrollLog(model.log, logPane(model), -by) };
}

export function scrollText(model: Model, by: number): Model {
  const text = textOf(model);
  if (text === null) return model;
  const { mode } = model;
  const top = topWithin(topWithin(text.top, text.lines, text.room) + by, text.lines, text.room);
  if (mode.is === 'reading') {
    const isAtEnd = mode.what.about === 'events' && top >= text.lines - text.room;
    return { ...model, mode: { ...mode, top: isAtEnd ? Infinity : top } };
  }
  if (mode.is !== 'asking' || mode.question.about !== 'reload') return model;
  return { ...model, mode: { ...mode, question: { ...mode.question, top } } };
}

interface Text {
  readonly top: number;
  readonly lines: number;
  /** Its rows below the title. */
  readonly room: number;
}

/** The text that can be scrolled now: one being read, or the plan in a question. */
function textOf(model: Model): Text | null {
  const { mode } = model;
  if (mode.is === 'reading') {
    const area = layout(model).find(({ panel }) => panel === 'reading');
    if (area === undefined) return null;
    return { top: mode.top, lines: readingLines(model, area).length, room: area.height - 1 };
  }
  if (mode.is !== 'asking' || mode.question.about !== 'reload') return null;
  const area = layout(model).find(({ panel }) => panel === 'question');
  if (area === undefined) return null;
  return { top: mode.question.top, lines: questionLines(model, area.width).length - 1, room: area.height - 1 };
}

const heightOf = (model: Model, name: PanelName): number =>
  layout(model).find(({ panel }) => panel === name)?.height ?? 0;
