import type { Hold } from './hold.ts';
import {
  busyRecord,
  heldIn,
  heldRecord,
  keyOf,
  ownerOf,
  tookRecord,
  type HeldLine,
  type Owner,
} from './held-records.ts';
import { SideFile } from './side-file.ts';

/** One who may have the beginning of a line in memory. */
export interface Holder extends Owner {
  readonly held: Hold;
  /** Its last read was a large one, and ended in the middle of a line. */
  busy: boolean;
}

/** A write to the log that is about to be done. */
export interface Intent {
  readonly inode: number;
  readonly from: number;
  /** How large the file is once it is done. */
  readonly to: number;
  readonly writer: Holder;
  /** What the writer has said so far ends in the middle of a line. */
  readonly midLine: boolean;
  /** Whose line the unfinished end of the file is, where it has one; by its number, below. */
  readonly owner: Owner;
  /** The owner's unfinished line, where the write goes over it. */
  readonly spare: Buffer | null;
}

/** What a supervisor that was killed has left in memory of its log. */
export interface LeftOpen extends Omit<Intent, 'from' | 'writer'> {
  readonly writer: Owner;
  /** Unfinished lines that were not in the log. */
  readonly held: readonly HeldLine[];
  /** Who was in the middle of printing much: a read of theirs may have been lost, and with it a part of a line. */
  readonly busy: readonly Owner[];
}

/** The kernel gives up a write of a process that was killed between two pages, and nowhere else. */
export const PAGE_BYTES = 4096;

/** inode, to (float64 each), midLine, writer length, owner length (uint8 each), spare length (uint32); texts. */
const [INODE, TO, MID_LINE, WRITER, OWNER, SPARE, TEXTS] = [0, 8, 16, 17, 18, 20, 24] as const;
const SPARE_AT = 512;
const HELD_AT = 128 * 1024;
/** So much that is of no use any more may stand before what is held. */
const DEAD_MAX_BYTES = 1024 * 1024;

/**
 * What a SIGKILL must not take from us, in a small file (NAME.log.open): whose line the unfinished end of the log
 * is; up to where the write reaches that is going on, since the kernel breaks it off; and the beginnings of lines that wait in
 * memory. It is written only where one of these changes, so a daemon that prints lines whole seldom pays; it is gone after an
 * orderly end. Where it cannot be written, the log can all the same: then an unfinished line ends with a death of ours.
 */
export class OpenLines {
  readonly #file: SideFile;
  #inode = 0;
  #owner = '';
  #end = HELD_AT;

  /** `file`: in a folder where nobody else may write. */
  constructor(file: string) {
    this.#file = new SideFile(file);
  }

  /** What an earlier supervisor has left; null: nothing that is of use. */
  read(): LeftOpen | null {
    const bytes = this.#file.read();
    if (bytes === null || bytes.length < TEXTS) return null;
    const [writerLength = 0, ownerLength = 0] = [bytes[WRITER], bytes[OWNER]];
    const writer = ownerOf(bytes.toString('latin1', TEXTS, TEXTS + writerLength));
    const owner = ownerOf(bytes.toString('latin1', TEXTS + writerLength, TEXTS + writerLength + ownerLength));
    const { held, busy } = heldIn(bytes.subarray(HELD_AT));
    const midLine = bytes[MID_LINE] === 1;
    const spare = bytes.readUInt32LE(SPARE);
    if (writer !== null && owner !== null) {
      this.#inode = bytes.readDoubleLE(INODE);
      this.#owner = keyOf(owner);
    }
    this.#end = Math.max(HELD_AT, bytes.length);
    return {
      inode: this.#inode,
      to: bytes.readDoubleLE(TO),
      midLine,
      writer: writer ?? NOBODY,
      owner: owner ?? NOBODY,
      spare: spare === 0 ? null : bytes.subarray(SPARE_AT, SPARE_AT + spare),
      held,
      busy,
    };
  }

  /** Before a write to the log. `unfinished`: the log ends in the middle of a line after it. */
  before(intent: Intent, unfinished: boolean): void {
    const { inode, from, to } = intent;
    const mayBreak = Math.floor(from / PAGE_BYTES) !== Math.floor((to - 1) / PAGE_BYTES);
    if (!mayBreak && !unfinished) return;
    const [writer, owner] = [keyOf(intent.writer), keyOf(intent.owner)];
    // Whole lines need no word: broken off, they end with a page, where no unfinished line of ours ends that was not announced.
    // Nor does who is busy: its unfinished end is given up in any case.
    const isSaid = !unfinished || (owner === this.#owner && to % PAGE_BYTES !== 0 && (!mayBreak || intent.writer.busy));
    if (isSaid && inode === this.#inode && (intent.spare === null || !mayBreak)) return;
    this.#inode = inode;
    this.#owner = owner;
    head.writeDoubleLE(inode, INODE);
    head.writeDoubleLE(to, TO);
    head[MID_LINE] = Number(intent.midLine);
    head[WRITER] = head.write(writer, TEXTS, 'latin1');
    head[OWNER] = head.write(owner, TEXTS + writer.length, 'latin1');
    head.writeUInt32LE(intent.spare?.length ?? 0, SPARE);
    if (intent.spare !== null) this.#write(intent.spare, SPARE_AT);
    this.#write(head.subarray(0, TEXTS + writer.length + owner.length), 0);
  }

  /** The size of the log is not what was announced: it was cut back, turned over, or others have done something to it. */
  forget(): void {
    if (this.#inode === 0) return;
    this.#inode = 0;
    head.writeDoubleLE(0, INODE);
    this.#write(head.subarray(0, TO), INODE);
  }

  /** A line has begun (or goes on) in memory. */
  save(holder: Holder): void {
    const { held } = holder;
    if (held.length > held.saved) this.#add(heldRecord(holder, held.unsaved));
    held.saved = held.length;
  }

  /** What is held is about to be written to the log. */
  took(holder: Holder): void {
    if (holder.held.saved > 0) this.#add(tookRecord(holder));
  }

  /**
   * Before what a stream has said is written, and after it. Where a SIGKILL comes between a read and its write, nobody knows of the
   * read: with one that is told here, the line in which that would have been is given up. It seldom changes.
   */
  setBusy(holder: Holder, busy: boolean): void {
    if (holder.busy === busy) return;
    holder.busy = busy;
    this.#add(busyRecord(holder, busy));
  }

  /** So much has been added since there was nothing, that it is worth to begin anew with what is held now. */
  get wantsClearing(): boolean {
    return this.#end - HELD_AT > DEAD_MAX_BYTES;
  }

  /** Begins anew, with what these hold now. */
  clear(holders: readonly Holder[]): void {
    if (this.#end > HELD_AT) this.#file.truncate(HELD_AT);
    this.#end = HELD_AT;
    for (const holder of holders) {
      holder.held.saved = 0;
      this.save(holder);
      if (holder.busy) this.#add(busyRecord(holder, true));
    }
  }

  /** All lines have ended. */
  close(): void {
    this.#inode = 0;
    this.#end = HELD_AT;
    this.#file.remove();
  }

  #add(line: Buffer): void {
    this.#write(line, this.#end);
    this.#end += line.length;
  }

  #write(bytes: Buffer, at: number): void {
    this.#file.write(bytes, at);
  }
}

/** One for all: it is written when `before` returns. */
const head = Buffer.alloc(SPARE_AT);
const NOBODY: Owner = { id: '', stream: 'out' };
