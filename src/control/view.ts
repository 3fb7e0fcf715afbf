/**
 * The facts of a supervisor as JSON: what `status --json`, `why --json`, `logs --json` and the protocol carry. The shapes
 * are stable (docs/reference.md): names are never changed, only added. Times are ISO 8601; unknown values are null.
 */

export interface StatusView {
  readonly supervisor: SupervisorView | null;
  readonly instances: readonly InstanceView[];
  readonly resources: readonly ResourceView[];
}

/** An item of `changes`: first the whole, then what is new. */
export interface ChangeView {
  /** Forget what came before: this is a complete new picture. */
  readonly whole: boolean;
  /** It did not fit into one message: the next item continues it. */
  readonly more: boolean;
  readonly supervisor: SupervisorView;
  /** All, or those that have changed. Memory and CPU are null: they are sampled only on request. */
  readonly instances: readonly InstanceView[];
  /** All of them if one has changed; absent: unchanged. */
  readonly resources?: readonly ResourceView[];
}

export interface SupervisorView {
  readonly pid: number;
  readonly version: string;
  readonly list: string;
  readonly id: string;
  readonly started_at: string;
  readonly state: 'running' | 'stopping';
  readonly check: 'ok' | 'trouble';
  readonly problems: readonly string[];
}

export type StateName =
  'stopped' | 'waiting' | 'starting' | 'running' | 'draining' | 'killing' | 'backoff' | 'exited' | 'failed';
export type FlagName = 'stuck' | 'looping' | 'no_drain' | 'adopted' | 'scout';
export type CutName = 'no' | 'yes' | 'unknown';
export type EndKindName = 'asked' | 'planned' | 'fatal' | 'resource' | 'crash' | 'unknown';

export interface InstanceView {
  readonly id: string;
  readonly daemon: string;
  readonly number: number;
  readonly tags: readonly string[];
  readonly state: StateName;
  readonly flags: readonly FlagName[];
  readonly wanted: 'up' | 'down';
  readonly pid: number | null;
  /** When the present process was started. */
  readonly started_at: string | null;
  /** When it entered its state. */
  readonly since: string;
  /** Of the slot since the list was started; null as long as its daemon does not speak the protocol. */
  readonly iterations: number | null;
  readonly busy: boolean | null;
  readonly status: string | null;
  readonly progress: { readonly done: number; readonly total: number } | null;
  /** How long its iteration has been open. */
  readonly iteration_ms: number | null;
  readonly starts: number;
  readonly quick_ends: number;
  readonly cuts: number;
  readonly next_start_at: string | null;
  /** While it drains: when SIGKILL follows; null: there is no such time. */
  readonly kill_at: string | null;
  readonly waiting_for: readonly WaitingForView[];
  readonly last_exit: ExitView | null;
  readonly memory_bytes: number | null;
  readonly cpu_percent: number | null;
  /** Why it is in this state, in words: "stopped by hand", "5 quick ends in a row"; null: the state says it all. */
  readonly words: string | null;
  /** Only in `status NAME`: the last runs, newest first. */
  readonly runs?: readonly RunView[];
  /** Likewise: what it needs, and what limits it. */
  readonly needs?: readonly NeedView[];
  readonly limits?: LimitsView;
}

export interface NeedView {
  readonly kind: 'dependency' | 'resource';
  readonly name: string;
  /** For a dependency: the state it has to reach. */
  readonly until?: 'ready' | 'completed';
  /** For a dependency, as in `why`, or `met`; for a resource `up`, `down` or `unknown`. */
  readonly state:
    'met' | 'coming' | 'stopped-by-hand' | 'not-started' | 'failed' | 'ended' | 'absent' | 'up' | 'down' | 'unknown';
  /** When a resource entered its state. */
  readonly since: string | null;
}

/** As in the list; null: no limit. */
export interface LimitsView {
  readonly iteration_ms: number | null;
  readonly iterations: number | null;
  readonly memory_bytes: number | null;
  readonly age_ms: number | null;
  /** How long a stop waits before SIGKILL. */
  readonly grace_ms: number | null;
  readonly restart: 'always' | 'on-failure' | 'never';
  /** The present run's count against `iterations`; null if it does not report any. */
  readonly run_iterations: number | null;
}

export interface WaitingForView {
  readonly kind: 'dependency' | 'resource' | 'scout' | 'turn' | 'leftovers';
  readonly name: string;
  /** For a dependency: the state it has to reach. */
  readonly until?: 'ready' | 'completed';
  /** For a resource: `unknown` while it is being probed. */
  readonly state?: 'down' | 'unknown';
  readonly since: string;
}

export type FaultName = 'not-ready' | 'stuck' | 'not-started';

export interface ExitView {
  readonly at: string;
  readonly code: number | null;
  readonly signal: string | null;
  readonly kind: EndKindName;
  readonly cut: CutName;
  /**
   * Why it was ended, or why it never began; null: neither. `not-started`: it could not be started, or could not be given its user or its
   * limits.
   */
  readonly fault: FaultName | null;
  /** For a `resource` end: what was down, by its own word or by a probe; null: unknown, or another kind of end. */
  readonly resource: string | null;
  /** The evidence: "ended by itself, exit 0, 3.1 s after SIGTERM". */
  readonly words: string;
}

export interface RunView extends ExitView {
  readonly run: number;
  readonly pid: number | null;
  readonly started_at: string | null;
  readonly iterations: number | null;
}

export interface ResourceView {
  readonly name: string;
  readonly state: 'up' | 'down' | 'unknown';
  readonly since: string | null;
  readonly error: string | null;
  readonly waiting: number;
}

export interface WhyView {
  readonly id: string;
  readonly state: StateName;
  readonly reasons: readonly WaitingForView[];
  /** Whole sentences: the reason, since when, and the next step. */
  readonly words: readonly string[];
}

/** The result of a stop, start or restart. */
export interface DeedView {
  readonly instances: readonly string[];
  /** Ends of this deed only. */
  readonly ends: readonly { readonly id: string; readonly exit: ExitView }[];
  /** How the ends count: at a known boundary, by themselves with the cut unknown, cut. */
  readonly boundary: number;
  readonly ended: number;
  readonly cut: number;
  /** Instances that were meant to come up and did not. */
  readonly not_up: readonly { readonly id: string; readonly state: StateName; readonly words: string }[];
  /** For a restart: the one that went first did not come up, so these keep running as before. */
  readonly untouched: readonly string[];
  /** Named as they were seen, but different by now. Absent if there are none. */
  readonly left?: readonly LeftView[];
  /** SIGKILL does not end it, or leftovers are still alive: what is left, in words. */
  readonly problems: readonly string[];
  /** For a stop of the whole list: processes that left the session of their run and live on, in words. */
  readonly escaped: readonly string[];
}

/** What was left alone, and why: `photos:2 has been replaced meanwhile`. */
export interface LeftView {
  readonly id: string;
  readonly words: string;
}

/** What a reload would do, before it does it (`reload --dry-run --json`). The first four are names of daemons. */
export interface PlanView {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly ChangedView[];
  readonly unchanged: readonly string[];
  /** Keys outside the daemons: `supervisor.start_rate`, `resources.database`. */
  readonly list: readonly string[];
  /** Instances that come and that go: `photos:4`. */
  readonly starts: readonly string[];
  readonly stops: readonly string[];
  /**
   * What the list may say but probably does not mean, as told by `check`: each with its place, and a hint below. Absent from supervisors of
   * earlier versions.
   */
  readonly warnings?: readonly string[];
  /** Identifies the list that was read: `reload` carries out this plan only while the list is unchanged. */
  readonly print: number;
}

export interface ChangedView {
  readonly name: string;
  /** What differs: `env.QUEUE`, `limits.memory`. */
  readonly keys: readonly string[];
  /** Whether a process is replaced for it; otherwise it applies to living ones. */
  readonly restarts: boolean;
  /** The instances concerned. */
  readonly instances: readonly string[];
  /** Those of them that have ended and are started again, including finished jobs. Absent from supervisors of earlier versions. */
  readonly again?: readonly string[];
}

/** The result of a reload. */
export interface ReloadView extends DeedView {
  readonly plan: PlanView;
}

export interface LineView {
  /** The instance that printed it. */
  readonly id: string;
  /** Time of receipt; null if the line is only in a file without timestamps. */
  readonly at: string | null;
  readonly stream: 'out' | 'err' | null;
  readonly text: string;
}

/** Something that happened, numbered; shown by `events` and `logs --events`. */
export interface EventView {
  readonly seq: number;
  readonly at: string;
  readonly level: 'info' | 'warning' | 'error';
  /** The instance it concerns; null for the supervisor itself. */
  readonly id: string | null;
  readonly type: string;
  readonly words: string;
}

export interface VersionView {
  readonly version: string;
  readonly pid: number;
  readonly id: string;
  readonly list: string;
}
