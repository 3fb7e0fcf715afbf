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

/** Why a request was refused. Nothing has changed. */
export interface Refusal {
  readonly reason: 'no-match' | 'stopping' | 'held' | 'invalid';
  /** A whole sentence, with the mend. */
  readonly words: string;
}

/**
 * What can be asked of a supervisor. The supervisor implements it, `server.ts` offers it on the socket, `client.ts` is the other end.
 * `names` are selectors (src/base/selector.ts): `photos`, `photos:2`, `@media`, `pho*`; empty means all.
 */
export interface Api {
  version(): VersionView;
  status(ask: { names: readonly string[]; runs: boolean }): Promise<Result<StatusView, Refusal>>;
  /**
   * The status as a picture kept current: first the whole, then the changes, until `end`. No more often than a screen needs it, and a
   * reader that is behind (`room`) gets no more: what it missed is in the next picture.
   */
  changes(
    ask: { names: readonly string[] },
    emit: (item: ChangeView | Dropped) => void,
    end: AbortSignal,
    room?: () => Promise<void> | undefined,
  ): Promise<Result<Record<string, never>, Refusal>>;
  why(ask: { names: readonly string[] }): Result<readonly WhyView[], Refusal>;
  /** Resolves when each is running, exited, failed or waiting at a gate; at once with `wait: false`. */
  start(ask: { names: readonly Whom[]; wait: boolean }): Promise<Result<DeedView, Refusal>>;
  /** Resolves when the last process is gone. `now` cuts. Without names the supervisor itself ends: see `shutdown`. */
  stop(ask: StopAsk): Promise<Result<DeedView, Refusal>>;
  /** `how`: one of several instances of a daemon goes first, or each waits for the one before, or none waits. */
  restart(ask: { names: readonly Whom[]; wait: boolean; how: RestartHow }): Promise<Result<DeedView, Refusal>>;
  /** What a reload of the list now on disk would do. Changes nothing. */
  plan(): Promise<Result<PlanView, Refusal>>;
  /**
   * Replaces the running list with the one on disk; `print`: only if that is still the one that was planned. Resolves when everything it
   * replaces, removes and adds has been replaced, has ended, or is up.
   */
  reload(ask: { wait: boolean; print: number | null }): Promise<Result<ReloadView, Refusal>>;
  /** Sends a signal to the main process of each instance; resolves with the ids that had one. */
  signal(ask: { names: readonly string[]; signal: string }): Result<readonly string[], Refusal>;
  /** Stops everything and ends the supervisor. Resolves when the last process is gone, just before the supervisor leaves. */
  shutdown(ask: Pick<StopAsk, 'now' | 'wait' | 'within_ms'>): Promise<DeedView>;
  /** Hands everything over to the program now on disk. Answers with the version that hands over, then goes. */
  upgrade(): Promise<Result<VersionView, Refusal>>;
  /**
   * First the existing lines, then, with `follow`, each new one until `end`. A reader slower than us loses lines (`dropped`); a sender of
   * lines from files awaits the promise that `room` may return, so that none of those are lost.
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

/** The target of a deed: a selector, or an instance as it was seen, which is left alone if it is another one by now. */
export type Whom = string | Seen;

export interface StopAsk {
  readonly names: readonly Whom[];
  readonly wait: boolean;
  readonly now: boolean;
  /** How long the stop may take: what is not over 3 s before that is cut. null: as long as the daemons are given. */
  readonly within_ms: number | null;
}

export interface LogsAsk {
  readonly names: readonly string[];
  /** How many of the newest lines in total; null: all that are kept. */
  readonly lines: number | null;
  readonly follow: boolean;
  /** ISO 8601. */
  readonly since: string | null;
  readonly stream: 'out' | 'err' | null;
  /** A regular expression. */
  readonly grep: string | null;
}

/** What could not be determined: "--since: 12 lines of photos have no time (log.timestamps is off)". */
export interface LogsEnd {
  readonly notes: readonly string[];
}

/** The reader fell behind; this many items before this one were left out. */
export interface Dropped {
  readonly dropped: number;
}
