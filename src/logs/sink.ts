import type { Thread } from './end.ts';
import type { Paced } from './busy.ts';
import type { LineOrigin } from './follow.ts';
import type { StreamName } from './line.ts';
import type { Outage } from './outage.ts';

/** One stream of one instance, as its log knows it. */
export interface Source extends Thread, Paced, LineOrigin {
  /** The last byte of it was no end of a line. */
  midLine: boolean;
  /** Which run of its instance prints it; null: one that is not known. */
  run: number | null;
}

/** Where the bytes of a log go. Nothing here throws for what a disk or a reader can do. */
export interface Sink {
  /** Once, before the first byte: takes up what an earlier supervisor has left unfinished. */
  resume(left: ResumeParts): void;
  /** Takes the next bytes of a stream. They are written or copied when it returns. */
  put(source: Source, bytes: Buffer, atMs: number): void;
  /** A line of ours, without newline. */
  say(words: string, atMs: number): void;
  /** False: lines are being dropped, and their count cannot be written yet. */
  tellDropped(): boolean;
  /** What an outage has taken, and is not said yet; null: nothing. */
  readonly outage: Outage | null;
  /** That of the place before, which could not say it any more. */
  goOnDropping(outage: Outage): void;
  /** Takes part in the bound over all logs, until the returned function is called. */
  joinTotal(): () => void;
  /** A successor goes on with all as it is now. False: what is unfinished could not be written down for it. */
  handOn(): boolean;
  /** All lines have been ended. */
  close(): void;
  /** How much of the end of the file is an unfinished line. */
  readonly openBytes: number;
}

export interface ResumeParts {
  /** The stream where it is read on; null: its line will not go on. */
  readonly readOn: (id: string, stream: StreamName) => Source | null;
  /** Any stream, whether it is read on or not. */
  readonly sourceOf: (id: string, stream: StreamName) => Source;
  /** The line of this stream has begun, with these bytes as they stand in a file; null: its beginning is gone. */
  readonly begun: (source: Source, bytes: Buffer | null) => void;
  /** Something is missing that was printed. */
  readonly missing: (words: string) => void;
}
