import type { FileEnd, Thread } from './end.ts';
import type { LogFile } from './file.ts';
import { keyOf, type OutageRecord, type Owner } from './held-records.ts';
import { PAGE_BYTES, type OpenLines } from './open-lines.ts';

export interface RecallParts {
  readonly file: LogFile;
  readonly end: FileEnd;
  readonly openLines: OpenLines;
  /** The thread of a stream that is read on; null: its line will not continue. */
  readonly threadOf: (owner: Owner) => Thread | null;
  /** A line has begun with these bytes; null: its beginning is gone. */
  readonly begun: (owner: Owner, bytes: Buffer | null) => void;
  /** Writes a line of ours. */
  readonly write: (owner: Owner, bytes: Buffer) => void;
  /** Lines were dropped, and the log does not say so yet. */
  readonly dropped: (outage: OutageRecord) => void;
  /** Something that was printed is missing. */
  readonly missing: () => void;
}

/** Takes up what a killed supervisor left open in this log. Called before the first write. */
export function recall({ file, end, openLines, threadOf, begun, write, dropped, missing }: RecallParts): void {
  const left = openLines.read();
  if (left === null) return;
  const unfinished = file.unfinished() ?? 0;
  const known = left.inode !== 0 && left.inode === file.inode;
  // The last write was broken off: what it wrote of a line is not the beginning of one.
  const short = known && file.size < left.to;
  const broken = short || (known && unfinished > 0 && file.size % PAGE_BYTES === 0 && file.size !== left.to);
  const held = new Map(left.held.map((each) => [keyOf(each.owner), each]));
  // For a stream that is not read on, the existing part of its last line is all that will come.
  const torn = new Map(left.busy.filter((each) => threadOf(each) !== null).map((each) => [keyOf(each), each]));
  if (short && left.midLine) torn.set(keyOf(left.writer), left.writer);
  if (short && left.spare !== null) held.set(keyOf(left.owner), { owner: left.owner, bytes: left.spare });
  if (known && !broken) held.delete(keyOf(left.owner));
  const owner = threadOf(left.owner);
  const goesOn = known && unfinished > 0 && owner !== null && !torn.has(keyOf(left.owner));
  if (broken || (known && torn.has(keyOf(left.owner)))) {
    if (file.cutBack(file.size - unfinished)) file.keepLine();
    openLines.forget();
  } else if (goesOn) {
    end.goOn(owner, unfinished);
    begun(left.owner, file.readEnd(unfinished));
  }
  // If its line is at the end of the file, the lost one is over.
  const lostBefore = left.lost.filter((each) => !goesOn || keyOf(each) !== keyOf(left.owner));
  for (const lost of [...torn.values(), ...lostBefore]) {
    held.delete(keyOf(lost));
    const thread = threadOf(lost);
    if (thread === null) continue;
    thread.lost = true;
    // Only until more is read: we may die too.
    thread.busy = torn.has(keyOf(lost));
    begun(lost, null);
  }
  for (const { owner: holder, bytes } of held.values()) {
    const thread = threadOf(holder);
    if (thread === null) continue;
    thread.held.add(bytes);
    begun(holder, bytes);
  }
  openLines.clear();
  // A line at the end of the file was written after the outage.
  if (left.outage !== null && !goesOn) dropped(left.outage);
  for (const { owner: holder, bytes } of held.values())
    if (threadOf(holder) === null) write(holder, Buffer.concat([bytes, LINE_END]));
  if (broken || torn.size > 0 || left.busy.length > 0) missing();
}

const LINE_END = Buffer.from('\n');
