/** A text to read and scroll: the help, made from the key table, or why an instance is where it is. */
import type { WhyView } from '../../control/view.ts';
import { cell, span, titleRule, wrapText } from '../cells.ts';
import { STATE_SIGNS, TROUBLE_SIGN, type GlyphSet } from '../glyphs.ts';
import { KEYS } from '../keys.ts';
import type { Model } from '../model.ts';
import type { Line, Size } from '../screen.ts';

export function readingPanel(model: Model, size: Size): readonly Line[] {
  if (model.mode.is !== 'reading') return [];
  const lines = readingLines(model, size);
  const room = size.height - 1;
  const { what, top } = model.mode;
  const title = what === 'help' ? 'help' : `why ${what.id}`;
  const more = lines.length > top + room ? [span('↓ more', 'key')] : [];
  return [titleRule([span(title, 'title'), ...more], size.width), ...lines.slice(top, top + room)];
}

/** All of the text, seen or not. */
export function readingLines({ mode, glyphs }: Model, { width }: Pick<Size, 'width'>): readonly Line[] {
  if (mode.is !== 'reading') return [];
  return mode.what === 'help' ? helpLines(width, glyphs) : whyLines(mode.what, width);
}

const whyLines = ({ words }: WhyView, width: number): readonly Line[] =>
  words.flatMap((sentence) => wrapText(sentence, width - 2)).map((row) => [span(` ${row}`)]);

const LABEL = 8;

const NOTES = [
  'With the mouse: a click selects, the wheel scrolls what is under it.',
  'A log line whose time is in colour came from stderr.',
];

function helpLines(width: number, glyphs: GlyphSet): readonly Line[] {
  const explained = KEYS.flatMap(({ label, words }) => (words === null ? [] : [{ label, words }]));
  return [
    ...explained.flatMap(({ label, words }) => entry(span(` ${cell(label, LABEL)}`, 'key'), words, width)),
    [],
    [span(' signs', 'title')],
    ...Object.entries(STATE_SIGNS).map(([state, sign]): Line => [span(` ${sign[glyphs]} `, sign.role), span(state)]),
    [span(` ${TROUBLE_SIGN[glyphs]} `, TROUBLE_SIGN.role), span('stuck, or looping')],
    [],
    ...NOTES.flatMap((note) => wrapText(note, width - 2)).map((row): Line => [span(` ${row}`, 'faint')]),
  ];
}

function entry(label: Line[number], words: string, width: number): readonly Line[] {
  const [first = '', ...others] = wrapText(words, width - LABEL - 3);
  return [[label, span(` ${first}`)], ...others.map((row): Line => [span(' '.repeat(LABEL + 2) + row)])];
}
