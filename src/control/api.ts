import type { Result } from '../base/result.ts';
import type { Seen } from './seen.ts';
import type {
  ChangeView,
  DeedView,
  EventView,
  LineView,
  PlanView,
  ReloadView,
  StatusView,
  VersionView,
  WhyView,
} from './view.ts';

/** Why a request was not carried out. Nothing has changed. */
export interface Refusal {
  readonly reason: 'no-match' | 'stopping' | 'held' | 'invalid';
  /** A whole sentence, with the mend. */
  readonly words: string;
}

/**
 * What one can ask of a supervisor. The supervisor implements it, `server.ts` offers it on the socket, `client.ts` is the
 * other end. `names` are selectors (src/base/selector.ts): `photos`, `photos:2`, `@media`, `pho*`; empty means all.
 */
export interface Api {
  version(): VersionView;
  status(ask: { names: readonly string[]; runs: boolean }): Promise<Result<StatusView, Refusal>>;
  /**
   * The status as a picture that is kept current: the whole, then what has changed, until `end`. No more often than a screen
   * needs it, and a reader that is behind (`room`) is not sent more: what it missed is in the next picture.
   */
  changes(
    ask: { names: readonly string[] },
    emit: (item: ChangeView | Dropped) => void,
    end: AbortSignal,
    room?: () => Promise<void> | undefined,
  ): Promise<Result<Record<string, never>, Refusal>>;
  why(ask: { names: readonly string[] }): Result<readonly WhyView[], Refusal>;
  /** Resolves when each is running, exited, failed or waits at a gate; at once with `wait: false`. */
  start(ask: { names: readonly Whom[]; wait: boolean }): Promise<Result<DeedView, Refusal>>;
  /**
   * Resolves when the last process has gone. `now` cuts. Without names the supervisor itself ends: see `shutdown`.
   */
  stop(ask: StopAsk): Promise<Result<DeedView, Refusal>>;
  /** `how`: of several instances of a daemon one goes first, or each waits for the one before, or none waits. */
  restart(ask: { names: readonly Whom[]; wait: boolean; how: RestartHow }): Promise<Result<DeedView, Refusal>>;
  /** What a reload of the list would do, as the list is on disk now. Changes nothing. */
  plan(): Promise<Result<PlanView, Refusal>>;
  /**
   * Puts the list that is on disk in the place of the one that runs; `print`: only if it is still the one that was planned. Resolves
   * when whoever it replaces, removes and adds is replaced, has ended, or is up.
   */
  reload(ask: { wait: boolean; print: number | null }): Promise<Result<ReloadView, Refusal>>;
  /** Sends a signal to the main process of each; resolves with the ids that had one. */
  signal(ask: { names: readonly string[]; signal: string }): Result<readonly string[], Refusal>;
  /** Stops all and ends the supervisor. Resolves when the last process has gone, just before the supervisor leaves. */
  shutdown(ask: Pick<StopAsk, 'now' | 'wait' | 'within_ms'>): Promise<DeedView>;
  /** Hands all on to the program that is on disk now. Answers with who does so, and then goes. */
  upgrade(): Promise<Result<VersionView, Refusal>>;
  /**
   * Lines that are there, then, with `follow`, each new one until `end`. A reader that is slower than we are loses lines
   * (`dropped`); who emits what lies in files awaits what `room` returns where it returns a promise, so that nothing of that
   * is lost.
   */
  logs(
    ask: LogsAsk,
    emit: (item: LineView | Dropped) => void,
    end: AbortSignal,
    room?: () => Promise<void> | undefined,
  ): Promise<Result<LogsEnd, Refusal>>;
  /** Records after `since` (0: all that are kept), then, with `follow`, each new one until `end`. */
  events(
    ask: { since: number; follow: boolean },
    emit: (item: EventView | Dropped) => void,
    end: AbortSignal,
  ): Promise<void>;
}

export type RestartHow = 'scout' | 'one-by-one' | 'all-at-once';

/** To whom a deed is done: a selector, or an instance as it was seen, which is left alone where it is another one by now. */
export type Whom = string | Seen;

export interface StopAsk {
  readonly names: readonly Whom[];
  readonly wait: boolean;
  readonly now: boolean;
  /** So long it may take: what is not over 3 s before that is cut. null: as long as the daemons are waited for. */
  readonly within_ms: number | null;
}

export interface LogsAsk {
  readonly names: readonly string[];
  /** How many of the newest lines, over all; null: all that are kept. */
  readonly lines: number | null;
  readonly follow: boolean;
  /** ISO 8601. */
  readonly since: string | null;
  readonly stream: 'out' | 'err' | null;
  /** A regular expression. */
  readonly grep: string | null;
}

/** What could not be said: "--since: 12 lines of photos have no time (log.timestamps is off)". */
export interface LogsEnd {
  readonly notes: readonly string[];
}

/** The reader fell behind; so many items before this one were left out. */
export interface Dropped {
  readonly dropped: number;
}
