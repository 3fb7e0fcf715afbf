import { longestPrintMs, only, openHelpers, openJobs, whileAway, type Note } from './ledger.ts';

/** What the ledger cannot know. */
export interface Facts {
  /** Jobs put into the queue. */
  readonly given: readonly string[];
  /** Those still there untouched. */
  readonly waiting: readonly string[];
  /** Living processes of the demo. */
  readonly left: number;
}

export interface Row {
  readonly what: string;
  readonly count: number;
  readonly unit?: 's';
  /** The promised number; absent: no promise. */
  readonly promised?: 0;
}

/** What became of the jobs, counted from their own notes after everything is over. */
export function tally(notes: readonly Note[], { given, waiting, left }: Facts): readonly Row[] {
  const begun = times(notes, 'begin');
  const ended = times(notes, 'end');
  const cut = new Set([...openJobs(notes), ...openHelpers(notes)].map(({ about }) => about));
  const twice = given.filter((job) => (begun.get(job) ?? 0) > 1 || (ended.get(job) ?? 0) > 1);
  const once = given.filter((job) => begun.get(job) === 1 && ended.get(job) === 1 && !cut.has(job));
  const lost = given.filter((job) => !begun.has(job) && !waiting.includes(job));
  return [
    { what: 'jobs', count: given.length },
    { what: 'done once', count: once.length },
    { what: 'not begun', count: waiting.length },
    { what: 'cut', count: cut.size, promised: 0 },
    { what: 'done or begun twice', count: twice.length, promised: 0 },
    { what: 'lost', count: lost.length, promised: 0 },
    { what: 'processes left', count: left, promised: 0 },
    { what: 'starts while the database was away', count: only(whileAway(notes), 'start').length, promised: 0 },
    { what: 'longest freeze of a worker that prints', count: longestPrintMs(notes) / 1000, unit: 's' },
  ];
}

/** Promises not kept, in words. */
export const broken = (rows: readonly Row[]): readonly string[] =>
  rows.flatMap(({ what, count, promised }) =>
    promised === undefined || count === promised ? [] : [`${what}: ${count}, and ${promised} was promised`],
  );

function times(notes: readonly Note[], what: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { about } of only(notes, what)) counts.set(about, (counts.get(about) ?? 0) + 1);
  return counts;
}
