/** What was just said to the user: what a deed came to, or why nothing was asked. */
import { cellText, span } from '../cells.ts';
import type { Model } from '../model.ts';
import type { Line } from '../screen.ts';

export const toldLines = ({ told }: Model): readonly Line[] =>
  told === null ? [] : [[span(` ${cellText(told.words)}`, told.level === 'bad' ? 'bad' : 'busy')]];
