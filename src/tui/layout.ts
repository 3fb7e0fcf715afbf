/** Which panel is where, at this size and in this mode. Areas of one row stand side by side and fill it. */
import type { Model } from './model.ts';
import type { Size } from './screen.ts';
import { detailLines } from './panels/detail.ts';
import { headLines } from './panels/head.ts';
import { questionLines } from './panels/question.ts';

export type PanelName =
  'head' | 'filter' | 'list' | 'divider' | 'detail' | 'log' | 'question' | 'reading' | 'told' | 'footer';

export interface Area extends Size {
  readonly panel: PanelName;
  readonly x: number;
  readonly y: number;
}

export const SMALLEST: Size = { width: 40, height: 8 };
/** From here on the selected one stands beside the list. */
const WIDE = 110;
/** From here on its log stands below the list. */
const TALL = 18;
/** Less of a log is of no use. */
const LEAST_LOG = 4;

export const isTooSmall = ({ width, height }: Size): boolean => width < SMALLEST.width || height < SMALLEST.height;

export const isWide = ({ width }: Size): boolean => width >= WIDE;

/** List and log are both on the screen. */
export const hasTwoPanes = (model: Model): boolean =>
  isWide(model.size) || (model.size.height >= TALL && !model.isOpen);

/** Empty where the terminal is too small for any. */
export function layout(model: Model): readonly Area[] {
  const { width, height } = model.size;
  if (isTooSmall(model.size)) return [];
  const above = stack(0, width, [
    ['head', headLines(model, width).length],
    ['filter', model.filter !== '' || model.mode.is === 'filtering' ? 1 : 0],
  ]);
  const top = above.reduce((sum, area) => sum + area.height, 0);
  const told = model.told === null ? 0 : 1;
  const below = stack(height - 1 - told, width, [
    ['told', told],
    ['footer', 1],
  ]);
  return [...above, ...body(model, { x: 0, y: top, width, height: height - 1 - told - top }), ...below];
}

type Rectangle = Omit<Area, 'panel'>;

function body(model: Model, room: Rectangle): readonly Area[] {
  const { mode } = model;
  if (mode.is === 'reading' && mode.what === 'help') return [{ ...room, panel: 'reading' }];
  if (isWide(model.size)) {
    const left = Math.max(62, Math.min(100, Math.floor(room.width / 2)));
    const right = { ...room, x: left + 1, width: room.width - left - 1 };
    return [
      { ...room, panel: 'list', width: left },
      { ...room, panel: 'divider', x: left, width: 1 },
      ...page(model, right),
    ];
  }
  if (model.isOpen) return page(model, room);
  const wanted = lowerHeight(model, room);
  return stackIn(room, [
    ['list', room.height - wanted],
    [lowerPanel(model), wanted],
  ]);
}

/** The selected one: detail over log. What is asked or read takes the place of the log. */
function page(model: Model, room: Rectangle): readonly Area[] {
  const least = lowerPanel(model) === 'log' ? LEAST_LOG : lowerText(model, room);
  const detail = Math.max(0, Math.min(detailLines(model, room.width).length, room.height - least));
  return stackIn(room, [
    ['detail', detail],
    [lowerPanel(model), room.height - detail],
  ]);
}

function lowerPanel({ mode }: Model): PanelName {
  if (mode.is === 'asking') return 'question';
  return mode.is === 'reading' ? 'reading' : 'log';
}

/** How much of the room below the list is not the list's. */
function lowerHeight(model: Model, room: Rectangle): number {
  if (model.size.height < TALL) return lowerPanel(model) === 'log' ? 0 : lowerText(model, room);
  const most = room.height - Math.max(LEAST_LOG, Math.floor(room.height * 0.55));
  const list = model.instances.length + 1;
  return Math.max(most, room.height - list, LEAST_LOG);
}

/** What a question needs, or half of the room for what is read; a row of the list stays. */
function lowerText(model: Model, room: Rectangle): number {
  const needed = model.mode.is === 'asking' ? questionLines(model, room.width).length : Math.floor(room.height / 2);
  return Math.min(Math.max(needed, 3), room.height - 1);
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
