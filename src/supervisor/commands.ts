/** What people ask of a running list: each request is carried out and waited for, and its results are counted. */
import type { DeedView } from '../control/view.ts';
import { deedView, isDone, newcomers, newDeed, sumOfDeeds, type Deed } from './deeds.ts';
import { explain } from './explain.ts';
import type { Event, NewList, RestartHow } from './lifecycle/event.ts';
import type { Fact } from './lifecycle/fact.ts';
import { slotOf, type Fleet } from './lifecycle/roster.ts';
import { isRemoved, type Exit } from './lifecycle/state.ts';
import type { Plan } from './plan.ts';
import type { StatusContext } from './status.ts';
import type { Watches } from './watches.ts';

export interface CommandsParts {
  readonly fleet: () => Fleet;
  readonly post: (event: Event) => void;
  readonly watches: Watches;
  readonly context: () => StatusContext;
}

export interface CommandHow {
  readonly wait: boolean;
  /** SIGKILL, without waiting for a boundary. */
  readonly now: boolean;
  readonly how?: RestartHow;
  /** How long a stop may take; null: as long as the daemons are given anyway. */
  readonly withinMs?: number | null;
}

export class Commands {
  private readonly parts: CommandsParts;
  /** The last ends of instances no longer in the list: whoever waits for them may still want to know. */
  private readonly gone = new Map<string, Exit>();

  constructor(parts: CommandsParts) {
    this.parts = parts;
  }

  /** Resolves at once, or when nothing more of it is to come. */
  async carryOut(
    kind: Deed['kind'],
    ids: readonly string[],
    { wait, now, how = 'scout', withinMs = null }: CommandHow,
  ): Promise<DeedView> {
    const { fleet, post } = this.parts;
    const deed = newDeed(kind, fleet(), ids);
    if (now) post({ is: 'cut-asked', ids });
    post(kind === 'restart' ? { is: 'restart-asked', ids, how } : { is: `${kind}-asked`, ids });
    if (withinMs !== null) post({ is: 'hurried', ids, withinMs });
    if (wait) await this.until([deed]);
    return this.view(deed);
  }

  /** The list has been replaced at a person's request. Resolves at once, or when nothing more of the plan is to come. */
  async reload(list: NewList, { view, made }: Plan, wait: boolean): Promise<DeedView> {
    const replaced = newDeed('restart', this.parts.fleet(), [...made.keys()]);
    const removed = newDeed('stop', this.parts.fleet(), view.stops);
    const added = newcomers(this.parts.fleet(), view.starts);
    this.parts.post(list);
    if (wait) await this.until([replaced, removed, added]);
    // A removed instance leaves the fleet when it has ended: it comes to nothing.
    return sumOfDeeds([this.view(replaced), this.view(added), { ...this.view(removed), instances: [] }]);
  }

  /** The result so far. */
  view(deed: Deed): DeedView {
    const context = this.parts.context();
    const fleet = this.parts.fleet();
    return deedView(deed, fleet, this.gone, context, (slot) => explain(fleet, slot, context).words.join(' '));
  }

  hear(fact: Fact): void {
    if (fact.type !== 'ended') return;
    const slot = slotOf(this.parts.fleet(), fact.id);
    if (slot === undefined || isRemoved(slot)) this.gone.set(fact.id, fact.exit);
  }

  private until(deeds: readonly Deed[]): Promise<void> {
    return this.parts.watches.until(() => deeds.every((deed) => isDone(deed, this.parts.fleet())));
  }
}
