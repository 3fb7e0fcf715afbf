/** The row of the filter: where it is typed, and what it leaves over. */
import { cellText, lineWidth, span, spread } from '../cells.ts';
import type { Model } from '../model.ts';
import type { Line, Size } from '../screen.ts';

export function filterLines(model: Model, { width }: Size): readonly Line[] {
  const { filter, shown, instances, mode } = model;
  const left: Line = [span(FILTER_PROMPT, 'key'), span(cellText(filter), mode.is === 'filtering' ? 'input' : 'strong')];
  const count = `${shown.length} of ${instances.length}`;
  const right = mode.is === 'filtering' ? `${count} ` : `${count}, Esc shows all `;
  const line = spread(left, [span(right, 'faint')], width);
  return [lineWidth(line) <= width ? line : left];
}

export const FILTER_PROMPT = ' /';
