/** What a detached supervisor says: a file that is kept small, in place of a terminal. */
import fs from 'node:fs';
import { Terminal } from './terminal.ts';

/** Then it becomes `NAME.1`, and a new one begins. */
const MAX_BYTES = 1024 * 1024;

export class MessageFile extends Terminal {
  readonly #file: string;
  readonly #maxBytes: number;
  /** Lines that a full disk has not taken. */
  #lost = 0;

  constructor(file: string, maxBytes = MAX_BYTES) {
    super({ NO_COLOR: '1' });
    this.#file = file;
    this.#maxBytes = maxBytes;
  }

  override say(line: string): void {
    this.#append(line);
  }

  override tell(line: string): void {
    this.#append(line);
  }

  /** Opened by its name each time: it may be removed or moved away (logrotate) at any moment. */
  #append(line: string): void {
    const note =
      this.#lost === 0 ? '' : `supervise: ${this.#lost} lines were left out here: the disk did not take them\n`;
    try {
      fs.appendFileSync(this.#file, `${note}${line}\n`, { mode: 0o600 });
      this.#lost = 0;
      this.#turnOver();
    } catch {
      this.#lost += 1; // A full disk, or no descriptor: counted, and told with the next line that fits.
    }
  }

  /**
   * Copied and emptied, not renamed: the guard and what Node itself prints before it dies write to the same file by descriptors of
   * their own. A disk with no room for the copy loses the old lines: it is bounded first of all.
   */
  #turnOver(): void {
    if (fs.statSync(this.#file).size <= this.#maxBytes) return;
    try {
      fs.copyFileSync(this.#file, `${this.#file}.1`);
    } catch {
      fs.rmSync(`${this.#file}.1`, { force: true }); // Half a copy is worse than none.
    }
    fs.truncateSync(this.#file, 0);
  }
}
