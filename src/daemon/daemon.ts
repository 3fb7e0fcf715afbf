import { createTurn, type Turn } from './turn.ts';
import { boundary, deliverTo, listen, say } from './this-process.ts';

/**
 * A loop that may be stopped only between two iterations. Write `run` (one iteration: take a job, do it), and start it
 * with `DaemonRunner.exec(YourDaemon)`.
 */
export abstract class Daemon {
  /** Signals that `onSignal` shall get besides SIGTERM and SIGINT, e.g. `static override signals = ['SIGUSR2'] as const`. */
  static readonly signals: readonly NodeJS.Signals[] = [];

  /** What `run` is handed, also for those who call `run` themselves. */
  readonly turn: Turn;
  readonly #stop = new AbortController();

  protected readonly argv: readonly string[];

  /** `argv[0]` is the script, as in the other languages. */
  constructor(argv: readonly string[]) {
    this.argv = argv;
    this.turn = createTurn(this.#stop.signal, boundary);
  }

  /** Once, before the first iteration. Sets the signal handlers for those who run without the runner. */
  init(): void | Promise<void> {
    // `constructor` is typed as any function; that of a subclass may name other signals.
    listen((this.constructor as typeof Daemon).signals);
    deliverTo(this);
  }

  /** One iteration. It is never cut by a stop; only `turn.idle` and `turn.sleep` within it are. */
  abstract run(turn: Turn): void | Promise<void>;

  /** Once, after the last iteration, also when it threw. */
  shutdown(): void | Promise<void> {
    // nothing to close here
  }

  isDone(): boolean {
    return this.done;
  }

  /** Called between two steps of `run`, not between two iterations: set a flag and return. */
  onSignal(signal: NodeJS.Signals): void {
    if (signal === 'SIGTERM' || signal === 'SIGINT') this.done = true;
  }

  /** True once a stop is asked, or once the daemon has set it. There is no way back. */
  get done(): boolean {
    return this.#stop.signal.aborted;
  }

  set done(value: boolean) {
    if (value) this.#stop.abort();
  }

  /** Tells how far this iteration is: `done` of `total` steps. */
  progress(done: number, total: number): void {
    say('PROGRESS', `${done}/${total}`);
  }

  /** Tells in a few words what is being done; shown in `supervise status`. */
  status(text: string): void {
    say('STATUS', text);
  }

  /** Tells which shared resource is missing. Say it, then throw: the restart waits for it, and it counts as no crash. */
  waiting(resource: string): void {
    say('WAITING', resource);
  }

  /** Asks for so many milliseconds more than the grace, while starting or stopping. */
  extend(ms: number): void {
    say('EXTEND_TIMEOUT_USEC', Math.round(ms * 1000));
  }
}
