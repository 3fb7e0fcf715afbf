/** Where a detached supervisor writes its messages: a file that is kept small, in place of a terminal. */
import { counted } from '../../base/counted.ts';
import fs from 'node:fs';
import { isErrno } from '../../supervisor/world/errno.ts';
import { Terminal } from './terminal.ts';

/** At this size it becomes `NAME.1`, and a new one begins. */
const MAX_BYTES = 1024 * 1024;

/** Opened for others to write to; 'ignore' if that fails, which is reported. */
export function messagesOf(file: string, tell: (words: string) => void): number | 'ignore' {
  try {
    return openMessages(file);
  } catch (error) {
    const why = isErrno(error) && error.code === 'ENXIO' ? `${file} is a FIFO that nobody reads` : String(error);
    tell(`its messages will be lost, for they cannot be written: ${why}`);
    return 'ignore';
  }
}

/**
 * A FIFO in its place would block us until something reads, and again once it is full: so it is an error without a reader, and whatever it
 * does not take is lost.
 */
function openMessages(file: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = fs.constants;
  return fs.openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o600);
}

export class MessageFile extends Terminal {
  readonly #file: string;
  readonly #maxBytes: number;
  /** Lines that did not fit on a full disk. */
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

  /** Opened by name each time: it may be removed or moved away (logrotate) at any moment. */
  #append(line: string): void {
    const note =
      this.#lost === 0
        ? ''
        : `supervise: ${counted(this.#lost, 'line was', 'lines were')} left out here: the disk did not take them\n`;
    try {
      append(this.#file, `${note}${line}\n`);
      this.#lost = 0;
      this.#rotate();
    } catch {
      this.#lost += 1; // A full disk, or no descriptor: counted, and told with the next line that fits.
    }
  }

  /**
   * Copied and emptied, not renamed: the guard, and Node itself before it dies, write to the same file by their own descriptors. If there
   * is no room for the copy the old lines are lost: staying small comes first.
   */
  #rotate(): void {
    if (fs.statSync(this.#file).size <= this.#maxBytes) return;
    const older = `${this.#file}.1`;
    try {
      // Whatever it is: its replacement is a file.
      fs.rmSync(older, { recursive: true, force: true });
      fs.copyFileSync(this.#file, older);
    } catch {
      fs.rmSync(older, { force: true }); // Half a copy is worse than none.
    }
    fs.truncateSync(this.#file, 0);
  }
}

function append(file: string, text: string): void {
  const fd = openMessages(file);
  try {
    fs.writeFileSync(fd, text);
  } finally {
    fs.closeSync(fd);
  }
}
