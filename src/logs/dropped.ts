import { countLineEnds, NEWLINE } from '../base/lines.ts';
import type { FileError } from './disk.ts';
import type { LogFile } from './file.ts';
import { Outage } from './outage.ts';
import type { Place } from './place.ts';

export interface DroppedParts {
  readonly file: LogFile;
  readonly place: Place;
  /** The line, without newline, that stands in the log for the lines lost in an outage. */
  readonly note: (outage: Outage) => string;
  /** How many lines such a line stands for, and since when; null: it is some other line. */
  readonly noted: (line: string) => { readonly lines: number; readonly sinceMs: number } | null;
  readonly onTrouble: (words: string) => void;
  /** Saves what has not been said yet where a SIGKILL does not lose it; null: all is said. */
  readonly keep: (outage: Outage | null) => void;
  /** The file is writable again and says what is missing. */
  readonly onOver: () => void;
}

/** How often an unwritable file is tried even without a line to write. */
const RETRY_MS = 1_000;

/** How much of the end of a file is searched for lines that can make room. */
const GIVEN_UP_MAX_BYTES = 64 * 1024;

/** What the last outage of a file has taken, until the file says so. */
export class Dropped {
  readonly #parts: DroppedParts;
  #outage: Outage | null = null;
  #retry: NodeJS.Timeout | undefined;

  constructor(parts: DroppedParts) {
    this.#parts = parts;
  }

  get outage(): Outage | null {
    return this.#outage;
  }

  /** The file cannot be written any more. */
  begin(words: FileError, atMs: number): Outage {
    const outage = (this.#outage = new Outage(words, atMs));
    this.#tryAgainLater();
    this.#tellTrouble(outage);
    return outage;
  }

  /** The outage of an earlier supervisor, which could not report it. */
  goOn(outage: Outage): void {
    this.#outage = outage;
    if (!this.tell()) this.#tellTrouble(outage);
  }

  /** The file is writable again and says what is missing. */
  over(): void {
    clearTimeout(this.#retry);
    this.#outage = null;
    this.#parts.keep(null);
    this.#parts.onOver();
  }

  /**
   * Says in the file how many lines an outage has taken. False: that cannot be written yet and is only in our memory. It is retried
   * automatically: a daemon that prints little should not keep it there.
   */
  tell(): boolean {
    const outage = this.#outage;
    if (outage === null) return true;
    const { file, place, note } = this.#parts;
    // If someone made room by deleting this very file, the count goes into its successor.
    place.look(outage.lastMs);
    const ready = file.ready();
    const before = file.size;
    if (ready.ok && file.append(Buffer.from(`${note(outage)}\n`)).error === null) {
      this.over();
      return true;
    }
    file.cutBack(before);
    this.#tryAgainLater();
    return false;
  }

  /** The last chance to say it: if there is no room, the last lines of the file give theirs and are counted too. */
  tellInAnyCase(): void {
    const outage = this.#outage;
    if (outage === null || this.tell()) return;
    clearTimeout(this.#retry);
    this.#parts.keep(outage);
    const { file, note } = this.#parts;
    const tail = file.readEnd(Math.min(file.size, GIVEN_UP_MAX_BYTES));
    if (tail?.at(-1) !== NEWLINE) return;
    for (let from = tail.length; from > 0;) {
      from = from < 2 ? 0 : tail.lastIndexOf(NEWLINE, from - 2) + 1;
      if (from === 0 && tail.length < file.size) return;
      const said = Buffer.from(`${note(this.#with(outage, tail.subarray(from)))}\n`);
      if (said.length > tail.length - from) continue;
      const at = file.size - tail.length + from;
      if (file.patch(said, at).error === null && file.cutBack(at + said.length)) this.over();
      return;
    }
  }

  /** The outage as if it had taken these lines too. */
  #with(outage: Outage, more: Buffer): Outage {
    const { lastMs, words } = outage;
    let lines = outage.lines + countLineEnds(more);
    let { sinceMs } = outage;
    for (const line of more.toString('latin1').split('\n')) {
      const noted = this.#parts.noted(line);
      if (noted === null) continue;
      lines += noted.lines - 1;
      sinceMs = Math.min(sinceMs, noted.sinceMs);
    }
    return Outage.of({ lines, sinceMs, lastMs, words });
  }

  #tellTrouble({ words }: Outage): void {
    const { file, onTrouble } = this.#parts;
    onTrouble(
      `cannot write ${file.path}: ${words}; lines are dropped, and counted in the log, until it can be written again`,
    );
  }

  #tryAgainLater(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      if (!this.tell()) this.#parts.keep(this.#outage);
    }, RETRY_MS).unref();
  }
}
