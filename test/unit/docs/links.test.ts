/** Everything that a page links to exists. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { anchorsOf, linksOf, pages } from '../../support/pages.ts';

const all = pages();
const root = path.resolve(import.meta.dirname, '../../..');

test('every link leads to a file that is there, and to a title in it', () => {
  const byFile = new Map(all.map((page) => [page.file, page]));
  const broken = all.flatMap((page) =>
    linksOf(page).flatMap(({ text, at }) => {
      if (/^(https?|mailto):/.test(text)) return [];
      const [to = '', anchor] = text.split('#');
      const file = to === '' ? page.file : path.normalize(path.join(path.dirname(page.file), to));
      if (!existsSync(path.join(root, file))) return [`${at}: ${text}: no such file`];
      const target = byFile.get(file);
      const isThere = anchor === undefined || target === undefined || anchorsOf(target).has(anchor);
      return isThere ? [] : [`${at}: ${text}: no such title`];
    }),
  );
  expect(broken).toEqual([]);
});

test('the README leads to every page', () => {
  const [readme] = all;
  if (readme === undefined) throw new Error('there is no README');
  const targets = new Set(linksOf(readme).map(({ text }) => text.replace(/#.*/, '')));
  const isLed = (file: string): boolean => targets.has(file) || targets.has(path.dirname(file));
  expect(
    all
      .slice(1)
      .map(({ file }) => file)
      .filter((file) => !isLed(file)),
  ).toEqual([]);
});
