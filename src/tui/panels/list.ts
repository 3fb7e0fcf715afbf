/** The table: one row an instance, and in NOW what it does and until when. Builds only the rows that can be seen. */
import { stateParts } from '../../control/describe-state.ts';
import { sinceMs, span as duration } from '../../control/describe.ts';
import type { InstanceView } from '../../control/view.ts';
import { cell, cellRight, cellText, fitLine, span, wrapText } from '../cells.ts';
import { STATE_SIGNS, TROUBLE_SIGN } from '../glyphs.ts';
import { agedTo, factsAt, selectedRow, type Model } from '../model.ts';
import type { Line, Role, Size, Span } from '../screen.ts';
import { fitParts } from './now.ts';

/** How many instances fit; without headings where there is hardly room. */
export const rowsIn = (model: Model, height: number): number => height - headingsIn(model, height);

// Of all instances, so that no filter brings or takes them.
const headingsIn = ({ instances }: Model, height: number): number => (height >= 4 || instances.length < height ? 1 : 0);

export function listLines(model: Model, { width, height }: Size): readonly Line[] {
  const columns = columnsFor(model, width);
  const headings = headingsIn(model, height) === 0 ? [] : [headingLine(columns)];
  if (model.shown.length === 0) return [...headings, ...emptyLines(model, width)];
  const selected = selectedRow(model);
  const now = factsAt(model);
  const rows = model.shown
    .slice(model.top, model.top + rowsIn(model, height))
    .map((instance, index) => rowLine(agedTo(instance, now), columns, model, model.top + index === selected, width));
  return [...headings, ...rows];
}

interface Column {
  /** Whether anything is known of it. */
  readonly isKnown?: (instance: InstanceView) => boolean;
  readonly head: string;
  readonly cells: number;
  readonly align: 'left' | 'right';
  readonly text: (instance: InstanceView, now: number) => string;
  readonly role?: (instance: InstanceView) => Role;
}

const GAP = 2;
/** The pointer of the selection, the sign of the state, a space. */
const MARGIN = 3;
/** NOW is what the table is for: other columns go before it gets narrower than this. */
const LEAST_NOW = 40;
/** The word of the state, which its sign tells too, goes last. */
const LEAST_NOW_BESIDE_STATE = 24;

const STATE: Omit<Column, 'cells'> = {
  head: 'STATE',
  align: 'left',
  text: ({ state }) => state,
  role: (instance) => signOf(instance).role,
};

const EXTRAS: readonly Column[] = [
  {
    head: 'CPU',
    cells: 4,
    align: 'right',
    isKnown: ({ cpu_percent: cpu }) => cpu !== null,
    text: ({ cpu_percent: cpu }) => (cpu === null ? '' : `${Math.round(cpu)}%`),
  },
  {
    head: 'MEM',
    cells: 5,
    align: 'right',
    isKnown: ({ memory_bytes: bytes }) => bytes !== null,
    text: ({ memory_bytes: bytes }) => (bytes === null ? '' : bytes < 1e6 ? '<1M' : `${Math.round(bytes / 1e6)}M`),
  },
  {
    head: 'UP',
    cells: 6,
    align: 'right',
    text: ({ pid, started_at: at }, now) => (pid === null || at === null ? '' : duration(sinceMs(at, now))),
  },
  { head: 'RE', cells: 3, align: 'right', text: ({ starts }) => String(Math.max(0, starts - 1)) },
];

/** Columns go in the order RE, UP, MEM, CPU, then the word of the state; never NOW. */
function columnsFor(model: Model, width: number): readonly Column[] {
  const name = nameColumn(model, width);
  const state = { ...STATE, cells: 'draining'.length };
  let left = width - MARGIN - name.cells - GAP;
  const hasState = left - state.cells - GAP >= LEAST_NOW_BESIDE_STATE;
  if (hasState) left -= state.cells + GAP;
  const extras: Column[] = [];
  for (const column of EXTRAS) {
    if (column.isKnown !== undefined && !model.instances.some(column.isKnown)) continue;
    if (left - column.cells - GAP < LEAST_NOW) break;
    left -= column.cells + GAP;
    extras.push(column);
  }
  const followers = followersIn(model);
  const now: Column = {
    head: 'NOW',
    cells: left,
    align: 'left',
    text: (instance, at) => fitParts(stateParts(instance, at, followers.get(instance.id)), left),
    role: nowRole,
  };
  return [name, ...(hasState ? [state] : []), now, ...extras];
}

/** How many wait for what becomes of one that goes first. */
function followersIn({ instances }: Model): ReadonlyMap<string, number> {
  const followers = new Map<string, number>();
  for (const { waiting_for: waits } of instances)
    for (const { kind, name } of waits) if (kind === 'scout') followers.set(name, (followers.get(name) ?? 0) + 1);
  return followers;
}

function nameColumn({ instances }: Model, width: number): Column {
  // Of all instances, so that neither scrolling nor a filter moves the columns.
  const longest = instances.reduce((most, { id }) => Math.max(most, id.length), 4);
  const cells = Math.min(longest, Math.max(10, Math.floor(width * 0.3)));
  return { head: 'NAME', cells, align: 'left', text: ({ id }) => shortName(id, cells), role: () => 'strong' };
}

/** A long name keeps its number: `a-very-long-na…:12`. */
function shortName(id: string, cells: number): string {
  const number = /:\d+$/.exec(id)?.[0] ?? '';
  if (id.length <= cells || number === '') return id;
  return `${id.slice(0, cells - number.length - 1)}…${number}`;
}

function headingLine(columns: readonly Column[]): Line {
  const heads = columns.flatMap((column) => [span(place(column, column.head), 'faint'), span(' '.repeat(GAP))]);
  return [span(' '.repeat(MARGIN)), ...heads];
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

const isTrouble = ({ flags }: InstanceView): boolean => flags.includes('stuck') || flags.includes('looping');

const signOf = (instance: InstanceView): typeof TROUBLE_SIGN =>
  isTrouble(instance) ? TROUBLE_SIGN : STATE_SIGNS[instance.state];

const nowRole = (instance: InstanceView): Role =>
  isTrouble(instance) || instance.state === 'failed' ? 'bad' : 'plain';

function emptyLines({ filter, supervisor }: Model, width: number): readonly Line[] {
  if (filter === '') return supervisor === null ? [] : [[span('   the list has no daemons', 'faint')]];
  return [
    ...wrapText(`No instance matches "${filter}".`, width - MARGIN),
    ...wrapText('Esc shows all again.', width - MARGIN),
  ].map((text) => [span(' '.repeat(MARGIN)), span(text, 'warning')]);
}
