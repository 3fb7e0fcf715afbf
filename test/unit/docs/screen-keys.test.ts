/** Every key of the screen named by a page is in the key table. (The table of docs/tui.md is made from it: test/unit/tui/docs.test.ts.) */
import { expect, test } from 'vitest';
import { KEYS } from '../../../src/tui/keys.ts';
import { isDecision, pages, proseOf, spansOf } from '../../support/pages.ts';

/** `↓ j` is two of them. */
const LABELS: ReadonlySet<string> = new Set(KEYS.flatMap(({ label }) => [label, ...label.split(' ')]));
/** As written in a text. */
const NAMED = /^(?:[A-Za-z*?/]|\[|\]|Esc|Enter|Tab|Space|Home|End|PgUp|PgDn|Backspace|Ctrl-[A-Z]|F\d+)$/;
const ABOUT_THE_SCREEN = /\b(?:screen|keys?|press(?:es)?)\b/i;

test('every key of the screen in a page is in the key table', () => {
  const named = pages()
    .filter((page) => !isDecision(page))
    .flatMap((page) => {
      const lines = proseOf(page);
      const isAbout = (at: string): boolean =>
        page.file === 'docs/tui.md' || ABOUT_THE_SCREEN.test(lines[Number(at.split(':')[1]) - 1] ?? '');
      return spansOf(page).filter(({ text, at }) => NAMED.test(text) && isAbout(at));
    });
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter(({ text }) => !LABELS.has(text))).toEqual([]);
});
