import type { Hold } from './hold.ts';
import {
  heldRecord,
  keyOf,
  markRecord,
  outageRecord,
  recordsIn,
  ownerOf,
  tookRecord,
  type OutageRecord,
  type Owner,
  type Records,
} from './held-records.ts';
import { SideFile } from './side-file.ts';

/** A stream that may have the beginning of a line in memory. */
export interface Holder extends Owner {
  readonly held: Hold;
  /** It prints much, or in partial lines: whether something was last read from it would be unknown. */
  busy: boolean;
  /** The beginning of its unfinished line could not be written: the rest of that line is dropped too. */
  lost: boolean;
}

/** A write to the log that is about to happen. */
export interface Intent {
  readonly inode: number;
  readonly from: number;
  /** The size of the file afterwards. */
  readonly to: number;
  readonly writer: Holder;
  /** What the writer has said so far ends in the middle of a line. */
  readonly midLine: boolean;
  /** The owner of the unfinished line at the end of the file, if there is one. */
  readonly owner: Owner;
  /** The owner's unfinished line, if the write goes over it. */
  readonly spare: Buffer | null;
}

/** What a killed supervisor has left in memory of its log. */
export interface LeftOpen extends Omit<Intent, 'from' | 'writer'>, Records {
  readonly writer: Owner;
}

/** The unfinished line at the end of the log. */
export interface OpenEnd {
  readonly inode: number;
  readonly size: number;
  readonly owner: Owner;
}

/** The kernel breaks off a write of a killed process between two pages, and nowhere else. */
export const PAGE_BYTES = 4096;

/** inode, to (float64 each), midLine, writer length, owner length (uint8 each), spare length (uint32); texts. */
const [INODE, TO, MID_LINE, WRITER, OWNER, SPARE, TEXTS] = [0, 8, 16, 17, 18, 20, 24] as const;
const SPARE_AT = 512;
const HELD_AT = 128 * 1024;
/** How many useless bytes may precede what is held. */
const DEAD_MAX_BYTES = 1024 * 1024;
/**
 * What a SIGKILL must not take from us, in a small file (NAME.log.open): whose line the unfinished end of the log is; how far the write in
 * progress reaches, since the kernel may break it off; and the beginnings of lines waiting in memory. It is written only when one of these
 * changes, so a daemon that prints whole lines seldom pays; after an orderly end it is gone. If it cannot be written, the log still can: an
 * unfinished line then ends with our death.
 */
export class OpenLines {
  readonly #file: SideFile;
  readonly #holders: () => readonly Holder[];
  #outage: OutageRecord | null = null;
  /** The holders recorded as lost. */
  readonly #lost = new Set<Holder>();
  /** The file exists. */
  #isBegun = false;
  #inode = 0;
  #owner = '';
  #end = HELD_AT;

  /** `file`: in a folder where only we may write. `holders`: everything that may ever have something to be kept. */
  constructor(file: string, holders: () => readonly Holder[]) {
    this.#file = new SideFile(file);
    this.#holders = holders;
  }

  /** What an earlier supervisor left; null: nothing useful. */
  read(): LeftOpen | null {
    const bytes = this.#file.read();
    if (bytes === null || bytes.length < TEXTS) return null;
    const [writerLength = 0, ownerLength = 0] = [bytes[WRITER], bytes[OWNER]];
    const writer = ownerOf(bytes.toString('latin1', TEXTS, TEXTS + writerLength));
    const owner = ownerOf(bytes.toString('latin1', TEXTS + writerLength, TEXTS + writerLength + ownerLength));
    const midLine = bytes[MID_LINE] === 1;
    const spare = bytes.readUInt32LE(SPARE);
    if (writer !== null && owner !== null) {
      this.#inode = bytes.readDoubleLE(INODE);
      this.#owner = keyOf(owner);
    }
    this.#isBegun = bytes.length >= HELD_AT;
    this.#end = Math.max(HELD_AT, bytes.length);
    const records = recordsIn(bytes.subarray(HELD_AT));
    this.#outage = records.outage;
    return {
      inode: this.#inode,
      to: bytes.readDoubleLE(TO),
      midLine,
      writer: writer ?? NOBODY,
      owner: owner ?? NOBODY,
      spare: spare === 0 ? null : bytes.subarray(SPARE_AT, SPARE_AT + spare),
      ...records,
    };
  }

  /** Before a write to the log. `unfinished`: the log will end in the middle of a line. */
  before(intent: Intent, unfinished: boolean): void {
    const { inode, from, to } = intent;
    const mayBreak = Math.floor(from / PAGE_BYTES) !== Math.floor((to - 1) / PAGE_BYTES);
    if (!mayBreak && !unfinished) return;
    const owner = keyOf(intent.owner);
    // Whole lines need no entry: broken off, they end with a page, where no unannounced unfinished line of ours ends. Nor does a busy
    // stream: its unfinished end is given up in any case.
    const isSaid = !unfinished || (owner === this.#owner && to % PAGE_BYTES !== 0 && (!mayBreak || intent.writer.busy));
    if (isSaid && inode === this.#inode && (intent.spare === null || !mayBreak)) return;
    this.#beginAnewIfDue();
    this.#say(intent);
  }

  /** The size of the log is not the announced one: it was cut back, rotated, or changed by others. */
  forget(): void {
    if (this.#inode === 0) return;
    this.#inode = 0;
    head.writeDoubleLE(0, INODE);
    this.#write(head.subarray(0, TO), INODE);
  }

  /** A line has begun (or continues) in memory. That of a busy stream is given up in any case. */
  save(holder: Holder): void {
    this.#beginAnewIfDue();
    const { held } = holder;
    if (holder.busy || held.length === held.saved) return;
    this.#add(heldRecord(holder, held.unsaved));
    held.saved = held.length;
  }

  /** What is held is about to be written to the log. */
  took(holder: Holder): void {
    if (holder.held.saved === 0) return;
    this.#beginAnewIfDue();
    this.#add(tookRecord(holder));
  }

  /**
   * Before what a stream has said is written. If a SIGKILL comes between a read and its write, the read is unknown: for a stream marked
   * here the line that would have been in it is given up. It seldom changes.
   */
  setBusy(holder: Holder, busy: boolean): void {
    if (holder.busy === busy) return;
    this.#beginAnewIfDue();
    holder.busy = busy;
    this.save(holder);
    this.#add(markRecord(holder, 'busy', busy));
  }

  /** The line whose beginning was lost is over. The loss itself is recorded with everything else when the file is begun anew. */
  endLost(holder: Holder): void {
    holder.lost = false;
    if (!this.#lost.has(holder)) return;
    this.#beginAnewIfDue();
    if (this.#lost.delete(holder)) this.#add(markRecord(holder, 'lost', false));
  }

  /** What an outage has taken so far; null: it is over. */
  setOutage(outage: OutageRecord | null): void {
    this.#outage = outage;
    this.clear();
  }

  /** Begins anew with what has to be kept now. */
  clear(): void {
    this.#file.beginAnew();
    this.#replace(true);
  }

  /**
   * For a successor that reads on where we stop, so that nothing was read that it does not know of: everything as it is now. False: that
   * cannot be written.
   */
  handOn(end: OpenEnd | null): boolean {
    this.#file.beginAnew();
    if (end === null) this.forget();
    else {
      const { inode, size, owner } = end;
      this.#say({ inode, to: size, midLine: false, writer: owner, owner, spare: null });
    }
    this.#replace(false);
    return !this.#file.hasFailed;
  }

  /** All lines have ended. */
  close(): void {
    this.#isBegun = false;
    this.#inode = 0;
    this.#end = HELD_AT;
    this.#file.remove();
  }

  /** Too much of it is useless by now, or there was no room for what is useful. */
  #beginAnewIfDue(): void {
    const isDue = this.#file.hasFailed ? this.#file.mayBeginAnew : this.#end - HELD_AT > DEAD_MAX_BYTES;
    if (isDue) this.clear();
  }

  #say({ inode, to, midLine, writer, owner, spare }: Omit<Intent, 'from' | 'writer'> & { writer: Owner }): void {
    const [writerKey, ownerKey] = [keyOf(writer), keyOf(owner)];
    this.#inode = inode;
    this.#owner = ownerKey;
    head.writeDoubleLE(inode, INODE);
    head.writeDoubleLE(to, TO);
    head[MID_LINE] = Number(midLine);
    head[WRITER] = head.write(writerKey, TEXTS, 'latin1');
    head[OWNER] = head.write(ownerKey, TEXTS + writerKey.length, 'latin1');
    head.writeUInt32LE(spare?.length ?? 0, SPARE);
    if (spare !== null) this.#write(spare, SPARE_AT);
    this.#write(head.subarray(0, TEXTS + writerKey.length + ownerKey.length), 0);
  }

  #replace(busyToo: boolean): void {
    const holders = this.#holders();
    this.#lost.clear();
    for (const holder of holders) if (holder.lost) this.#lost.add(holder);
    const records = Buffer.concat([
      ...(this.#outage === null ? [] : [outageRecord(this.#outage)]),
      ...holders.flatMap((holder) => recordsOf(holder, busyToo && holder.busy)),
    ]);
    const pages = Buffer.alloc(PAGE_BYTES * Math.ceil(records.length / PAGE_BYTES || 1), '\n');
    records.copy(pages);
    if (this.#end > HELD_AT + pages.length) this.#file.truncate(HELD_AT + pages.length);
    if (this.#isBegun || records.length > 0) this.#write(pages, HELD_AT);
    this.#end = HELD_AT + records.length;
  }

  #add(record: Buffer): void {
    this.#write(record, this.#end);
    this.#end += record.length;
  }

  #write(bytes: Buffer, at: number): void {
    // This much room is taken at once: if the disk fills up later, there is space for a few words.
    if (!this.#isBegun) this.#file.write(NO_RECORDS, HELD_AT);
    this.#isBegun = true;
    this.#file.write(bytes, at);
    if (!this.#file.hasFailed) return;
    this.#isBegun = false;
    this.#inode = 0;
    this.#end = HELD_AT;
  }
}

/** Everything to be known about the holder. `busy`: its line is given up. */
function recordsOf(holder: Holder, busy: boolean): readonly Buffer[] {
  const { held, lost } = holder;
  held.saved = busy ? 0 : held.length;
  return [
    ...(held.saved > 0 ? [heldRecord(holder, held.all)] : []),
    ...(busy ? [markRecord(holder, 'busy', true)] : []),
    ...(lost ? [markRecord(holder, 'lost', true)] : []),
  ];
}

/** One for all: it is written by the time `before` returns. */
const head = Buffer.alloc(SPARE_AT);
/** Lines without meaning. */
const NO_RECORDS = Buffer.alloc(PAGE_BYTES, '\n');
const NOBODY: Owner = { id: '', stream: 'out' };
