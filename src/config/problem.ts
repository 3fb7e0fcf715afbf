import { measureFor, type Measure } from '../base/width.ts';

/** One thing wrong with a list: where, what, and how to mend it. */
export interface Problem {
  readonly file: string;
  /** 1-based; `null` if the problem has no place (the file cannot be read). */
  readonly at: { readonly line: number; readonly column: number; readonly length: number } | null;
  readonly what: string;
  readonly hint?: string;
}

/** Further problems are not even noted. */
export const MOST_NOTED = 1000;
/** Further problems are not printed: whoever mends the first ones sees the rest next time. */
const MOST_DRAWN = 50;
/** Exact for plain letters; close for others, and needs no waiting. */
const inUnits: Measure = (text) => text.length;
/** A drawn line is cut to a window this wide around its caret. */
const LONGEST_LINE = 100;

/**
 * A problem as text: `file:line:column: what`, then (given the text of the list) the line with a caret under the place, then the hint.
 * Without a final newline. `measure` determines where the caret goes.
 */
export function drawProblem(problem: Problem, text: string | null = null, colour = false, measure = inUnits): string {
  const { file, at, what, hint } = problem;
  const [bold, red, plain] = colour ? ['\u001B[1m', '\u001B[31m', '\u001B[0m'] : ['', '', ''];
  const place = at === null ? printable(file) : `${printable(file)}:${at.line}:${at.column}`;
  const lines = [`${bold}${place}: ${what}${plain}`];
  const line = at === null || text === null ? undefined : lineOf(text, at.line);
  if (at !== null && line !== undefined && line.trim() !== '') {
    const gutter = String(at.line);
    const { shown, before, marked } = window(line, at.column - 1, at.length);
    lines.push(`  ${gutter} | ${shown}`);
    lines.push(
      `  ${' '.repeat(gutter.length)} | ${blank(before, measure)}${red}${'^'.repeat(Math.max(1, measure(marked)))}${plain}`,
    );
  }
  if (hint !== undefined) lines.push(`  ${hint}`);
  return lines.join('\n');
}

/** All problems of a list, separated by empty lines, and their number. Without a final newline. */
export function drawProblems(
  problems: readonly Problem[],
  text: string | null = null,
  colour = false,
  measure = inUnits,
): string {
  const drawn = problems.slice(0, MOST_DRAWN).map((problem) => drawProblem(problem, text, colour, measure));
  return [...drawn, summaryOf(problems)].join('\n\n');
}

/** Why a list is refused: everything wrong with it, in text order, and the text to draw it from. */
export interface Refused {
  readonly problems: readonly Problem[];
  readonly text: string | null;
}

/** Like `drawProblems`, with each caret in place even in a line of wide letters. */
export async function drawRefused({ problems, text }: Refused, colour = false): Promise<string> {
  return drawProblems(problems, text, colour, await measureFor([text?.replaceAll(/[\t\r\n]/g, '') ?? '']));
}

/** `3 problems in daemons.yaml`. */
export function summaryOf(problems: readonly Problem[]): string {
  const least = problems.length >= MOST_NOTED ? 'at least ' : '';
  const count = problems.length === 1 ? '1 problem' : `${least}${problems.length} problems`;
  const rest = problems.length > MOST_DRAWN ? ` (the first ${MOST_DRAWN} are shown)` : '';
  return `${count} in ${printable(problems[0]?.file ?? 'the list')}${rest}`;
}

/** A user's word in double quotes: shortened, with nothing left that a terminal would obey. */
export function quoted(word: string): string {
  const short = word.length > 60 ? `${word.slice(0, 57)}…` : word;
  return `"${printable(short.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n'))}"`;
}

/** Control and formatting characters become a dot: a list may be hostile to the terminal of whoever checks it. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '·');

function lineOf(text: string, number: number): string | undefined {
  let start = 0;
  for (let line = 1; line < number; line += 1) {
    const end = text.indexOf('\n', start);
    if (end === -1) return undefined;
    start = end + 1;
  }
  const end = text.indexOf('\n', start);
  return text.slice(start, end === -1 ? undefined : end).replace(/\r$/, '');
}

function window(line: string, from: number, length: number): { shown: string; before: string; marked: string } {
  const start = line.length <= LONGEST_LINE ? 0 : Math.max(0, Math.min(from - 40, line.length - LONGEST_LINE));
  const end = Math.min(line.length, start + LONGEST_LINE);
  const clean = (part: string): string => part.split('\t').map(printable).join('\t');
  const [head, tail] = [start > 0 ? '…' : '', end < line.length ? '…' : ''];
  const before = head + clean(line.slice(start, from));
  const marked = clean(line.slice(from, Math.min(from + length, end)));
  return { shown: head + clean(line.slice(start, end)) + tail, before, marked };
}

/** As wide as the text, keeping tabs, so that the caret stands below its place. */
function blank(before: string, measure: Measure): string {
  return before
    .split('\t')
    .map((part) => ' '.repeat(measure(part)))
    .join('\t');
}
