/** What can happen to the screen, and what it can request. update.ts is the function between them. */
import type { Result } from '../base/result.ts';
import type {
  EventView,
  InstanceView,
  LineView,
  PlanView,
  ResourceView,
  SupervisorView,
  WhyView,
} from '../control/view.ts';
import type { Seen } from '../control/seen.ts';
import type { Usage } from './facts.ts';
import type { Size } from './screen.ts';

export type Message =
  /** The supervisor answers: all of its instances, in list order. */
  | ({ readonly is: 'connected' } & Facts)
  /** What has changed since. */
  | ({ readonly is: 'changed' } & Facts)
  /** No answer any more; the screen is dimmed, and the feed retries by itself. */
  | {
      readonly is: 'lost';
      readonly words: string;
      /** How long nothing had been heard when it was noticed (ms). */
      readonly silentMs?: number;
    }
  /** The usage of the processes that were measured. */
  | { readonly is: 'usage'; readonly usages: readonly Usage[] }
  /** Lines of the instance whose log is followed, in order. */
  | { readonly is: 'lines'; readonly id: string; readonly lines: readonly LineView[] }
  | { readonly is: 'lines-dropped'; readonly id: string; readonly count: number }
  | { readonly is: 'why'; readonly id: string; readonly why: Result<WhyView> }
  /** What a reload would do, or why it is impossible: a text of many rows. */
  | { readonly is: 'plan'; readonly plan: Result<PlanView> }
  /** Events in order; some may be known already. */
  | { readonly is: 'events'; readonly events: readonly EventView[] }
  /** An instance with its runs, what it needs and its limits. */
  | { readonly is: 'detail'; readonly instance: InstanceView }
  | { readonly is: 'events-dropped'; readonly count: number }
  /** The result of a requested deed, in one sentence. */
  | { readonly is: 'told'; readonly level: 'info' | 'bad'; readonly words: string }
  | { readonly is: 'key'; readonly key: Key }
  | { readonly is: 'mouse'; readonly act: 'click' | 'wheel-up' | 'wheel-down'; readonly x: number; readonly y: number }
  | { readonly is: 'resized'; readonly size: Size }
  /** A second has passed. */
  | { readonly is: 'tick' };

export interface Facts {
  readonly supervisor: SupervisorView;
  readonly instances: readonly InstanceView[];
  /** Left out: unchanged. */
  readonly resources?: readonly ResourceView[];
}

/** A key as its name (`up`, `enter`, `escape`, `C-c`), or the letter that it types. */
export type Key = string;

export type Request =
  /** Follow the log of this instance, beginning with its last lines, instead of the previous one. */
  | { readonly do: 'follow'; readonly id: string }
  /** Carried out on those that are still as they were seen. */
  | { readonly do: 'start' | 'stop'; readonly of: readonly Seen[] }
  /** Without `how`: of several instances of a daemon one goes first. */
  | { readonly do: 'restart'; readonly of: readonly Seen[]; readonly how?: 'one-by-one' }
  /** SIGKILL to these processes, named by the question, and to no others. */
  | { readonly do: 'cut'; readonly of: readonly Seen[] }
  | { readonly do: 'why'; readonly id: string }
  /** Report events after this number (0: all that are kept) and new ones, until `leave-events`. */
  | { readonly do: 'follow-events'; readonly since: number }
  | { readonly do: 'leave-events' }
  /** Report everything known about this instance, unless another is requested right away. */
  | { readonly do: 'detail'; readonly id: string }
  | { readonly do: 'plan' }
  /** The list on disk, if it is the one in the plan shown. */
  | { readonly do: 'reload'; readonly print: number }
  /** Leaves the screen; `stop-all` asks the supervisor to drain and end first. */
  | { readonly do: 'leave'; readonly how: 'detach' | 'stop-all' }
  /** Ctrl-Z. */
  | { readonly do: 'suspend' };
