/** `supervise status --watch` on a terminal: one picture a second, until a key or a signal ends it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanText } from '../base/clean.ts';
import { EXIT, type ExitCode } from '../base/exit-codes.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { span } from '../control/describe.ts';
import type { ClientError } from '../control/client.ts';
import type { Colour, Role } from './print/colour.ts';
import { Keyboard, type WatchKey } from './print/keyboard.ts';
import { Picture } from './print/picture.ts';
import type { Terminal } from './print/terminal.ts';
import { wrapWords } from './print/wrap.ts';

const SECOND_MS = 1000;
/** A supervisor that has not answered for this long is shown as silent, though it is still being asked. */
const SILENT_MS = 3000;
/** How long a stop that we requested may take to reach us; beyond that it was not obeyed (nobody could continue us). */
const STOPPING_MS = 200;
/** Why nothing answers, and what to do, takes more than a row. */
const MOST_LOST_LINES = 3;

/** What to draw: the answer, its age being 0, in at most so many rows. */
export type Draw<T> = (
  answer: T,
  room: { rows: number; columns: number; colour: Colour; now: number },
) => Promise<readonly string[]>;

/** The exit code, or why asking again is useless. */
export function watchOnTerminal<T>(
  ask: () => Promise<Result<T, ClientError>>,
  draw: Draw<T>,
  terminal: Terminal,
): Promise<Result<ExitCode, ClientError>> {
  return new Watch(ask, draw, terminal).run();
}

interface Heard<T> {
  readonly answer: T;
  /** Wall time. */
  readonly at: number;
}

class Watch<T> {
  readonly #ask: () => Promise<Result<T, ClientError>>;
  readonly #draw: Draw<T>;
  readonly #terminal: Terminal;
  readonly #picture = new Picture();
  readonly #keyboard: Keyboard;
  readonly #end = new AbortController();
  readonly #since = Date.now();
  #heard: Heard<T> | null = null;
  #error: ClientError | null = null;
  #code: ExitCode = EXIT.done;
  #isStopped = false;

  constructor(ask: () => Promise<Result<T, ClientError>>, draw: Draw<T>, terminal: Terminal) {
    this.#ask = ask;
    this.#draw = draw;
    this.#terminal = terminal;
    this.#keyboard = new Keyboard((key) => {
      this.#press(key);
    }, this.#onTerminate);
  }

  async run(): Promise<Result<ExitCode, ClientError>> {
    this.#listen();
    const pause = (ms: number): Promise<unknown> =>
      sleep(ms, undefined, { signal: this.#end.signal }).catch(() => undefined); // Aborted: it ends.
    let asking: Promise<void> | null = null;
    while (!this.#end.signal.aborted) {
      const begun = performance.now();
      asking ??= this.#askOnce().then(() => {
        asking = null;
      });
      // A supervisor that hangs must not keep the picture from saying so.
      await Promise.race([asking, pause(SECOND_MS)]);
      if (this.#hopeless() !== null) break;
      await this.#draws();
      await pause(Math.max(0, SECOND_MS - (performance.now() - begun)));
    }
    this.#close();
    const error = this.#hopeless();
    return error === null ? ok(this.#code) : fail(error);
  }

  async #askOnce(): Promise<void> {
    const answer = await this.#ask();
    this.#error = answer.ok ? null : answer.error;
    if (answer.ok) this.#heard = { answer: answer.value, at: Date.now() };
  }

  /** Why asking again is useless. An absent or unresponsive supervisor may come back. */
  #hopeless(): ClientError | null {
    const error = this.#error;
    return error === null || error.tag === 'nobody' || error.tag === 'broken' ? null : error;
  }

  readonly #show = (): void => {
    void this.#draws();
  };

  async #draws(): Promise<void> {
    if (!this.#mayDraw()) return;
    const lines = await this.#lines();
    if (this.#mayDraw()) await this.#picture.draw(lines);
  }

  #mayDraw(): boolean {
    return !this.#isStopped && !this.#end.signal.aborted;
  }

  /** Facts of an unresponsive supervisor are old: they are drawn as they were, faint, with their age above. */
  async #lines(): Promise<readonly string[]> {
    const { rows, columns } = this.#picture;
    const { colour } = this.#terminal;
    const now = Date.now();
    const heard = this.#heard;
    const silentMs = now - (heard?.at ?? this.#since);
    if (this.#error === null && silentMs < SILENT_MS)
      return heard === null ? [] : this.#draw(heard.answer, { rows, columns, colour, now });
    const words = this.#error?.words ?? 'it was asked, and has not said anything yet';
    const lost = wrapWords(
      `no answer for ${span(silentMs)}, looking again each second: ${cleanText(words)}`,
      columns,
      '  ',
    ).slice(0, MOST_LOST_LINES);
    const said = lost.map((line) => colour('bad', line));
    if (heard === null) return said;
    const room = { rows: rows - said.length, columns, colour: (_: Role, text: string) => text, now: heard.at };
    const old = await this.#draw(heard.answer, room);
    return [...said, ...old.map((line) => colour('faint', line))];
  }

  #listen(): void {
    process.on('SIGINT', this.#onInterrupt);
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, this.#onTerminate);
    process.on('SIGTSTP', this.#onStop);
    process.on('SIGCONT', this.#onContinue);
    process.stdout.on('resize', this.#show);
    // Before the handler that words a bug of ours: what is said on this screen is gone with it.
    process.prependListener('uncaughtException', this.#close);
    this.#terminal.gone.addEventListener('abort', this.#onGone);
    this.#keyboard.take();
  }

  #press(key: WatchKey): void {
    switch (key) {
      case 'leave':
        this.#leave(EXIT.done);
        return;
      case 'interrupt':
        this.#leave(EXIT.interrupted);
        return;
      case 'quit':
        this.#leave(EXIT.terminated);
        return;
      case 'suspend':
        // As a terminal that is not raw does it: for the whole job.
        process.kill(0, 'SIGTSTP');
    }
  }

  readonly #close = (): void => {
    this.#picture.close();
    this.#keyboard.give();
    process.off('SIGTSTP', this.#onStop);
    process.off('SIGCONT', this.#onContinue);
    process.stdout.off('resize', this.#show);
  };

  readonly #onInterrupt = (): void => {
    this.#leave(EXIT.interrupted);
  };

  readonly #onTerminate = (): void => {
    this.#leave(EXIT.terminated);
  };

  readonly #onGone = (): void => {
    this.#end.abort();
  };

  #leave(code: ExitCode): void {
    this.#code = code;
    this.#end.abort();
  }

  /** Ctrl-Z: first the terminal is given back, then it stops us as if nobody had listened. */
  readonly #onStop = (): void => {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#picture.suspend();
    this.#keyboard.give();
    void this.#terminal.flush(SECOND_MS).then(() => {
      if (this.#end.signal.aborted) return;
      process.off('SIGTSTP', this.#onStop);
      process.kill(process.pid, 'SIGTSTP');
      setTimeout(() => {
        if (this.#isStopped) this.#onContinue();
      }, STOPPING_MS);
    });
  };

  /** Also after a SIGSTOP, of which there is no warning. */
  readonly #onContinue = (): void => {
    if (this.#end.signal.aborted) return;
    process.off('SIGTSTP', this.#onStop).on('SIGTSTP', this.#onStop);
    this.#isStopped = false;
    this.#keyboard.take();
    this.#picture.forget();
    // Its size may have changed: Node checks on this signal.
    process.kill(process.pid, 'SIGWINCH');
    this.#show();
  };
}
