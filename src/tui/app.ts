/** The terminal UI as a whole: feed and keys -> update -> view -> paint; and the terminal is what it was when it is over. */
import { setFlagsFromString } from 'node:v8';
import { EXIT, type ExitCode } from '../base/exit-codes.ts';
import { openFeed } from './feed.ts';
import type { GlyphSet } from './glyphs.ts';
import { measuredIds } from './measured.ts';
import type { Message, Request } from './message.ts';
import { newModel } from './model.ts';
import { openPaint, type Painter } from './paint.ts';
import { update } from './update.ts';
import { isMoving, view } from './view.ts';

export interface ScreenOptions {
  /** Where the state of the list may live, as for `find`. */
  readonly folders: readonly string[];
  /** The file name of the list. */
  readonly list: string;
  readonly glyphs: GlyphSet;
  readonly colours: boolean;
  readonly mouse: boolean;
  /** The supervisor was started for this screen: leaving asks what is to become of it. */
  readonly ownsSupervisor: boolean;
  /** Aborted when nobody reads stdout any more. */
  readonly gone: AbortSignal;
}

/** How the screen was left: what is to be said on the normal one (or nothing), and the exit code. */
export interface Leaving {
  readonly words: string | null;
  readonly code: ExitCode;
}

/** stdin and stdout must be a terminal. Resolves when the user has left, or was made to. */
export function runScreen(options: ScreenOptions): Promise<Leaving> {
  // Each picture is garbage soon after: V8 shall not keep 15 MB for what is to be thrown away.
  setFlagsFromString('--optimize-for-size');
  // Nor make that space larger, which it never gives back, for the modules that the start reads.
  setFlagsFromString('--semi-space-growth-factor=1');
  return new Promise((resolve) => {
    new App(options, resolve).start();
  });
}

/** At most twenty frames a second; what a hand has done is seen sooner. */
const FRAME_MS = 50;
const HAND_FRAME_MS = 10;
const SECOND_MS = 1000;
/** How long what is on the screen may be left alone where mere time does not change it. */
const REST_MS = 60_000;
/** How long a stop that we asked for may take to reach us; longer, and it was not obeyed (nobody could continue us). */
const STOPPING_MS = 200;

class App {
  private readonly options: ScreenOptions;
  private readonly left: (leaving: Leaving) => void;
  private readonly painter: Painter;
  private readonly feed: ReturnType<typeof openFeed>;
  private model: ReturnType<typeof newModel>;
  private frame: NodeJS.Timeout | undefined;
  private frameAt = Infinity;
  private drawnAt = -Infinity;
  private tick: NodeJS.Timeout | undefined;
  private ticksSoon = false;
  private isSuspended = false;
  private isOver = false;

  constructor(options: ScreenOptions, left: (leaving: Leaving) => void) {
    this.options = options;
    this.left = left;
    const tell = (message: Message): void => {
      this.hear(message);
    };
    this.painter = openPaint({
      input: process.stdin,
      output: process.stdout,
      colours: options.colours,
      mouse: options.mouse,
      onKey: (key) => {
        tell({ is: 'key', key });
      },
      onMouse: (act, x, y) => {
        tell({ is: 'mouse', act, x, y });
      },
      onResize: (size) => {
        tell({ is: 'resized', size });
        this.draw();
      },
    });
    const { list, glyphs, ownsSupervisor } = options;
    this.model = newModel({ size: this.painter.size(), now: Date.now(), glyphs, list, ownsSupervisor });
    this.feed = openFeed(options.folders, tell);
  }

  start(): void {
    for (const signal of ['SIGTERM', 'SIGQUIT', 'SIGHUP'] as const) process.on(signal, this.onTerminate);
    process.on('SIGINT', this.onInterrupt);
    process.on('SIGTSTP', this.onStop);
    process.on('SIGCONT', this.onContinue);
    // Before who words a bug of ours: what is said on this screen is gone with it.
    process.prependListener('uncaughtException', this.onBug);
    process.on('exit', this.onBug);
    process.stdin.on('end', this.onTerminate).on('error', this.onTerminate);
    this.options.gone.addEventListener('abort', this.onTerminate);
    this.draw();
  }

  private readonly onTerminate = (): void => {
    this.leave({ words: null, code: EXIT.terminated });
  };

  private readonly onInterrupt = (): void => {
    this.leave({ words: null, code: EXIT.interrupted });
  };

  private readonly onStop = (): void => {
    void this.suspend();
  };

  /** A SIGSTOP has stopped us, unasked: whoever had the terminal meanwhile has left it in modes, and with text, of its own. */
  private readonly onContinue = (): void => {
    if (this.isOver || this.isSuspended) return;
    this.painter.suspend();
    this.retake();
  };

  private readonly onBug = (): void => {
    this.painter.close();
  };

  private hear(message: Message): void {
    if (this.isOver) return;
    const { model, requests } = update(this.model, message, Date.now());
    this.model = model;
    for (const request of requests) this.perform(request);
    this.schedule(message.is === 'key' || message.is === 'mouse' ? HAND_FRAME_MS : FRAME_MS);
  }

  private perform(request: Request): void {
    // Ctrl-Z is, as the terminal has it where it is not raw, for all of the job.
    if (request.do === 'suspend') process.kill(0, 'SIGTSTP');
    else if (request.do !== 'leave') this.feed.perform(request);
    else if (request.how === 'detach') this.leave({ words: null, code: EXIT.done });
    else
      void this.feed.stopAll().then(({ level, words }) => {
        this.leave({ words, code: level === 'bad' ? EXIT.trouble : EXIT.done });
      });
  }

  /** The next picture, so long after the last one; one that is due sooner stays. */
  private schedule(afterMs: number): void {
    const dueAt = this.drawnAt + afterMs;
    if (this.isOver || this.isSuspended || (this.frame !== undefined && this.frameAt <= dueAt)) return;
    clearTimeout(this.frame);
    this.frameAt = dueAt;
    this.frame = setTimeout(
      () => {
        this.draw();
      },
      Math.max(0, dueAt - performance.now()),
    );
  }

  private draw(): void {
    clearTimeout(this.frame);
    this.frame = undefined;
    if (this.isOver || this.isSuspended) return;
    this.drawnAt = performance.now();
    // A terminal that takes nothing is given the picture of then when it takes something again.
    if (this.painter.draw(view(this.model))) this.feed.measure(measuredIds(this.model));
    else process.stdout.off('drain', this.onDrain).once('drain', this.onDrain);
    this.armTick();
  }

  private readonly onDrain = (): void => {
    this.schedule(FRAME_MS);
  };

  /** The next time at which mere time changes the picture. */
  private armTick(): void {
    if (this.tick !== undefined && this.ticksSoon) return;
    clearTimeout(this.tick);
    this.ticksSoon = isMoving(this.model);
    const inMs = this.ticksSoon ? SECOND_MS - (Date.now() % SECOND_MS) : REST_MS;
    this.tick = setTimeout(() => {
      this.tick = undefined;
      this.hear({ is: 'tick' });
    }, inMs);
  }

  /** Ctrl-Z, or a SIGTSTP of somebody else: the terminal is given back first. */
  private async suspend(): Promise<void> {
    if (this.isSuspended || this.isOver) return;
    this.isSuspended = true;
    this.painter.suspend();
    await written(process.stdout);
    // Without a listener it stops us, here, until somebody continues us; not where nobody could.
    process.off('SIGTSTP', this.onStop);
    const continued = new Promise<void>((resolve) => {
      process.once('SIGCONT', resolve);
      setTimeout(() => {
        process.off('SIGCONT', resolve);
        resolve();
      }, STOPPING_MS);
    });
    process.kill(process.pid, 'SIGTSTP');
    await continued;
    this.isSuspended = false;
    this.wakeUp();
  }

  private wakeUp(): void {
    if (this.isOver) return;
    process.on('SIGTSTP', this.onStop);
    this.retake();
  }

  private retake(): void {
    this.painter.resume();
    // Its size may be another by now: Node looks when it hears this.
    process.kill(process.pid, 'SIGWINCH');
    this.draw();
  }

  private leave(leaving: Leaving): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.frame);
    clearTimeout(this.tick);
    this.feed.close();
    this.painter.close();
    for (const signal of ['SIGTERM', 'SIGQUIT', 'SIGHUP'] as const) process.off(signal, this.onTerminate);
    process.off('SIGINT', this.onInterrupt);
    process.off('SIGTSTP', this.onStop);
    process.off('SIGCONT', this.onContinue);
    process.off('uncaughtException', this.onBug);
    process.off('exit', this.onBug);
    // That of `error` stays: a terminal that goes away now is no bug of ours.
    process.stdin.off('end', this.onTerminate);
    this.options.gone.removeEventListener('abort', this.onTerminate);
    process.stdout.off('drain', this.onDrain);
    this.left(leaving);
  }
}

const PATIENCE_MS = 1000;

/** What was written has left, or a terminal that takes nothing has had its time. */
function written(output: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PATIENCE_MS);
    output.write('', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
