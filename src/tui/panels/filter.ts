/** The filter row: where it is typed, what it leaves, and how many are marked. */
import { cellText, lineWidth, span, spread } from '../cells.ts';
import type { Model } from '../model.ts';
import type { Line, Size } from '../screen.ts';

export function filterLines(model: Model, { width }: Size): readonly Line[] {
  const { filter, shown, instances, mode, marked } = model;
  const isTyped = mode.is === 'filtering';
  const marks: Line = marked.size === 0 ? [] : [span(` ${marked.size} marked`, 'key')];
  if (filter === '' && !isTyped) return [marks];
  const left: Line = [span(FILTER_PROMPT, 'key'), span(cellText(filter), isTyped ? 'input' : 'strong')];
  const count = `${shown.length} of ${instances.length}`;
  const hint = isTyped || marked.size > 0 ? `${count} ` : `${count}, Esc shows all `;
  const right: Line = [...marks, span(` ${hint}`, 'faint')];
  const line = spread(left, right, width);
  if (lineWidth(line) > width) return [left];
  // The number of targets of an act matters more than the number shown.
  return [line === left && marked.size > 0 ? spread(left, [...marks, span(' ')], width) : line];
}

export const FILTER_PROMPT = ' /';
