/** A text to read and scroll: the help, made from the key table, why an instance is in its state, a plan, the events. */
import type { Result } from '../../base/result.ts';
import { STATE_SIGNS, TROUBLE_SIGN } from '../../control/looks.ts';
import type { WhyView } from '../../control/view.ts';
import { cell, span, wrapText } from '../cells.ts';
import type { GlyphSet } from '../glyphs.ts';
import { KEYS, SECTIONS } from '../keys.ts';
import { selectedOf, type Mode, type Model, type Reading } from '../model.ts';
import type { Line, Size, Span } from '../screen.ts';
import { detailText } from './detail.ts';
import { eventLines, eventsTitle } from './events.ts';
import { pagedPanel } from './paged.ts';
import { planText } from './plan.ts';

export function readingPanel(model: Model, size: Size): readonly Line[] {
  const { mode } = model;
  if (mode.is !== 'reading') return [];
  return pagedPanel(titleOf(model, mode), readingLines(model, size), mode.top, size);
}

/** The whole text, visible or not. */
export function readingLines(model: Model, { width }: Pick<Size, 'width'>): readonly Line[] {
  const { mode, glyphs } = model;
  if (mode.is !== 'reading') return [];
  const { what } = mode;
  switch (what.about) {
    case 'help':
      return helpLines(width, glyphs);
    case 'detail':
      return detailText(model, width);
    case 'why':
      return whyLines(what.why, width);
    case 'plan':
      return planText(what.plan, width);
    case 'events':
      return eventLines(model, what.of, width);
  }
}

function titleOf(model: Model, { what, top }: Extract<Mode, { is: 'reading' }>): readonly Span[] {
  const title = span(titleWords(model, what), 'title');
  return what.about === 'events' && top === Infinity ? [title, span('follow', 'good')] : [title];
}

function titleWords(model: Model, what: Reading): string {
  switch (what.about) {
    case 'help':
      return 'help';
    case 'detail':
      return selectedOf(model)?.id ?? 'nobody';
    case 'why':
      return `why ${what.id}`;
    case 'plan':
      return 'plan of a reload';
    case 'events':
      return eventsTitle(model, what.of);
  }
}

function whyLines(why: Result<WhyView> | null, width: number): readonly Line[] {
  if (why === null) return [[span(' asking the supervisor …', 'busy')]];
  const sentences = why.ok ? why.value.words : [why.error];
  const role = why.ok ? 'plain' : 'bad';
  return sentences.flatMap((each) => wrapText(each, width - 2)).map((row) => [span(` ${row}`, role)]);
}

const LABEL = 9;

const NOTES = [
  'With the mouse: a click selects, the wheel scrolls what is under it.',
  'A log line whose time is in colour came from stderr.',
];

function helpLines(width: number, glyphs: GlyphSet): readonly Line[] {
  return [
    ...SECTIONS.flatMap(({ title, has }) => [
      [span(` ${title}`, 'title')],
      ...KEYS.filter(has).flatMap(({ label, words }) =>
        entry(span(` ${cell(label, LABEL)}`, 'key'), words ?? '', width),
      ),
      [],
    ]),
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
