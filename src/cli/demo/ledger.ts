/** One line of the ledger: `begin 4711 job-012`. */
export interface Note {
  readonly what: string;
  readonly pid: number;
  readonly about: string;
}

/** The ledger, written by the workers and their helpers themselves: what they did, in order. */
export function readLedger(text: string): readonly Note[] {
  // The last piece is empty, or a line still being written.
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [what = '', pid, about = ''] = line.split(' ');
      return { what, pid: Number(pid), about };
    });
}

export const only = (notes: readonly Note[], what: string): readonly Note[] =>
  notes.filter((note) => note.what === what);

/** Beginnings without an end: of jobs at work, or cut. */
export const openJobs = (notes: readonly Note[]): readonly Note[] => unmatched(notes, 'begin', 'end');

/** The same for helper processes. */
export const openHelpers = (notes: readonly Note[]): readonly Note[] => unmatched(notes, 'helper-begin', 'helper-end');

function unmatched(notes: readonly Note[], begin: string, end: string): readonly Note[] {
  const ended = new Set(only(notes, end).map(({ about }) => about));
  return only(notes, begin).filter(({ about }) => !ended.has(about));
}

/** What was noted while the database was down. */
export function whileAway(notes: readonly Note[]): readonly Note[] {
  let isAway = false;
  return notes.filter(({ what }) => {
    if (what === 'database-away' || what === 'database-back') isAway = what === 'database-away';
    return isAway;
  });
}

/** The longest time in milliseconds that a worker's print took: it was blocked that long because nothing read. */
export const longestPrintMs = (notes: readonly Note[]): number =>
  Math.max(0, ...only(notes, 'slow-print').map(({ about }) => Number(about)));
