/** The gates a slot may wait at, as data: they are also the answer to `why`. Which of them are closed: gates.ts. */
import type { Policy } from './policy.ts';
import type { Slot } from './state.ts';

export type Gate =
  | DependencyGate
  /** `since`: down since then; null: it is being asked. */
  | { readonly kind: 'resource'; readonly name: string; readonly since: number | null; readonly error: string | null }
  /** Another instance goes first. */
  | { readonly kind: 'scout'; readonly name: string }
  | { readonly kind: 'turn' }
  /** A process of an earlier list still occupies its place. */
  | { readonly kind: 'leftovers'; readonly name: string };

interface DependencyGate {
  readonly kind: 'dependency';
  readonly daemon: string;
  readonly until: 'ready' | 'completed';
  readonly is: DependencyIs;
}

/** Why a dependency is not met yet. */
export type DependencyIs = 'coming' | 'stopped-by-hand' | 'not-started' | 'failed' | 'ended' | 'absent';

/** The resources it needs: those in the list, and the one its last run ended for, by its own word. */
export function neededBy({ resources }: Pick<Policy, 'resources'>, { exits }: Pick<Slot, 'exits'>): readonly string[] {
  const named = exits[0]?.resource ?? null;
  return named === null || resources.includes(named) ? resources : [...resources, named];
}

/** What a slot still waits for among the daemons it needs. */
export function closedDependencies(
  policy: Policy,
  slotsOf: (daemon: string) => readonly Slot[],
): readonly DependencyGate[] {
  const closed: DependencyGate[] = [];
  for (const { daemon, until } of policy.dependsOn) {
    const slots = slotsOf(daemon);
    if (!isMet(slots, until)) closed.push({ kind: 'dependency', daemon, until, is: whatIsWrong(slots, until) });
  }
  return closed;
}

/** Does this daemon need nothing more? Cheaper than naming what it needs. */
export function isUnblocked(policy: Policy, slotsOf: (daemon: string) => readonly Slot[]): boolean {
  return policy.dependsOn.every(({ daemon, until }) => isMet(slotsOf(daemon), until));
}

function isMet(slots: readonly Slot[], until: 'ready' | 'completed'): boolean {
  if (until === 'ready') return slots.some(({ state }) => state.is === 'running');
  // `exited` means an end with a success code and lasts until the next start.
  return slots.length > 0 && slots.every(({ state }) => state.is === 'exited');
}

function whatIsWrong(slots: readonly Slot[], until: 'ready' | 'completed'): DependencyIs {
  if (slots.length === 0) return 'absent';
  // An instance that nobody wants up will not come; for `ready`, one that comes is enough.
  const open = slots.filter(({ state }) => !(until === 'completed' && state.is === 'exited'));
  const stuck = open.map(({ wanted, state }): DependencyIs | null => {
    if (!wanted.up && wanted.by === 'hand') return 'stopped-by-hand';
    if (!wanted.up) return 'not-started';
    if (state.is === 'failed') return 'failed';
    return state.is === 'exited' ? 'ended' : null;
  });
  if (until === 'ready' && stuck.includes(null)) return 'coming';
  return stuck.find((wrong) => wrong !== null) ?? 'coming';
}
