/** A killed supervisor, what it had saved, and what the next one resumes from. */
import path from 'node:path';
import type { Slot } from '../../src/supervisor/lifecycle/state.ts';
import { readState, writeState, type SavedState } from '../../src/supervisor/world/state-file.ts';
import { isAlive, send } from './processes.ts';
import type { Program, Rig } from './supervise.ts';
import { waitFor, waitUntil } from './wait-for.ts';

export const stateFile = (rig: Rig): string => path.join(rig.state, 'state.json');

export async function kill(supervise: Program): Promise<void> {
  supervise.signal('SIGKILL');
  await supervise.ended;
}

/** Kills the supervisor that answers, whoever started it. */
export async function killSupervisor(rig: Rig): Promise<number> {
  const pid = (await rig.status()).supervisor?.pid ?? 0;
  send(pid, 'SIGKILL');
  await waitUntil('the supervisor has gone', () => !isAlive(pid));
  return pid;
}

export function saved(rig: Rig): SavedState {
  const read = readState(stateFile(rig));
  if (read.is !== 'read') throw new Error(`${stateFile(rig)} is ${read.is}`);
  return read.state;
}

/** Waits until the saved state of a slot satisfies `met`. */
export async function untilSaved(rig: Rig, id: string, what: string, met: (slot: Slot) => boolean): Promise<void> {
  const slot = (): Slot | undefined => saved(rig).slots.find((each) => each.slot.id === id)?.slot;
  await waitFor(`it is written down that ${id} ${what}`, slot, (found) => found !== undefined && met(found));
}

export const untilSavedState = (rig: Rig, id: string, is: Slot['state']['is']): Promise<void> =>
  untilSaved(rig, id, `is ${is}`, ({ state }) => state.is === is);

/** Replaces the state file as a supervisor would have written it. */
export async function changeState(rig: Rig, change: (state: SavedState) => SavedState): Promise<void> {
  const trouble = await writeState(stateFile(rig), change(saved(rig)), 'of a test');
  if (trouble !== null) throw new Error(trouble);
}

export const changeSlots = (rig: Rig, change: (slot: Slot) => Slot): Promise<void> =>
  changeState(rig, (state) => ({
    ...state,
    slots: state.slots.map(({ slot, made }) => ({ slot: change(slot), made })),
  }));

/** As if its spawn had not been saved. */
export const unspawned = (slot: Slot): Slot => ({
  ...slot,
  starts: 0,
  lastStartAt: null,
  state: { is: 'waiting', since: 0, byHand: false },
});
