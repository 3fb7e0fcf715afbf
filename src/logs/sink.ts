import type { Thread } from './end.ts';
import type { Paced } from './busy.ts';
import type { LineOrigin } from './follow.ts';
import type { StreamName } from './line.ts';
import type { Outage } from './outage.ts';

/** One stream of one instance, as its log knows it. */
export interface Source extends Thread, Paced, LineOrigin {
  /** Its last byte was not the end of a line. */
  midLine: boolean;
  /** The run of its instance that prints it; null: unknown. */
  run: number | null;
}

/** Where the bytes of a log go. Nothing here throws for an error of a disk or a reader. */
export interface Sink {
  /** Once, before the first byte: takes up what an earlier supervisor left unfinished. */
  resume(left: ResumeParts): void;
  /** Takes the next bytes of a stream. They have been written or copied when it returns. */
  put(source: Source, bytes: Buffer, atMs: number): void;
  /** A line of ours, without newline. */
  say(words: string, atMs: number): void;
  /** False: lines are being dropped, and their count cannot be written yet. */
  tellDropped(): boolean;
  /** What an outage has taken and is not reported yet, or null. */
  readonly outage: Outage | null;
  /** The outage of the previous place, which could not report it any more. */
  goOnDropping(outage: Outage): void;
  /** Joins the limit over all logs until the returned function is called. */
  joinTotal(): () => void;
  /** A successor continues from the present state. False: what is unfinished could not be saved for it. */
  handOn(): boolean;
  /** All lines have been ended. */
  close(): void;
  /** How much of the end of the file is an unfinished line. */
  readonly openBytes: number;
}

export interface ResumeParts {
  /** The stream if it is read on; null: its line will not continue. */
  readonly readOn: (id: string, stream: StreamName) => Source | null;
  /** Any stream, read on or not. */
  readonly sourceOf: (id: string, stream: StreamName) => Source;
  /** The line of this stream has begun with these bytes, as they are in a file; null: its beginning is gone. */
  readonly begun: (source: Source, bytes: Buffer | null) => void;
  /** Some output is missing. */
  readonly missing: (words: string) => void;
}
