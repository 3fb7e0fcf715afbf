import { NEWLINE, wholeCharacters } from '../base/lines.ts';
import type { LineOrigin } from './follow.ts';
import { OpenLines } from './open-lines.ts';
import type { DaemonLogOptions, Out } from './options.ts';
import type { OutageRecord } from './held-records.ts';
import { droppedWords } from './own-lines.ts';
import { LINE_MAX_BYTES } from './rotate.ts';
import { Scratch } from './scratch.ts';
import type { ResumeParts, Sink, Source } from './sink.ts';

/** Whole lines of one stream, each with its newline. */
export interface Lines {
  readonly daemon: string;
  readonly origin: LineOrigin & { readonly run: number | null };
  /** A view of reused memory. */
  readonly bytes: Buffer;
  /** When the first byte of the first line was read, and that of the others. */
  readonly firstAtMs: number;
  readonly atMs: number;
  /** It is one line longer than a line may be; the next one continues it. */
  readonly goesOn: boolean;
}

/** How lines look on stdout: prefixed with their name, as JSON, … The returned buffer is kept. */
export interface LineForm {
  /** What a daemon has printed. */
  readonly lines: (lines: Lines) => Buffer;
  /** Our own words in its log, without newline. */
  readonly own: (daemon: string, words: string, atMs: number) => Buffer;
}

/**
 * The lines of a daemon on their way to our stdout, which all daemons share: whole lines only, so that none are mixed. A line that has not
 * ended waits in memory.
 */
export class OutSink implements Sink {
  readonly openBytes = 0;
  readonly outage = null;
  readonly #options: () => DaemonLogOptions;
  readonly #out: Out;
  readonly #sources: readonly Source[];
  /** When the waiting line began. */
  readonly #begunAtMs = new Map<Source, number>();

  constructor(options: () => DaemonLogOptions, out: Out, sources: readonly Source[]) {
    this.#options = options;
    this.#out = out;
    this.#sources = sources;
  }

  resume({ readOn, sourceOf, begun }: ResumeParts): void {
    const file = this.#openLines();
    const atMs = this.#options().wallNow().getTime();
    const left = file.read();
    // From the time when its lines went to a file.
    if (left?.outage != null) this.goOnDropping(left.outage);
    for (const { owner, bytes } of left?.held ?? []) {
      const source = readOn(owner.id, owner.stream);
      if (source === null) this.put(sourceOf(owner.id, owner.stream), Buffer.concat([bytes, LINE_END]), atMs);
      else {
        this.#hold(source, bytes, atMs);
        begun(source, bytes);
      }
    }
    file.close();
  }

  put(source: Source, bytes: Buffer, atMs: number): void {
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end > 0) this.#pass(source, bytes.subarray(0, end), atMs);
    if (end < bytes.length) this.#hold(source, bytes.subarray(end), atMs);
    while (source.held.length > LINE_MAX_BYTES) this.#passPart(source, atMs);
  }

  say(words: string, atMs: number): void {
    const { outlet, form } = this.#out;
    outlet.put(form.own(this.#options().daemon, words, atMs));
  }

  tellDropped(): boolean {
    return true;
  }

  goOnDropping(outage: OutageRecord): void {
    this.say(droppedWords(outage), outage.lastMs);
  }

  joinTotal(): () => void {
    return () => undefined;
  }

  handOn(): boolean {
    const file = this.#openLines();
    if (this.#sources.some(({ held }) => held.length > 0)) return file.handOn(null);
    file.close();
    return true;
  }

  close(): void {
    // Nothing of it is on a disk.
  }

  /** As much as a line may have. Something is left over, so that its end is told even if the process ends here. */
  #passPart(source: Source, atMs: number): void {
    const cut = wholeCharacters(source.held.all, LINE_MAX_BYTES);
    const rest = Buffer.from(source.held.all.subarray(cut));
    const part = Buffer.concat([source.held.all.subarray(0, cut), LINE_END]);
    source.held.clear();
    this.#pass(source, part, atMs, true);
    this.#hold(source, rest, atMs);
  }

  #pass(source: Source, end: Buffer, atMs: number, goesOn = false): void {
    const firstAtMs = this.#begunAtMs.get(source) ?? atMs;
    this.#begunAtMs.delete(source);
    const bytes = source.held.takeWith(end, joined);
    const { outlet, form } = this.#out;
    outlet.put(form.lines({ daemon: this.#options().daemon, origin: source, bytes, firstAtMs, atMs, goesOn }));
  }

  #hold(source: Source, bytes: Buffer, atMs: number): void {
    if (source.held.length === 0) this.#begunAtMs.set(source, atMs);
    source.held.add(bytes);
  }

  /** Only for a successor: while we live, what waits in memory is on no disk. */
  #openLines(): OpenLines {
    return new OpenLines(this.#options().openLines, () => this.#sources);
  }
}

const LINE_END = Buffer.from('\n');
/** One for all: the form has copied its contents. */
const joined = new Scratch();
