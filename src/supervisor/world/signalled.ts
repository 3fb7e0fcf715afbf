/**
 * state.json.signalled: which slots were about to get the stop signal since state.json was written. One line each, before the signal goes
 * out, since writing the state of a whole list may take as long as a thousand signals. Nothing waits for the disk: our own death loses
 * nothing that the kernel has.
 */
import fs from 'node:fs';
import { sumOf } from '../../base/sum.ts';
import { isLive, type Slot } from '../lifecycle/state.ts';
import { isErrno } from './errno.ts';
import type { SavedState } from './state-file.ts';

/** Identifies one life of a list: notes of another life do not concern it. */
export type ListLife = Pick<SavedState, 'boot' | 'startedAt'>;

interface Note extends ListLife {
  readonly slot: Slot;
}

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = fs.constants;
/** Neither blocks on a FIFO in its place nor follows a link. */
const HOW = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK;

const beside = (stateFile: string): string => `${stateFile}.signalled`;

/** The words of a failure, or null if it is written. */
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

/** state.json now contains all of it. */
export function forgetSignalled(stateFile: string): void {
  try {
    fs.rmSync(beside(stateFile), { force: true });
  } catch (error) {
    if (!isErrno(error)) throw error; // What stays there concerns runs that state.json knows, and is skipped.
  }
}

/** The state with the slots noted since it was written. */
export function withSignalled(stateFile: string, state: SavedState): SavedState {
  const notes = read(beside(stateFile)).filter(
    ({ boot, startedAt }) => boot === state.boot && startedAt === state.startedAt,
  );
  if (notes.length === 0) return state;
  const slots = new Map(state.slots.map((saved) => [saved.slot.id, saved]));
  for (const { slot } of notes) {
    const saved = slots.get(slot.id);
    // A slot missing there was first started after it was written.
    if (saved !== undefined && !isNewer(slot, saved.slot)) continue;
    slots.set(slot.id, { slot, made: slot.starts === saved?.slot.starts ? saved.made : null });
  }
  return { ...state, slots: [...slots.values()] };
}

/** A run that is being ended never runs again: a saved state of the same run is older only if it was not yet being ended. */
function isNewer(noted: Slot, { starts, state }: Slot): boolean {
  if (noted.starts !== starts) return noted.starts > starts;
  return isLive(state) && (!('drain' in state) || state.run.process === null);
}

function read(file: string): readonly Note[] {
  try {
    if (!fs.lstatSync(file).isFile()) return [];
    return fs.readFileSync(file, 'utf8').split('\n').flatMap(noteOf);
  } catch (error) {
    // Without it the next stop may signal once too often; nothing else is lost.
    if (isErrno(error)) return [];
    throw error;
  }
}

const withSum = (text: string): string => `${sumOf(text)} ${text}\n`;

/** The checksum proves that this was written to the end, so its shape is that of the state.json format. */
function noteOf(line: string): readonly Note[] {
  const text = line.slice(line.indexOf(' ') + 1);
  return `${line}\n` === withSum(text) ? [JSON.parse(text) as Note] : [];
}
