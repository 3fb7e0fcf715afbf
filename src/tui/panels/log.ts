/** The lines of the selected instance, whether they follow, and the search. */
import { count } from '../../control/describe.ts';
import type { LineView } from '../../control/view.ts';
import { cell, cellText, lineWidth, measure, span, spread, titleRule } from '../cells.ts';
import { labelOf } from '../keys.ts';
import { passing } from '../log-acts.ts';
import type { LogBuffer } from '../log-buffer.ts';
import { matchesIn } from '../log-match.ts';
import { isTimed, paneOf, textCells, type LogPane } from '../log-pane.ts';
import { cutLine, lineCells, type Stretch } from '../log-text.ts';
import { countBelow, visibleRows, type PaneRow, type StreamChoice } from '../log-window.ts';
import { selectedOf, type Model } from '../model.ts';
import type { Line, Role, Size, Span } from '../screen.ts';

export function logLines(model: Model, size: Size): readonly Line[] {
  const { width } = size;
  const selected = selectedOf(model);
  if (selected === null) return [titleRule([span('log', 'faint')], width)];
  const { log } = model;
  const pane = paneOf(model, size);
  const rows = visibleRows(log, pane);
  const title = titleRule(
    [span(`log ${selected.id}`, model.focus === 'log' ? 'title' : 'strong'), ...facts(model, pane, rows)],
    width,
  );
  const body =
    log.id === selected.id && rows.length > 0
      ? rows.map((row) => rowLine(row, log, pane))
      : [[span(` ${emptyWords(log, selected.id, pane.stream)}`, 'faint')]];
  if (model.mode.is !== 'searching') return [title, ...body];
  const filled = Array.from({ length: pane.height }, (_, row) => body[row] ?? []);
  return [title, ...filled, inputLine(model, width)];
}

function emptyWords(log: LogBuffer, id: string, stream: StreamChoice): string {
  if (log.id !== id) return 'not there while nobody answers';
  if (log.rows.length === 0) return 'no lines yet';
  return `no lines of ${stream === 'err' ? 'stderr' : 'stdout'} among ${count(log.rows.filter((row) => 'text' in row).length)}`;
}

const STREAM_WORDS: Readonly<Record<StreamChoice, string>> = { both: 'out+err', out: 'out', err: 'err' };

/** What is unusual comes first: at the end there may be no room. */
function facts(model: Model, pane: LogPane, rows: readonly PaneRow[]): readonly Span[] {
  const { log, logLook } = model;
  const stream = span(STREAM_WORDS[logLook.stream], logLook.stream === 'both' ? 'faint' : 'warning');
  return [
    ...(model.mode.is === 'searching' ? [] : searchFact(model)),
    ...(logLook.stream === 'both' ? [] : [stream]),
    ...placeFacts(log, pane, rows.at(-1)),
    ...(log.dropped === 0 ? [] : [span(`${count(log.dropped)} dropped`, 'warning')]),
    ...(log.left === 0 ? [] : [span(`from column ${count(log.left + 1)}`, 'warning')]),
    ...(logLook.stream === 'both' ? [stream] : []),
    ...(logLook.isWrapped ? [span('wrapped', 'faint')] : []),
  ];
}

function placeFacts(log: LogBuffer, pane: LogPane, lowest: PaneRow | undefined): readonly Span[] {
  const lines = span(`${count(log.total)} ${log.total === 1 ? 'line' : 'lines'}`, 'faint');
  if (log.held === null || lowest === undefined) return [span('follow', 'good'), lines];
  const { below, unseen } = countBelow(log, pane, lowest);
  const news = unseen === 0 ? '' : `, ${count(unseen)} new`;
  return [
    span(below === 0 ? 'held' : `${count(below)} below${news}`, 'warning'),
    span(`${labelOf('log', 'follow')} follows`, 'key'),
  ];
}

/** The rest is left to the line in which it is typed. */
const MOST_TITLE = 20;

function searchFact({ log, logLook }: Model): readonly Span[] {
  const { search } = log;
  if (search === null) return [];
  const found = passing(log, logLook);
  const text = cellText(search.text);
  const short = measure(text) <= MOST_TITLE ? text : cell(text, MOST_TITLE);
  return [span(`/${short} ${matchWords(found, search.at)}`, found.length === 0 ? 'warning' : 'key')];
}

/** `3/17`: the third from the top of seventeen lines. */
function matchWords(found: readonly number[], at: number | null): string {
  if (found.length === 0) return 'none';
  const place = at === null ? -1 : found.indexOf(at);
  return place < 0 ? count(found.length) : `${count(place + 1)}/${count(found.length)}`;
}

export const SEARCH_PROMPT = ' /';

/** The visible part: its end, if it is longer than the row. */
export function typedSearch({ log }: Model, width: number): string {
  const letters = Array.from(cellText(log.search?.text ?? ''));
  while (letters.length > 0 && measure(letters.join('')) > width - SEARCH_PROMPT.length - 1) letters.shift();
  return letters.join('');
}

function inputLine(model: Model, width: number): Line {
  const { log, logLook } = model;
  const left: Line = [span(SEARCH_PROMPT, 'key'), span(typedSearch(model, width), 'input')];
  if (log.search === null || log.search.text === '') return left;
  const found = passing(log, logLook);
  const right = found.length === 0 ? 'no line matches ' : `${matchWords(found, log.search.at)} lines `;
  const line = spread(left, [span(right, found.length === 0 ? 'warning' : 'faint')], width);
  return lineWidth(line) <= width ? line : left;
}

function rowLine({ row, number, part }: PaneRow, log: LogBuffer, pane: LogPane): Line {
  if ('dropped' in row) {
    const lines = row.dropped === 1 ? '1 line was' : `${count(row.dropped)} lines were`;
    return [span(` ${lines} left out here: this screen fell behind`, 'warning')];
  }
  const room = textCells(row, pane);
  const isCut = part === null && lineCells(row) > log.left + room;
  const cut = part === null ? cutLine(row, log.left, isCut ? room - 1 : room) : { ...part, blank: 0 };
  const { search } = log;
  const matches = search === null ? [] : matchesIn(row, search.text, cut.end);
  const text = textSpans(row, cut, matches, search?.at === number ? 'match-here' : 'match');
  return [
    ...margin(row, pane, part === null || part.start === 0),
    span(' '.repeat(cut.blank)),
    ...text,
    ...(isCut ? [span('…', 'faint')] : []),
  ];
}

function margin(row: LineView, pane: LogPane, isFirst: boolean): Line {
  if (!isTimed(row, pane)) return [span(' ')];
  const time = new Date(row.at ?? 0).toTimeString().slice(0, 8);
  return [span(isFirst ? ` ${time} ` : ' '.repeat(10), row.stream === 'err' ? 'warning' : 'faint')];
}

function textSpans({ text }: LineView, shown: Stretch, matches: readonly Stretch[], role: Role): Line {
  const spans: Span[] = [];
  let from = shown.start;
  for (const match of matches) {
    const [start, end] = [Math.max(match.start, from), Math.min(match.end, shown.end)];
    if (end <= start) continue;
    if (start > from) spans.push(span(text.slice(from, start)));
    spans.push(span(text.slice(start, end), role));
    from = end;
  }
  return from < shown.end ? [...spans, span(text.slice(from, shown.end))] : spans;
}
