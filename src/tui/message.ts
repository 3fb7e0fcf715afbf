/** What can happen to the screen, and what it can ask for. update.ts is the function between them. */
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
  /** The supervisor answers: all of its instances, in the order of the list. */
  | ({ readonly is: 'connected' } & Facts)
  /** What has changed since. */
  | ({ readonly is: 'changed' } & Facts)
  /** Nobody answers any more; the screen is dimmed, and whoever carries out requests tries again by itself. */
  | {
      readonly is: 'lost';
      readonly words: string;
      /** Nothing had been heard for so long when it was noticed (ms). */
      readonly silentMs?: number;
    }
  /** What processes use: of those that were measured. */
  | { readonly is: 'usage'; readonly usages: readonly Usage[] }
  /** Lines of the instance whose log is followed, in their order. */
  | { readonly is: 'lines'; readonly id: string; readonly lines: readonly LineView[] }
  | { readonly is: 'lines-dropped'; readonly id: string; readonly count: number }
  | { readonly is: 'why'; readonly id: string; readonly why: Result<WhyView> }
  /** What a reload would do, or why it cannot be done: a text of many rows. */
  | { readonly is: 'plan'; readonly plan: Result<PlanView> }
  /** What happened, in its order; some of it may be known. */
  | { readonly is: 'events'; readonly events: readonly EventView[] }
  /** An instance with its runs, what it needs and its limits. */
  | { readonly is: 'detail'; readonly instance: InstanceView }
  | { readonly is: 'events-dropped'; readonly count: number }
  /** What an asked deed came to, in one sentence. */
  | { readonly is: 'told'; readonly level: 'info' | 'bad'; readonly words: string }
  | { readonly is: 'key'; readonly key: Key }
  | { readonly is: 'mouse'; readonly act: 'click' | 'wheel-up' | 'wheel-down'; readonly x: number; readonly y: number }
  | { readonly is: 'resized'; readonly size: Size }
  /** A second has passed. */
  | { readonly is: 'tick' };

export interface Facts {
  readonly supervisor: SupervisorView;
  readonly instances: readonly InstanceView[];
  /** Left out: they are as they were. */
  readonly resources?: readonly ResourceView[];
}

/** A key as its name (`up`, `enter`, `escape`, `C-c`), or the letter that it types. */
export type Key = string;

export type Request =
  /** Follow the log of this instance, beginning with its last lines, instead of the one that was followed before. */
  | { readonly do: 'follow'; readonly id: string }
  /** Deeds are done to those that are still as they were seen. */
  | { readonly do: 'start' | 'stop'; readonly of: readonly Seen[] }
  /** `how` left out: of several instances of a daemon one goes first. */
  | { readonly do: 'restart'; readonly of: readonly Seen[]; readonly how?: 'one-by-one' }
  /** SIGKILL to these processes, which the question has named, and to no others. */
  | { readonly do: 'cut'; readonly of: readonly Seen[] }
  | { readonly do: 'why'; readonly id: string }
  /** Tell what happened after this number (0: all that is kept) and what happens, until `leave-events`. */
  | { readonly do: 'follow-events'; readonly since: number }
  | { readonly do: 'leave-events' }
  /** Tell all that is known of this one, unless another is asked about at once. */
  | { readonly do: 'detail'; readonly id: string }
  | { readonly do: 'plan' }
  /** The list that is on disk, if it is the one of the plan that was shown. */
  | { readonly do: 'reload'; readonly print: number }
  /** Leaves the screen; `stop-all` asks the supervisor to drain and end first. */
  | { readonly do: 'leave'; readonly how: 'detach' | 'stop-all' }
  /** Ctrl-Z. */
  | { readonly do: 'suspend' };
