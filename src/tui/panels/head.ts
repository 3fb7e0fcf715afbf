/** The rows at the top: who supervises, counts of states, and what is wrong with all of it. */
import { never } from '../../base/never.ts';
import { sinceMs, span as duration } from '../../control/describe.ts';
import type { FlagName, InstanceView, StateName, SupervisorView } from '../../control/view.ts';
import { cell, cellText, lineWidth, measure, span, spread, wrapAtMost } from '../cells.ts';
import { STATE_SIGNS } from '../glyphs.ts';
import { factsAt, type Model } from '../model.ts';
import type { Line, Role, Span } from '../screen.ts';

/** From here on there is room for a hint. */
const ROOMY = 60;

/** From here on it says what is wrong, if anything is. */
export const TROUBLE_ROW = 2;

export function headLines(model: Model, width: number): readonly Line[] {
  const lines: Line[] = [whoLine(model, width), countLine(model, width)];
  return [...lines, ...troubleLines(model, width)];
}

/** The longest that fits; the clock goes first, then how long it is up, then its pid. */
function whoLine(model: Model, width: number): Line {
  const { supervisor, now } = model;
  const name = span(' supervise', 'title');
  const clock = new Date(now).toTimeString().slice(0, 8);
  const list = cellText(model.list);
  const facts =
    supervisor === null
      ? [list]
      : [list, `pid ${supervisor.pid}`, `up ${duration(sinceMs(supervisor.started_at, factsAt(model)))}`];
  const right: Line = [span(`${clock} `, 'faint')];
  for (let kept = facts.length; kept > 0; kept--) {
    const left: Line = [name, span(`  ${facts.slice(0, kept).join('  ')}`)];
    if (lineWidth(left) <= width) return spread(left, right, width);
  }
  return [name, span('  '), span(cell(list, Math.max(1, width - 13)))];
}

interface Count {
  readonly count: number;
  readonly word: string;
  readonly sign: string;
  readonly role: Role;
}

/** Only what occurs, trouble first: in words, and from the end on by their signs where the words do not fit. */
function countLine(model: Model, width: number): Line {
  const counts = countsOf(model);
  if (counts.length === 0) return [span(model.supervisor === null ? '' : ' no instances', 'faint')];
  for (let worded = counts.length; worded > 0; worded--) {
    const line = counts.map((each, index) => countSpan(each, index < worded));
    if (lineWidth(line) <= width) return line;
  }
  return counts.map((each) => countSpan(each, false));
}

const countSpan = ({ count, word, sign, role }: Count, isWorded: boolean): Span =>
  span(isWorded ? ` ${count} ${word} ` : ` ${sign}${count}`, role);

function countsOf({ instances, glyphs }: Model): readonly Count[] {
  const counts = new Map<StateName | FlagName, number>();
  for (const { state, flags } of instances)
    for (const each of [state, ...flags]) counts.set(each, (counts.get(each) ?? 0) + 1);
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

const FLAG_SIGNS = { stuck: '!', looping: '!!' } as const;

function troubleLines(model: Model, width: number): readonly Line[] {
  const { connection, supervisor } = model;
  switch (connection.is) {
    case 'connecting':
      return [[span(' looking for the supervisor of this list …', 'busy')]];
    case 'lost': {
      const words = `no answer for ${duration(model.now - connection.since)}, trying again: ${connection.words}`;
      return wrapAtMost(words, width - 1, MOST_LOST_LINES).map((row) => [span(` ${row}`, 'bad')]);
    }
    case 'up':
      if (supervisor?.state === 'stopping') return [stoppingLine(model, factsAt(model), width)];
      return supervisor === null ? [] : problemLines(supervisor, width);
    default:
      return never(connection);
  }
}

/** Why nobody answers, and what to do, takes more than a row of a narrow terminal. */
const MOST_LOST_LINES = 2;

/** As many facts as fit, the most pressing first. */
function stoppingLine({ instances }: Model, now: number, width: number): Line {
  const [first = '', ...others] = stoppingFacts(instances, now);
  const words = others.reduce(
    (so, fact) => (measure(`${so}, ${fact}`) <= width ? `${so}, ${fact}` : so),
    ` stopping: ${first}`,
  );
  return [span(words, 'warning')];
}

/** `3 draining, longest grace 39s`. */
function stoppingFacts(instances: readonly InstanceView[], now: number): readonly string[] {
  const leaving = instances.filter(({ state }) => state === 'draining' || state === 'killing');
  const toCome = instances.filter(({ state }) => state === 'running' || state === 'starting').length;
  const ends = leaving.flatMap(({ kill_at: at }) => (at === null ? [] : [Date.parse(at)]));
  const unlimited = leaving.filter(({ kill_at: at, state }) => at === null && state === 'draining').length;
  const words = [
    leaving.length === 0 ? null : `${leaving.length} draining`,
    ends.length === 0 ? null : `longest grace ${duration(Math.max(...ends) - now)}`,
    unlimited === 0 ? null : `${unlimited} without limit`,
    toCome === 0 ? null : `${toCome} still to drain`,
    leaving.length + toCome === 0 ? null : 'goes on without this screen',
  ].filter((part) => part !== null);
  return words.length === 0 ? ['all have ended'] : words;
}

function problemLines({ problems }: SupervisorView, width: number): readonly Line[] {
  const [first, ...others] = problems;
  if (first === undefined) return [];
  const count = `  +${others.length} more`;
  const tail = others.length === 0 ? '' : width < ROOMY ? count : `${count}: supervise status`;
  return [[span(cell(` ${cellText(first)}`, width - tail.length).trimEnd(), 'bad'), span(tail, 'faint')]];
}
