import fs from 'node:fs';
import { counted } from '../../base/counted.ts';
import type { EventView } from '../../control/view.ts';
import type { Outlet } from '../../logs/outlet.ts';
import type { WriteStream } from 'node:tty';
import { isJournal } from '../../systemd/environment.ts';
import { withPriority, type Level } from '../../systemd/priority.ts';
import { colourer, wantsColour } from './colour.ts';
import type { Colour } from './colour.ts';

/** Bytes that may wait for a terminal before lines are dropped. */
const STALLED_BYTES = 1024 * 1024;
/** Bytes that may wait for a pipe before we wait for its reader. */
const ENOUGH_BYTES = 64 * 1024;

/**
 * stdout and stderr as every command writes to them: they neither block (a terminal after Ctrl-S, a hung ssh) nor end us (`| head`, a
 * closed terminal).
 */
export class Terminal {
  readonly isTerminal: boolean;
  /** stdout leads into systemd's journal: that records the time of each line and reads its priority. */
  readonly isJournal: boolean;
  readonly #isJournalError: boolean;
  readonly colours: boolean;
  readonly colour: Colour;
  readonly colourError: Colour;
  readonly #gone = new AbortController();
  /** Lines dropped because the terminal accepts nothing. */
  #dropped = 0;
  #progressShown = false;
  #failure: string | null = null;
  /** What it says goes this way, among the lines of daemons; null: directly. */
  #outlet: Outlet | null = null;

  constructor(env: Readonly<Record<string, string | undefined>> = process.env) {
    this.isTerminal = process.stdout.isTTY;
    this.isJournal = isJournal(env, 1);
    this.#isJournalError = isJournal(env, 2);
    this.colours = wantsColour(process.stdout.isTTY, env);
    this.colour = colourer(this.colours);
    this.colourError = colourer(wantsColour(process.stderr.isTTY, env));
    for (const stream of [process.stdout, process.stderr]) {
      if (stream.isTTY) neverBlock(stream);
      stream.on('error', (error: NodeJS.ErrnoException) => {
        if (stream !== process.stdout) return;
        if (!isGone(error)) this.#failure ??= error.message;
        this.#gone.abort();
      });
    }
    process.stdout.on('drain', () => {
      this.#tellDropped();
    });
  }

  /** Aborted when nothing reads stdout any more. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Why stdout could not be written, if that is a failure. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Columns of the terminal; null if stdout is not one. */
  get columns(): number | null {
    return this.isTerminal ? Math.max(20, process.stdout.columns || 80) : null;
  }

  /** From now on everything said on stdout goes this way. */
  goThrough(outlet: Outlet): void {
    this.#outlet = outlet;
  }

  /** A line on stdout: what was asked for. The level is for the journal. `_event`: what it words, for formats that show the event itself. */
  say(line: string, level: Level = 'info', _event: EventView | null = null): void {
    this.#clearProgress();
    if (this.isTerminal && process.stdout.writableLength > STALLED_BYTES) this.#dropped++;
    else this.#write(`${this.isJournal ? withPriority(line, level) : line}\n`);
  }

  /** A line on stderr: what a person should also know. */
  tell(line: string, level: Level = 'error'): void {
    this.#clearProgress();
    const written = this.#isJournalError ? withPriority(line, level) : line;
    if (process.stderr.writableLength <= STALLED_BYTES) process.stderr.write(`${written}\n`);
  }

  /** The single line at the end that the next one replaces; only if stderr is a terminal, otherwise returns false. */
  progress(line: string): boolean {
    if (!process.stderr.isTTY) return false;
    const columns = process.stderr.columns || 80;
    const shown = line.length < columns ? line : `${line.slice(0, columns - 2)}…`;
    if (process.stderr.writableLength === 0) process.stderr.write(`\r\u001b[K${shown}`);
    this.#progressShown = true;
    return true;
  }

  /** A promise if the reader of stdout is behind: resolves when it has caught up or is gone. */
  room(): Promise<void> | undefined {
    if (this.#outlet !== null) return this.#outlet.room(() => false, ENOUGH_BYTES);
    const { stdout } = process;
    if (stdout.writableLength <= ENOUGH_BYTES || this.gone.aborted) return undefined;
    return new Promise((resolve) => {
      const done = (): void => {
        stdout.off('drain', done);
        this.gone.removeEventListener('abort', done);
        resolve();
      };
      stdout.on('drain', done);
      this.gone.addEventListener('abort', done);
    });
  }

  /** Resolves when everything is written, nothing reads any more, or time is up (null: no limit). */
  async flush(patienceMs: number | null): Promise<void> {
    this.#clearProgress();
    const written = Promise.all([process.stdout, process.stderr].map(drained));
    if (patienceMs === null) await written;
    else {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise((resolve) => (timer = setTimeout(resolve, patienceMs)));
      await Promise.race([written, late]);
      clearTimeout(timer);
    }
    // Node reports a failed write some ticks later, even if the write itself was immediate.
    await new Promise((resolve) => setImmediate(resolve));
  }

  #write(text: string): void {
    if (this.#outlet !== null) this.#outlet.put(Buffer.from(text));
    else if (!this.gone.aborted) process.stdout.write(text);
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.tell(`supervise: ${counted(dropped, 'line was', 'lines were')} left out: the terminal took no more`);
  }

  #clearProgress(): void {
    if (this.#progressShown) process.stderr.write('\r\u001b[K');
    this.#progressShown = false;
  }
}

/**
 * A reader that has what it wanted (`| head`) or a closed terminal is no failure; a full disk is, and so is a broken one, which reports the
 * same error as the terminal. A terminal that has hung up is no longer known as one, only as a device.
 */
const isGone = ({ code }: NodeJS.ErrnoException): boolean =>
  code === 'EPIPE' || (code === 'EIO' && fs.fstatSync(1).isCharacterDevice());

/** Node's writes to a terminal block: one that accepts nothing would stop all of us. */
function neverBlock(stream: WriteStream): void {
  // Not in Node's types: the libuv handle behind every terminal stream has had this method since Node 0.10.
  const { _handle } = stream as { readonly _handle?: { readonly setBlocking?: (on: boolean) => void } };
  _handle?.setBlocking?.(false);
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.destroyed || stream.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once('error', () => {
      resolve();
    });
    stream.write('', () => {
      resolve();
    });
  });
}
