import { NEWLINE } from '../base/lines.ts';
import type { Scratch } from './scratch.ts';

export type StreamName = 'out' | 'err';

/** One line of a log as read; unknown values are null. */
export interface LogLine {
  /** The instance that printed it, or the daemon if a file does not tell. */
  readonly id: string;
  /** The time its first byte was received. */
  readonly atMs: number | null;
  readonly stream: StreamName | null;
  readonly text: string;
}

/** How the lines of one daemon look in its file. */
export interface LineStyle {
  /** `2026-11-24T17:00:00.123Z out photos:2 text` instead of the raw bytes. */
  readonly timestamps: boolean;
  /** Several instances share the file: without timestamps a line begins with `photos:2 | `. */
  readonly named: boolean;
}

/** The most of a line that is ever shown, matched or sent; the file has all of it. */
export const SHOWN_MAX_BYTES = 64 * 1024;

/** What a line begins with in the file; empty if raw bytes are written. */
export function linePrefix(style: LineStyle, id: string, stream: StreamName, atMs: number): string {
  if (style.timestamps) return `${new Date(atMs).toISOString()} ${stream} ${id} `;
  return style.named ? `${id} | ` : '';
}

/**
 * `chunk` with `prefix` at the beginning of each line, in `scratch`. `midLine`: its first bytes continue a line that already has its
 * prefix.
 */
export function prefixLines(chunk: Buffer, prefix: Buffer, midLine: boolean, scratch: Pick<Scratch, 'room'>): Buffer {
  let begins = midLine ? 0 : 1;
  for (let at = chunk.indexOf(NEWLINE); at !== -1 && at + 1 < chunk.length; at = chunk.indexOf(NEWLINE, at + 1))
    begins += 1;
  const result = scratch.room(chunk.length + begins * prefix.length);
  let to = 0;
  let mid = midLine;
  for (let from = 0; from < chunk.length;) {
    const newline = chunk.indexOf(NEWLINE, from);
    const end = newline === -1 ? chunk.length : newline + 1;
    if (!mid) {
      result.set(prefix, to);
      to += prefix.length;
    }
    result.set(chunk.subarray(from, end), to);
    to += end - from;
    mid = false;
    from = end;
  }
  return result;
}

/** A line of a file, read back. Anything that is not in our format is taken as the daemon's bytes. */
export function parseLine(text: string, daemon: string, named: boolean): LogLine {
  const stamped = STAMPED.exec(text);
  if (stamped !== null) {
    const [whole, at = '', stream = '', id = ''] = stamped;
    if (id === daemon || id.startsWith(`${daemon}:`)) {
      return { id, atMs: Date.parse(at), stream: stream === 'err' ? 'err' : 'out', text: text.slice(whole.length) };
    }
  }
  const name = named ? NAMED.exec(text) : null;
  if (name?.[1] === daemon) {
    return { id: `${daemon}:${name[2] ?? ''}`, atMs: null, stream: null, text: text.slice(name[0].length) };
  }
  return { id: daemon, atMs: null, stream: null, text };
}

const STAMPED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (out|err) (\S+) /;
const NAMED = /^([^ :]+):(\d+) \| /;
