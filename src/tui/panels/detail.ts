/** Everything known about the selected instance. What does not apply has no row. */
import { formatBytes } from '../../base/bytes.ts';
import { describeState, describeWait } from '../../control/describe-state.ts';
import { count, sinceMs, span as duration } from '../../control/describe.ts';
import type { ExitView, InstanceView } from '../../control/view.ts';
import { cell, cellText, span, titleRule, wrapAtMost } from '../cells.ts';
import { clock } from '../clock.ts';
import { STATE_SIGNS } from '../../control/looks.ts';
import { labelOf } from '../keys.ts';
import { isShort } from '../sizes.ts';
import { agedTo, factsAt, selectedOf, type Model } from '../model.ts';
import { paceOf, rateWords } from '../pace.ts';
import type { Line, Role, Size } from '../screen.ts';
import { CUT, endWords, limitWords, needRows, runLines } from './runs.ts';

/** As much of it as fits; the rest is read on its own. */
export function detailPanel(model: Model, { width, height }: Size): readonly Line[] {
  const lines = detailLines(model, width);
  const selected = selectedOf(model);
  if (selected === null || lines.length <= height) return lines;
  const more = model.isOpen ? [span(`${labelOf('list', 'open')} more`, 'key')] : [];
  return [titleOf(selected, [...more, ...wayToLog(model)], width), ...lines.slice(1, height)];
}

/** All of it, with its title. */
export function detailLines(model: Model, width: number): readonly Line[] {
  const selected = selectedOf(model);
  return selected === null ? [] : [titleOf(selected, wayToLog(model), width), ...detailText(model, width)];
}

export function detailText(model: Model, width: number): readonly Line[] {
  const selected = selectedOf(model);
  if (selected === null) return [];
  const now = factsAt(model);
  const told = model.asked.answer?.id === selected.id ? model.asked.answer : null;
  return [
    ...rowsOf(model, agedTo(selected, now), told, now).flatMap((row) => entry(row, width)),
    ...runLines(told?.runs ?? [], now, width),
  ];
}

const titleOf = ({ id, state }: InstanceView, more: Line, width: number): Line =>
  titleRule([span(id, 'strong'), span(state, STATE_SIGNS[state].role), ...more], width);

/** Unless the log is below. */
const wayToLog = ({ size }: Model): Line => (isShort(size) ? [span(`${labelOf('list', 'next-pane')} log`, 'key')] : []);

interface Row {
  readonly label: string;
  readonly words: string;
  readonly role?: Role;
}

const LABEL = 11;
/** Evidence can be long; the whole text is in `supervise status NAME`. */
const MOST_LINES = 2;

function entry({ label, words, role }: Row, width: number): readonly Line[] {
  const rows = wrapAtMost(words, width - LABEL - 2, MOST_LINES);
  return rows.map((row, index) => [span(` ${cell(index === 0 ? label : '', LABEL)}`, 'faint'), span(row, role)]);
}

function rowsOf(model: Model, instance: InstanceView, told: InstanceView | null, now: number): readonly Row[] {
  const { since, tags, last_exit: end } = instance;
  return [
    { label: 'now', words: cellText(describeState(instance, now)) },
    ...gateRows(instance, now),
    ...paceRows(model, instance, now),
    ...needRows(told?.needs ?? [], now).map((row, index) => ({ label: index === 0 ? 'needs' : '', ...row })),
    ...(end === null ? [] : endRows(end, now)),
    ...processRow(instance, now),
    { label: 'since', words: `${clock(since, now)}, for ${duration(sinceMs(since, now))}` },
    ...iterationsRow(instance),
    ...limitRows(instance, told, now),
    { label: 'starts', words: startWords(instance) },
    { label: 'wanted', words: wantedWords(instance) },
    ...(tags.length === 0 ? [] : [{ label: 'tags', words: tags.map((tag) => `@${tag}`).join(' ') }]),
  ];
}

/** A single gate is already shown as what it does now. */
function gateRows({ state, waiting_for: gates }: InstanceView, now: number): readonly Row[] {
  if (state === 'waiting' && gates.length === 1) return [];
  return gates.map((gate) => ({ label: 'gate', words: describeWait(gate, now), role: 'warning' }));
}

function processRow(
  { pid, started_at: at, memory_bytes: bytes, cpu_percent: cpu }: InstanceView,
  now: number,
): readonly Row[] {
  if (pid === null) return [];
  const words = [
    `pid ${pid}`,
    at === null ? null : `up ${duration(sinceMs(at, now))}`,
    cpu === null ? null : `cpu ${Math.round(cpu)}%`,
    bytes === null ? null : `memory ${formatBytes(bytes)}`,
  ].filter((part) => part !== null);
  return [{ label: 'process', words: words.join('  ') }];
}

function startWords({ starts, cuts }: InstanceView): string {
  return cuts === 0 ? count(starts) : `${count(starts)}, ${count(cuts)} ${cuts === 1 ? 'iteration' : 'iterations'} cut`;
}

function wantedWords({ wanted, pid }: InstanceView): string {
  if (wanted === 'up') return 'up';
  return pid === null ? 'down' : 'down, when its process has ended';
}

function iterationsRow({ iterations, busy, pid }: InstanceView): readonly Row[] {
  if (iterations === null)
    return pid === null ? [] : [{ label: 'iterations', words: 'not told: no boundary protocol so far' }];
  const state = busy === null ? '' : busy ? ', one is open' : ', between two';
  return [{ label: 'iterations', words: `${count(iterations)} done${state}` }];
}

function endRows(end: ExitView, now: number): readonly Row[] {
  return [
    {
      label: 'last end',
      words: `${endWords(end)} at ${clock(end.at, now)}, ${duration(sinceMs(end.at, now))} ago`,
    },
    { label: 'cut', words: `${CUT[end.cut].words}: ${end.words}`, role: CUT[end.cut].role },
  ];
}

/** Its iteration rate, drawn as far back as anything was heard. */
function paceRows({ pace, glyphs }: Model, { id, iterations }: InstanceView, now: number): readonly Row[] {
  if (iterations === null || pace.id !== id) return [];
  const { buckets, perSecond } = paceOf(pace, now);
  if (buckets.length === 0) return [];
  const most = Math.max(...buckets, 1);
  const signs = Array.from(glyphs === 'ascii' ? '.:-=+*#' : '▁▂▃▄▅▆▇');
  const line = buckets.map((each) => signs[Math.ceil((each / most) * (signs.length - 1))] ?? '').join('');
  return [{ label: 'rate', words: `${line} ${rateWords(perSecond)}`, role: 'busy' }];
}

function limitRows(instance: InstanceView, told: InstanceView | null, now: number): readonly Row[] {
  const limits = told?.limits;
  if (told === null || limits === undefined) return [];
  const words = limitWords(limits, told, instance, now);
  const grace = limits.grace_ms === null ? 'waits as long as it takes' : `SIGKILL after ${duration(limits.grace_ms)}`;
  return [
    ...(words.length === 0 ? [] : [{ label: 'limits', words: words.join('  ') }]),
    { label: 'stop', words: grace },
    { label: 'restart', words: limits.restart },
  ];
}
