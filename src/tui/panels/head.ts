/** The rows at the top: the supervisor, counts of states, and what is wrong overall. */
import { never } from '../../base/never.ts';
import { sinceMs, span as duration } from '../../control/describe.ts';
import type { SupervisorView } from '../../control/view.ts';
import { cell, cellText, lineWidth, span, spread, wrapAtMost } from '../cells.ts';
import { factsAt, type Model } from '../model.ts';
import type { Line } from '../screen.ts';
import { countLine } from './counts.ts';
import { stoppingLines } from './stopping.ts';

/** From this width on there is room for a hint. */
const ROOMY = 60;

/** From this row on it says what is wrong, if anything is. */
export const TROUBLE_ROW = 2;

export function headLines(model: Model, width: number): readonly Line[] {
  const lines: Line[] = [whoLine(model, width), countLine(model, width)];
  return [...lines, ...troubleLines(model, width)];
}

/** The longest that fits; the clock goes first, then the uptime, then its pid. */
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
      if (supervisor?.state === 'stopping') return stoppingLines(model, width);
      return supervisor === null ? [] : problemLines(supervisor, width);
    default:
      return never(connection);
  }
}

/** Why there is no answer, and what to do, takes more than a row of a narrow terminal. */
const MOST_LOST_LINES = 2;

function problemLines({ problems }: SupervisorView, width: number): readonly Line[] {
  const [first, ...others] = problems;
  if (first === undefined) return [];
  const count = `  +${others.length} more`;
  const tail = others.length === 0 ? '' : width < ROOMY ? count : `${count}: supervise status`;
  return [[span(cell(` ${cellText(first)}`, width - tail.length).trimEnd(), 'bad'), span(tail, 'faint')]];
}
