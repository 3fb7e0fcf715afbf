/** The terminal UI as a whole: feed and keys -> update -> view -> paint; the terminal is restored at the end. */
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
  /** Where the state of the list may be, as for `find`. */
  readonly folders: readonly string[];
  /** The file name of the list. */
  readonly list: string;
  readonly glyphs: GlyphSet;
  readonly colours: boolean;
  readonly mouse: boolean;
  /** The supervisor was started for this screen: leaving asks what to do with it. */
  readonly ownsSupervisor: boolean;
  /** Aborted when nothing reads stdout any more. */
  readonly gone: AbortSignal;
}

/** How the screen was left: what to print on the normal screen (if anything), and the exit code. */
export interface Leaving {
  readonly words: string | null;
  readonly code: ExitCode;
}

/** stdin and stdout must be a terminal. Resolves when the user has left or was made to. */
export function runScreen(options: ScreenOptions): Promise<Leaving> {
  // Each picture soon becomes garbage: V8 must not keep 15 MB for it.
  setFlagsFromString('--optimize-for-size');
  // Nor must it enlarge the young generation, which never shrinks, for the modules read at the start.
  setFlagsFromString('--semi-space-growth-factor=1');
  return new Promise((resolve) => {
    new App(options, resolve).start();
  });
}

/** At most twenty frames a second; the effect of a key is shown sooner. */
const FRAME_MS = 50;
const HAND_FRAME_MS = 10;
const SECOND_MS = 1000;
/** How long the screen may be left alone if the mere passing of time does not change it. */
const REST_MS = 60_000;
/** How long a stop that we requested may take to reach us; beyond that it was not obeyed (nobody could continue us). */
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
    // Before the handler that words a bug of ours: what is said on this screen is gone with it.
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

  /** A SIGSTOP stopped us without warning: whatever had the terminal meanwhile left it with its own modes and text. */
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
    // Ctrl-Z acts as on a terminal that is not raw: on the whole job.
    if (request.do === 'suspend') process.kill(0, 'SIGTSTP');
    else if (request.do !== 'leave') this.feed.perform(request);
    else if (request.how === 'detach') this.leave({ words: null, code: EXIT.done });
    else
      void this.feed.stopAll().then(({ level, words }) => {
        this.leave({ words, code: level === 'bad' ? EXIT.trouble : EXIT.done });
      });
  }

  /** The next picture, this long after the last one; one due sooner stays. */
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
    // A terminal that accepts nothing gets the then current picture when it accepts something again.
    if (this.painter.draw(view(this.model))) this.feed.measure(measuredIds(this.model));
    else process.stdout.off('drain', this.onDrain).once('drain', this.onDrain);
    this.armTick();
  }

  private readonly onDrain = (): void => {
    this.schedule(FRAME_MS);
  };

  /** The next time at which the passing of time alone changes the picture. */
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

  /** Ctrl-Z, or a SIGTSTP from elsewhere: the terminal is given back first. */
  private async suspend(): Promise<void> {
    if (this.isSuspended || this.isOver) return;
    this.isSuspended = true;
    this.painter.suspend();
    await written(process.stdout);
    // Without a listener it stops us, here, until someone continues us; but not if nobody could.
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
    // Its size may have changed: Node checks on this signal.
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
    // The listener for `error` stays: a terminal that goes away now is no bug of ours.
    process.stdin.off('end', this.onTerminate);
    this.options.gone.removeEventListener('abort', this.onTerminate);
    process.stdout.off('drain', this.onDrain);
    this.left(leaving);
  }
}

const PATIENCE_MS = 1000;

/** What was written has left, or a terminal that accepts nothing has had its time. */
function written(output: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PATIENCE_MS);
    output.write('', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
