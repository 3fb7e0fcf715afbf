/** What people ask of a list that runs: each is carried out, waited for, and what it came to is counted. */
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
  /** Without waiting for a boundary: SIGKILL. */
  readonly now: boolean;
  readonly how?: RestartHow;
  /** What a stop may take; null: as long as the daemons are waited for. */
  readonly withinMs?: number | null;
}

export class Commands {
  private readonly parts: CommandsParts;
  /** How those ended last that the list does not have any more: who waits for them may still want to know. */
  private readonly gone = new Map<string, Exit>();

  constructor(parts: CommandsParts) {
    this.parts = parts;
  }

  /** Resolves at once, or when nothing of it is still to come. */
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

  /** The list is another one, as a person has asked. Resolves at once, or when nothing of the plan is still to come. */
  async reload(list: NewList, { view, made }: Plan, wait: boolean): Promise<DeedView> {
    const replaced = newDeed('restart', this.parts.fleet(), [...made.keys()]);
    const removed = newDeed('stop', this.parts.fleet(), view.stops);
    const added = newcomers(this.parts.fleet(), view.starts);
    this.parts.post(list);
    if (wait) await this.until([replaced, removed, added]);
    // Who was removed is not of the fleet any more when it has ended: it has become nothing.
    return sumOfDeeds([this.view(replaced), this.view(added), { ...this.view(removed), instances: [] }]);
  }

  /** What it has come to so far. */
  view(deed: Deed): DeedView {
    const context = this.parts.context();
    const fleet = this.parts.fleet();
    return deedView(deed, fleet, this.gone, context, (slot) => explain(fleet, slot, context).words.join(' '));
  }

  /** Something has happened. */
  hear(fact: Fact): void {
    if (fact.type !== 'ended') return;
    const slot = slotOf(this.parts.fleet(), fact.id);
    if (slot === undefined || isRemoved(slot)) this.gone.set(fact.id, fact.exit);
  }

  private until(deeds: readonly Deed[]): Promise<void> {
    return this.parts.watches.until(() => deeds.every((deed) => isDone(deed, this.parts.fleet())));
  }
}
