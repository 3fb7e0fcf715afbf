/** What the daemons of a life share, and when it is down: the truth, of which the reducer knows only what probes and words tell. */
import type { ResourcePolicy } from '../../src/supervisor/lifecycle/resource.ts';
import type { FleetWorld } from '../support/fleet-world.ts';
import type { Random } from '../support/random.ts';
import type { Behaviour } from '../support/scripted-process.ts';

/** No probe takes longer. */
export const SLOWEST_PROBE_MS = 3_000;

interface Outage {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export function someResources(random: Random): readonly ResourcePolicy[] {
  const names = ['r0', 'r1', 'r2'].slice(0, random.pick([0, 0, 1, 1, 2, 3]));
  return names.map((name) => ({ name, intervalMs: random.pick([300, 1_000, 5_000]) }));
}

export class Outages {
  readonly resources: readonly ResourcePolicy[];
  private readonly random: Random;
  private readonly outages: readonly Outage[];

  constructor(random: Random, resources: readonly ResourcePolicy[], lifeMs: number) {
    this.random = random;
    this.resources = resources;
    this.outages = resources.flatMap(({ name }) =>
      Array.from({ length: random.int(0, 3) }, () => {
        const from = random.hit(0.2) ? 0 : random.int(0, lifeMs);
        return { name, from, to: from + random.int(50, 15_000) };
      }),
    );
  }

  someNames(): readonly string[] {
    return this.resources.filter(() => this.random.hit(0.6)).map(({ name }) => name);
  }

  probeMs(): number {
    return this.random.hit(0.8) ? this.random.int(1, 100) : this.random.int(100, SLOWEST_PROBE_MS);
  }

  errorAt(name: string, now: number): string | null {
    return this.isAway(name, now) ? 'connection refused' : null;
  }

  /** Since when it is up; null: it is down. */
  upSince(name: string, now: number): number | null {
    if (this.isAway(name, now)) return null;
    return Math.max(
      0,
      ...this.outages.filter((outage) => outage.name === name && outage.to <= now).map(({ to }) => to),
    );
  }

  /** A process started while something it needs is down mostly dies of that, with a word, with the code for it, or without either. */
  marked(behaviour: Behaviour, needs: readonly string[], now: number): Behaviour {
    const { random } = this;
    const away = needs.find((name) => this.isAway(name, now));
    if (away === undefined || random.hit(0.2)) return behaviour;
    const afterMs = random.int(0, 1_500);
    return {
      ...behaviour,
      waiting: random.hit(0.4) ? { resource: away, afterMs } : null,
      endsAfterMs: afterMs + random.int(0, 20),
      endsWith: { code: random.pick([1, 1, 75, 255, 0]), signal: null },
    };
  }

  /** Some of those running when something goes down die of it. */
  strike(world: FleetWorld, needsOf: (id: string) => readonly string[]): void {
    for (const { name, from } of this.outages)
      world.after(from, () => {
        for (const { id } of world.fleet.slots)
          if (needsOf(id).includes(name) && this.random.hit(0.5))
            world.after(this.random.int(0, 2_000), () => world.process(id)?.kill());
      });
  }

  private isAway(name: string, now: number): boolean {
    return this.outages.some((outage) => outage.name === name && outage.from <= now && now < outage.to);
  }
}
