import { fit, measureFor } from '../../base/width.ts';

export interface Column {
  readonly head: string;
  readonly align: 'left' | 'right';
  /** Which column goes first if the width does not suffice: the lowest number. null: it stays. */
  readonly drop: number | null;
  readonly cells: readonly string[];
  /** May be cut if even then the width does not suffice; `least`: the width below which it is useless. */
  readonly elastic?: { readonly least: number };
  /** Colours a cell that already has its width. */
  readonly paint?: (cell: string, row: number) => string;
}

const GAP = 2;

/** The lines of a table, headings first, at most `width` cells wide (null: natural width). */
export async function layTable(columns: readonly Column[], width: number | null): Promise<readonly string[]> {
  const measure = await measureFor(columns.flatMap((column) => column.cells));
  const natural = new Map(
    columns.map((column) => [column, Math.max(0, ...[column.head, ...column.cells].map(measure))]),
  );
  const widthOf = (column: Column): number => natural.get(column) ?? 0;
  let kept = columns.filter((column) => column.cells.some((cell) => cell !== ''));
  if (width !== null) {
    // Before a column is dropped, the elastic one shrinks to its minimum.
    const needed = (column: Column): number =>
      column.elastic === undefined ? widthOf(column) : Math.min(widthOf(column), column.elastic.least);
    while (total(kept, needed) > width) {
      const goes = kept.filter((column) => column.drop !== null).sort((a, b) => (a.drop ?? 0) - (b.drop ?? 0))[0];
      if (goes === undefined) break;
      kept = kept.filter((column) => column !== goes);
    }
    const elastic = kept.find((column) => column.elastic !== undefined);
    const over = total(kept, widthOf) - width;
    if (elastic !== undefined && over > 0) natural.set(elastic, Math.max(1, widthOf(elastic) - over));
  }
  const rows = Math.max(0, ...columns.map((column) => column.cells.length));
  return Array.from({ length: rows + 1 }, (_, line) => {
    const cells = kept.map((column) => {
      const text = line === 0 ? column.head : (column.cells[line - 1] ?? '');
      const cells = widthOf(column);
      const placed =
        column.align === 'right' ? ' '.repeat(Math.max(0, cells - measure(text))) + text : fit(text, cells, measure);
      return line === 0 || column.paint === undefined ? placed : column.paint(placed, line - 1);
    });
    return cells.join(' '.repeat(GAP)).trimEnd();
  });
}

const total = (columns: readonly Column[], widthOf: (column: Column) => number): number =>
  columns.reduce((sum, column) => sum + widthOf(column) + GAP, -GAP);
