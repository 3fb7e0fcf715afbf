import { asBuffer, NEWLINE } from '../base/lines.ts';
import type { Compressor } from './compressor.ts';
import type { Thread } from './end.ts';
import { LogFile } from './file.ts';
import { Live, type Follower, type LineOrigin } from './follow.ts';
import { Hold } from './hold.ts';
import { linePrefix, parseLine, prefixLines, type LogLine, type StreamName } from './line.ts';
import { OpenLines } from './open-lines.ts';
import type { Outage } from './outage.ts';
import { recall } from './recall.ts';
import { Ring } from './ring.ts';
import type { TellTrouble } from './room.ts';
import { Scratch } from './scratch.ts';
import type { Total } from './total.ts';
import { Weave } from './weave.ts';

export interface DaemonLogOptions {
  /** The daemon's name. */
  readonly daemon: string;
  /** Absolute. */
  readonly file: string;
  /** What a SIGKILL must not take from it is written down here, in a folder where nobody else may write. */
  readonly openLines: string;
  readonly maxSizeBytes: number;
  /** How many turned-over files are kept beside the current one. */
  readonly maxFiles: number;
  readonly timestamps: boolean;
  /** Several instances: each line says which one printed it. */
  readonly named: boolean;
  readonly wallNow: () => Date;
  /** The file cannot be written, turned over or compressed; null: it can be again. The words follow the daemon's name. */
  readonly onTrouble: TellTrouble;
  /** Who compresses what is turned over; else it stays as it is. */
  readonly compressor?: Compressor | null;
  /** The bound over all logs, where there is one. */
  readonly total?: Total | null;
}

/** What is in memory at this moment. */
export interface Recent {
  /** The newest lines, oldest first. */
  readonly lines: readonly LogLine[];
  /** Lines that have begun. */
  readonly open: readonly LogLine[];
  /** How much of the current file's end is an unfinished line. */
  readonly openBytes: number;
}

interface Source extends Thread, LineOrigin {
  prefix: Buffer;
  midLine: boolean;
}

/**
 * The log of one daemon: what its instances print goes into its file in the same call, into memory, and to followers. It
 * owns the file's descriptor from the first byte on and must be closed.
 */
export class DaemonLog {
  readonly options: DaemonLogOptions;
  readonly #file: LogFile;
  readonly #openLines: OpenLines;
  readonly #weave: Weave;
  readonly #ring = new Ring();
  readonly #live = new Live();
  readonly #sources: Source[] = [];
  readonly #byId = new Map<string, Partial<Record<StreamName, Source>>>();
  readonly #plain: boolean;
  #resumed = false;
  #saving = false;

  constructor(options: DaemonLogOptions) {
    this.options = options;
    this.#plain = !options.timestamps && !options.named;
    this.#file = new LogFile(options.file, options.maxFiles);
    this.#openLines = new OpenLines(options.openLines);
    this.#weave = new Weave(this.#file, this.#openLines, {
      maxSizeBytes: options.maxSizeBytes,
      note: (outage) => this.#note(outage),
      onTrouble: options.onTrouble,
      onHeld: () => {
        this.#saveHeldSoon();
      },
      onTurnedOver: () => {
        this.#compress();
      },
    });
    options.total?.join({ turnedOver: this.#file.turnedOver, current: options.file });
  }

  /**
   * Once, before the first write: what a supervisor that was killed has left unfinished goes on with the next bytes of its
   * stream, where that instance is one of `adopted`; else it is ended.
   */
  resume(adopted: ReadonlySet<string>): void {
    if (this.#resumed) return;
    this.#resumed = true;
    recall({
      file: this.#file,
      end: this.#weave.end,
      openLines: this.#openLines,
      threadOf: ({ id, stream }) => (adopted.has(id) ? this.#sourceOf(id, stream) : null),
      begun: ({ id, stream }, bytes) => {
        this.#begun(this.#sourceOf(id, stream), bytes);
      },
      write: ({ id, stream }, bytes) => {
        this.#weave.put(this.#sourceOf(id, stream), bytes, this.#nowMs());
      },
      missing: () => {
        const source = this.#sourceOf(this.options.daemon, 'err');
        const words =
          'the supervisor died while it wrote here: up to 64 KiB of what each stream printed then are missing';
        this.#weave.put(source, Buffer.from(`${this.#ownLine(words, this.#nowMs())}\n`), this.#nowMs());
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
    const busy = midLine && bytes.length >= BUSY_BYTES;
    if (busy) this.#openLines.setBusy(source, true);
    this.#weave.put(source, this.#plain ? bytes : this.#prefixed(source, bytes, atMs), atMs);
    this.options.total?.grew(bytes.length);
    source.midLine = midLine;
    if (!busy) this.#openLines.setBusy(source, false);
    this.#ring.push(source.number, atMs, bytes);
    if (this.#live.followed) this.#live.feed(source, atMs, bytes);
  }

  /** The stream has ended: its unfinished last line is ended too. */
  endOf(instanceId: string, stream: StreamName): void {
    if (this.#byId.get(instanceId)?.[stream]?.midLine === true) this.write(instanceId, stream, LINE_END);
  }

  /** False: lines are being dropped, and their count cannot be written yet: it is lost with this process. */
  tellDropped(): boolean {
    return this.#weave.tellDropped();
  }

  /** Ends all unfinished lines and closes the file. A later `write` would open it again. */
  close(): void {
    this.resume(NOBODY);
    for (const source of this.#sources) this.endOf(source.id, source.stream);
    this.#weave.close();
    this.#openLines.close();
    this.#file.close();
  }

  recent(): Recent {
    const { lines, open } = this.#ring.read();
    const toLine = ({ source, atMs, text }: { source: number; atMs: number; text: string }): LogLine => {
      const { id, stream } = this.#sources[source] ?? { id: this.options.daemon, stream: null };
      return { id, atMs, stream, text };
    };
    const begun = open.filter((line) => !line.headless).map((line) => toLine({ ...line, text: line.bytes.toString() }));
    return { lines: lines.map(toLine), open: begun, openBytes: this.#weave.end.openBytes };
  }

  /** Hands each new line that it wants to the follower, from now on, until the function that is returned is called. */
  follow(follower: Follower, wants: (origin: LineOrigin) => boolean): () => void {
    this.#live.add(follower, wants, this.#ring.read().open);
    return () => {
      this.#live.remove(follower);
    };
  }

  #prefixed(source: Source, bytes: Buffer, atMs: number): Buffer {
    source.prefix = Buffer.from(linePrefix(this.options, source.id, source.stream, atMs));
    return prefixLines(bytes, source.prefix, source.midLine, prefixed);
  }

  /** Its line has begun before us: the file has these bytes of it, memory shall have them, too. */
  #begun(source: Source, bytes: Buffer | null): void {
    source.midLine = true;
    if (bytes === null) {
      this.#ring.goOn(source.number);
      return;
    }
    const { daemon, named } = this.options;
    const line = parseLine(bytes.toString('latin1'), daemon, named);
    const own = this.#plain ? bytes : bytes.subarray(bytes.length - line.text.length);
    this.#ring.push(source.number, line.atMs ?? this.#nowMs(), own);
  }

  /** What waits in memory is saved at the end of this turn of the loop: who prints much has ended most lines by then. */
  #saveHeldSoon(): void {
    if (this.#saving) return;
    this.#saving = true;
    setImmediate(() => {
      this.#saving = false;
      if (this.#openLines.wantsClearing) this.#openLines.clear(this.#sources);
      for (const source of this.#sources) this.#openLines.save(source);
    });
  }

  #compress(): void {
    const { compressor, onTrouble } = this.options;
    compressor?.ask(this.#file.turnedOver, onTrouble);
  }

  #nowMs(): number {
    return this.options.wallNow().getTime();
  }

  #sourceOf(id: string, stream: StreamName): Source {
    return this.#byId.get(id)?.[stream] ?? this.#addSource(id, stream);
  }

  #addSource(id: string, stream: StreamName): Source {
    const number = this.#sources.length;
    const source: Source = {
      number,
      id,
      stream,
      held: new Hold(),
      prefix: NOTHING,
      lost: false,
      busy: false,
      midLine: false,
    };
    this.#sources.push(source);
    this.#byId.set(id, { ...this.#byId.get(id), [stream]: source });
    return source;
  }

  #note({ lines, sinceMs, lastMs, words }: Outage): string {
    const [from, to] = [new Date(sinceMs).toISOString(), new Date(lastMs).toISOString()];
    const what = lines === 1 ? '1 line was' : `${lines} lines were`;
    return this.#ownLine(`${what} dropped here between ${from} and ${to}: ${words}`, lastMs);
  }

  /** A line of the supervisor in the log of the daemon. */
  #ownLine(words: string, atMs: number): string {
    const { daemon, timestamps } = this.options;
    return `${timestamps ? linePrefix(this.options, daemon, 'err', atMs) : ''}supervise: ${words}`;
  }
}

/** A read of at least so much that ends in the middle of a line: more has been waiting. */
const BUSY_BYTES = 4096;
const NOBODY: ReadonlySet<string> = new Set();
const LINE_END = Buffer.from('\n');
/** One for all logs: the weave has written or copied what is in it when it returns. */
const prefixed = new Scratch();
const NOTHING: Buffer = Buffer.alloc(0);
