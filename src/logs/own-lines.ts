import { counted } from '../base/counted.ts';
import { linePrefix, type LineStyle } from './line.ts';
import type { OutageRecord } from './held-records.ts';

/** A line of the supervisor in the log of a daemon, without newline. */
export function ownLine(style: LineStyle, daemon: string, words: string, atMs: number): string {
  return `${style.timestamps ? linePrefix(style, daemon, 'err', atMs) : ''}supervise: ${words}`;
}

/** What is said of an outage in the log. */
export function droppedWords({ lines, sinceMs, lastMs, words }: OutageRecord): string {
  const [from, to] = [new Date(sinceMs).toISOString(), new Date(lastMs).toISOString()];
  return `${counted(lines, 'line was', 'lines were')} dropped here between ${from} and ${to}: ${words}`;
}

/** How many lines such a line speaks of, and since when; null: it is another one. */
export function droppedIn(line: string): { readonly lines: number; readonly sinceMs: number } | null {
  const [, lines, from = ''] = DROPPED.exec(line) ?? [];
  return lines === undefined ? null : { lines: Number(lines), sinceMs: Date.parse(from) };
}

const DROPPED = /^(?:\S+Z err \S+ )?supervise: (\d+) lines? w(?:as|ere) dropped here between (\S+Z) and /;
