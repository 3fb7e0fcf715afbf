/** The table: one row per instance, with NOW saying what it does and until when. Builds only the visible rows. */
import { coarseSpan, memoryText } from '../../control/amounts.ts';
import { stateParts } from '../../control/describe-state.ts';
import { isInTrouble, sinceMs } from '../../control/describe.ts';
import { signOf } from '../../control/looks.ts';
import type { InstanceView } from '../../control/view.ts';
import { cell, cellRight, cellText, fitLine, span, wrapText } from '../cells.ts';
import { agedTo, factsAt, selectedRow, type Instance, type Model } from '../model.ts';
import { oncePer } from '../once-per.ts';
import type { Line, Role, Size, Span } from '../screen.ts';
import { isRising, type Sort, type SortKey } from '../sort.ts';
import { isWide } from '../sizes.ts';
import { fitParts } from './now.ts';

/** How many instances fit; without headings if there is hardly any room. */
export const rowsIn = (model: Model, height: number): number => height - headingsIn(model, height);

// Based on all instances, so that no filter adds or removes them.
const headingsIn = ({ instances }: Model, height: number): number => (height >= 4 || instances.length < height ? 1 : 0);

export function listLines(model: Model, { width, height }: Size): readonly Line[] {
  const columns = columnsFor(model, width);
  const headings = headingsIn(model, height) === 0 ? [] : [headingLine(columns, model.sort)];
  if (model.shown.length === 0) return [...headings, ...emptyLines(model, width)];
  const selected = selectedRow(model);
  const now = factsAt(model);
  const rows = model.shown
    .slice(model.top, model.top + rowsIn(model, height))
    .map((instance, index) => rowLine(agedTo(instance, now), columns, model, model.top + index === selected, width));
  return [...headings, ...rows];
}

/** The sort key of the heading at this cell. */
export function sortKeyAt(model: Model, width: number, x: number): SortKey | null {
  let left = MARGIN;
  for (const { by, cells } of columnsFor(model, width)) {
    if (x < left + cells) return by;
    left += cells + GAP;
  }
  return null;
}

/** Is there room for the usage of processes? */
export const hasUsageRoom = (model: Model, width: number): boolean =>
  columnsFor(model, width, true).some(({ by }) => by === 'cpu');

interface Column {
  /** Left out as long as no usage is known. */
  readonly isUsage?: true;
  /** The sort key of its heading. */
  readonly by: SortKey;
  readonly head: string;
  readonly cells: number;
  readonly align: 'left' | 'right';
  readonly text: (instance: InstanceView, now: number) => string;
  readonly role?: (instance: InstanceView) => Role;
}

const GAP = 2;
/** The selection pointer, the sign of the state, a space. */
const MARGIN = 3;
/** NOW is the point of the table: other columns go before it gets narrower. It is wider beside a detail, which repeats the others. */
const LEAST_NOW = 32;
const LEAST_NOW_BESIDE_DETAIL = 40;
/** The word of the state, which its sign also tells, goes last; before it the sort column. */
const LEAST_NOW_BESIDE_MORE = 24;

const STATE: Omit<Column, 'cells'> = {
  by: 'state',
  head: 'STATE',
  align: 'left',
  text: ({ state }) => state,
  role: (instance) => signOf(instance).role,
};

const EXTRAS: readonly Column[] = [
  {
    by: 'cpu',
    head: 'CPU',
    cells: 4,
    align: 'right',
    isUsage: true,
    text: ({ cpu_percent: cpu }) => (cpu === null ? '' : `${Math.round(cpu)}%`),
  },
  {
    by: 'memory',
    head: 'MEM',
    cells: 4,
    align: 'right',
    isUsage: true,
    text: ({ memory_bytes: bytes }) => (bytes === null ? '' : memoryText(bytes)),
  },
  {
    by: 'up',
    head: 'UP',
    cells: 4,
    align: 'right',
    text: ({ pid, started_at: at }, now) => (pid === null || at === null ? '' : coarseSpan(sinceMs(at, now))),
  },
  { by: 'restarts', head: 'RE', cells: 3, align: 'right', text: ({ starts }) => String(Math.max(0, starts - 1)) },
];

/** Columns go in the order RE, UP, MEM, CPU, with the sort column last of them, then the word of the state; never NOW. */
function columnsFor(model: Model, width: number, isUsageKnown = knowsUsage(model.instances)): readonly Column[] {
  const name = nameColumn(model, width);
  const state = { ...STATE, cells: 'draining'.length };
  let left = width - MARGIN - name.cells - GAP;
  const hasState = left - state.cells - GAP >= LEAST_NOW_BESIDE_MORE;
  if (hasState) left -= state.cells + GAP;
  const least = isWide(model.size) ? LEAST_NOW_BESIDE_DETAIL : LEAST_NOW;
  const extras = new Set<Column>();
  const isSorted = ({ by }: Column): boolean => by === model.sort.by;
  for (const column of EXTRAS.toSorted((a, b) => Number(isSorted(b)) - Number(isSorted(a)))) {
    if (column.isUsage === true && !isUsageKnown) continue;
    if (left - column.cells - GAP < (isSorted(column) ? LEAST_NOW_BESIDE_MORE : least)) break;
    left -= column.cells + GAP;
    extras.add(column);
  }
  const followers = followersIn(model.instances);
  const now: Column = {
    by: 'list',
    head: 'NOW',
    cells: left,
    align: 'left',
    text: (instance, at) => fitParts(stateParts(instance, at, followers.get(instance.id)), left),
    role: nowRole,
  };
  return [name, ...(hasState ? [state] : []), now, ...EXTRAS.filter((column) => extras.has(column))];
}

/** Both at once, although CPU comes later: a table whose columns move twice is hard to read. */
const knowsUsage = oncePer((instances: readonly Instance[]) =>
  instances.some(({ memory_bytes: bytes }) => bytes !== null),
);

/** How many wait for the outcome of one that goes first. */
const followersIn = oncePer((instances: readonly Instance[]): ReadonlyMap<string, number> => {
  const followers = new Map<string, number>();
  for (const { waiting_for: waits } of instances)
    for (const { kind, name } of waits) if (kind === 'scout') followers.set(name, (followers.get(name) ?? 0) + 1);
  return followers;
});

function nameColumn({ instances }: Model, width: number): Column {
  const cells = Math.min(longestName(instances), Math.max(10, Math.floor(width * 0.3)));
  return {
    by: 'name',
    head: 'NAME',
    cells,
    align: 'left',
    text: ({ id }) => shortName(id, cells),
    role: () => 'strong',
  };
}

/** Of all instances, so that neither scrolling nor a filter moves the columns. */
const longestName = oncePer((instances: readonly Instance[]) =>
  instances.reduce((most, { id }) => Math.max(most, id.length), 'NAME↑'.length),
);

/** A long name keeps its number: `a-very-long-na…:12`. */
function shortName(id: string, cells: number): string {
  const number = /:\d+$/.exec(id)?.[0] ?? '';
  if (id.length <= cells || number === '') return id;
  return `${id.slice(0, cells - number.length - 1)}…${number}`;
}

function headingLine(columns: readonly Column[], sort: Sort): Line {
  const heads = columns.flatMap((column) => {
    const head = headOf(column, columns, sort);
    return [span(place(column, head), head === column.head ? 'faint' : 'key'), span(' '.repeat(GAP))];
  });
  return [span(' '.repeat(MARGIN)), ...heads];
}

/** With an arrow if sorted by it; sort keys without a column are shown in the one that is always there. */
function headOf({ by, head }: Column, columns: readonly Column[], sort: Sort): string {
  const arrow = isRising(sort) ? '↑' : '↓';
  if (by !== 'list') return by === sort.by ? head + arrow : head;
  const isTold = sort.by === 'list' ? !sort.isReversed : columns.some((column) => column.by === sort.by);
  return isTold ? head : `${head}  by ${sort.by} ${arrow}`;
}

function rowLine(
  instance: InstanceView,
  columns: readonly Column[],
  model: Model,
  isSelected: boolean,
  width: number,
): Line {
  const sign = signOf(instance);
  const now = factsAt(model);
  const cells = columns.flatMap((column) => [
    span(place(column, cellText(column.text(instance, now))), column.role?.(instance)),
    span(' '.repeat(GAP)),
  ]);
  const line = [
    span(model.marked.has(instance.id) ? '■' : isSelected ? '▸' : ' ', 'strong'),
    span(`${sign[model.glyphs]} `, sign.role),
    ...cells,
  ];
  return isSelected ? fitLine(line, width).map((part): Span => ({ ...part, isSelected: true })) : line;
}

const place = ({ cells, align }: Column, text: string): string =>
  align === 'right' ? cellRight(text, cells) : cell(text, cells);

const nowRole = (instance: InstanceView): Role =>
  isInTrouble(instance) || instance.state === 'failed' ? 'bad' : 'plain';

function emptyLines({ filter, supervisor }: Model, width: number): readonly Line[] {
  if (filter === '') return supervisor === null ? [] : [[span('   the list has no daemons', 'faint')]];
  return [
    ...wrapText(`No instance matches "${filter}".`, width - MARGIN),
    ...wrapText('Esc shows all again.', width - MARGIN),
  ].map((text) => [span(' '.repeat(MARGIN)), span(text, 'warning')]);
}
