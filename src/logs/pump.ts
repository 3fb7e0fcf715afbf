import { asBuffer, NEWLINE } from '../base/lines.ts';
import type { Thread } from './end.ts';
import { FileSink } from './file-sink.ts';
import { Live, type Follower, type LineOrigin } from './follow.ts';
import { Hold } from './hold.ts';
import { parseLine, type LogLine, type StreamName } from './line.ts';
import { isSamePlace, type DaemonLogOptions } from './options.ts';
import { OutSink } from './out-sink.ts';
import { Ring } from './ring.ts';
import type { Sink, Source } from './sink.ts';

/** What is in memory right now. */
export interface Recent {
  /** The newest lines, oldest first. */
  readonly lines: readonly LogLine[];
  /** Lines that have begun. */
  readonly open: readonly LogLine[];
  /** How much of the current file's end is an unfinished line. */
  readonly openBytes: number;
}

/**
 * The log of one daemon: what its instances print goes into its file (or towards stdout) within the same call, into memory, and to
 * followers. It owns the file's descriptor from the first byte on and must be closed.
 */
export class DaemonLog {
  #options: DaemonLogOptions;
  /** New options that apply as soon as no line is half written. */
  #next: DaemonLogOptions | null = null;
  #sink: Sink;
  #leaveTotal: () => void;
  /** Our own lines, always whole. */
  readonly #own: Thread;
  readonly #ring = new Ring();
  readonly #live = new Live();
  readonly #sources: Source[] = [];
  readonly #byId = new Map<string, Partial<Record<StreamName, Source>>>();
  #resumed = false;
  #handedOn = false;

  constructor(options: DaemonLogOptions) {
    this.#options = options;
    this.#own = { id: options.daemon, stream: 'err', ...unheard() };
    this.#sink = this.#open();
    this.#leaveTotal = this.#sink.joinTotal();
  }

  get options(): DaemonLogOptions {
    return this.#options;
  }

  /** New options. Another place or size applies as soon as no line is half written; the rest from the next line on. */
  adjust(options: DaemonLogOptions): void {
    const { file, maxSizeBytes, maxFiles, out = null } = this.#options;
    this.#options = { ...options, file, maxSizeBytes, maxFiles, out };
    this.#leaveTotal();
    this.#leaveTotal = this.#sink.joinTotal();
    this.#next = isSamePlace(options, this.#options) ? null : options;
    this.#turnToNext();
  }

  /**
   * Once, before the first write: lines that a killed supervisor left unfinished continue with the next bytes of their stream if the
   * instance is one of `adopted`; others are ended.
   */
  resume(adopted: ReadonlySet<string>): void {
    if (this.#resumed) return;
    this.#resumed = true;
    this.#sink.resume({
      readOn: (id, stream) => (adopted.has(id) ? this.#sourceOf(id, stream) : null),
      sourceOf: (id, stream) => this.#sourceOf(id, stream),
      begun: (source, bytes) => {
        this.#begun(source, bytes);
      },
      missing: (words) => {
        this.#say(words);
      },
    });
  }

  /** Takes what was read from a stream. `chunk` may be a reused buffer: it is not needed after the return. */
  write(instanceId: string, stream: StreamName, chunk: Uint8Array, run: number | null = null): void {
    if (chunk.length === 0) return;
    if (!this.#resumed) this.resume(NOBODY);
    const source = this.#sourceOf(instanceId, stream);
    if (run !== null) source.run = run;
    const bytes = asBuffer(chunk);
    const atMs = this.#nowMs();
    const midLine = bytes[bytes.length - 1] !== NEWLINE;
    this.#sink.put(source, bytes, atMs);
    source.midLine = midLine;
    if (this.#handedOn) this.handOn();
    else if (this.#next !== null && !midLine) this.#turnToNext();
    this.#ring.push(source.number, atMs, bytes);
    if (this.#live.followed) this.#live.feed(source, atMs, bytes);
  }

  /** The stream has ended, and so does its unfinished last line. */
  endOf(instanceId: string, stream: StreamName): void {
    if (this.#byId.get(instanceId)?.[stream]?.midLine === true) this.write(instanceId, stream, LINE_END);
  }

  /** A line of ours. */
  tell(words: string): void {
    if (!this.#resumed) this.resume(NOBODY);
    this.#say(words);
  }

  /** False: lines are being dropped and their count cannot be written yet: it would be lost with this process. */
  tellDropped(): boolean {
    return this.#sink.tellDropped();
  }

  /**
   * A successor continues from the present state, even if something is written after this. Unfinished lines stay unfinished unless there is
   * nowhere to save that.
   */
  handOn(): void {
    this.#handedOn = true;
    if (this.#sink.handOn()) return;
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
    this.#sink.close();
  }

  recent(): Recent {
    const { lines, open } = this.#ring.read();
    const toLine = ({ source, atMs, text }: { source: number; atMs: number; text: string }): LogLine => {
      const { id, stream } = this.#sources[source] ?? { id: this.#options.daemon, stream: null };
      return { id, atMs, stream, text };
    };
    const begun = open.filter((line) => !line.headless).map((line) => toLine({ ...line, text: line.bytes.toString() }));
    return { lines: lines.map(toLine), open: begun, openBytes: this.#sink.openBytes };
  }

  /** Passes each new line that it wants to the follower, from now on, until the returned function is called. */
  follow(follower: Follower, wants: (origin: LineOrigin) => boolean): () => void {
    this.#live.add(follower, wants, this.#ring.read().open);
    return () => {
      this.#live.remove(follower);
    };
  }

  #open(): Sink {
    const { out } = this.#options;
    if (out != null) return new OutSink(() => this.#options, out, this.#sources);
    return new FileSink(() => this.#options, this.#sources, this.#own);
  }

  /** Each line is whole and in one place. */
  #turnToNext(): void {
    const next = this.#next;
    if (next === null) return;
    const { maxSizeBytes, maxFiles, out } = this.#options;
    const begun = out == null ? [] : this.#takeBegun();
    const isWritten = this.tellDropped();
    // In a place that cannot be written no line stays whole anyway, and only another place may cure that.
    if (
      isWritten
        ? this.#sources.some(({ midLine }) => midLine)
        : isSamePlace({ ...next, maxSizeBytes, maxFiles }, this.#options)
    )
      return;
    this.#next = null;
    this.close();
    const { outage } = this.#sink;
    this.#options = next;
    this.#sink = this.#open();
    next.onTrouble(null);
    if (outage !== null) this.#sink.goOnDropping(outage);
    this.#leaveTotal();
    this.#leaveTotal = this.#sink.joinTotal();
    for (const { source, bytes } of begun) {
      this.#sink.put(source, bytes, this.#nowMs());
      source.midLine = true;
    }
  }

  /** On the way to stdout begun lines are only in memory: they may start somewhere else. */
  #takeBegun(): readonly { readonly source: Source; readonly bytes: Buffer }[] {
    return this.#sources.flatMap((source) => {
      if (!source.midLine) return [];
      const bytes = Buffer.from(source.held.all);
      source.held.clear();
      source.midLine = false;
      return bytes.length === 0 ? [] : [{ source, bytes }];
    });
  }

  /** Its line began before us: the file has these bytes of it, and memory shall have them too. */
  #begun(source: Source, bytes: Buffer | null): void {
    source.midLine = true;
    if (bytes === null) {
      this.#ring.goOn(source.number);
      return;
    }
    const { daemon, named, timestamps } = this.#options;
    const line = parseLine(bytes.toString('latin1'), daemon, named);
    const own = timestamps || named ? bytes.subarray(bytes.length - line.text.length) : bytes;
    this.#ring.push(source.number, line.atMs ?? this.#nowMs(), own);
  }

  #nowMs(): number {
    return this.#options.wallNow().getTime();
  }

  #sourceOf(id: string, stream: StreamName): Source {
    return this.#byId.get(id)?.[stream] ?? this.#addSource(id, stream);
  }

  #addSource(id: string, stream: StreamName): Source {
    const number = this.#sources.length;
    const source: Source = { number, id, stream, ...unheard(), midLine: false, halfAtMs: -Infinity, run: null };
    this.#sources.push(source);
    this.#byId.set(id, { ...this.#byId.get(id), [stream]: source });
    return source;
  }

  #say(words: string): void {
    this.#sink.say(words, this.#nowMs());
  }
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
const NOTHING: Buffer = Buffer.alloc(0);
