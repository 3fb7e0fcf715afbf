/** How a list ends, on request or because all its daemons have ended, and with what result. */
import { listed } from '../base/listed.ts';
import type { DeedView } from '../control/view.ts';
import { newDeed, type Deed } from './deeds.ts';
import type { Journal } from './journal.ts';
import { isOverForGood, type Fleet } from './lifecycle/roster.ts';
import type { Left } from './lifecycle/state.ts';
import { leftBehindWords } from './words.ts';
import type { Post } from './world/world.ts';

interface Parts {
  readonly fleet: () => Fleet;
  readonly post: Post;
  readonly view: (deed: Deed) => DeedView;
  readonly journal: Journal;
  /** The processes of the list that live although none of its sessions does. */
  readonly escaped: () => readonly Left[];
  /** How long the list lets a stop take; null: as long as its daemons need. */
  readonly stopWithinMs: () => number | null;
}

/** How many of the failed instances are named. */
const NAMED = 5;

export class ListEnd {
  private readonly parts: Parts;
  private stop: Deed | null = null;
  private overByItself: { readonly failed: readonly string[] } | null = null;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** It is stopping, or has stopped. */
  get isAsked(): boolean {
    return this.stop !== null;
  }

  /** All its daemons ended for good before anyone asked for a stop, and these had failed. null: a stop was requested, or it is running. */
  get byItself(): { readonly failed: readonly string[] } | null {
    return this.overByItself;
  }

  /** Forwards this very signal unless the list names one. `withinMs`: how long the stop may take. */
  ask(signal: 'SIGTERM' | 'SIGINT', withinMs: number | null = null): void {
    this.begin();
    this.parts.post({ is: 'shutdown-asked', signal });
    for (const ms of [withinMs, this.parts.stopWithinMs()])
      if (ms !== null) this.parts.post({ is: 'hurried', ids: this.ids(), withinMs: ms });
  }

  /** Ends everything still alive at once. The cut comes first: what is to be cut gets no other signal before. */
  cut(): void {
    this.begin();
    this.parts.post({ is: 'cut-asked', ids: this.ids() });
    this.ask('SIGTERM');
  }

  /** After each change: is there nothing left that could run? */
  look(fleet: Fleet): void {
    if (this.isAsked || !isOverForGood(fleet)) return;
    const failed = fleet.slots.flatMap(({ id, state }) => (state.is === 'failed' ? [id] : []));
    this.overByItself = { failed };
    const words = `all daemons have ended for good${failed.length === 0 ? '' : `; failed: ${listed(failed, NAMED)}`}`;
    this.parts.journal.add({ id: null, type: 'stopping', level: 'info', words });
    this.ask('SIGTERM');
  }

  /** The result so far. */
  view(): DeedView {
    return this.parts.view(this.stop ?? newDeed('stop', this.parts.fleet(), []));
  }

  /** The result once the last process is gone. Processes that live on all the same are reported too. */
  told(): DeedView {
    const escaped = this.parts.escaped().map(leftBehindWords);
    for (const words of escaped) this.parts.journal.add({ id: null, type: 'escaped', level: 'warning', words });
    return { ...this.view(), escaped };
  }

  private begin(): void {
    this.stop ??= newDeed('stop', this.parts.fleet(), this.ids());
  }

  private ids(): readonly string[] {
    return this.parts.fleet().slots.map(({ id }) => id);
  }
}
