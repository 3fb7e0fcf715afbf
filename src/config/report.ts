import type { Problem } from './problem.ts';
import { MOST_NOTED, printable } from './problem.ts';
import type { Place } from './tree.ts';

/** Collects what is wrong with one list, and turns offsets into lines and columns. */
export interface Report {
  /**
   * Notes a problem. One met again at the same place (an anchor shared by many daemons) is noted once: `same` tells which are the same, by
   * default those with the same words.
   */
  problem(at: Place | null, what: string, hint?: string, same?: string): void;
  /** Notes something that is allowed but probably not meant. */
  warning(at: Place | null, what: string, hint?: string): void;
  readonly count: number;
  /** In text order. */
  problems(): readonly Problem[];
  warnings(): readonly Problem[];
  lineOf(at: Place): number;
}

export function createReport(file: string, text: string): Report {
  const starts = lineStarts(text);
  const found = { problem: new Map<string, Noted>(), warning: new Map<string, Noted>() };

  function note(
    into: Map<string, Noted>,
    at: Place | null,
    what: string,
    hint: string | undefined,
    same: string,
  ): void {
    const id = `${at?.start ?? -1} ${same}`;
    if (into.has(id) || into.size >= MOST_NOTED) return;
    // The words contain values of the list: none of their line breaks, and nothing that a terminal obeys, gets into a message.
    const problem = { file, at: at === null ? null : place(at), what: printable(what) };
    into.set(id, {
      order: at?.start ?? -1,
      problem: hint === undefined ? problem : { ...problem, hint: printable(hint) },
    });
  }

  function place(at: Place): NonNullable<Problem['at']> {
    const line = lineAt(starts, at.start);
    const column = at.start - (starts[line - 1] ?? 0) + 1;
    return { line, column, length: Math.max(1, at.end - at.start) };
  }

  return {
    problem: (at, what, hint, same = what) => {
      note(found.problem, at, what, hint, same);
    },
    warning: (at, what, hint) => {
      note(found.warning, at, what, hint, what);
    },
    get count() {
      return found.problem.size;
    },
    problems: () => inOrder(found.problem),
    warnings: () => inOrder(found.warning),
    lineOf: (at) => lineAt(starts, at.start),
  };
}

interface Noted {
  readonly order: number;
  readonly problem: Problem;
}

function inOrder(noted: Map<string, Noted>): readonly Problem[] {
  return [...noted.values()].sort((a, b) => a.order - b.order).map((each) => each.problem);
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The 1-based number of the last line that starts at or before the offset. */
function lineAt(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
