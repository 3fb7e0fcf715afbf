/**
 * The facts of a supervisor as JSON: what `status --json`, `why --json`, `logs --json` and the protocol carry. The shapes
 * are stable (docs/reference.md): names are never changed, only added. Times are ISO 8601; what is not known is null.
 */

export interface StatusView {
  readonly supervisor: SupervisorView | null;
  readonly instances: readonly InstanceView[];
  readonly resources: readonly ResourceView[];
}

/** An item of `changes`: first the whole, then what is new in it. */
export interface ChangeView {
  /** Forget what came before: this is a new picture of all. */
  readonly whole: boolean;
  /** It did not fit into one message: the next item goes on with it. */
  readonly more: boolean;
  readonly supervisor: SupervisorView;
  /** All, or those that have changed. Memory and CPU, which are sampled only for who asks, are null. */
  readonly instances: readonly InstanceView[];
  /** All of them, where one has changed; left out: they are as they were. */
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
  /** When the process that runs now was started. */
  readonly started_at: string | null;
  /** Since when it is in its state. */
  readonly since: string;
  /** Of the slot since the list was started; null while its daemon does not speak the protocol. */
  readonly iterations: number | null;
  readonly busy: boolean | null;
  readonly status: string | null;
  readonly progress: { readonly done: number; readonly total: number } | null;
  /** How long its iteration is open. */
  readonly iteration_ms: number | null;
  readonly starts: number;
  readonly quick_ends: number;
  readonly cuts: number;
  readonly next_start_at: string | null;
  /** While it drains: when SIGKILL follows; null where there is no such time. */
  readonly kill_at: string | null;
  readonly waiting_for: readonly WaitingForView[];
  readonly last_exit: ExitView | null;
  readonly memory_bytes: number | null;
  readonly cpu_percent: number | null;
  /** Why it is where it is, in words: "stopped by hand", "5 quick ends in a row"; null where the state says it all. */
  readonly words: string | null;
  /** Only of `status NAME`: the last runs, newest first. */
  readonly runs?: readonly RunView[];
  /** With them: what it needs, and what bounds it. */
  readonly needs?: readonly NeedView[];
  readonly limits?: LimitsView;
}

export interface NeedView {
  readonly kind: 'dependency' | 'resource';
  readonly name: string;
  /** Of a dependency: what it is to reach. */
  readonly until?: 'ready' | 'completed';
  /** Of a dependency, as `why` has it, or `met`; of a resource `up`, `down` or `unknown`. */
  readonly state:
    'met' | 'coming' | 'stopped-by-hand' | 'not-started' | 'failed' | 'ended' | 'absent' | 'up' | 'down' | 'unknown';
  /** Since when a resource is as it is. */
  readonly since: string | null;
}

/** As the list has them; null: no limit. */
export interface LimitsView {
  readonly iteration_ms: number | null;
  readonly iterations: number | null;
  readonly memory_bytes: number | null;
  readonly age_ms: number | null;
  /** How long a stop waits before SIGKILL. */
  readonly grace_ms: number | null;
  readonly restart: 'always' | 'on-failure' | 'never';
  /** What counts against `iterations`: of the present run; null where it does not say. */
  readonly run_iterations: number | null;
}

export interface WaitingForView {
  readonly kind: 'dependency' | 'resource' | 'scout' | 'turn' | 'leftovers';
  readonly name: string;
  /** Of a dependency: what it is to reach. */
  readonly until?: 'ready' | 'completed';
  /** Of a resource: `unknown` while it is asked. */
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
   * What it was ended for, or why it never began; null: neither. `not-started`: it could not be started, or not be given its user or
   * its limits.
   */
  readonly fault: FaultName | null;
  /** Of a `resource` end: what was away, by its own word or by a probe; null: not known, or another end. */
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

/** What a stop, start or restart came to. */
export interface DeedView {
  readonly instances: readonly string[];
  /** Ends of this deed only. */
  readonly ends: readonly { readonly id: string; readonly exit: ExitView }[];
  /** How the ends count: at a known boundary, by themselves with nobody to know, cut. */
  readonly boundary: number;
  readonly ended: number;
  readonly cut: number;
  /** Instances that were to come up and did not. */
  readonly not_up: readonly { readonly id: string; readonly state: StateName; readonly words: string }[];
  /** Of a restart: the one that went first has not come up, so these run on as before. */
  readonly untouched: readonly string[];
  /** Named as they were seen, and others by now. Left out where there are none. */
  readonly left?: readonly LeftView[];
  /** SIGKILL does not end it, or leftovers still live: what is left, in words. */
  readonly problems: readonly string[];
  /** Of a stop of the whole list: who has left the session of its run and lives on, in words. */
  readonly escaped: readonly string[];
}

/** To whom nothing was done, and why: `photos:2 has been replaced meanwhile`. */
export interface LeftView {
  readonly id: string;
  readonly words: string;
}

/** What a reload does, before it does it (`reload --dry-run --json`). The first four are names of daemons. */
export interface PlanView {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly ChangedView[];
  readonly unchanged: readonly string[];
  /** Keys outside of the daemons: `supervisor.start_rate`, `resources.database`. */
  readonly list: readonly string[];
  /** Instances that come, and those that go: `photos:4`. */
  readonly starts: readonly string[];
  readonly stops: readonly string[];
  /**
   * What the list may say and probably does not mean, as `check` tells it: each with its place, and a hint below. Left out by a
   * supervisor of an earlier version.
   */
  readonly warnings?: readonly string[];
  /** Of the list that was read: `reload` carries this plan out only while the list is still that one. */
  readonly print: number;
}

export interface ChangedView {
  readonly name: string;
  /** What differs: `env.QUEUE`, `limits.memory`. */
  readonly keys: readonly string[];
  /** Whether a process is replaced for it; else it holds for those that live. */
  readonly restarts: boolean;
  /** Whose. */
  readonly instances: readonly string[];
}

/** What a reload came to. */
export interface ReloadView extends DeedView {
  readonly plan: PlanView;
}

export interface LineView {
  /** The instance that printed it. */
  readonly id: string;
  /** Time of receipt; null where only a file without timestamps knows the line. */
  readonly at: string | null;
  readonly stream: 'out' | 'err' | null;
  readonly text: string;
}

/** One thing that happened, numbered; what `events` and `logs --events` show. */
export interface EventView {
  readonly seq: number;
  readonly at: string;
  readonly level: 'info' | 'warning' | 'error';
  /** The instance it is about; null for the supervisor itself. */
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
