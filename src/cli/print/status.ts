import { cleanText } from '../../base/clean.ts';
import { memoryText } from '../../control/amounts.ts';
import { describeState } from '../../control/describe-state.ts';
import { sinceMs, span } from '../../control/describe.ts';
import { countsOf, pressureOf, signOf } from '../../control/looks.ts';
import type { InstanceView, StatusView, SupervisorView } from '../../control/view.ts';
import type { Colour } from './colour.ts';
import { layTable } from './table.ts';

export interface StatusStyle {
  /** Cells; null: not fitted. */
  readonly width: number | null;
  readonly colour: Colour;
  /** Wall time in milliseconds. */
  readonly now: number;
  /** Rows for everything; if they do not suffice, those in trouble come first and the last row counts the others. */
  readonly rows?: number;
}

/** The picture of `supervise status`: the supervisor, counts of states, a line per instance. */
export async function statusLines(view: StatusView, style: StatusStyle): Promise<readonly string[]> {
  const { supervisor, instances } = view;
  const { colour } = style;
  const lines: string[] = [];
  if (supervisor !== null) lines.push(...headLines(supervisor, style), countLine(view, style));
  if (instances.length === 0) return lines;
  const most = style.rows === undefined ? Infinity : style.rows - lines.length - HEADING_ROWS;
  const shown = instances.length <= most ? instances : pressing(instances).slice(0, Math.max(1, most - 1));
  lines.push('', ...(await instanceTable(shown, style)));
  const hidden = instances.length - shown.length;
  if (hidden > 0) lines.push(colour('faint', `… ${hidden} more below, none worse; supervise tui has all`));
  for (const instance of instances)
    if (instance.runs !== undefined && instance.runs.length > 0) lines.push('', ...(await runLines(instance, style)));
  return lines;
}

function headLines(supervisor: SupervisorView, { colour, now }: StatusStyle): readonly string[] {
  const up = span(sinceMs(supervisor.started_at, now));
  const state = supervisor.state === 'stopping' ? colour('warning', '  stopping') : '';
  return [
    `${colour('strong', supervisor.id)}  ${plainText(supervisor.list)}  pid ${supervisor.pid}  up ${up}${state}`,
    ...supervisor.problems.map((problem) => colour('bad', plainText(problem))),
  ];
}

/** An empty row and the headings of the table. */
const HEADING_ROWS = 2;

/** Only states that occur: `1 looping · 5 running · 1 backoff · ✗ database down 12s`. */
export function countLine(
  { instances, resources }: StatusView,
  { colour, now }: Pick<StatusStyle, 'colour' | 'now'>,
): string {
  const counts = countsOf(instances).map(({ count, word, sign }) => colour(sign.role, `${count} ${word}`));
  const down = resources
    .filter(({ state }) => state === 'down')
    .map(({ name, since }) => colour('bad', `✗ ${name} down${since === null ? '' : ` ${span(sinceMs(since, now))}`}`));
  return [...(instances.length === 0 ? ['no instances'] : counts), ...down].join(' · ');
}

/** As the screen sorts by state: those that need attention first, equal ones in list order. */
const pressing = (instances: readonly InstanceView[]): readonly InstanceView[] =>
  instances.toSorted((a, b) => pressureOf(b) - pressureOf(a));

function instanceTable(
  instances: readonly InstanceView[],
  { width, colour, now }: StatusStyle,
): Promise<readonly string[]> {
  const paint = (cell: string, row: number): string => {
    const instance = instances[row];
    return instance === undefined ? cell : colour(signOf(instance).role, cell);
  };
  const cells = (text: (instance: InstanceView) => string): readonly string[] => instances.map(text);
  return layTable(
    [
      { head: '', align: 'left', drop: null, cells: cells((instance) => signOf(instance).unicode), paint },
      { head: 'NAME', align: 'left', drop: null, cells: cells(({ id }) => id) },
      { head: 'STATE', align: 'left', drop: null, cells: cells(({ state }) => state), paint },
      {
        head: 'NOW',
        align: 'left',
        drop: null,
        cells: cells((instance) => plainText(describeState(instance, now))),
        elastic: { least: 30 },
      },
      {
        head: 'CPU',
        align: 'right',
        drop: 3,
        cells: cells(({ cpu_percent: cpu }) => (cpu === null ? '' : `${Math.round(cpu)}%`)),
      },
      {
        head: 'MEM',
        align: 'right',
        drop: 2,
        cells: cells(({ memory_bytes: bytes }) => (bytes === null ? '' : memoryText(bytes))),
      },
      {
        head: 'UP',
        align: 'right',
        drop: 1,
        cells: cells(({ pid, started_at: at }) => (pid === null || at === null ? '' : span(sinceMs(at, now)))),
      },
      { head: 'RE', align: 'right', drop: 0, cells: cells(({ starts }) => String(Math.max(0, starts - 1))) },
    ],
    width,
  );
}

async function runLines(instance: InstanceView, { width, colour, now }: StatusStyle): Promise<readonly string[]> {
  const runs = instance.runs ?? [];
  const table = await layTable(
    [
      { head: 'RUN', align: 'right', drop: null, cells: runs.map(({ run }) => String(run)) },
      { head: 'ENDED', align: 'left', drop: null, cells: runs.map(({ at }) => `${span(sinceMs(at, now))} ago`) },
      { head: 'KIND', align: 'left', drop: null, cells: runs.map(({ kind }) => kind) },
      {
        head: 'CUT',
        align: 'left',
        drop: null,
        cells: runs.map(({ cut }) => cut),
        paint: (cell, row) => (runs[row]?.cut === 'yes' ? colour('bad', cell) : cell),
      },
      {
        head: 'HOW',
        align: 'left',
        drop: null,
        cells: runs.map(({ words }) => plainText(words)),
        elastic: { least: 20 },
      },
    ],
    width,
  );
  return [colour('strong', `last runs of ${instance.id}`), ...table];
}

/** A tab would shift everything after it. */
const plainText = (text: string): string => cleanText(text).replaceAll('\t', ' ');
