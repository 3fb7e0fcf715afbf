/** The lines of the selected instance, and whether they follow. */
import { count } from '../../control/describe.ts';
import { span, titleRule } from '../cells.ts';
import { labelOf } from '../keys.ts';
import { visibleRows, type LogBuffer, type LogRow } from '../log-buffer.ts';
import { selectedOf, type Model } from '../model.ts';
import type { Line, Size, Span } from '../screen.ts';

/** From here on there is room for the time of each line, as there is wherever the log stands beside the list. */
const TIMES_FROM = 48;

export function logLines(model: Model, { width, height }: Size): readonly Line[] {
  const selected = selectedOf(model);
  if (selected === null) return [titleRule([span('log', 'faint')], width)];
  const { log } = model;
  const room = height - 1;
  const title = titleRule(
    [span(`log ${selected.id}`, model.focus === 'log' ? 'title' : 'strong'), ...facts(log)],
    width,
  );
  if (log.id !== selected.id) return [title, [span(' not there while nobody answers', 'faint')]];
  if (log.rows.length === 0) return [title, [span(' no lines yet', 'faint')]];
  return [title, ...visibleRows(log, room).map((row) => rowLine(row, width))];
}

function facts({ total, dropped, back, unseen }: LogBuffer): readonly Span[] {
  const lines = span(`${count(total)} ${total === 1 ? 'line' : 'lines'}`, 'faint');
  const missing = dropped === 0 ? [] : [span(`${count(dropped)} dropped`, 'warning')];
  if (back === 0) return [span('follow', 'good'), lines, ...missing];
  const news = unseen === 0 ? '' : `, ${count(unseen)} new`;
  return [
    span(`${count(back)} below${news}`, 'warning'),
    span(`${labelOf('log', 'follow')} follows`, 'key'),
    ...missing,
  ];
}

function rowLine(row: LogRow, width: number): Line {
  if ('dropped' in row) {
    const lines = row.dropped === 1 ? '1 line was' : `${count(row.dropped)} lines were`;
    return [span(` ${lines} left out here: this screen fell behind`, 'warning')];
  }
  if (row.at === null || width < TIMES_FROM) return [span(' '), span(row.text)];
  const time = new Date(row.at).toTimeString().slice(0, 8);
  return [span(` ${time} `, row.stream === 'err' ? 'warning' : 'faint'), span(row.text)];
}
