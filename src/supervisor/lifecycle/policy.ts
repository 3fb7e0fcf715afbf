/**
 * What the lifecycle must know about a daemon. The specs of src/config fit it structurally; the engine brings the two together. All
 * durations are milliseconds.
 */
export interface Policy {
  readonly name: string;
  readonly instances: number;
  /** `false`: not started with the list, only by name or when something that starts needs it. */
  readonly autostart: boolean;
  readonly dependsOn: readonly DependencyPolicy[];
  /** The resources it needs. */
  readonly resources: readonly string[];
  readonly limits: LimitsPolicy;
  readonly ready: ReadyPolicy;
  readonly restart: RestartPolicy;
  readonly stop: StopPolicy;
  /** What happens to processes of the run's session that outlive its main process. */
  readonly leftovers: 'end' | 'wait' | 'ignore';
}

export interface DependencyPolicy {
  readonly daemon: string;
  /** `ready`: at least one instance is running. `completed`: all have ended with a success code. */
  readonly until: 'ready' | 'completed';
}

export type ReadyPolicy =
  /** Ready on READY=1 or after living this long, whichever comes first. */
  | { readonly by: 'time'; readonly afterMs: number }
  /** Ready on READY=1; too late is a crash. */
  | { readonly by: 'notify'; readonly timeoutMs: number };

export interface RestartPolicy {
  readonly policy: 'always' | 'on-failure' | 'never';
  /** The gap between two starts after the first quick crash. */
  readonly delayMs: number;
  /** The factor by which each further quick crash in a row lengthens the gap. */
  readonly factor: number;
  readonly maxDelayMs: number;
  /** 0..1: how far a gap may be shortened at random, so that a fleet does not start in step. */
  readonly jitter: number;
  /** A run that has been `running` for this long clears the count. */
  readonly resetAfterMs: number;
  /** The n-th quick crash in a row is `failed`; null: never. */
  readonly attempts: number | null;
  readonly successCodes: readonly number[];
  /** Codes by which a daemon says that starting it again is useless: `failed` at once. */
  readonly fatalCodes: readonly number[];
}

/** null: no limit. */
export interface LimitsPolicy {
  /** An iteration that takes longer is stuck. */
  readonly iterationMs: number | null;
  /** Reaching one of the others replaces the run at a boundary. */
  readonly iterations: number | null;
  readonly memoryBytes: number | null;
  readonly ageMs: number | null;
}

export interface StopPolicy {
  /** null: the signal that we received is forwarded; every other stop sends SIGTERM. */
  readonly signal: string | null;
  readonly to: 'main' | 'group';
  /** How long a daemon that says nothing is given to end; null: for ever. */
  readonly graceMs: number | null;
}

/** A failing process gets no longer than this, whatever its grace. */
export const FAILING_GRACE_MS = 60_000;
/** After an end that nobody asked for, leftovers have this long between the stop signal and SIGKILL. */
export const LEFTOVERS_GRACE_MS = 5_000;
/** How often a living leftover is checked; its pipes usually tell sooner. */
export const LOOK_EVERY_MS = 100;
/** All drains end this long before the time allowed for a stop is up: that leaves time to cut in order and to report it. */
export const WITHIN_CUT_MS = 3_000;
/** An instance whose stop begins only after that, because others needed it, has until this long before the end. */
export const WITHIN_LAST_MS = 1_000;
/** SIGKILL is repeated at this interval while a process lives. */
export const KILL_EVERY_MS = 1_000;
/** Our own EMFILE, EAGAIN, ENOMEM: the start is tried again after this. */
export const OURS_DELAY_MS = 1_000;
/** With this many quick ends in a row an instance is `looping`. */
export const LOOPING_AT = 5;
/** From this many planned quick ends in a row on, the gap grows as after crashes. */
export const PLANNED_GROWS_AT = 6;
/** An iteration that begins this soon after a stop request may not have seen the signal: it is waited for. */
export const UNSEEN_MS = 1_000;
/** A program notices a signal at the next turn of its loop: a boundary sooner than this after the signal may not be the last. */
export const NOTICE_MS = 50;
/** A process that dies of the stop signal sooner than this after its start may not have set its handler yet. */
export const HANDLER_MS = 1_000;
/** EXTEND_TIMEOUT_USEC is honoured up to this many times the limit it extends. */
export const EXTEND_FACTOR = 10;
/** Limits are reached up to this share earlier, at random, so that a fleet does not reach them together. */
export const SPREAD = 0.1;
/** A daemon with a limit on iterations should have reported one by this time after its start. */
export const SILENT_MS = 60_000;
/** Replaced for a limit this many times in a row, each within SOON_FACTOR x reset_after: the limit is below what it needs. */
export const TOO_LOW_AT = 3;
export const SOON_FACTOR = 10;
/** How many ended runs are remembered per slot. */
export const RUNS_KEPT = 20;
