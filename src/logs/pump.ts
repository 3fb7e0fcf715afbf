import { asBuffer, NEWLINE } from '../base/lines.ts';
import { LogFile } from './file.ts';
import { Live, type Follower, type LineOrigin } from './follow.ts';
import { Hold } from './hold.ts';
import { linePrefix, prefixLines, type LogLine, type StreamName } from './line.ts';
import { Ring } from './ring.ts';
import { Scratch } from './scratch.ts';
import { Weave, type Outage, type Thread } from './weave.ts';

export interface DaemonLogOptions {
  /** The daemon's name. */
  readonly daemon: string;
  /** Absolute. Its folder exists. */
  readonly file: string;
  readonly maxSizeBytes: number;
  /** How many turned-over files are kept beside the current one. */
  readonly maxFiles: number;
  readonly timestamps: boolean;
  /** Several instances: each line says which one printed it. */
  readonly named: boolean;
  readonly wallNow: () => Date;
  /** The file cannot be written or turned over; told once, until it can be again. The words follow the daemon's name. */
  readonly onTrouble: (words: string) => void;
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
  readonly #weave: Weave;
  readonly #ring = new Ring();
  readonly #live = new Live();
  readonly #sources: Source[] = [];
  readonly #byId = new Map<string, Partial<Record<StreamName, Source>>>();
  readonly #plain: boolean;

  constructor(options: DaemonLogOptions) {
    this.options = options;
    this.#plain = !options.timestamps && !options.named;
    this.#file = new LogFile(options.file, options.maxFiles);
    this.#weave = new Weave(this.#file, {
      maxSizeBytes: options.maxSizeBytes,
      note: (outage) => this.#note(outage),
      onTrouble: options.onTrouble,
    });
  }

  /** Takes what was read from a stream. `chunk` may be a reused buffer: nothing of it is needed after the return. */
  write(instanceId: string, stream: StreamName, chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    const source = this.#byId.get(instanceId)?.[stream] ?? this.#addSource(instanceId, stream);
    const bytes = asBuffer(chunk);
    const atMs = this.options.wallNow().getTime();
    this.#weave.put(source, this.#plain ? bytes : this.#prefixed(source, bytes, atMs), atMs);
    source.midLine = bytes[bytes.length - 1] !== NEWLINE;
    this.#ring.push(source.number, atMs, bytes);
    if (this.#live.followed) this.#live.feed(source, atMs, bytes);
  }

  /** The stream has ended: its unfinished last line is ended too. */
  endOf(instanceId: string, stream: StreamName): void {
    if (this.#byId.get(instanceId)?.[stream]?.midLine === true) this.write(instanceId, stream, LINE_END);
  }

  /** Ends all unfinished lines and closes the file. A later `write` would open it again. */
  close(): void {
    for (const source of this.#sources) this.endOf(source.id, source.stream);
    this.#weave.close();
    this.#file.close();
  }

  recent(): Recent {
    const { lines, open } = this.#ring.read();
    const toLine = ({ source, atMs, text }: { source: number; atMs: number; text: string }): LogLine => {
      const { id, stream } = this.#sources[source] ?? { id: this.options.daemon, stream: null };
      return { id, atMs, stream, text };
    };
    const begun = open.filter((line) => !line.headless).map((line) => toLine({ ...line, text: line.bytes.toString() }));
    return { lines: lines.map(toLine), open: begun, openBytes: this.#weave.openBytes };
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

  #addSource(id: string, stream: StreamName): Source {
    const number = this.#sources.length;
    const source: Source = { number, id, stream, held: new Hold(), prefix: NOTHING, lost: false, midLine: false };
    this.#sources.push(source);
    this.#byId.set(id, { ...this.#byId.get(id), [stream]: source });
    return source;
  }

  #note({ lines, sinceMs, lastMs, words }: Outage): string {
    const { daemon, timestamps } = this.options;
    const from = new Date(sinceMs).toISOString();
    const prefix = timestamps ? linePrefix(this.options, daemon, 'err', lastMs) : '';
    const what = lines === 1 ? '1 line was' : `${lines} lines were`;
    return `${prefix}supervise: ${what} dropped here between ${from} and ${new Date(lastMs).toISOString()}: ${words}`;
  }
}

const LINE_END = Buffer.from('\n');
/** One for all logs: the weave has written or copied what is in it when it returns. */
const prefixed = new Scratch();
const NOTHING: Buffer = Buffer.alloc(0);
