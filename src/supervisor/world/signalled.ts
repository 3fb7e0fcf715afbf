/**
 * state.json.signalled: who was about to be sent the stop signal since state.json was written. A line each, before the signal goes
 * out, since that of a whole list may take as long as a thousand signals. Nothing waits for the disk: our own death loses
 * nothing that the kernel has.
 */
import fs from 'node:fs';
import { sumOf } from '../../base/sum.ts';
import { isLive, type Slot } from '../lifecycle/state.ts';
import { isErrno } from './errno.ts';
import type { SavedState } from './state-file.ts';

/** Which life of a list: what another has left there is not about this one. */
export type ListLife = Pick<SavedState, 'boot' | 'startedAt'>;

interface Note extends ListLife {
  readonly slot: Slot;
}

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = fs.constants;
/** A FIFO in its place does not hold us, and a link leads nowhere. */
const HOW = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK;

const beside = (stateFile: string): string => `${stateFile}.signalled`;

/** The words of a failure; null: it is written. */
export function noteSignalled(stateFile: string, { boot, startedAt }: ListLife, slots: readonly Slot[]): string | null {
  const file = beside(stateFile);
  const lines = slots.map((slot) => withSum(JSON.stringify({ boot, startedAt, slot } satisfies Note)));
  try {
    const descriptor = fs.openSync(file, HOW, 0o600);
    try {
      fs.writeFileSync(descriptor, lines.join(''));
    } finally {
      fs.closeSync(descriptor);
    }
    return null;
  } catch (error) {
    if (!isErrno(error)) throw error;
    return `cannot write ${file}: ${error.message}`;
  }
}

/** state.json says all of it by now. */
export function forgetSignalled(stateFile: string): void {
  try {
    fs.rmSync(beside(stateFile), { force: true });
  } catch (error) {
    if (!isErrno(error)) throw error; // What stays there is of runs that state.json knows, and is passed over.
  }
}

/** The state with the slots that were noted since it was written. */
export function withSignalled(stateFile: string, state: SavedState): SavedState {
  const notes = read(beside(stateFile)).filter(
    ({ boot, startedAt }) => boot === state.boot && startedAt === state.startedAt,
  );
  if (notes.length === 0) return state;
  const slots = new Map(state.slots.map((saved) => [saved.slot.id, saved]));
  for (const { slot } of notes) {
    const saved = slots.get(slot.id);
    // One that it does not have was first started since it was written.
    if (saved !== undefined && !isNewer(slot, saved.slot)) continue;
    slots.set(slot.id, { slot, made: slot.starts === saved?.slot.starts ? saved.made : null });
  }
  return { ...state, slots: [...slots.values()] };
}

/** A run that is ended is never one that runs again; so what was saved of the same run is older only if it was not yet ended. */
function isNewer(noted: Slot, { starts, state }: Slot): boolean {
  if (noted.starts !== starts) return noted.starts > starts;
  return isLive(state) && (!('drain' in state) || state.run.process === null);
}

function read(file: string): readonly Note[] {
  try {
    if (!fs.lstatSync(file).isFile()) return [];
    return fs.readFileSync(file, 'utf8').split('\n').flatMap(noteOf);
  } catch (error) {
    // Without it the next stop may signal once more than it should; nothing else is lost.
    if (isErrno(error)) return [];
    throw error;
  }
}

const withSum = (text: string): string => `${sumOf(text)} ${text}\n`;

/** The sum says that it is what was written, to the end: so its shape is that of the format of state.json. */
function noteOf(line: string): readonly Note[] {
  const text = line.slice(line.indexOf(' ') + 1);
  return `${line}\n` === withSum(text) ? [JSON.parse(text) as Note] : [];
}
