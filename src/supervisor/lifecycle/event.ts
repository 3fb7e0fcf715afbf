import type { Word } from './boundary.ts';
import type { Policy } from './policy.ts';
import type { ResourcePolicy } from './resource.ts';
import type { Left, ProcessId, Refusal } from './state.ts';

/** Every fact that can arrive. News of a process carries its run number. */
export type Event =
  /** The list starts: these instances, none of which a person asked for by name. */
  | { readonly is: 'boot'; readonly ids: readonly string[] }
  | { readonly is: 'tick' }
  | Asked
  | { readonly is: 'shutdown-asked'; readonly signal: string }
  /** The stop of these may take this long: any that have not ended by then are cut. */
  | { readonly is: 'hurried'; readonly ids: readonly string[]; readonly withinMs: number }
  /** Everything still alive is to be killed now: the second signal, `stop --now`. */
  | { readonly is: 'cut-asked'; readonly ids: readonly string[] }
  /** Files watched by these have changed: `path` and `more` others. */
  | { readonly is: 'changed'; readonly ids: readonly string[]; readonly path: string; readonly more: number }
  | NewList
  /** The answer to a probe. `error`: why it is down, in words, or null if it is up. */
  | { readonly is: 'probed'; readonly name: string; readonly probe: number; readonly error: string | null }
  | ProcessNews;

/** The list has been replaced. */
export interface NewList {
  readonly is: 'list';
  readonly policies: readonly Policy[];
  readonly resources: readonly ResourcePolicy[];
  /** Resources now probed in another way: what was known of them no longer applies. */
  readonly redefined: ReadonlySet<string>;
  readonly startsPerSecond: number | null;
  /** Instances whose process would now be made from other values of these keys. */
  readonly made: ReadonlyMap<string, readonly string[]>;
  /** Instances that are new in this list and start with it. */
  readonly starts: readonly string[];
  /** A person is waiting for it. */
  readonly asked: boolean;
}

export type Asked =
  | { readonly is: 'start-asked'; readonly ids: readonly string[] }
  | { readonly is: 'stop-asked'; readonly ids: readonly string[] }
  | { readonly is: 'restart-asked'; readonly ids: readonly string[]; readonly how: RestartHow };

/** One instance of each daemon first, and the rest once it has come up; or in single file; or all at once. */
export type RestartHow = 'scout' | 'one-by-one' | 'all-at-once';

export type ProcessNews = { readonly id: string; readonly run: number } & (
  | { readonly is: 'spawned'; readonly process: ProcessId }
  /** `ours`: EMFILE, EAGAIN, ENOMEM: our own shortage, nobody's crash. */
  | { readonly is: 'spawn-failed'; readonly ours: boolean; readonly error: string }
  /** `sinceSignal`: said after the stop signal was sent, so the daemon may have known of the stop. */
  | { readonly is: 'said'; readonly word: Word; readonly sinceSignal: boolean }
  /** Its report pipe was full: some words never arrived. */
  | { readonly is: 'reports-lost' }
  /** A line was not understood: it may have announced an iteration. */
  | { readonly is: 'word-missed' }
  /** It is alive but has closed its report pipe or exec'd another program: no word will say where it stands. */
  | { readonly is: 'fell-silent' }
  /** The process that spoke for it, a worker behind its main process, has ended; the main process is alive. */
  | { readonly is: 'speaker-gone'; readonly pid: number }
  /** The main process has ended; `left` lists the processes of its session that are still alive. */
  | {
      readonly is: 'ended';
      readonly code: number | null;
      readonly signal: string | null;
      readonly left: readonly Left[];
      /** Why its program never began: a step between spawn and program (user, limits) failed. Null: it began. */
      readonly error?: string | null;
      /** The kernel has since killed in our control group for lack of memory, so a SIGKILL that is not ours came from that. */
      readonly outOfMemory?: boolean;
      /** Some process still holds its fd 3. */
      readonly isHeld?: boolean;
      /** It had a handler for its stop signal when that was sent. */
      readonly catches?: boolean;
    }
  /** The answer to `look`. */
  | { readonly is: 'looked'; readonly left: readonly Left[] }
  /** The memory of its whole session. */
  | { readonly is: 'measured'; readonly bytes: number }
  /** The kernel refused to deliver a signal to one of its processes (EPERM). */
  | ({ readonly is: 'signal-refused' } & Refusal)
  /** `supervise signal` has sent this to its main process. */
  | { readonly is: 'sent-by-hand'; readonly signal: string }
  /** No process holds its pipes any more: a good moment to look. */
  | { readonly is: 'pipes-closed' }
);
