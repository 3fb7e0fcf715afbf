/** What an instance needs and what limits it: the parts of `status NAME` that come from the list. */
import type { LimitsView, NeedView, ResourceView } from '../control/view.ts';
import { closedDependencies, neededBy } from './lifecycle/gate.ts';
import { policyOf, slotsOf, type Fleet } from './lifecycle/roster.ts';
import { isLive, type Slot } from './lifecycle/state.ts';

/** Daemons first, in list order; then what is shared. */
export function needViews(fleet: Fleet, slot: Slot, resources: readonly ResourceView[]): readonly NeedView[] {
  const policy = policyOf(fleet, slot);
  const closed = new Map(
    closedDependencies(policy, (name) => slotsOf(fleet, name)).map((gate) => [gate.daemon, gate.is]),
  );
  return [
    ...policy.dependsOn.map(({ daemon, until }): NeedView => {
      const state = closed.get(daemon) ?? 'met';
      return { kind: 'dependency', name: daemon, until, state, since: null };
    }),
    ...neededBy(policy, slot).map((name): NeedView => {
      const known = resources.find((resource) => resource.name === name);
      return { kind: 'resource', name, state: known?.state ?? 'unknown', since: known?.since ?? null };
    }),
  ];
}

export function limitsView(fleet: Fleet, slot: Slot): LimitsView {
  const { limits, stop, restart } = policyOf(fleet, slot);
  return {
    iteration_ms: limits.iterationMs,
    iterations: limits.iterations,
    memory_bytes: limits.memoryBytes,
    age_ms: limits.ageMs,
    grace_ms: stop.graceMs,
    restart: restart.policy,
    run_iterations: isLive(slot.state) && slot.speaks ? slot.state.run.talk.iterations : null,
  };
}
