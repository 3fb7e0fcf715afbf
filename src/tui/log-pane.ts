/** The layout of the log pane: the width at which lines are cut or wrapped, and how many fit. */
import type { LineView } from '../control/view.ts';
import { layout } from './layout.ts';
import { lineCells } from './log-text.ts';
import { visibleRows, type LogWindow } from './log-window.ts';
import type { Model } from './model.ts';
import type { Size } from './screen.ts';

export interface LogPane extends LogWindow {
  readonly width: number;
  readonly hasTimes: boolean;
}

/** From this width on there is room for the time of each line, as there always is beside the list. */
const TIMES_FROM = 48;
/** ` 12:41:07 `. */
const TIME_CELLS = 10;

/** In an area of this size; its title takes a row, and so does a line being typed. */
export function paneOf({ logLook, mode }: Model, { width, height }: Size): LogPane {
  const hasTimes = logLook.times ?? width >= TIMES_FROM;
  const pane = { width, hasTimes, stream: logLook.stream, height: height - (mode.is === 'searching' ? 2 : 1) };
  return { ...pane, wrapAt: logLook.isWrapped ? (line) => textCells(line, pane) : null };
}

/** The pane on the present screen. */
export function logPane(model: Model): LogPane {
  const area = layout(model).find(({ panel }) => panel === 'log');
  return paneOf(model, area ?? { width: model.size.width, height: 0 });
}

/** Cells for the text of a line. */
export const textCells = (line: LineView, pane: Pick<LogPane, 'width' | 'hasTimes'>): number =>
  pane.width - (isTimed(line, pane) ? TIME_CELLS : 1);

export const isTimed = ({ at }: LineView, { hasTimes }: Pick<LogPane, 'hasTimes'>): boolean => at !== null && hasTimes;

/** How far the longest shown line would extend beyond the right edge if nothing were scrolled sideways. */
export function hiddenCells(model: Model): number {
  const pane = logPane(model);
  if (pane.wrapAt !== null) return 0;
  const beyond = visibleRows(model.log, pane).map(({ row }) =>
    'text' in row ? lineCells(row) - textCells(row, pane) : 0,
  );
  return Math.max(0, ...beyond);
}
