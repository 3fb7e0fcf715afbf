/** The state of the supervisor itself, and what is wrong with it or its list: the head of `status`. */
import type { ResourceView, SupervisorView } from '../control/view.ts';
import { closedDependencies } from './lifecycle/gate.ts';
import type { Policy } from './lifecycle/policy.ts';
import { slotsOf, type Fleet } from './lifecycle/roster.ts';
import type { Slot } from './lifecycle/state.ts';
import type { RunningList } from './running-list.ts';
import { downWords, isLooping } from './status.ts';

type About = Pick<RunningList, 'spec' | 'fleet' | 'startedAt' | 'end' | 'problems'>;

/** `strays`: surviving processes of earlier runs, in words. */
export function supervisorView(
  { spec, fleet, startedAt, end, problems: ours }: About,
  version: string,
  resources: readonly ResourceView[],
  strays: readonly string[],
): SupervisorView {
  const stranded = [...fleet.policies.values()].flatMap((policy) => strandedOf(policy, fleet));
  const troubles = [...resources.flatMap(downWords), ...fleet.slots.flatMap(troubleOf), ...stranded];
  const problems = [...ours, ...troubles, ...strays];
  return {
    pid: process.pid,
    version,
    list: spec.file,
    id: spec.id,
    started_at: startedAt.toISOString(),
    state: end.isAsked ? 'stopping' : 'running',
    check: problems.length === 0 ? 'ok' : 'trouble',
    problems,
  };
}

function troubleOf(slot: Slot): readonly string[] {
  if (slot.state.is === 'failed') return [`${slot.id} has failed`];
  return isLooping(slot) ? [`${slot.id} loops: ${slot.rows.quick} quick ends in a row`] : [];
}

/** It waits for a daemon to be ready that has ended as planned; nothing about that daemon itself shows it. */
function strandedOf(policy: Policy, fleet: Fleet): readonly string[] {
  if (policy.dependsOn.length === 0) return [];
  if (slotsOf(fleet, policy.name).every(({ state }) => state.is !== 'waiting')) return [];
  return closedDependencies(policy, (name) => slotsOf(fleet, name))
    .filter(({ is }) => is === 'ended')
    .map(({ daemon }) => `${policy.name} waits for ${daemon} to be ready, and that has ended`);
}
