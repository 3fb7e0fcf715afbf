/** The last row: the keys that hold now, as many as fit; `? help` and `q quit` always do. */
import { startOrStop } from '../acts.ts';
import { lineWidth, span } from '../cells.ts';
import { rowsAt, type KeyRow } from '../keys.ts';
import { placeOf, selectedOf, type Model } from '../model.ts';
import type { Line, Size } from '../screen.ts';

export function footerLines(model: Model, { width }: Size): readonly Line[] {
  const told = rowsAt(placeOf(model)).filter(({ footer }) => footer !== null);
  const kept = new Set<KeyRow>();
  let left = width;
  for (const row of told.toSorted((a, b) => rankOf(a) - rankOf(b))) {
    const cells = lineWidth(hint(row, model));
    if (cells > left) break;
    kept.add(row);
    left -= cells;
  }
  return [told.filter((row) => kept.has(row)).flatMap((row) => hint(row, model))];
}

const rankOf = ({ footer }: KeyRow): number => footer?.rank ?? Infinity;

function hint({ footer, action }: KeyRow, model: Model): Line {
  if (footer === null) return [];
  return [span(` ${footer.label}`, 'key'), span(` ${wordsOf(action, footer.words, model)} `, 'faint')];
}

/** What one key does depends on what is selected. */
function wordsOf(action: KeyRow['action'], words: string, model: Model): string {
  const selected = selectedOf(model);
  if (action === 'start-or-stop' && selected !== null) return startOrStop(selected);
  return action === 'next-pane' && model.focus === 'log' ? 'list' : words;
}
