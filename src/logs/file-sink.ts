import { NEWLINE } from '../base/lines.ts';
import { Busy } from './busy.ts';
import type { Thread } from './end.ts';
import { LogFile } from './file.ts';
import { linePrefix, prefixLines } from './line.ts';
import { OpenLines } from './open-lines.ts';
import type { DaemonLogOptions } from './options.ts';
import type { Outage } from './outage.ts';
import { droppedIn, droppedWords, ownLine } from './own-lines.ts';
import { recall } from './recall.ts';
import { Scratch } from './scratch.ts';
import type { ResumeParts, Sink, Source } from './sink.ts';
import { Weave } from './weave.ts';

/** The file of a daemon's log, and those it is rotated to. It owns the descriptor from the first byte on. */
export class FileSink implements Sink {
  readonly #options: () => DaemonLogOptions;
  readonly #file: LogFile;
  readonly #openLines: OpenLines;
  readonly #weave: Weave;
  readonly #busy: Busy;
  /** Our own lines, always whole. */
  readonly #own: Thread;
  readonly #nowMs: () => number;

  /** `options`: as they are now; another place or size means another sink. `own`: the stream of our own lines. */
  constructor(options: () => DaemonLogOptions, sources: readonly Source[], own: Thread) {
    const { daemon, file, maxFiles, maxSizeBytes, openLines, onTrouble, wallNow } = options();
    this.#options = options;
    this.#nowMs = () => wallNow().getTime();
    this.#file = new LogFile(file, maxFiles);
    this.#openLines = new OpenLines(openLines, () => sources);
    this.#weave = new Weave(this.#file, this.#openLines, {
      maxSizeBytes,
      note: (outage) => ownLine(options(), daemon, droppedWords(outage), outage.lastMs),
      noted: droppedIn,
      onTrouble,
      onRotated: () => {
        this.#compress();
      },
    });
    this.#busy = new Busy(this.#openLines, sources, this.#nowMs);
    this.#own = own;
  }

  get openBytes(): number {
    return this.#weave.end.openBytes;
  }

  /** What an outage has taken and is not reported yet, or null. */
  get outage(): Outage | null {
    return this.#weave.outage;
  }

  /** The outage of the previous place, which could not report it any more. */
  goOnDropping(outage: Outage): void {
    this.#weave.goOnDropping(outage);
  }

  /** Joins the limit over all logs until the returned function is called. */
  joinTotal(): () => void {
    const { total, file } = this.#options();
    return total?.join({ rotated: this.#file.rotated, current: file }) ?? ((): void => undefined);
  }

  resume({ readOn, sourceOf, begun, missing }: ResumeParts): void {
    recall({
      file: this.#file,
      end: this.#weave.end,
      openLines: this.#openLines,
      threadOf: ({ id, stream }) => readOn(id, stream),
      begun: ({ id, stream }, bytes) => {
        begun(sourceOf(id, stream), bytes);
      },
      write: ({ id, stream }, bytes) => {
        this.#weave.put(sourceOf(id, stream), bytes, this.#nowMs());
      },
      dropped: (outage) => {
        this.#weave.goOnDropping(outage);
      },
      missing: () => {
        missing(
          'the supervisor died while it wrote here: of what each stream printed then, up to 64 KiB and the line that had begun may be missing',
        );
      },
    });
    this.#compress();
  }

  put(source: Source, bytes: Buffer, atMs: number): void {
    if (bytes[bytes.length - 1] !== NEWLINE) this.#busy.readHalf(source, bytes.length, atMs);
    this.#weave.put(source, this.#isPlain ? bytes : this.#prefixed(source, bytes, atMs), atMs);
    this.#options().total?.grew(bytes.length);
  }

  say(words: string, atMs: number): void {
    const options = this.#options();
    this.#weave.put(this.#own, Buffer.from(`${ownLine(options, options.daemon, words, atMs)}\n`), atMs);
  }

  tellDropped(): boolean {
    return this.#weave.tellDropped();
  }

  handOn(): boolean {
    this.#weave.close();
    const { owner } = this.#weave.end;
    const { inode, size } = this.#file;
    return this.#openLines.handOn(owner === null ? null : { inode, size, owner });
  }

  close(): void {
    this.#weave.close();
    this.#openLines.close();
    this.#file.close();
    this.#busy.close();
  }

  get #isPlain(): boolean {
    const { timestamps, named } = this.#options();
    return !timestamps && !named;
  }

  #prefixed(source: Source, bytes: Buffer, atMs: number): Buffer {
    source.prefix = Buffer.from(linePrefix(this.#options(), source.id, source.stream, atMs));
    return prefixLines(bytes, source.prefix, source.midLine, prefixed);
  }

  #compress(): void {
    const { compressor, onTrouble } = this.#options();
    compressor?.ask(this.#file.rotated, onTrouble);
  }
}

/** One for all: the weave has written or copied its contents when it returns. */
const prefixed = new Scratch();
