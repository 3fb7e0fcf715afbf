/** Styled lines -> cells of a terminal, as blessed keeps them. Pure. */
import { isPlain } from '../base/width.ts';
import { measure } from './cells.ts';
import type { Line, Span } from './screen.ts';
import { lookOf } from './theme.ts';

/** What stands in a cell; its attribute packs flags, foreground and background. */
export type Cell = [attribute: number, text: string];

const DEFAULT_COLOUR = 0x1ff;
const BLANK: Readonly<Cell> = [(DEFAULT_COLOUR << 9) | DEFAULT_COLOUR, ' '];

/** A cell a column, `width` of them; behind a text that is two cells wide stands a blank, which blessed skips. */
export function cellsOf(line: Line, width: number, colours: boolean): readonly Readonly<Cell>[] {
  const cells = inked(line, width, colours);
  while (cells.length < width) cells.push(BLANK);
  return cells;
}

function inked(line: Line, width: number, colours: boolean): Readonly<Cell>[] {
  const cells: Readonly<Cell>[] = [];
  for (const span of line) {
    const attribute = attributeOf(span, colours);
    for (const piece of piecesOf(span.text)) {
      const wide = measure(piece);
      if (wide === 0) continue;
      if (cells.length + wide > width) return cells;
      cells.push([attribute, piece]);
      for (let rest = 1; rest < wide; rest += 1) cells.push([attribute, ' ']);
    }
  }
  return cells;
}

const SEGMENTER = new Intl.Segmenter();

const piecesOf = (text: string): Iterable<string> =>
  isPlain(text) ? text : Array.from(SEGMENTER.segment(text), ({ segment }) => segment);

/** Without colours the bar of what is selected is drawn inverse. */
function attributeOf(span: Span, colours: boolean): number {
  const { fg, bg, bold, underline } = lookOf(span);
  const inverse = !colours && bg !== undefined;
  const flags = (bold ? 1 : 0) | (underline ? 2 : 0) | (inverse ? 8 : 0);
  const front = (colours ? fg : undefined) ?? DEFAULT_COLOUR;
  const back = (colours ? bg : undefined) ?? DEFAULT_COLOUR;
  return (flags << 18) | (front << 9) | back;
}

/** Whether both would look the same. */
export function isSameLine(before: Line | undefined, line: Line): boolean {
  return (
    before?.length === line.length &&
    line.every(({ text, role, isSelected }, at) => {
      const was = before[at];
      return was?.text === text && was.role === role && was.isSelected === isSelected;
    })
  );
}
