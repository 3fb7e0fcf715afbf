/** Styled lines -> cells of a terminal, in blessed's representation. Pure. */
import { isPlain } from '../base/width.ts';
import { measure } from './cells.ts';
import type { Line, Span } from './screen.ts';
import { lookOf } from './theme.ts';

/** Puts a text into a cell; the attribute packs flags, foreground and background. */
export type Put = (x: number, attribute: number, text: string) => void;

const DEFAULT_COLOUR = 0x1ff;
const BLANK = (DEFAULT_COLOUR << 9) | DEFAULT_COLOUR;

/**
 * Fills `width` cells from left to right; a text two cells wide is followed by a blank, which blessed skips. No object is allocated per
 * cell: this runs for each cell of each new line.
 */
export function putLine(line: Line, width: number, colours: boolean, put: Put): void {
  let x = 0;
  for (const span of line) {
    const attribute = attributeOf(span, colours);
    const { text } = span;
    if (isPlain(text)) for (let at = 0; at < text.length && x < width; at += 1) put(x++, attribute, text.charAt(at));
    else x = putPieces(text, attribute, x, width, put);
  }
  while (x < width) put(x++, BLANK, ' ');
}

const SEGMENTER = new Intl.Segmenter();

function putPieces(text: string, attribute: number, from: number, width: number, put: Put): number {
  let x = from;
  for (const { segment } of SEGMENTER.segment(text)) {
    const wide = measure(segment);
    if (wide === 0) continue;
    if (x + wide > width) break;
    put(x++, attribute, segment);
    for (let rest = 1; rest < wide; rest += 1) put(x++, attribute, ' ');
  }
  return x;
}

/** Without colours the selection bar is drawn inverse. */
function attributeOf(span: Span, colours: boolean): number {
  const { fg, bg, bold, underline } = lookOf(span);
  const inverse = !colours && bg !== undefined;
  const flags = (bold ? 1 : 0) | (underline ? 2 : 0) | (inverse ? 8 : 0);
  const front = (colours ? fg : undefined) ?? DEFAULT_COLOUR;
  const back = (colours ? bg : undefined) ?? DEFAULT_COLOUR;
  return (flags << 18) | (front << 9) | back;
}

/** Would both look the same? */
export function isSameLine(before: Line | undefined, line: Line): boolean {
  return (
    before?.length === line.length &&
    line.every(({ text, role, isSelected }, at) => {
      const was = before[at];
      return was?.text === text && was.role === role && was.isSelected === isSelected;
    })
  );
}
