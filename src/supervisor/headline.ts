/** A list in one line, as a service manager shows it; and whether its stop is worth waiting for. */
import { listed } from '../base/listed.ts';
import type { Fleet } from './lifecycle/roster.ts';
import { isLive, type Slot, type State } from './lifecycle/state.ts';
import { isLooping } from './status.ts';

/** This many are named; the rest are only counted. */
const NAMED = 4;

/**
 * `5 of 8 ready, 1 starting, 2 waiting; in trouble: mailer (failed)`, and during a stop `stopping, 2 left: photos:1 photos:2`. `problems`:
 * the number of the supervisor's own. Instances stopped by hand, or done, are not among the 8.
 */
export function headline(fleet: Fleet, problems: number): string {
  const { slots } = fleet;
  const own = problems === 0 ? [] : [`problems of supervise itself: ${problems} (supervise status)`];
  if (fleet.shutdown !== null) {
    const left = slots.filter(({ state }) => isLive(state)).map(({ id }) => id);
    return [left.length === 0 ? 'stopping, nobody left' : `stopping, ${left.length} left: ${some(left)}`, ...own].join(
      '; ',
    );
  }
  const meant = slots.filter(({ wanted, state }) => wanted.up && state.is !== 'exited');
  const count = (...states: readonly State['is'][]): number =>
    meant.filter(({ state }) => states.includes(state.is)).length;
  const beside = [
    [count('starting'), 'starting'],
    [count('waiting'), 'waiting'],
    [count('draining', 'killing'), 'draining'],
  ] as const;
  const counts = [
    `${count('running')} of ${meant.length} ready`,
    ...beside.flatMap(([number, word]) => (number === 0 ? [] : [`${number} ${word}`])),
  ].join(', ');
  const trouble = meant.flatMap((slot) => troubleOf(slot) ?? []);
  return [counts, ...(trouble.length === 0 ? [] : [`in trouble: ${some(trouble)}`]), ...own].join('; ');
}

/** How long a process may take to die of SIGKILL: a large one takes a while; longer than this means a hung disk. */
const DYING_MS = 30_000;

/**
 * Waiting for a drain makes sense however long it takes: its grace or the list bounds it. If all that is left does not even die of SIGKILL,
 * no patience helps: systemd shall then end us after its own timeout, and say so.
 */
export function isWorthWaiting({ slots }: Fleet, now: number): boolean {
  const ending = slots.map(({ state }) => state).filter((state) => state.is === 'draining' || state.is === 'killing');
  return ending.length === 0 || ending.some((state) => state.is === 'draining' || now - state.since < DYING_MS);
}

function troubleOf(slot: Slot): string | null {
  if (slot.state.is === 'failed') return `${slot.id} (failed)`;
  if (isLooping(slot)) return `${slot.id} (looping)`;
  return slot.state.is === 'backoff' ? `${slot.id} (backoff)` : null;
}

const some = (names: readonly string[]): string => listed(names, NAMED, ' ');
