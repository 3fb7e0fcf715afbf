/**
 * What the lifecycle must know of a daemon. The specs of src/config fit it structurally; the engine is where both meet.
 * All durations are milliseconds.
 */
export interface Policy {
  readonly name: string;
  readonly instances: number;
  /** `false`: not started with the list, only by name or because something that starts needs it. */
  readonly autostart: boolean;
  readonly dependsOn: readonly DependencyPolicy[];
  /** The resources that it needs. */
  readonly resources: readonly string[];
  readonly limits: LimitsPolicy;
  readonly ready: ReadyPolicy;
  readonly restart: RestartPolicy;
  readonly stop: StopPolicy;
  /** What becomes of processes of the run's session that outlive its main process. */
  readonly leftovers: 'end' | 'wait' | 'ignore';
}

export interface DependencyPolicy {
  readonly daemon: string;
  /** `ready`: at least one instance is running. `completed`: all have ended with a success code. */
  readonly until: 'ready' | 'completed';
}

export type ReadyPolicy =
  /** Ready when READY=1 came or when it has lived so long, whichever is first. */
  | { readonly by: 'time'; readonly afterMs: number }
  /** Ready when READY=1 came; not in time is a crash. */
  | { readonly by: 'notify'; readonly timeoutMs: number };

export interface RestartPolicy {
  readonly policy: 'always' | 'on-failure' | 'never';
  /** The gap between two starts after the first quick crash. */
  readonly delayMs: number;
  /** What each further quick crash in a row multiplies the gap by. */
  readonly factor: number;
  readonly maxDelayMs: number;
  /** 0..1: by how much chance may shorten a gap, so that a fleet does not start in step. */
  readonly jitter: number;
  /** A run that was `running` for so long clears the count. */
  readonly resetAfterMs: number;
  /** The n-th quick crash in a row is `failed`; null: never. */
  readonly attempts: number | null;
  readonly successCodes: readonly number[];
  /** Codes by which a daemon says that starting it again is of no use: `failed` at once. */
  readonly fatalCodes: readonly number[];
}

/** null: no limit. */
export interface LimitsPolicy {
  /** An iteration that takes longer is stuck. */
  readonly iterationMs: number | null;
  /** At the others it is replaced, at a boundary. */
  readonly iterations: number | null;
  readonly memoryBytes: number | null;
  readonly ageMs: number | null;
}

export interface StopPolicy {
  /** null: the signal that we were sent is forwarded; every other stop sends SIGTERM. */
  readonly signal: string | null;
  readonly to: 'main' | 'group';
  /** How long a daemon that says nothing is believed; null: for ever. */
  readonly graceMs: number | null;
}

/** A failing process is not waited for longer than this, whatever its grace. */
export const FAILING_GRACE_MS = 60_000;
/** After an end that nobody asked for, leftovers have this long between the stop signal and SIGKILL. */
export const LEFTOVERS_GRACE_MS = 5_000;
/** How often a living leftover is looked at; its pipes usually tell sooner. */
export const LOOK_EVERY_MS = 100;
/** All drains end this long before the time that a stop may take is over: that leaves time to cut in order, and to say so. */
export const WITHIN_CUT_MS = 3_000;
/** An instance whose stop begins only after that, because others needed it until then, has until this long before the end. */
export const WITHIN_LAST_MS = 1_000;
/** SIGKILL is repeated this often while a process lives. */
export const KILL_EVERY_MS = 1_000;
/** EMFILE, EAGAIN, ENOMEM of ours: tried again after this. */
export const OURS_DELAY_MS = 1_000;
/** From this many quick ends in a row on an instance is `looping`. */
export const LOOPING_AT = 5;
/** From this planned quick end in a row on, the gap grows as after crashes. */
export const PLANNED_GROWS_AT = 6;
/** An iteration that began so soon after the stop was asked may not have seen the signal: it is waited for. */
export const UNSEEN_MS = 1_000;
/** A program notices a signal at the next turn of its loop: a boundary sooner than this after it may not be the last. */
export const NOTICE_MS = 50;
/** A process that dies of the stop signal sooner than this after its start may not have set its handler yet. */
export const HANDLER_MS = 1_000;
/** EXTEND_TIMEOUT_USEC is honoured up to so many times the limit that it extends. */
export const EXTEND_FACTOR = 10;
/** Limits are reached up to this share sooner, by chance, so that a fleet does not reach them together. */
export const SPREAD = 0.1;
/** A daemon that has a limit on iterations should have reported one by this time after its start. */
export const SILENT_MS = 60_000;
/** Replaced for a limit so often in a row, each within SOON_FACTOR x reset_after: the limit is below what it needs. */
export const TOO_LOW_AT = 3;
export const SOON_FACTOR = 10;
/** How many ended runs of a slot are remembered. */
export const RUNS_KEPT = 20;
