/** Does a daemon handle its stop signal? One that does not is cut by it, and is reported in time. */
import type { Journal } from './journal.ts';
import { slotOf, type Fleet } from './lifecycle/roster.ts';
import type { Slot } from './lifecycle/state.ts';
import { minds } from './world/proc.ts';

/** A framework may need several seconds before it sets its signal handlers. */
const HANDLER_TIME_MS = 10_000;

/**
 * A main process that neither catches nor ignores the stop signal dies of it wherever it is. Catching it proves nothing (the handler may be
 * the interpreter's), so nothing is said then; a slow starter gets time to set its handler.
 */
export function lookForHandler(id: string, fleetNow: () => Fleet, journal: Journal): void {
  if (!lacksHandler(slotOf(fleetNow(), id), fleetNow())) return;
  setTimeout(() => {
    const fleet = fleetNow();
    const slot = slotOf(fleet, id);
    if (slot === undefined || !lacksHandler(slot, fleet)) return;
    const words = `has no handler for ${stopSignal(slot, fleet)}: a stop will cut its iteration. See docs/stopping.md for the few lines that mend it`;
    journal.add({ id, type: 'no-handler', level: 'warning', words });
  }, HANDLER_TIME_MS).unref();
}

/** Checked for its first run only: one warning is enough. */
function lacksHandler(slot: Slot | undefined, fleet: Fleet): boolean {
  if (slot === undefined || slot.starts > 1 || slot.state.is !== 'running') return false;
  if (fleet.policies.get(slot.daemon)?.stop.to === 'group') return false;
  const { process, talk } = slot.state.run;
  const pid = process?.pid;
  // A wrapper: the worker is a process behind it, which gets the stop as one of its leftovers.
  if (talk.speaker !== null && talk.speaker !== pid) return false;
  return pid !== undefined && minds(pid, stopSignal(slot, fleet)) === false;
}

const stopSignal = ({ daemon }: Slot, { policies }: Fleet): string => policies.get(daemon)?.stop.signal ?? 'SIGTERM';
