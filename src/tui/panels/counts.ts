/** The second row of the head: how many instances are in which state, and the resources that are down. */
import { sinceMs, span as duration } from '../../control/describe.ts';
import { countsOf, STATE_SIGNS, type Count } from '../../control/looks.ts';
import { cellText, lineWidth, span, spread } from '../cells.ts';
import type { GlyphSet } from '../glyphs.ts';
import { factsAt, type Instance, type Model } from '../model.ts';
import { oncePer } from '../once-per.ts';
import type { Line, Span } from '../screen.ts';

/**
 * Only what occurs, trouble first: in words, or from the end on by their signs if the words do not fit. Resources that are down are on the
 * right, in as much detail as the counts leave room for when shown by signs.
 */
export function countLine(model: Model, width: number): Line {
  const { glyphs } = model;
  const counts = countsIn(model.instances);
  const signs = counts.map((each) => countSpan(each, false, glyphs));
  const down = downLine(model, width - lineWidth(signs) - GAP);
  if (counts.length === 0) return spread([span(emptyWords(model), 'faint')], down, width);
  const left = width - (down.length === 0 ? 0 : lineWidth(down) + GAP);
  for (let worded = counts.length; worded > 0; worded--) {
    const line = counts.map((each, index) => countSpan(each, index < worded, glyphs));
    if (lineWidth(line) <= left) return spread(line, down, width);
  }
  return spread(signs, down, width);
}

/** With less, the two ends of a row look like one. */
const GAP = 2;

const emptyWords = ({ supervisor }: Model): string => (supervisor === null ? '' : ' no instances');

const countSpan = ({ count, word, sign }: Count, isWorded: boolean, glyphs: GlyphSet): Span =>
  span(isWorded ? ` ${count} ${word} ` : ` ${sign[glyphs]}${count}`, sign.role);

const countsIn = oncePer((instances: readonly Instance[]) => countsOf(instances));

/** `✗ database down 12s  ✗ queue down 3s`, `✗ database 12s +1`, `✗2 down`: the longest that fits; the one down for longest comes first. */
function downLine(model: Model, width: number): Line {
  const now = factsAt(model);
  const down = model.resources
    .flatMap(({ name, state, since }) => (state === 'down' && since !== null ? [{ name: cellText(name), since }] : []))
    .toSorted((a, b) => a.since.localeCompare(b.since));
  const [first] = down;
  if (first === undefined) return [];
  const sign = STATE_SIGNS.failed[model.glyphs];
  const told = down.map(({ name, since }) => `${sign} ${name} down ${duration(sinceMs(since, now))}`);
  const more = (shown: number): string => (shown === down.length ? '' : ` +${down.length - shown}`);
  const ways = [
    ...told.map((_, at) => told.slice(0, told.length - at).join('  ') + more(told.length - at)),
    `${sign} ${first.name} ${duration(sinceMs(first.since, now))}${more(1)}`,
    `${sign} ${down.length} down`,
  ];
  const words = ways.find((way) => lineWidth([span(way)]) < width);
  return words === undefined ? [] : [span(`${words} `, 'bad')];
}
