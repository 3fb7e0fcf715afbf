/** The rows at the top: who supervises, counts of states, and what is wrong with all of it. */
import { never } from '../../base/never.ts';
import { sinceMs, span as duration } from '../../control/describe.ts';
import type { InstanceView, StateName, SupervisorView } from '../../control/view.ts';
import { cell, cellText, lineWidth, measure, span, spread } from '../cells.ts';
import { STATE_SIGNS } from '../glyphs.ts';
import { factsAt, type Model } from '../model.ts';
import type { Line, Role, Span } from '../screen.ts';

/** Where it says what is wrong, if anything is. */
export const TROUBLE_ROW = 2;

export function headLines(model: Model, width: number): readonly Line[] {
  const lines: Line[] = [whoLine(model, width), countLine(model, width)];
  const trouble = troubleLine(model, width);
  return trouble === null ? lines : [...lines, trouble];
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

/** Only what occurs, trouble first: in words, and where they do not fit by signs. */
function countLine(model: Model, width: number): Line {
  const counts = countsOf(model);
  if (counts.length === 0) return [span(model.connection.is === 'connecting' ? '' : ' no instances', 'faint')];
  const worded = counts.flatMap(({ count, word, role }): Line => [span(` ${count} ${word}`, role), span(' ')]);
  if (lineWidth(worded) <= width + 1) return worded;
  return counts.map(({ count, sign, role }) => span(` ${sign}${count}`, role));
}

function countsOf({ instances, glyphs }: Model): readonly Count[] {
  const flagged = (['stuck', 'looping'] as const).map((flag): Count => {
    const count = instances.filter(({ flags }) => flags.includes(flag)).length;
    return { count, word: flag, sign: flag === 'stuck' ? '!' : '!!', role: 'bad' };
  });
  const states = (Object.keys(STATE_SIGNS) as StateName[]) // The keys of a record of all states.
    .map((state): Count => {
      const sign = STATE_SIGNS[state];
      const count = instances.filter((instance) => instance.state === state).length;
      return { count, word: state, sign: sign[glyphs], role: sign.role };
    });
  return [...flagged, ...states].filter(({ count }) => count > 0);
}

function troubleLine(model: Model, width: number): Line | null {
  const { connection, supervisor, now } = model;
  switch (connection.is) {
    case 'connecting':
      return [span(' looking for the supervisor of this list …', 'busy')];
    case 'lost': {
      const since = duration(now - connection.since);
      const full = ` no answer for ${since}: ${cellText(connection.words)}; trying again`;
      return [span(measure(full) <= width ? full : ` no answer for ${since}, trying again`, 'bad')];
    }
    case 'up':
      if (supervisor?.state === 'stopping') return stoppingLine(model, width);
      return supervisor === null ? null : problemLine(supervisor, width);
    default:
      return never(connection);
  }
}

function stoppingLine(model: Model, width: number): Line {
  const parts = ['stopping', stoppingWords(model.instances, factsAt(model))].join(': ');
  const tail = '; it goes on without this screen';
  const full = ` ${parts}${tail}`;
  return [span(measure(full) <= width ? full : ` ${parts}`, 'warning')];
}

/** `3 draining, longest grace 39s`. */
function stoppingWords(instances: readonly InstanceView[], now: number): string {
  const leaving = instances.filter(({ state }) => state === 'draining' || state === 'killing');
  const toCome = instances.filter(({ state }) => state === 'running' || state === 'starting').length;
  const ends = leaving.flatMap(({ kill_at: at }) => (at === null ? [] : [Date.parse(at)]));
  const unlimited = leaving.filter(({ kill_at: at, state }) => at === null && state === 'draining').length;
  const words = [
    leaving.length === 0 ? null : `${leaving.length} draining`,
    toCome === 0 ? null : `${toCome} still to drain`,
    ends.length === 0 ? null : `longest grace ${duration(Math.max(...ends) - now)}`,
    unlimited === 0 ? null : `${unlimited} for as long as it takes`,
  ].filter((part) => part !== null);
  return words.length === 0 ? 'all have ended' : words.join(', ');
}

function problemLine({ problems }: SupervisorView, width: number): Line | null {
  const [first, ...others] = problems;
  if (first === undefined) return null;
  const more: Span[] = others.length === 0 ? [] : [span(`  +${others.length} more: supervise status`, 'faint')];
  return [span(cell(` ${cellText(first)}`, Math.max(1, width - lineWidth(more))).trimEnd(), 'bad'), ...more];
}
