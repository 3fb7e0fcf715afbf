import type { FileEnd, Thread } from './end.ts';
import type { LogFile } from './file.ts';
import { keyOf, type OpenLines, type Owner } from './open-lines.ts';

export interface RecallParts {
  readonly file: LogFile;
  readonly end: FileEnd;
  readonly openLines: OpenLines;
  /** The stream's thread where it is read on; null: its line will not go on. */
  readonly threadOf: (owner: Owner) => Thread | null;
  /** The line has begun, with these bytes; null: its beginning is gone. */
  readonly begun: (owner: Owner, bytes: Buffer | null) => void;
  /** Puts a line of ours. */
  readonly write: (owner: Owner, bytes: Buffer) => void;
  /** What was printed by this owner is missing. */
  readonly missing: (owner: Owner) => void;
}

/** Takes up what a supervisor that was killed has left open in this log. Called before the first write. */
export function recall({ file, end, openLines, threadOf, begun, write, missing }: RecallParts): void {
  const left = openLines.read();
  if (left === null) return;
  const unfinished = file.unfinished() ?? 0;
  const known = left.inode !== 0 && left.inode === file.inode;
  // The last write was broken off: what it has written of a line is not the beginning of one.
  const broken = known && file.size < left.to;
  const held = new Map(left.held.map((each) => [keyOf(each.owner), each]));
  if (broken) {
    if (file.cutBack(file.size - unfinished)) file.keepLine();
    openLines.forget();
    if (left.spare !== null) held.set(keyOf(left.owner), { owner: left.owner, bytes: left.spare });
    const writer = threadOf(left.writer);
    if (left.midLine && writer !== null) {
      writer.lost = true;
      begun(left.writer, null);
    }
  } else if (known && unfinished > 0) {
    held.delete(keyOf(left.owner));
    const owner = threadOf(left.owner);
    if (owner !== null) {
      end.goOn(owner, unfinished);
      begun(left.owner, file.readEnd(unfinished));
    }
  }
  openLines.clear();
  for (const { owner, bytes } of held.values()) {
    const thread = threadOf(owner);
    if (thread === null) write(owner, Buffer.concat([bytes, LINE_END]));
    else {
      thread.held.add(bytes);
      openLines.hold(owner, bytes);
      thread.held.saved = bytes.length;
      begun(owner, bytes);
    }
  }
  if (broken) missing(left.writer);
}

const LINE_END = Buffer.from('\n');
