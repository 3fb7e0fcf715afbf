/** Which panel is where, at this size and in this mode. Areas in one row are side by side and fill it. */
import type { Model } from './model.ts';
import { oncePer } from './once-per.ts';
import type { Size } from './screen.ts';
import { detailLines } from './panels/detail.ts';
import { headLines } from './panels/head.ts';
import { isReadable, questionLines } from './panels/question.ts';
import { readingLines } from './panels/reading.ts';
import { toldLines } from './panels/told.ts';
import { isShort, isTooSmall, isWide } from './sizes.ts';

export type PanelName =
  'head' | 'filter' | 'list' | 'divider' | 'detail' | 'log' | 'question' | 'reading' | 'told' | 'footer';

export interface Area extends Size {
  readonly panel: PanelName;
  readonly x: number;
  readonly y: number;
}

/** Further columns are more useful to detail and log beside it. */
const MOST_LIST = 110;
/** The rest is read on its own, if this is more than two thirds. */
const MOST_DETAIL = 12;
/** A shorter log is useless. */
const LEAST_LOG = 4;

/** Empty if the terminal is too small for any panel. Cached: a model does not change, and its layout is needed in many places. */
export const layout: (model: Model) => readonly Area[] = oncePer(areasOf);

function areasOf(model: Model): readonly Area[] {
  const { width, height } = model.size;
  if (isTooSmall(model.size)) return [];
  const told = toldLines(model, width).length;
  const head = headLines(model, width).length;
  const marks = model.filter !== '' || model.mode.is === 'filtering' || model.marked.size > 0 ? 1 : 0;
  const isTight = isAllForQuestion(model, height - 1 - told - head - marks);
  const above = stack(0, width, [
    ['head', isTight ? 1 : head],
    ['filter', isTight ? 0 : marks],
  ]);
  const top = above.reduce((sum, area) => sum + area.height, 0);
  const below = stack(height - 1 - told, width, [
    ['told', told],
    ['footer', 1],
  ]);
  return [...above, ...body(model, { x: 0, y: top, width, height: height - 1 - told - top }), ...below];
}

/** On a short terminal a question that would not fit gets everything but the first row and the keys: it names its subject itself. */
const isAllForQuestion = (model: Model, rows: number): boolean =>
  model.mode.is === 'asking' && isShort(model.size) && !isReadable(model, { ...model.size, height: rows - 1 });

/** Is everything visible that has to be seen before an answer? */
export function isQuestionReadable(model: Model): boolean {
  const area = layout(model).find(({ panel }) => panel === 'question');
  return area !== undefined && isReadable(model, area);
}

/** Is the detail of the selected instance on the screen, in its place or as a text to read? */
export const showsDetail = (model: Model): boolean =>
  (model.mode.is === 'reading' && model.mode.what.about === 'detail') ||
  layout(model).some(({ panel }) => panel === 'detail');

type Rectangle = Omit<Area, 'panel'>;

function body(model: Model, room: Rectangle): readonly Area[] {
  const { mode } = model;
  if (mode.is === 'reading' && (mode.what.about === 'help' || mode.what.about === 'detail'))
    return [{ ...room, panel: 'reading' }];
  if (model.wholeFrom !== null) return whole(model, room);
  if (isWide(model.size)) {
    const left = Math.min(MOST_LIST, Math.floor(room.width * 0.55));
    const right = { ...room, x: left + 1, width: room.width - left - 1 };
    return [
      { ...room, panel: 'list', width: left },
      { ...room, panel: 'divider', x: left, width: 1 },
      ...page(model, right),
    ];
  }
  if (model.isOpen) return page(model, room);
  const text = textHeight(model, room);
  // On a short terminal the list gets everything that a question does not need.
  const rest = isShort(model.size) ? 0 : Math.max(0, logHeight(model, room) - text);
  return stackIn(room, [
    ['list', room.height - rest - text],
    ['log', rest],
    [textPanel(model), text],
  ]);
}

/** The log over all panes. */
function whole(model: Model, room: Rectangle): readonly Area[] {
  const text = textHeight(model, room);
  return stackIn(room, [
    ['log', room.height - text],
    [textPanel(model), text],
  ]);
}

/** The selected instance: detail above log. */
function page(model: Model, room: Rectangle): readonly Area[] {
  const text = textHeight(model, room);
  const left = room.height - text;
  const detail = detailHeight(model, room.width, left);
  return stackIn(room, [
    ['detail', detail],
    ['log', left - detail],
    [textPanel(model), text],
  ]);
}

function detailHeight(model: Model, width: number, left: number): number {
  if (isShort(model.size)) return model.focus === 'log' ? 0 : left;
  return Math.min(
    detailLines(model, width).length,
    Math.max(0, Math.min(left - LEAST_LOG, Math.max(MOST_DETAIL, Math.floor(left * 0.65)))),
  );
}

/** What is left below the list, which takes what it can fill, but not much more than half. */
function logHeight({ instances }: Model, room: Rectangle): number {
  const most = Math.max(LEAST_LOG, Math.floor(room.height * 0.55));
  return room.height - Math.min(most, Math.max(1, instances.length) + 1);
}

/** A question or text goes next to the footer, which shows its keys. */
const textPanel = ({ mode }: Model): PanelName => (mode.is === 'reading' ? 'reading' : 'question');

/** What it needs; for a text to read, at most half of the space if that is large. Rows of its subject stay above it. */
function textHeight(model: Model, room: Rectangle): number {
  const { mode } = model;
  if (mode.is === 'asking') {
    const isTight = isAllForQuestion(model, room.height);
    return Math.min(questionLines(model, room.width).length, room.height - (isTight ? 0 : 1));
  }
  if (mode.is !== 'reading') return 0;
  const most = isShort(model.size) ? room.height - 2 : Math.floor(room.height / 2);
  return Math.min(readingLines(model, room).length + 1, most);
}

const stackIn = (room: Rectangle, panels: readonly (readonly [PanelName, number])[]): readonly Area[] =>
  stack(room.y, room.width, panels).map((area) => ({ ...area, x: room.x }));

function stack(y: number, width: number, panels: readonly (readonly [PanelName, number])[]): readonly Area[] {
  const areas: Area[] = [];
  for (const [panel, height] of panels) {
    if (height > 0) areas.push({ panel, x: 0, y, width, height });
    y += height;
  }
  return areas;
}
