import { cleanText } from '../../base/clean.ts';
import { describeState } from '../../control/describe-state.ts';
import { sinceMs, span } from '../../control/describe.ts';
import type { InstanceView, StateName, StatusView, SupervisorView } from '../../control/view.ts';
import type { Colour, Role } from './colour.ts';
import { layTable } from './table.ts';

export interface StatusStyle {
  /** Cells; null: not fitted. */
  readonly width: number | null;
  readonly colour: Colour;
  /** Wall time in milliseconds. */
  readonly now: number;
}

const LOOKS: Readonly<Record<StateName, readonly [glyph: string, role: Role]>> = {
  running: ['●', 'good'],
  starting: ['◌', 'busy'],
  draining: ['◐', 'warning'],
  killing: ['◐', 'bad'],
  waiting: ['…', 'busy'],
  backoff: ['↻', 'warning'],
  stopped: ['○', 'faint'],
  exited: ['✓', 'faint'],
  failed: ['✗', 'bad'],
};

/** The picture of `supervise status`: who supervises, counts of states, a line for each instance. */
export async function statusLines(view: StatusView, style: StatusStyle): Promise<readonly string[]> {
  const { supervisor, instances, resources } = view;
  const { colour } = style;
  const lines: string[] = [];
  if (supervisor !== null) lines.push(...headLines(supervisor, style), countLine(instances, colour));
  for (const resource of resources)
    if (resource.state === 'down')
      lines.push(
        colour(
          'bad',
          `${resource.name} is down${resource.since === null ? '' : ` for ${span(sinceMs(resource.since, style.now))}`}`,
        ),
      );
  if (instances.length === 0) return lines;
  lines.push('', ...(await instanceTable(instances, style)));
  for (const instance of instances)
    if (instance.runs !== undefined && instance.runs.length > 0) lines.push('', ...(await runLines(instance, style)));
  return lines;
}

function headLines(supervisor: SupervisorView, { colour, now }: StatusStyle): readonly string[] {
  const up = span(sinceMs(supervisor.started_at, now));
  const state = supervisor.state === 'stopping' ? colour('warning', '  stopping') : '';
  return [
    `${colour('strong', supervisor.id)}  ${cleanText(supervisor.list)}  pid ${supervisor.pid}  up ${up}${state}`,
    ...supervisor.problems.map((problem) => colour('bad', cleanText(problem))),
  ];
}

/** Only states that occur: `5 running · 1 backoff`. */
export function countLine(instances: readonly InstanceView[], colour: Colour): string {
  const counts = (Object.keys(LOOKS) as StateName[]) // The keys of a record of all states.
    .map((state) => ({ state, count: instances.filter((instance) => instance.state === state).length }))
    .filter(({ count }) => count > 0);
  return counts.length === 0
    ? 'no instances'
    : counts.map(({ state, count }) => colour(LOOKS[state][1], `${count} ${state}`)).join(' · ');
}

function instanceTable(
  instances: readonly InstanceView[],
  { width, colour, now }: StatusStyle,
): Promise<readonly string[]> {
  const paint = (cell: string, row: number): string => {
    const instance = instances[row];
    return instance === undefined ? cell : colour(roleOf(instance), cell);
  };
  const cells = (text: (instance: InstanceView) => string): readonly string[] => instances.map(text);
  return layTable(
    [
      { head: '', align: 'left', drop: null, cells: cells(glyphOf), paint },
      { head: 'NAME', align: 'left', drop: null, cells: cells(({ id }) => id) },
      { head: 'STATE', align: 'left', drop: null, cells: cells(({ state }) => state), paint },
      {
        head: 'NOW',
        align: 'left',
        drop: null,
        cells: cells((instance) => cleanText(describeState(instance, now))),
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
        cells: cells(({ memory_bytes: bytes }) => (bytes === null ? '' : mega(bytes))),
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
        cells: runs.map(({ words }) => cleanText(words)),
        elastic: { least: 20 },
      },
    ],
    width,
  );
  return [colour('strong', `last runs of ${instance.id}`), ...table];
}

const hasTrouble = ({ flags }: InstanceView): boolean => flags.includes('stuck') || flags.includes('looping');

const glyphOf = (instance: InstanceView): string => (hasTrouble(instance) ? '!' : LOOKS[instance.state][0]);

const roleOf = (instance: InstanceView): Role => (hasTrouble(instance) ? 'bad' : LOOKS[instance.state][1]);

const mega = (bytes: number): string => (bytes < 1e6 ? '<1M' : `${Math.round(bytes / 1e6)}M`);
