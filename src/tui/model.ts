/** Everything the screen is drawn from: facts, the user's selection, the time. Plain data; update.ts makes the next one. */
import type { Result } from '../base/result.ts';
import type { Seen } from '../control/seen.ts';
import type { InstanceView, PlanView, ResourceView, SupervisorView, WhyView } from '../control/view.ts';
import { NO_EVENTS, type EventBuffer } from './event-buffer.ts';
import type { GlyphSet } from './glyphs.ts';
import type { Place } from './keys.ts';
import { newLog, type LogBuffer } from './log-buffer.ts';
import type { StreamChoice } from './log-window.ts';
import { NO_PACE, type Pace } from './pace.ts';
import type { Size } from './screen.ts';
import { LIST_ORDER, type Sort } from './sort.ts';
import type { Deed } from './still.ts';

export interface Model {
  readonly size: Size;
  /** Wall time in ms. */
  readonly now: number;
  readonly glyphs: GlyphSet;
  /** The file name of the list. */
  readonly list: string;
  /** The supervisor was started for this screen (`start --tui`): leaving asks what to do with it. */
  readonly ownsSupervisor: boolean;
  readonly connection: Connection;
  readonly supervisor: SupervisorView | null;
  readonly resources: readonly ResourceView[];
  /** In list order. */
  readonly instances: readonly Instance[];
  readonly filter: string;
  readonly sort: Sort;
  /** Ids: the targets of acts, instead of the selected instance. */
  readonly marked: ReadonlySet<string>;
  /** Those that pass the filter, in the chosen order. */
  readonly shown: readonly Instance[];
  readonly chosen: Chosen;
  /** The first row of `shown` that is drawn. */
  readonly top: number;
  /** Which pane has the keys. */
  readonly focus: 'list' | 'log';
  /** The selected instance fills the screen if there is no room for it beside the list. */
  readonly isOpen: boolean;
  readonly mode: Mode;
  readonly log: LogBuffer;
  /** How logs are shown, whichever instance's. */
  readonly logLook: LogLook;
  /** The log covers all panes, and this is the pane that had the keys before; null: it does not. */
  readonly wholeFrom: Model['focus'] | null;
  readonly events: EventBuffer;
  readonly asked: AskedDetail;
  readonly pace: Pace;
  readonly told: Told | null;
  /** Wall time of the last key. */
  readonly lastKeyAt: number;
}

export interface LogLook {
  readonly stream: StreamChoice;
  /** Null: if there is room. */
  readonly times: boolean | null;
  readonly isWrapped: boolean;
}

/** What was requested about the selected instance, beyond what the supervisor tells by itself. */
export interface AskedDetail {
  /** The instance it is about, with its number of starts and last end at the time; null: nothing was requested. */
  readonly for: { readonly id: string; readonly news: string } | null;
  /** null: no answer yet. */
  readonly answer: InstanceView | null;
}

export const NOTHING_ASKED: AskedDetail = { for: null, answer: null };

export type Connection =
  | { readonly is: 'connecting' }
  | { readonly is: 'up' }
  /** Since when, and why. */
  | { readonly is: 'lost'; readonly since: number; readonly words: string };

/** When it was received: its open iteration has grown since. */
export interface Instance extends InstanceView {
  readonly heardAt: number;
}

/** By id, through filter and changes; by row once it is gone. */
export interface Chosen {
  readonly id: string | null;
  readonly row: number;
}

export type Mode =
  | { readonly is: 'browsing' }
  | { readonly is: 'filtering' }
  /** A log search is being typed. */
  | { readonly is: 'searching' }
  | Asking
  | { readonly is: 'reading'; readonly what: Reading; readonly top: number };

/** A text to read; null until its answer arrives. */
export type Reading =
  | { readonly about: 'help' }
  /** The whole detail of the selected instance. */
  | { readonly about: 'detail' }
  | {
      readonly about: 'why';
      readonly id: string;
      readonly why: Result<WhyView> | null;
      /** When it was last requested, based on which facts, and whether it was answered. */
      readonly asked: { readonly at: number; readonly of: readonly unknown[]; readonly isAnswered: boolean };
    }
  | {
      readonly about: 'plan';
      /** Without a plan: everything wrong with the list. */
      readonly plan: Result<PlanView> | null;
      /** Requested in order to be carried out, so a question follows. */
      readonly toReload: boolean;
    }
  /** It follows if its `top` is Infinity. */
  | { readonly about: 'events'; readonly of: 'all' | 'selected' };

/** A question is open. It accepts no answer until the keyboard has been quiet: the `s` typed may have been part of a paste. */
export interface Asking {
  readonly is: 'asking';
  readonly question: Question;
  readonly isHeard: boolean;
}

export type Question =
  | { readonly about: 'stop' | 'restart'; readonly of: Seen }
  /** The process named by the question, and the part of the name typed so far. */
  | { readonly about: 'cut'; readonly of: Doomed; readonly typed: string }
  /** The plan to carry out, and its first row that is drawn. */
  | { readonly about: 'reload'; readonly plan: PlanView; readonly top: number }
  | ManyQuestion
  | { readonly about: 'leave' };

/** An instance with a process. */
export interface Doomed extends Seen {
  readonly pid: number;
}

export type ManyQuestion =
  /** `roll`: a restart, one after the other. */
  | { readonly about: 'many'; readonly deed: Deed; readonly targets: readonly Seen[] }
  /** The processes named by the question, and what was typed. */
  | { readonly about: 'cut-many'; readonly targets: readonly Doomed[]; readonly typed: string };

export interface Told {
  readonly level: 'info' | 'bad';
  readonly words: string;
  readonly at: number;
}

export function newModel(given: {
  readonly size: Size;
  readonly now: number;
  readonly glyphs: GlyphSet;
  readonly list: string;
  readonly ownsSupervisor?: boolean;
}): Model {
  return {
    ownsSupervisor: false,
    ...given,
    connection: { is: 'connecting' },
    supervisor: null,
    resources: [],
    instances: [],
    filter: '',
    sort: LIST_ORDER,
    marked: new Set(),
    shown: [],
    chosen: { id: null, row: 0 },
    top: 0,
    focus: 'list',
    isOpen: false,
    mode: { is: 'browsing' },
    log: newLog(null),
    logLook: { stream: 'both', times: null, isWrapped: false },
    wholeFrom: null,
    events: NO_EVENTS,
    asked: NOTHING_ASKED,
    pace: NO_PACE,
    told: null,
    lastKeyAt: 0,
  };
}

/** The row of the selected instance in `shown`: its own or, while it is not shown, that of its replacement. */
export function selectedRow({ shown, chosen }: Model): number {
  const own = rowOfId(shown, chosen.id, chosen.row);
  return own >= 0 ? own : Math.min(chosen.row, shown.length - 1);
}

/** -1: not there. `near`: where it last was. */
export function rowOfId(shown: readonly Instance[], id: string | null, near: number): number {
  return shown[near]?.id === id ? near : shown.findIndex((instance) => instance.id === id);
}

/** The subject of acts; null if nothing is shown. */
export const selectedOf = (model: Model): Instance | null => model.shown[selectedRow(model)] ?? null;

export const instanceOf = (model: Model, id: string): Instance | null =>
  model.instances.find((instance) => instance.id === id) ?? null;

export const isStopping = ({ supervisor }: Model): boolean => supervisor?.state === 'stopping';

/** What gets the next key. */
export function placeOf({ mode, focus }: Model): Place {
  switch (mode.is) {
    case 'browsing':
      return focus;
    case 'filtering':
      return 'filter';
    case 'searching':
      return 'search';
    case 'reading':
      return 'reading';
    case 'asking':
      return PLACES[mode.question.about];
  }
}

const PLACES: Readonly<Record<Question['about'], Place>> = {
  stop: 'question',
  restart: 'question',
  cut: 'name',
  many: 'question',
  'cut-many': 'name',
  reload: 'reload',
  leave: 'leaving',
};

/** The time at which the facts hold: it stands still while there is no answer. */
export const factsAt = ({ connection, now }: Model): number => (connection.is === 'lost' ? connection.since : now);

/** The facts as they are now: an iteration that was open when received has continued. */
export function agedTo(instance: Instance, now: number): InstanceView {
  if (instance.iteration_ms === null) return instance;
  return { ...instance, iteration_ms: instance.iteration_ms + Math.max(0, now - instance.heardAt) };
}
