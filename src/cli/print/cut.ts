import { beginning, type Measure } from '../../base/width.ts';

/** What `colour` puts around a text. */
const STYLE = /(\u001b\[[0-9;]*m)/;

/** One of our lines, coloured or not, cut with `…` to at most so many cells. */
export function cutLine(line: string, cells: number, measure: Measure): string {
  const parts = line.split(STYLE);
  const width = parts.reduce((sum, part, at) => (at % 2 === 1 ? sum : sum + measure(part)), 0);
  if (width <= cells) return line;
  let kept = '';
  let left = cells - 1;
  let isCut = false;
  for (const [at, part] of parts.entries()) {
    // Styles that were begun are ended.
    if (at % 2 === 1) kept += part;
    else if (!isCut) {
      const text = beginning(part, left, measure);
      isCut = text !== part;
      left -= measure(text);
      kept += isCut ? `${text}…` : text;
    }
  }
  return kept;
}
