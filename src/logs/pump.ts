import { asBuffer, NEWLINE } from '../base/lines.ts';
import { Busy, type Paced } from './busy.ts';
import type { Thread } from './end.ts';
import { LogFile } from './file.ts';
import { Live, type Follower, type LineOrigin } from './follow.ts';
import { Hold } from './hold.ts';
import { linePrefix, parseLine, prefixLines, type LogLine, type StreamName } from './line.ts';
import { OpenLines } from './open-lines.ts';
import { isSamePlace, type DaemonLogOptions } from './options.ts';
import { droppedIn, droppedWords, ownLine } from './own-lines.ts';
import { recall } from './recall.ts';
import { Ring } from './ring.ts';
import { Scratch } from './scratch.ts';
import { Weave } from './weave.ts';

/** What is in memory at this moment. */
export interface Recent {
  /** The newest lines, oldest first. */
  readonly lines: readonly LogLine[];
  /** Lines that have begun. */
  readonly open: readonly LogLine[];
  /** How much of the current file's end is an unfinished line. */
  readonly openBytes: number;
}

interface Source extends Thread, Paced, LineOrigin {
  prefix: Buffer;
  midLine: boolean;
}

/**
 * The log of one daemon: what its instances print goes into its file in the same call, into memory, and to followers. It
 * owns the file's descriptor from the first byte on and must be closed.
 */
export class DaemonLog {
  #options: DaemonLogOptions;
  /** Others, which hold as soon as no line is half written. */
  #next: DaemonLogOptions | null = null;
  #files: Files;
  #leaveTotal: () => void;
  /** What we say ourselves, in whole lines. */
  readonly #own: Thread;
  readonly #ring = new Ring();
  readonly #live = new Live();
  readonly #sources: Source[] = [];
  readonly #byId = new Map<string, Partial<Record<StreamName, Source>>>();
  #resumed = false;
  #handedOn = false;

  constructor(options: DaemonLogOptions) {
    this.#options = options;
    this.#files = this.#open();
    this.#leaveTotal = this.#joinTotal();
    this.#own = { id: options.daemon, stream: 'err', ...unheard() };
  }

  get options(): DaemonLogOptions {
    return this.#options;
  }

  /** Other options. Another place or size holds as soon as no line is half written; the rest from the next line on. */
  adjust(options: DaemonLogOptions): void {
    const { file, maxSizeBytes, maxFiles } = this.#options;
    this.#options = { ...options, file, maxSizeBytes, maxFiles };
    this.#leaveTotal();
    this.#leaveTotal = this.#joinTotal();
    this.#next = isSamePlace(options, this.#options) ? null : options;
    this.#turnToNext();
  }

  /**
   * Once, before the first write: what a supervisor that was killed has left unfinished goes on with the next bytes of its
   * stream, where that instance is one of `adopted`; else it is ended.
   */
  resume(adopted: ReadonlySet<string>): void {
    if (this.#resumed) return;
    this.#resumed = true;
    recall({
      file: this.#files.file,
      end: this.#files.weave.end,
      openLines: this.#files.openLines,
      threadOf: ({ id, stream }) => (adopted.has(id) ? this.#sourceOf(id, stream) : null),
      begun: ({ id, stream }, bytes) => {
        this.#begun(this.#sourceOf(id, stream), bytes);
      },
      write: ({ id, stream }, bytes) => {
        this.#files.weave.put(this.#sourceOf(id, stream), bytes, this.#nowMs());
      },
      dropped: (outage) => {
        this.#files.weave.goOnDropping(outage);
      },
      missing: () => {
        this.#say(
          'the supervisor died while it wrote here: of what each stream printed then, up to 64 KiB and the line that had begun may be missing',
        );
      },
    });
    this.#compress();
  }

  /** Takes what was read from a stream. `chunk` may be a reused buffer: nothing of it is needed after the return. */
  write(instanceId: string, stream: StreamName, chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (!this.#resumed) this.resume(NOBODY);
    const source = this.#sourceOf(instanceId, stream);
    const bytes = asBuffer(chunk);
    const atMs = this.#nowMs();
    const midLine = bytes[bytes.length - 1] !== NEWLINE;
    if (midLine) this.#files.busy.readHalf(source, bytes.length, atMs);
    this.#files.weave.put(source, this.#isPlain ? bytes : this.#prefixed(source, bytes, atMs), atMs);
    this.#options.total?.grew(bytes.length);
    source.midLine = midLine;
    if (this.#handedOn) this.handOn();
    else if (this.#next !== null && !midLine) this.#turnToNext();
    this.#ring.push(source.number, atMs, bytes);
    if (this.#live.followed) this.#live.feed(source, atMs, bytes);
  }

  /** The stream has ended: its unfinished last line is ended too. */
  endOf(instanceId: string, stream: StreamName): void {
    if (this.#byId.get(instanceId)?.[stream]?.midLine === true) this.write(instanceId, stream, LINE_END);
  }

  /** A line of ours. */
  tell(words: string): void {
    if (!this.#resumed) this.resume(NOBODY);
    this.#say(words);
  }

  /** False: lines are being dropped, and their count cannot be written yet: it is lost with this process. */
  tellDropped(): boolean {
    return this.#files.weave.tellDropped();
  }

  /**
   * A successor goes on with all as it is now; also where something is written after this. What is unfinished stays so, unless there
   * is no place where that could be written down.
   */
  handOn(): void {
    this.#handedOn = true;
    this.#files.weave.close();
    const { owner } = this.#files.weave.end;
    const { inode, size } = this.#files.file;
    if (this.#files.openLines.handOn(owner === null ? null : { inode, size, owner })) return;
    const cut = this.#sources.filter(({ midLine }) => midLine);
    if (cut.length === 0) return;
    this.#handedOn = false;
    for (const { id, stream } of cut) this.endOf(id, stream);
    this.#say(
      'the lines that had begun are cut here: it could not be written down for the next supervisor whose they are',
    );
    this.#handedOn = true;
  }

  /** Ends all unfinished lines and closes the file. A later `write` would open it again. */
  close(): void {
    this.resume(NOBODY);
    for (const source of this.#sources) this.endOf(source.id, source.stream);
    this.#files.weave.close();
    this.#files.openLines.close();
    this.#files.file.close();
    this.#files.busy.close();
  }

  recent(): Recent {
    const { lines, open } = this.#ring.read();
    const toLine = ({ source, atMs, text }: { source: number; atMs: number; text: string }): LogLine => {
      const { id, stream } = this.#sources[source] ?? { id: this.#options.daemon, stream: null };
      return { id, atMs, stream, text };
    };
    const begun = open.filter((line) => !line.headless).map((line) => toLine({ ...line, text: line.bytes.toString() }));
    return { lines: lines.map(toLine), open: begun, openBytes: this.#files.weave.end.openBytes };
  }

  /** Hands each new line that it wants to the follower, from now on, until the function that is returned is called. */
  follow(follower: Follower, wants: (origin: LineOrigin) => boolean): () => void {
    this.#live.add(follower, wants, this.#ring.read().open);
    return () => {
      this.#live.remove(follower);
    };
  }

  #open(): Files {
    const options = this.#options;
    const file = new LogFile(options.file, options.maxFiles);
    const openLines = new OpenLines(options.openLines, () => this.#sources);
    const weave = new Weave(file, openLines, {
      maxSizeBytes: options.maxSizeBytes,
      note: (outage) => ownLine(this.#options, options.daemon, droppedWords(outage), outage.lastMs),
      noted: droppedIn,
      onTrouble: options.onTrouble,
      onTurnedOver: () => {
        this.#compress();
      },
    });
    const busy = new Busy(openLines, this.#sources, () => this.#nowMs());
    return { file, openLines, weave, busy };
  }

  #joinTotal(): () => void {
    const { total, file } = this.#options;
    return total?.join({ turnedOver: this.#files.file.turnedOver, current: file }) ?? ((): void => undefined);
  }

  /** Nothing is carried over: every line is whole where it was begun. */
  #turnToNext(): void {
    const next = this.#next;
    if (next === null) return;
    const isWritten = this.tellDropped();
    // Of a place that cannot be written no line is left whole anyway, and nothing but another place may mend it.
    if (isWritten ? this.#sources.some(({ midLine }) => midLine) : next.file === this.#options.file) return;
    this.#next = null;
    this.close();
    const { outage } = this.#files.weave;
    this.#options = next;
    this.#files = this.#open();
    next.onTrouble(null);
    if (outage !== null) this.#files.weave.goOnDropping(outage);
    this.#leaveTotal();
    this.#leaveTotal = this.#joinTotal();
  }

  get #isPlain(): boolean {
    return !this.#options.timestamps && !this.#options.named;
  }

  #prefixed(source: Source, bytes: Buffer, atMs: number): Buffer {
    source.prefix = Buffer.from(linePrefix(this.#options, source.id, source.stream, atMs));
    return prefixLines(bytes, source.prefix, source.midLine, prefixed);
  }

  /** Its line has begun before us: the file has these bytes of it, memory shall have them, too. */
  #begun(source: Source, bytes: Buffer | null): void {
    source.midLine = true;
    if (bytes === null) {
      this.#ring.goOn(source.number);
      return;
    }
    const { daemon, named } = this.#options;
    const line = parseLine(bytes.toString('latin1'), daemon, named);
    const own = this.#isPlain ? bytes : bytes.subarray(bytes.length - line.text.length);
    this.#ring.push(source.number, line.atMs ?? this.#nowMs(), own);
  }

  #compress(): void {
    const { compressor, onTrouble } = this.#options;
    compressor?.ask(this.#files.file.turnedOver, onTrouble);
  }

  #nowMs(): number {
    return this.#options.wallNow().getTime();
  }

  #sourceOf(id: string, stream: StreamName): Source {
    return this.#byId.get(id)?.[stream] ?? this.#addSource(id, stream);
  }

  #addSource(id: string, stream: StreamName): Source {
    const number = this.#sources.length;
    const source: Source = { number, id, stream, ...unheard(), midLine: false, halfAtMs: -Infinity };
    this.#sources.push(source);
    this.#byId.set(id, { ...this.#byId.get(id), [stream]: source });
    return source;
  }

  #say(words: string): void {
    const atMs = this.#nowMs();
    this.#files.weave.put(
      this.#own,
      Buffer.from(`${ownLine(this.#options, this.#options.daemon, words, atMs)}\n`),
      atMs,
    );
  }
}

/** What is opened anew where other options are to hold. */
interface Files {
  readonly file: LogFile;
  readonly openLines: OpenLines;
  readonly weave: Weave;
  readonly busy: Busy;
}

/** Nothing has been read yet. */
const unheard = (): Omit<Thread, 'id' | 'stream'> => ({
  held: new Hold(),
  prefix: NOTHING,
  lost: false,
  busy: false,
});

const NOBODY: ReadonlySet<string> = new Set();
const LINE_END = Buffer.from('\n');
/** One for all logs: the weave has written or copied what is in it when it returns. */
const prefixed = new Scratch();
const NOTHING: Buffer = Buffer.alloc(0);
