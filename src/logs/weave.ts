import { NEWLINE } from '../base/lines.ts';
import type { FileError } from './disk.ts';
import { Dropped, type DroppedParts } from './dropped.ts';
import { FileEnd, type Thread } from './end.ts';
import type { LogFile } from './file.ts';
import type { OutageRecord } from './held-records.ts';
import type { OpenLines } from './open-lines.ts';
import { Outage } from './outage.ts';
import { Place } from './place.ts';
import { Room, type TellTrouble } from './room.ts';
import { LINE_MAX_BYTES, portion } from './rotate.ts';
import { Scratch } from './scratch.ts';

export interface WeaveOptions extends Pick<DroppedParts, 'note' | 'noted'> {
  readonly maxSizeBytes: number;
  readonly onTrouble: TellTrouble;
  readonly onRotated: () => void;
}

/** A longer unfinished line is moved to memory instead of being rewritten after each line of the others. */
const PATCH_MAX_BYTES = 64 * 1024;

const LINE_END = Buffer.from('\n');

/** One for all: not needed any more when `put` returns. */
const completed = new Scratch();
const patched = new Scratch();

/**
 * Weaves the lines of several threads into one file, none cut, mixed, lost or doubled. What one thread alone writes goes into the file as
 * it comes, so the file may end in an unfinished line, which has an owner. Whole lines of another thread go before it: they and it are
 * written over it in one positional write. Unfinished lines of the others wait in memory.
 */
export class Weave {
  readonly end: FileEnd;
  readonly #file: LogFile;
  readonly #openLines: OpenLines;
  readonly #options: WeaveOptions;
  readonly #place: Place;
  readonly #room: Room;
  readonly #dropped: Dropped;

  constructor(file: LogFile, openLines: OpenLines, options: WeaveOptions) {
    this.#file = file;
    this.#openLines = openLines;
    this.#options = options;
    this.end = new FileEnd(file, openLines);
    this.#place = new Place(file, this.end, openLines);
    this.#room = new Room(file, options.maxSizeBytes, options.onTrouble);
    const { note, noted, onTrouble } = options;
    const keep = (outage: Outage | null): void => {
      openLines.setOutage(outage);
    };
    const onOver = (): void => {
      onTrouble(null);
    };
    this.#dropped = new Dropped({ file, place: this.#place, note, noted, onTrouble, keep, onOver });
  }

  /** Takes the next bytes of a thread. They have been written or copied when it returns; disk errors are not thrown. */
  put(thread: Thread, bytes: Buffer, atMs: number): void {
    let rest = bytes;
    if (thread.lost) {
      const end = bytes.indexOf(NEWLINE);
      if (end === -1) return;
      this.#openLines.endLost(thread);
      rest = bytes.subarray(end + 1);
    }
    if (rest.length === 0) return;
    this.#place.lookIfDue(atMs);
    const { owner } = this.end;
    if (owner !== null && owner !== thread) this.#insert(thread, owner, rest, atMs);
    else if (!this.#file.looksRegular()) this.#passOn(thread, rest, atMs);
    else this.#append(thread, rest, atMs);
  }

  /** Says in the file how many lines an outage has taken. False: that cannot be written yet and is only in our memory. */
  tellDropped(): boolean {
    return this.#dropped.tell();
  }

  /** What an outage has taken and is not reported yet, or null. */
  get outage(): Outage | null {
    return this.#dropped.outage;
  }

  /** An earlier supervisor could not report this any more. */
  goOnDropping(outage: OutageRecord): void {
    this.#dropped.goOn(Outage.of(outage));
  }

  /** Nothing more is written, except by a successor. What an outage took is said in the file if that is writable at all. */
  close(): void {
    this.#dropped.tellInAnyCase();
  }

  /** The end of the file is whole, or is the thread's own unfinished line. */
  #append(thread: Thread, fresh: Buffer, atMs: number): void {
    const held = thread.held.length;
    if (held > 0 && held + fresh.length > PATCH_MAX_BYTES && !fresh.includes(NEWLINE)) {
      this.#hold(thread, fresh, atMs);
      return;
    }
    let bytes = this.#take(thread, fresh);
    if (this.#dropped.outage !== null) {
      this.#resume(thread, bytes, this.#dropped.outage, atMs);
      return;
    }
    while (bytes.length > 0) {
      const ready = this.#file.ready();
      if (!ready.ok) {
        this.#lose(thread, bytes, 0, this.#file.size, ready.error, atMs);
        return;
      }
      const before = this.#file.size;
      const { openBytes } = this.end;
      const part = portion(bytes, { sizeBytes: before, openBytes, maxSizeBytes: this.#room.end });
      const whole = part.bytes === bytes.length;
      let piece = whole ? bytes : bytes.subarray(0, part.bytes);
      if (part.breakLine) piece = Buffer.concat([piece, LINE_END]);
      this.end.announceAppend(thread, piece, bytes);
      const { written, error } = this.#file.append(piece);
      if (error !== null) {
        this.#lose(thread, bytes, written, before, error, atMs);
        return;
      }
      this.end.note(thread, piece);
      if (whole && !part.rotate) return;
      bytes = bytes.subarray(part.bytes);
      if (part.breakLine) bytes = Buffer.concat([thread.prefix, bytes]);
      if (part.rotate) this.#rotate(atMs);
    }
  }

  /** The file ends in another thread's unfinished line: whole lines go before it, the rest waits. */
  #insert(thread: Thread, owner: Thread, bytes: Buffer, atMs: number): void {
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end > 0) this.#insertLines(thread, owner, this.#take(thread, bytes.subarray(0, end)), end < bytes.length, atMs);
    if (end < bytes.length) this.#hold(thread, bytes.subarray(end), atMs);
  }

  /** Anything but a regular file gets whole lines only: nothing can be written there before an unfinished one. */
  #passOn(thread: Thread, bytes: Buffer, atMs: number): void {
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end > 0) this.#append(thread, bytes.subarray(0, end), atMs);
    if (end < bytes.length) this.#hold(thread, bytes.subarray(end), atMs);
  }

  /** `midLine`: the thread has said more than these lines. */
  #insertLines(thread: Thread, owner: Thread, lines: Buffer, midLine: boolean, atMs: number): void {
    const known = this.#file.size;
    // Others may have truncated the file or appended to it.
    const size = this.#file.measure();
    const { openBytes } = this.end;
    const ours = size <= known && openBytes <= Math.min(size, LINE_MAX_BYTES);
    const fits = openBytes <= PATCH_MAX_BYTES && size + lines.length <= this.#room.end;
    const unfinished = ours && fits ? this.#file.readEnd(openBytes) : null;
    if (unfinished !== null) {
      const lineEnd = size - openBytes;
      this.end.announcePatch(thread, lines, owner, unfinished, midLine);
      const { written, error } = this.#file.patch(patched.join(lines, unfinished), lineEnd);
      if (error === null) return;
      this.end.note(thread, LINE_END);
      this.#keep(owner, unfinished);
      this.#lose(thread, lines, Math.min(written, lines.length), lineEnd, error, atMs);
      return;
    }
    if (!(ours && this.end.toMemory(owner)) && size >= known) {
      // Longer than a line may be, or no longer at the end: it ends here and continues as a line of its own.
      this.#file.abandonLine();
      this.#keep(owner, owner.prefix);
    }
    this.end.forget();
    this.#append(thread, lines, atMs);
  }

  #hold(thread: Thread, bytes: Buffer, atMs: number): void {
    const { owner } = this.end;
    const mayStand = owner === null && thread.held.length === 0 && this.#file.isRegular;
    if (mayStand && bytes.length <= PATCH_MAX_BYTES) {
      this.#append(thread, bytes, atMs);
      return;
    }
    this.#keep(thread, bytes);
    if (thread.held.length <= LINE_MAX_BYTES) return;
    const line = this.#take(thread, LINE_END);
    if (owner !== null) this.#insertLines(thread, owner, line, true, atMs);
    else this.#append(thread, line, atMs);
    this.#keep(thread, thread.prefix);
  }

  #keep(thread: Thread, bytes: Buffer): void {
    if (bytes.length === 0) return;
    thread.held.add(bytes);
    this.#openLines.save(thread);
  }

  /** What the thread held plus these bytes, about to be written. */
  #take(thread: Thread, bytes: Buffer): Buffer {
    this.#openLines.took(thread);
    return thread.held.takeWith(bytes, completed);
  }

  /** Keeps the whole lines of `bytes` written from `before` on, and counts the others. */
  #lose(thread: Thread, bytes: Buffer, written: number, before: number, words: FileError, atMs: number): void {
    const kept = bytes.subarray(0, written).lastIndexOf(NEWLINE) + 1;
    this.#file.cutBack(kept > 0 ? before + kept : before - this.end.openBytes);
    this.#openLines.forget();
    this.end.forget();
    this.#drop(thread, bytes.subarray(kept), this.#dropped.begin(words, atMs), atMs);
  }

  /** Tries whether the file is writable again: writes the note and the lines, or neither. */
  #resume(thread: Thread, bytes: Buffer, outage: Outage, atMs: number): void {
    if (!this.#file.isRegular) {
      // Nothing can be taken back there.
      if (this.#dropped.tell()) this.#append(thread, bytes, atMs);
      else this.#drop(thread, bytes, outage, atMs);
      return;
    }
    const ready = this.#file.ready();
    const before = this.#file.size;
    const all = Buffer.concat([Buffer.from(`${this.#options.note(outage)}\n`), bytes]);
    if (ready.ok) this.end.announceAppend(thread, all, all);
    if (ready.ok && this.#file.append(all).error === null) {
      this.end.note(thread, all);
      this.#dropped.over();
    } else {
      this.#file.cutBack(before);
      this.#openLines.forget();
      this.#drop(thread, bytes, outage, atMs);
    }
  }

  #drop(thread: Thread, bytes: Buffer, outage: Outage, atMs: number): void {
    thread.lost = outage.count(bytes, atMs);
  }

  #rotate(atMs: number): void {
    const where = this.#place.look(atMs);
    // Truncated by others (logrotate's copytruncate), or moved: there is room again.
    if (where === 'anew' || where === 'shorter') return;
    this.#openLines.forget();
    if (this.#room.rotate(where === 'here')) this.#options.onRotated();
    this.#place.seenNow(atMs);
  }
}
