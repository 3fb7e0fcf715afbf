import type { Word } from './boundary.ts';
import type { Policy } from './policy.ts';
import type { ResourcePolicy } from './resource.ts';
import type { Left, ProcessId, Refusal } from './state.ts';

/** Every fact that can arrive. News of a process carries the number of its run. */
export type Event =
  /** The list is started: these instances, which no person asked for by name. */
  | { readonly is: 'boot'; readonly ids: readonly string[] }
  | { readonly is: 'tick' }
  | Asked
  | { readonly is: 'shutdown-asked'; readonly signal: string }
  /** The stop of these may take this long: who has not ended by then is cut. */
  | { readonly is: 'hurried'; readonly ids: readonly string[]; readonly withinMs: number }
  /** All that still lives is to be killed now: the second signal, `stop --now`. */
  | { readonly is: 'cut-asked'; readonly ids: readonly string[] }
  /** Files that these watch have changed: `path`, and so many more. */
  | { readonly is: 'changed'; readonly ids: readonly string[]; readonly path: string; readonly more: number }
  | NewList
  /** The answer to a probe. `error`: why it is down, in words; null: it is up. */
  | { readonly is: 'probed'; readonly name: string; readonly probe: number; readonly error: string | null }
  | ProcessNews;

/** The list is another one. */
export interface NewList {
  readonly is: 'list';
  readonly policies: readonly Policy[];
  readonly resources: readonly ResourcePolicy[];
  /** The resources that are asked in another way than before: what was known of them is of something else. */
  readonly redefined: ReadonlySet<string>;
  readonly startsPerSecond: number | null;
  /** The instances whose process would be made from other values of these keys. */
  readonly made: ReadonlyMap<string, readonly string[]>;
  /** Instances that it has and the one before had not, which are started with it. */
  readonly starts: readonly string[];
  /** A person waits for it. */
  readonly asked: boolean;
}

export type Asked =
  | { readonly is: 'start-asked'; readonly ids: readonly string[] }
  | { readonly is: 'stop-asked'; readonly ids: readonly string[] }
  | { readonly is: 'restart-asked'; readonly ids: readonly string[]; readonly how: RestartHow };

/** One of each daemon first, and when that has come up the rest; or in single file; or all at once. */
export type RestartHow = 'scout' | 'one-by-one' | 'all-at-once';

export type ProcessNews = { readonly id: string; readonly run: number } & (
  | { readonly is: 'spawned'; readonly process: ProcessId }
  /** `ours`: EMFILE, EAGAIN, ENOMEM: our shortage, nobody's crash. */
  | { readonly is: 'spawn-failed'; readonly ours: boolean; readonly error: string }
  /** `sinceSignal`: it was said after the stop signal was sent, so the daemon may have known of the stop. */
  | { readonly is: 'said'; readonly word: Word; readonly sinceSignal: boolean }
  /** Its report pipe was full: some words never came. */
  | { readonly is: 'reports-lost' }
  /** In a line that was not understood an iteration may have begun. */
  | { readonly is: 'word-missed' }
  /** It lives, and has closed its report pipe, or has become another program: no word will tell where it stands. */
  | { readonly is: 'fell-silent' }
  /** Who spoke for it, a worker behind its main process, has ended; the main process lives. */
  | { readonly is: 'speaker-gone'; readonly pid: number }
  /** The main process has ended; `left` is who of its session still lives. */
  | {
      readonly is: 'ended';
      readonly code: number | null;
      readonly signal: string | null;
      readonly left: readonly Left[];
      /** Why its program never began: a step between spawn and program (user, limits) has failed. Null: it began. */
      readonly error?: string | null;
      /** The kernel killed for want of memory in our control group meanwhile, so a SIGKILL that is not ours came from that. */
      readonly outOfMemory?: boolean;
      /** Somebody still holds its fd 3. */
      readonly isHeld?: boolean;
      /** It had a handler for its stop signal when that was sent. */
      readonly catches?: boolean;
    }
  /** The answer to `look`. */
  | { readonly is: 'looked'; readonly left: readonly Left[] }
  /** What the memory of its whole session comes to. */
  | { readonly is: 'measured'; readonly bytes: number }
  /** The kernel did not let us send a signal to a process of it (EPERM). */
  | ({ readonly is: 'signal-refused' } & Refusal)
  /** `supervise signal` has sent this to its main process. */
  | { readonly is: 'sent-by-hand'; readonly signal: string }
  /** Nobody holds its pipes any more: a good moment to look. */
  | { readonly is: 'pipes-closed' }
);
