/** What the user was just told: the result of a deed, or why nothing was requested. */
import { span, wrapAtMost } from '../cells.ts';
import type { Model } from '../model.ts';
import type { Line } from '../screen.ts';

const MOST_LINES = 3;

export function toldLines({ told }: Model, width: number): readonly Line[] {
  if (told === null) return [];
  const role = told.level === 'bad' ? 'bad' : 'busy';
  return wrapAtMost(told.words, width - 1, MOST_LINES).map((row) => [span(` ${row}`, role)]);
}
