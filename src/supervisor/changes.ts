/** The status as a picture kept current for a client: first the whole, then only what changed (Api.changes). */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeView, ResourceView, SupervisorView } from '../control/view.ts';
import { orEnd } from '../logs/follow.ts';
import type { Fleet } from './lifecycle/roster.ts';
import type { Slot } from './lifecycle/state.ts';
import { instanceView, resourceViews, waitingFor, type StatusContext } from './status.ts';

/** A person reads the screen: ten pictures a second look like a film. */
const PACE_MS = 100;
/** This many fit into one message even at their longest. */
const INSTANCES_A_MESSAGE = 100;

export interface Picture {
  readonly fleet: () => Fleet;
  readonly context: () => StatusContext;
  readonly supervisor: (resources: readonly ResourceView[]) => SupervisorView;
  readonly isMeant: (slot: Slot) => boolean;
  /** Calls back when any of it may have changed, until the returned function is called. */
  readonly listen: (listener: () => void) => () => void;
}

export interface Viewer {
  readonly emit: (change: ChangeView) => void;
  readonly end: AbortSignal;
  /** A promise while the viewer is behind. */
  readonly room: () => Promise<void> | undefined;
}

/**
 * Resolves when `end` is aborted. Nothing is queued: whenever the viewer has room, what was last sent is compared with what is now. No
 * timer runs while nothing changes.
 */
export async function followChanges(picture: Picture, { emit, end, room }: Viewer): Promise<void> {
  const difference = comparer(picture);
  let turns = 0;
  let wake: (() => void) | null = null;
  const unlisten = picture.listen(() => {
    turns += 1;
    wake?.();
  });
  try {
    while (!end.aborted) {
      await room();
      const seen = turns;
      for (const part of difference()) {
        emit(part);
        await room();
      }
      await sleep(PACE_MS, undefined, { signal: end }).catch(() => undefined); // Aborted: the loop ends.
      if (turns === seen) await orEnd(new Promise((resolve) => (wake = resolve)), end);
    }
  } finally {
    unlisten();
  }
}

/** A function that returns what is new since its last call: one message, several, or none. */
function comparer({ fleet, context, supervisor, isMeant }: Picture): () => readonly ChangeView[] {
  let known = new Map<string, Sent>();
  let knownSupervisor = '';
  let knownResources = '';
  return () => {
    const now = fleet();
    const slots = now.slots.filter(isMeant);
    const whole = known.size !== slots.length || slots.some(({ id }) => !known.has(id));
    if (whole) known = new Map();
    const clocks = context();
    const fresh = slots.filter((slot) => {
      const before = known.get(slot.id);
      const waits = waitsOf(now, slot, clocks);
      if (before?.slot === slot && before.waits === waits) return false;
      known.set(slot.id, { slot, waits });
      return true;
    });
    const resources = resourceViews(now, clocks);
    const ours = supervisor(resources);
    const words = JSON.stringify(ours);
    const isNew = words !== knownSupervisor;
    knownSupervisor = words;
    // Without their times: a clock read twice differs by a millisecond.
    const standing = JSON.stringify(resources.map(({ name, state, error, waiting }) => [name, state, error, waiting]));
    const haveMoved = whole || standing !== knownResources;
    knownResources = standing;
    if (!whole && !isNew && !haveMoved && fresh.length === 0) return [];
    const views = fresh.map((slot) => instanceView(now, slot, clocks));
    const parts = Math.max(1, Math.ceil(views.length / INSTANCES_A_MESSAGE));
    return Array.from({ length: parts }, (_, part) => ({
      whole: whole && part === 0,
      more: part < parts - 1,
      supervisor: ours,
      instances: views.slice(part * INSTANCES_A_MESSAGE, (part + 1) * INSTANCES_A_MESSAGE),
      ...(haveMoved && part === 0 ? { resources } : {}),
    }));
  };
}

interface Sent {
  /** A changed slot is a different object. */
  readonly slot: Slot;
  readonly waits: string;
}

/** What a slot waits for depends on other slots too. */
const waitsOf = (fleet: Fleet, slot: Slot, context: StatusContext): string =>
  waitingFor(fleet, slot, context)
    .map(({ kind, name }) => `${kind} ${name}`)
    .join();
