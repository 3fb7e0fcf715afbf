/** How many cells of a terminal a text without control characters takes. */
export type Measure = (text: string) => number;

/** Printable ASCII, Latin letters, and the signs that we draw ourselves (dashes, quotes, `…`, arrows, lines, blocks): one cell each. */
const PLAIN =
  /^[\x20-\x7e\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2015\u2018-\u2026\u2022\u2039\u203a\u2190-\u2193\u21bb\u2500-\u259f\u25a0-\u25fc\u25ff\u2713\u2717\u25b8]*$/;

/** One cell per UTF-16 unit; needs no table. */
export const isPlain = (text: string): boolean => PLAIN.test(text);

/**
 * A measure for these texts. The Unicode tables take longer to load than an entire short command, so they are loaded only if a text
 * contains something that may be wide, joined or zero-width (CJK, emoji, marks).
 */
export async function measureFor(texts: Iterable<string>): Promise<Measure> {
  for (const text of texts) if (!isPlain(text)) return (await import('string-width')).default;
  return (text) => text.length;
}

/** The text in exactly so many cells: padded with spaces, or cut with `…`. */
export function fit(text: string, cells: number, measure: Measure): string {
  const width = measure(text);
  if (width <= cells) return text + ' '.repeat(cells - width);
  if (cells <= 0) return '';
  const kept = beginning(text, cells - 1, measure);
  return `${kept}…${' '.repeat(cells - 1 - measure(kept))}`;
}

/** As much of the text as fits into so many cells; no letter is split. */
export function beginning(text: string, cells: number, measure: Measure): string {
  if (isPlain(text)) return text.slice(0, cells);
  let kept = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += measure(segment);
    if (used > cells) break;
    kept += segment;
  }
  return kept;
}
