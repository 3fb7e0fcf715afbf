/**
 * The nine states of a slot.
 *
 * - `stopped`: no process, and none is wanted; or the list is stopping.
 * - `waiting`: a process is wanted; a gate is closed (gate.ts): what it needs, or its turn.
 * - `starting`: spawned, not ready yet.
 * - `running`: ready.
 * - `draining`: asked to stop and waited for until its iteration boundary; or its main process has ended and its
 *   leftovers are. The drain says why, since a process that we stop because it failed counts as a crash.
 * - `killing`: SIGKILL was sent to its whole session, and is repeated every second while one of its processes lives.
 * - `backoff`: ended; will be started again at a known time.
 * - `exited`: ended with a success code, which its policy accepts.
 * - `failed`: gave up; only a person, or a change of its watched files or its entry in the list, starts it again.
 *
 * Beside the state is what is *wanted*. A restart is no state: it is a drain while the wish is `up`.
 *
 * What decides, in this order: the shutdown of the list, the wish (of a person before that of the list), the gates, the
 * restart policy. Whatever they say, a slot never has a second process beside a living one.
 *
 * A deadline is a time inside the state; nothing here arms a timer. Times are milliseconds of the machine's monotonic
 * clock, which outlives the supervisor but not a reboot.
 */
import type { Talk } from './boundary.ts';
import type { Cut } from './cut.ts';

export type State =
  | { readonly is: 'stopped'; readonly since: number }
  | { readonly is: 'waiting'; readonly since: number; readonly byHand: boolean }
  | {
      readonly is: 'starting';
      readonly since: number;
      readonly run: Run;
      readonly readyAt: number;
      readonly outdatedBy: Change | null;
    }
  | {
      readonly is: 'running';
      readonly since: number;
      readonly run: Run;
      /** When it will have lived for `reset_after`, which clears the rows; null: it already has. */
      readonly holdsAt: number | null;
      /** When one of its limits has to be checked; null: not by time. */
      readonly limitAt: number | null;
      readonly outdatedBy: Change | null;
    }
  | { readonly is: 'draining'; readonly since: number; readonly run: Run; readonly drain: Drain }
  | {
      readonly is: 'killing';
      readonly since: number;
      readonly run: Run;
      readonly drain: Drain;
      readonly kills: number;
      readonly killAgainAt: number;
    }
  | {
      readonly is: 'backoff';
      readonly since: number;
      readonly until: number;
      readonly because: 'crash' | 'planned' | 'resource' | 'ours';
    }
  | { readonly is: 'exited'; readonly since: number }
  | { readonly is: 'failed'; readonly since: number; readonly because: 'fatal' | 'attempts' | 'policy' | 'unknown' };

/** The states that have a process, or leftovers of one. */
export type Live = Extract<State, { run: Run }>;
/** The states in which a process is being ended. */
export type Ending = Extract<State, { drain: Drain }>;

/** The n-th process of a slot. News of any other run is dropped by its number. */
export interface Run {
  readonly number: number;
  readonly startedAt: number;
  /** Started by an earlier supervisor: its end is seen, but its exit code is not always known. */
  readonly adopted: boolean;
  /** null until the spawn is reported. */
  readonly process: ProcessId | null;
  /** When it became ready. */
  readonly readyAt: number | null;
  /** When it proved itself: it had finished an iteration, or had been ready for `reset_after`. */
  readonly heldAt: number | null;
  /** 0..SPREAD: the share taken off its limits so that instances do not reach them together. Drawn once. */
  readonly spread: number;
  readonly talk: Talk;
  /** The last signal sent to it with `supervise signal`. */
  readonly byHand: string | null;
  /** How its main process ended; null while it lives. The run is judged once the last process of its session is gone too. */
  readonly end: MainEnd | null;
  /** The processes of its session that outlive it, as last seen alive. */
  readonly left: readonly Left[];
  /** The process of it that the kernel last refused to let us signal; null: none. */
  readonly refused: Refusal | null;
}

/** One of our processes now runs as another user (sudo, a setuid program), so the kernel does not let us signal it. */
export interface Refusal {
  readonly pid: number;
  readonly signal: string;
  /** The user it runs as; null: the same as ours, or unknown. */
  readonly uid: number | null;
}

/** A pid alone may belong to a stranger by now; with the start time it identifies one process of this boot. */
export interface ProcessId {
  readonly pid: number;
  /** In clock ticks since boot: field 22 of /proc/PID/stat. */
  readonly startTime: number;
}

export interface Left extends ProcessId {
  readonly command: string;
}

/** Why a run is replaced: what it was started from has changed, it reached a limit, or a person asked for it. */
export type Change = {
  readonly at: number;
  /** Another instance went first with it and has come up. */
  readonly proven: boolean;
} & Cause;

export type Cause =
  /** Files that its daemon watches have changed: one of them, and how many others. */
  | { readonly of: 'files'; readonly path: string; readonly more: number }
  /** Its entry in the list differs in these keys. `asked`: a person is waiting for it (`reload`). */
  | { readonly of: 'list'; readonly keys: readonly string[]; readonly asked: boolean }
  /** A person is waiting for it. */
  | { readonly of: 'restart'; readonly how: 'scout' | 'one-by-one' }
  | { readonly of: 'limit'; readonly limit: 'iterations' | 'memory' | 'age'; readonly value: number };

/** A person is waiting for it. */
export const isAskedFor = (cause: Cause): boolean => cause.of === 'restart' || (cause.of === 'list' && cause.asked);

/** Why we end a failing process: its end is a crash. */
export type Fault = 'not-ready' | 'stuck';

export interface Drain {
  /**
   * `asked`: by a person (to end, or, if only leftovers are alive, to start again after them), or the list stops.
   * `own`: we replace it on our own because it is outdated; nobody waits, so it may take as long as it needs.
   * `not-ready`: it failed to become ready. `stuck`: its iteration has outlived its limit. `leftovers`: it ended by itself.
   */
  readonly why: 'asked' | 'own' | Fault | 'leftovers';
  readonly outdatedBy: Change | null;
  readonly signal: string;
  /**
   * It is unknown whether its signal was sent: it was about to be when this was written, and the writer has died since. Set only in
   * state.json and in what is resumed from it (adopt.ts, stop.ts).
   */
  readonly unsure: boolean;
  readonly askedAt: number;
  /** When SIGKILL follows; null: not as things stand. */
  readonly killAt: number | null;
  /** The first iteration boundary after the stop request. */
  readonly boundaryAt: number | null;
  /** When to check for leftovers again; null while the main process lives. */
  readonly lookAt: number | null;
}

/** How a main process ended, as the kernel tells it. */
export interface End {
  readonly at: number;
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it could not be started at all; code and signal are null then. */
  readonly error: string | null;
}

/** The end of a main process and the circumstances: it may have been a wrapper that its worker has outlived. */
export interface MainEnd extends End {
  /** The drain in which it ended; null: nobody had asked for its end. */
  readonly drain: Drain | null;
  /** We had sent it SIGKILL. */
  readonly killed: boolean;
  /** The kernel has killed something in our control group for lack of memory since we last checked. */
  readonly outOfMemory: boolean;
  /** Another process still has its fd 3 open: the one that reported may be alive. */
  readonly isHeld: boolean;
  /** It had a handler for its stop signal when that was sent; possibly one set by the interpreter. */
  readonly catches: boolean;
  /** A process that outlives it has since reported on the loop. */
  readonly isSpokenFor: boolean;
}

/** How a run ended, judged. */
export interface Exit extends End {
  readonly run: number;
  readonly pid: number | null;
  readonly startedAt: number;
  /** `unknown`: an adopted run that did not say how it ended. */
  readonly kind: 'asked' | 'planned' | 'fatal' | 'resource' | 'crash' | 'unknown';
  readonly cut: Cut;
  /** Why we ended it; null: we did not. */
  readonly fault: Fault | null;
  /** For a `resource` end: what it waited for, by its own word or by a probe. */
  readonly resource: string | null;
  /** The evidence, in words. */
  readonly words: string;
  /** Iterations reported by this run; null if it does not speak. */
  readonly iterations: number | null;
}

export type Wish =
  | { readonly up: true }
  /**
   * `list`: it is not started with the list (`autostart: false`). `hand`: a person stopped it; survives our restarts.
   * `removed`: no longer in the list; the slot goes when its process has gone.
   */
  | { readonly up: false; readonly by: 'list' | 'hand' | 'shutdown' | 'removed'; readonly at: number };

/** The time its stop may take; whatever is not over then is cut by us (`stop_within`, `stop --within`). */
export interface Within {
  readonly ms: number;
  /** An instance still draining then is cut. */
  readonly cutAt: number;
  /** The same for instances whose stop began only after `cutAt`, because others needed them until then. */
  readonly lastAt: number;
}

export interface Slot {
  /** `photos:2`, or `photos` if the daemon has one instance. */
  readonly id: string;
  readonly daemon: string;
  /** 1..instances. */
  readonly number: number;
  readonly wanted: Wish;
  /** A limit on its stop besides its own grace, or null. */
  readonly within: Within | null;
  readonly state: State;
  /** How often it was started since the list was, including before it left the list and returned; also the number of its last run. */
  readonly starts: number;
  readonly lastStartAt: number | null;
  /** Since the list was started. */
  readonly iterations: number;
  readonly cuts: number;
  /** Quick ends in a row, cleared once a run has held. */
  readonly rows: Rows;
  /** It has ended, and whether that is a crash is known once the resources it needs have answered. */
  readonly undecided: { readonly readyAt: number | null } | null;
  /** It goes first with a change: other instances wait for the outcome. */
  readonly goesFirst: { readonly with: Change; readonly since: number } | null;
  /** It was seen to die of the stop signal. */
  readonly noDrain: boolean;
  /** How often in a row it was replaced for a limit soon after its start. */
  readonly soonReplaced: number;
  /** When it began to loop; null: it is not looping. */
  readonly loopingSince: number | null;
  /** The warning was given that its limits on iterations do nothing because it reports none. */
  readonly toldSilent: boolean;
  /** It has said BUSY, IDLE or ITERATION at least once. */
  readonly speaks: boolean;
  /** Newest first. */
  readonly exits: readonly Exit[];
}

/** Counts of ends that nobody asked for and that came too soon. */
export interface Rows {
  /** Quick crashes: what the gap and `attempts` count. */
  readonly crashes: number;
  /** Planned quick ends. */
  readonly planned: number;
  /** Ends because a resource was down. */
  readonly resource: number;
  /** Quick crashes and planned quick ends: what `looping` counts. */
  readonly quick: number;
}

export const NO_ROWS: Rows = { crashes: 0, planned: 0, resource: 0, quick: 0 };

/** Why the present run is to be replaced, or null. */
export function outdatedBy(state: State): Change | null {
  switch (state.is) {
    case 'starting':
    case 'running':
      return state.outdatedBy;
    case 'draining':
    case 'killing':
      return state.drain.outdatedBy;
    case 'stopped':
    case 'waiting':
    case 'backoff':
    case 'exited':
    case 'failed':
      return null;
  }
}

export const isFault = (why: Drain['why']): why is Fault => why === 'not-ready' || why === 'stuck';

export const isRemoved = ({ wanted }: Pick<Slot, 'wanted'>): boolean => !wanted.up && wanted.by === 'removed';

export function isLive(state: State): state is Live {
  return state.is === 'starting' || state.is === 'running' || state.is === 'draining' || state.is === 'killing';
}

/** The process that we may not signal, if still alive as far as we have seen; else null. */
export const stillRefuses = ({ refused, end, process, left }: Run): Refusal | null =>
  refused !== null && (end === null ? [process] : left).some((each) => each?.pid === refused.pid) ? refused : null;

/** At rest: nothing will happen by itself. */
export function isOver(state: State): boolean {
  return state.is === 'stopped' || state.is === 'exited' || state.is === 'failed';
}

/** The next moment at which this slot changes by itself; null: never. */
export const deadline = (slot: Pick<Slot, 'state' | 'wanted' | 'within'>): number | null =>
  earliest(stateDeadline(slot.state), cutTime(slot));

/** When it is cut because its stop takes too long; null: not for that reason. */
export function cutTime({ state, wanted, within }: Pick<Slot, 'state' | 'wanted' | 'within'>): number | null {
  if (within === null || wanted.up || !isLive(state) || state.is === 'killing') return null;
  return state.is === 'draining' && state.drain.askedAt < within.cutAt ? within.cutAt : within.lastAt;
}

function stateDeadline(state: State): number | null {
  switch (state.is) {
    case 'starting':
      // The spawn has to be reported first.
      return state.run.process === null ? null : state.readyAt;
    case 'running':
      return earliest(state.holdsAt, state.limitAt);
    case 'draining':
      return earliest(state.drain.killAt, state.drain.lookAt);
    case 'killing':
      return earliest(state.killAgainAt, state.drain.lookAt);
    case 'backoff':
      return state.until;
    case 'stopped':
    case 'waiting':
    case 'exited':
    case 'failed':
      return null;
  }
}

export function earliest(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.min(a, b);
}
