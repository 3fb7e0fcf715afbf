import type { Event } from '../../src/supervisor/lifecycle/event.ts';
import { step } from '../../src/supervisor/lifecycle/fleet.ts';
import type { Policy } from '../../src/supervisor/lifecycle/policy.ts';
import type { ResourcePolicy } from '../../src/supervisor/lifecycle/resource.ts';
import { newFleet, type Fleet } from '../../src/supervisor/lifecycle/roster.ts';
import type { Picture } from '../../src/supervisor/changes.ts';

/** A fleet that moves only on posted events, and a supervisor around it. */
export class PostedFleet {
  private fleet: Fleet;
  private problems: readonly string[] = [];
  private readonly heard = new Set<() => void>();

  constructor(policies: readonly Policy[], resources: readonly ResourcePolicy[] = []) {
    this.fleet = newFleet(policies, null, 0, resources);
  }

  get ids(): readonly string[] {
    return this.fleet.slots.map(({ id }) => id);
  }

  get listeners(): number {
    return this.heard.size;
  }

  post(event: Event): void {
    this.fleet = step(this.fleet, event, 0, () => 0).fleet;
    for (const listener of this.heard) listener();
  }

  trouble(words: string): void {
    this.problems = [words];
    for (const listener of this.heard) listener();
  }

  picture(): Picture {
    return {
      fleet: () => this.fleet,
      context: () => ({ now: 0, wall: 0, tagsOf: () => [], usageOf: () => null }),
      supervisor: () => ({ ...SUPERVISOR, problems: this.problems }),
      isMeant: () => true,
      listen: (listener) => {
        this.heard.add(listener);
        return () => void this.heard.delete(listener);
      },
    };
  }
}

const SUPERVISOR = {
  pid: 1,
  version: '0',
  list: '/srv/daemons.yaml',
  id: 'srv',
  started_at: '2026-01-31T12:00:00.000Z',
  state: 'running',
  check: 'ok',
  problems: [],
} as const;
