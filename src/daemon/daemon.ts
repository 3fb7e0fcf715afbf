import { createTurn, type Turn } from './turn.ts';
import { boundary, deliverTo, listen, say } from './this-process.ts';

/**
 * A loop that can be stopped only between two iterations. Write `run` (one iteration: take a job, do it) and start it with
 * `DaemonRunner.exec(YourDaemon)`.
 */
export abstract class Daemon {
  /** Signals passed to `onSignal` besides SIGTERM and SIGINT, e.g. `static override signals = ['SIGUSR2'] as const`. */
  static readonly signals: readonly NodeJS.Signals[] = [];

  /** What `run` receives, also for callers of `run` outside the runner. */
  readonly turn: Turn;
  readonly #stop = new AbortController();

  protected readonly argv: readonly string[];

  /** `argv[0]` is the script, as in the other languages. */
  constructor(argv: readonly string[]) {
    this.argv = argv;
    this.turn = createTurn(this.#stop.signal, boundary);
  }

  /** Called once, before the first iteration. Sets the signal handlers for daemons run without the runner. */
  init(): void | Promise<void> {
    // `constructor` has the type of any function; a subclass may name other signals.
    listen((this.constructor as typeof Daemon).signals);
    deliverTo(this);
  }

  /** One iteration. A stop never cuts it, only `turn.idle` and `turn.sleep` within it. */
  abstract run(turn: Turn): void | Promise<void>;

  /** Called once, after the last iteration, even if that threw. */
  shutdown(): void | Promise<void> {
    // nothing to close here
  }

  isDone(): boolean {
    return this.done;
  }

  /** Called between two steps of `run`, not only between iterations: set a flag and return. */
  onSignal(signal: NodeJS.Signals): void {
    if (signal === 'SIGTERM' || signal === 'SIGINT') this.done = true;
  }

  /** True once a stop is requested or the daemon has set it. There is no way back. */
  get done(): boolean {
    return this.#stop.signal.aborted;
  }

  set done(value: boolean) {
    if (value) this.#stop.abort();
  }

  /** Reports how far this iteration is: `done` of `total` steps. */
  progress(done: number, total: number): void {
    say('PROGRESS', `${done}/${total}`);
  }

  /** Reports in a few words what is being done; shown in `supervise status`. */
  status(text: string): void {
    say('STATUS', text);
  }

  /** Reports which shared resource is missing. Call it, then throw: the restart waits for the resource, and it counts as no crash. */
  waiting(resource: string): void {
    say('WAITING', resource);
  }

  /** Asks for this many milliseconds beyond the grace, while starting or stopping. */
  extend(ms: number): void {
    say('EXTEND_TIMEOUT_USEC', Math.round(ms * 1000));
  }
}
