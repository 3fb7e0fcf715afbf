/** How a list ends: because somebody asks, or since all its daemons have; and what that comes to. */
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
  /** Who of the list lives although no session of it does. */
  readonly escaped: () => readonly Left[];
  /** How long a stop may take as the list has it; null: as long as its daemons need. */
  readonly stopWithinMs: () => number | null;
}

/** So many of those that have failed are named. */
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

  /** All its daemons had ended for good before anybody asked for a stop, and these had failed. null: it was asked to stop, or runs. */
  get byItself(): { readonly failed: readonly string[] } | null {
    return this.overByItself;
  }

  /** Forwards this very signal where the list writes none. `withinMs`: it may take so long. */
  ask(signal: 'SIGTERM' | 'SIGINT', withinMs: number | null = null): void {
    this.begin();
    this.parts.post({ is: 'shutdown-asked', signal });
    for (const ms of [withinMs, this.parts.stopWithinMs()])
      if (ms !== null) this.parts.post({ is: 'hurried', ids: this.ids(), withinMs: ms });
  }

  /** Ends at once all that still lives. The cut comes first: who is to be cut is sent no other signal before. */
  cut(): void {
    this.begin();
    this.parts.post({ is: 'cut-asked', ids: this.ids() });
    this.ask('SIGTERM');
  }

  /** After each change: is there nothing that could still run? */
  look(fleet: Fleet): void {
    if (this.isAsked || !isOverForGood(fleet)) return;
    const failed = fleet.slots.flatMap(({ id, state }) => (state.is === 'failed' ? [id] : []));
    this.overByItself = { failed };
    const words = `all daemons have ended for good${failed.length === 0 ? '' : `; failed: ${listed(failed, NAMED)}`}`;
    this.parts.journal.add({ id: null, type: 'stopping', level: 'info', words });
    this.ask('SIGTERM');
  }

  /** What it has come to so far. */
  view(): DeedView {
    return this.parts.view(this.stop ?? newDeed('stop', this.parts.fleet(), []));
  }

  /** What it has come to when the last process has gone, and who lives all the same: that is told, too. */
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
