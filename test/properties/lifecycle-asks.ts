/**
 * The first phase, worked out independently: everything requested so far, and what follows from it for each slot. Knows the rules of
 * docs/restarting.md and nothing about the reducer.
 */
import type { Event } from '../../src/supervisor/lifecycle/event.ts';
import type { Policy } from '../../src/supervisor/lifecycle/policy.ts';
import type { Fleet } from '../../src/supervisor/lifecycle/roster.ts';
import type { Live, Slot } from '../../src/supervisor/lifecycle/state.ts';

export const live = (slot: Slot): Live | null => ('run' in slot.state ? slot.state : null);

export class Asks {
  isShutDown = false;
  private readonly policies: ReadonlyMap<string, Policy>;
  /** What each slot was last asked for; absent: nothing was requested. */
  private readonly wishes = new Map<string, 'up' | 'down'>();
  /** Those whose next start was requested by name. */
  private readonly byHand = new Set<string>();
  /** When each slot was asked to end, or to be started anew. */
  private readonly endsAsked = new Map<string, number[]>();
  /** Runs whose cut was asked for. */
  private readonly toBeCut = new Set<string>();

  /** From when on the stop of these may take no longer. */
  private readonly hurried = new Map<string, number>();

  constructor(policies: readonly Policy[]) {
    this.policies = new Map(policies.map((policy) => [policy.name, policy]));
  }

  note(before: Fleet, event: Event, now: number): void {
    // A change of files or of the list is nobody's wish.
    if ('run' in event || event.is === 'tick' || event.is === 'changed' || event.is === 'list' || event.is === 'probed')
      return;
    if (event.is === 'shutdown-asked') {
      this.isShutDown = true;
      for (const { id } of before.slots) {
        this.wishes.set(id, 'down');
        this.noteEnd(id, now);
      }
      return;
    }
    const named = before.slots.filter(({ id }) => event.ids.includes(id));
    if (event.is === 'hurried') {
      const cutAt = now + event.withinMs - 3_000;
      for (const { id, wanted } of named)
        if (!wanted.up) this.hurried.set(id, Math.min(cutAt, this.hurried.get(id) ?? Infinity));
      return;
    }
    if (event.is === 'stop-asked' || (event.is === 'restart-asked' && !this.isShutDown))
      for (const { id } of named) this.noteEnd(id, now);
    if (event.is === 'cut-asked') {
      for (const slot of named) {
        const run = live(slot)?.run;
        if (run === undefined) continue;
        this.toBeCut.add(`${slot.id} ${run.number}`);
        // Cut and still wanted: a restart by hand.
        if (slot.wanted.up && run.end === null) this.byHand.add(slot.id);
      }
      return;
    }
    if (event.is === 'stop-asked') {
      for (const { id } of named) {
        this.wishes.set(id, 'down');
        this.byHand.delete(id);
      }
      return;
    }
    if (this.isShutDown) return;
    for (const { id, state } of named) {
      this.wishes.set(id, 'up');
      this.hurried.delete(id);
      const goesOn = state.is === 'starting' || state.is === 'running';
      if (event.is === 'restart-asked' || (event.is === 'start-asked' && !goesOn)) this.byHand.add(id);
    }
    const daemons = new Set(named.map(({ daemon }) => daemon));
    const needed = this.needsOf(daemons);
    for (const { id, daemon } of before.slots)
      if (needed.has(daemon) && !daemons.has(daemon) && !this.wishes.has(id)) this.wishes.set(id, 'up');
  }

  wishFor(id: string): 'up' | 'down' | undefined {
    return this.wishes.get(id);
  }

  /** Is this start one requested by name? The answer is consumed. */
  takeStartByHand(id: string): boolean {
    return this.byHand.delete(id);
  }

  /** When the end of this slot was first asked for since then; null: it was not. */
  endAskedSince(id: string, since: number): number | null {
    return this.endsAsked.get(id)?.find((at) => at >= since) ?? null;
  }

  mayBeCut(id: string, run: number, now: number): boolean {
    return this.toBeCut.has(`${id} ${run}`) || now >= (this.hurried.get(id) ?? Infinity);
  }

  private noteEnd(id: string, now: number): void {
    this.endsAsked.set(id, [...(this.endsAsked.get(id) ?? []), now]);
  }

  private needsOf(daemons: ReadonlySet<string>): Set<string> {
    const found = new Set<string>();
    const queue = [...daemons];
    for (let name = queue.pop(); name !== undefined; name = queue.pop())
      for (const { daemon } of this.policies.get(name)?.dependsOn ?? [])
        if (!found.has(daemon)) {
          found.add(daemon);
          queue.push(daemon);
        }
    return found;
  }

  /** The second phase: may it be started, apart from its turn? */
  isUnblocked(policy: Policy, fleet: Fleet): boolean {
    return policy.dependsOn.every(({ daemon, until }) => {
      const states = fleet.slots.filter((slot) => slot.daemon === daemon).map(({ state }) => state.is);
      return until === 'ready' ? states.includes('running') : states.every((is) => is === 'exited');
    });
  }

  /** Something that needs it is ending too: it is not its turn yet. */
  isNeededByEnding(slot: Slot, fleet: Fleet): boolean {
    return fleet.slots.some(
      (other) => live(other) !== null && !other.wanted.up && this.needsOf(new Set([other.daemon])).has(slot.daemon),
    );
  }
}
