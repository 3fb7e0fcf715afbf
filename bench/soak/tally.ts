/** What became of the jobs, the processes, the lines and the words: from the workers' own ledger and from the logs. */
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { RunView } from '../../src/control/view.ts';

interface Note {
  readonly what: 'up' | 'begin' | 'end' | 'down' | 'doubled' | 'killed' | 'supervisor-killed';
  readonly name: string;
  readonly run: number;
  readonly pid: number;
  readonly job?: string;
  readonly lines?: number;
  readonly freezeMs?: number;
}

export interface Tally {
  readonly jobs: {
    readonly begun: number;
    readonly done: number;
    readonly cutByUs: number;
    readonly cut: number;
    readonly twice: number;
  };
  readonly processes: { readonly started: number; readonly doubled: number; readonly left: number };
  readonly lines: {
    readonly read: number;
    readonly lost: number;
    readonly told: number;
    readonly doubled: number;
    readonly torn: number;
    /** Which are lost, process by process, and how they were reported. For whoever has to find out why. */
    readonly gaps: readonly string[];
  };
  /** Ends called clean although the ledger has a job cut there, and the reverse. */
  readonly words: { readonly ends: number; readonly falseClean: number; readonly falseCut: number };
  readonly longestFreezeMs: number;
}

/** Identifies one process: pids recur within an hour. */
const keyOf = ({ name, run, pid }: Pick<Note, 'name' | 'run'> & { readonly pid: number | null }): string =>
  `${name} ${run} ${pid ?? '?'}`;

export function tallyOf(
  soak: string,
  logs: string,
  ends: readonly (RunView & { readonly name: string })[],
  left: number,
): Tally {
  const notes = fs
    .readFileSync(path.join(soak, 'ledger'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Note);
  const of = (what: Note['what']): readonly Note[] => notes.filter((note) => note.what === what);
  const begun = of('begin');
  const done = new Set(of('end').map(({ job }) => job));
  const open = begun.filter(({ job }) => !done.has(job));
  const killed = new Set(of('killed').map(keyOf));
  const cutAt = new Set(open.map(keyOf));
  return {
    jobs: {
      begun: begun.length,
      done: done.size,
      cutByUs: open.filter((note) => killed.has(keyOf(note))).length,
      cut: open.filter((note) => !killed.has(keyOf(note))).length,
      twice: begun.length - new Set(begun.map(({ job }) => job)).size,
    },
    processes: { started: of('up').length, doubled: of('doubled').length, left },
    lines: linesOf(logs, of('down')),
    words: {
      ends: ends.length,
      falseClean: ends.filter((end) => end.cut === 'no' && cutAt.has(keyOf(end))).length,
      falseCut: ends.filter((end) => end.cut === 'yes' && !cutAt.has(keyOf(end))).length,
    },
    longestFreezeMs: Math.round(Math.max(0, ...of('down').map(({ freezeMs }) => freezeMs ?? 0))),
  };
}

/** Each line carries the number its process gave it; the total is known for processes that ended by themselves. */
function linesOf(logs: string, ends: readonly Note[]): Tally['lines'] {
  const seen = new Map<string, number[]>();
  let [torn, told] = [0, 0];
  const gaps: string[] = [];
  /** Processes whose last lines may be missing, as reported. */
  const unheard = new Set<string>();
  for (const line of textsOf(logs).flatMap((text) => text.split('\n').slice(0, -1))) {
    const [, process = '', number] = /^(\S+ \d+ \d+) (\d+) x*\.$/.exec(line) ?? [];
    const [, dropped] = /supervise: (\d+) lines? w/.exec(line) ?? [];
    const [, unread] = /^supervise: (\S+ \(run \d+, pid \d+\)) ended while no supervisor lived/.exec(line) ?? [];
    const before = seen.get(process);
    if (number !== undefined && before !== undefined) before.push(Number(number));
    else if (number !== undefined) seen.set(process, [Number(number)]);
    else if (dropped !== undefined) {
      told += Number(dropped);
      gaps.push(line);
    } else if (unread !== undefined) {
      unheard.add(unread.replaceAll(/[(),]|run |pid /g, ''));
      // It says itself that a line was given up.
    } else if (line.startsWith('supervise: the supervisor died')) told += 1;
    else torn += 1;
  }
  let [read, lost, doubled] = [0, 0, 0];
  const printed = new Map(ends.map((end) => [keyOf(end), end.lines]));
  for (const [process, numbers] of seen) {
    const distinct = new Set(numbers);
    const last = printed.get(process) ?? Math.max(...numbers);
    read += numbers.length;
    doubled += numbers.length - distinct.size;
    lost += last - distinct.size;
    if (unheard.has(process)) told += last - Math.max(...numbers);
    const missing = Array.from({ length: last }, (_, at) => at + 1).filter((number) => !distinct.has(number));
    if (missing.length > 0) gaps.push(`${process} has printed ${last}; missing: ${missing.join(' ')}`);
  }
  return { read, lost, told, doubled, torn, gaps };
}

function textsOf(folder: string): readonly string[] {
  return fs.readdirSync(folder).map((name) => {
    const bytes = fs.readFileSync(path.join(folder, name));
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  });
}
