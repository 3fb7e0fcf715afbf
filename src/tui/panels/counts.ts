/** The second row of the head: how many are in which state, and the resources that are down. */
import { sinceMs, span as duration } from '../../control/describe.ts';
import type { FlagName, StateName } from '../../control/view.ts';
import { cellText, lineWidth, span, spread } from '../cells.ts';
import { STATE_SIGNS } from '../glyphs.ts';
import { factsAt, type Instance, type Model } from '../model.ts';
import { oncePer } from '../once-per.ts';
import type { Line, Role, Span } from '../screen.ts';

/**
 * Only what occurs, trouble first: in words, and from the end on by their signs where the words do not fit. What is down stands at
 * the right, in full as far as the counts leave room by their signs.
 */
export function countLine(model: Model, width: number): Line {
  const counts = countsOf(model);
  const signs = counts.map((each) => countSpan(each, false));
  const down = downLine(model, width - lineWidth(signs) - GAP);
  if (counts.length === 0) return spread([span(emptyWords(model), 'faint')], down, width);
  const left = width - (down.length === 0 ? 0 : lineWidth(down) + GAP);
  for (let worded = counts.length; worded > 0; worded--) {
    const line = counts.map((each, index) => countSpan(each, index < worded));
    if (lineWidth(line) <= left) return spread(line, down, width);
  }
  return spread(signs, down, width);
}

/** Less between two ends of a row looks like one. */
const GAP = 2;

const emptyWords = ({ supervisor }: Model): string => (supervisor === null ? '' : ' no instances');

interface Count {
  readonly count: number;
  readonly word: string;
  readonly sign: string;
  readonly role: Role;
}

const countSpan = ({ count, word, sign, role }: Count, isWorded: boolean): Span =>
  span(isWorded ? ` ${count} ${word} ` : ` ${sign}${count}`, role);

function countsOf({ instances, glyphs }: Model): readonly Count[] {
  const counts = numbersIn(instances);
  const flagged = (['stuck', 'looping'] as const).map((flag): Count => ({
    count: counts.get(flag) ?? 0,
    word: flag,
    sign: FLAG_SIGNS[flag],
    role: 'bad',
  }));
  const states = (Object.keys(STATE_SIGNS) as StateName[]) // The keys of a record of all states.
    .map((state): Count => {
      const sign = STATE_SIGNS[state];
      return { count: counts.get(state) ?? 0, word: state, sign: sign[glyphs], role: sign.role };
    });
  return [...flagged, ...states].filter(({ count }) => count > 0);
}

const numbersIn = oncePer((instances: readonly Instance[]): ReadonlyMap<StateName | FlagName, number> => {
  const counts = new Map<StateName | FlagName, number>();
  for (const { state, flags } of instances) {
    counts.set(state, (counts.get(state) ?? 0) + 1);
    for (const flag of flags) counts.set(flag, (counts.get(flag) ?? 0) + 1);
  }
  return counts;
});

const FLAG_SIGNS = { stuck: '!', looping: '!!' } as const;

/** `✗ database down 12s  ✗ queue down 3s`, `✗ database 12s +1`, `✗2 down`: the longest that fits; the first is down for longest. */
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
