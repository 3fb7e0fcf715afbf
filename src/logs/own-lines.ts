import { counted } from '../base/counted.ts';
import { linePrefix, type LineStyle } from './line.ts';
import type { OutageRecord } from './held-records.ts';

/** A line of the supervisor in a daemon's log, without newline. */
export function ownLine(style: LineStyle, daemon: string, words: string, atMs: number): string {
  return `${style.timestamps ? linePrefix(style, daemon, 'err', atMs) : ''}supervise: ${words}`;
}

/** What the log says about an outage. */
export function droppedWords({ lines, sinceMs, lastMs, words }: OutageRecord): string {
  const [from, to] = [new Date(sinceMs).toISOString(), new Date(lastMs).toISOString()];
  return `${counted(lines, 'line was', 'lines were')} dropped here between ${from} and ${to}: ${words}`;
}

/** How many lines such a line stands for, and since when; null: it is some other line. */
export function droppedIn(line: string): { readonly lines: number; readonly sinceMs: number } | null {
  const [, lines, from = ''] = DROPPED.exec(line) ?? [];
  return lines === undefined ? null : { lines: Number(lines), sinceMs: Date.parse(from) };
}

const DROPPED = /^(?:\S+Z err \S+ )?supervise: (\d+) lines? w(?:as|ere) dropped here between (\S+Z) and /;
