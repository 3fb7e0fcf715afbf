/** state.json: what must be known after our death. Written aside and renamed, so it is always complete, new or old. */
import { messageOf } from '../../base/error-words.ts';
import { sumOf } from '../../base/sum.ts';
import fs from 'node:fs';
import type { CareSpec } from '../../config/spec.ts';
import type { Slot } from '../lifecycle/state.ts';
import type { Made } from '../made.ts';
import { isErrno } from './errno.ts';
import { withSignalled } from './signalled.ts';

/** Increased with each change of its contents: a file of another format is not read. */
const FORMAT = 10;

export interface SavedState {
  readonly boot: string;
  /** The id of the list, and its file. */
  readonly id: string;
  readonly list: string;
  /** When the list was started, in wall time. */
  readonly startedAt: string;
  /**
   * How the writer left. `ended`: after the last process. `handed-on`: to a successor, leaving everything as it was. null: it is alive, or
   * has died.
   */
  readonly left: 'ended' | 'handed-on' | null;
  /** When supervisors of this list died, each within a minute of the one before, on the machine's monotonic clock. */
  readonly deaths: readonly number[];
  readonly startsPerSecond: number | null;
  /** How the daemons are looked after, including those no longer in the list. */
  readonly daemons: readonly CareSpec[];
  readonly slots: readonly SavedSlot[];
  /** As in `Fleet`. */
  readonly gone: readonly (readonly [id: string, starts: number])[];
}

export interface SavedSlot {
  readonly slot: Slot;
  /** What its living process was made from; null: none is alive. */
  readonly made: Made | null;
}

const NEW = { mode: 0o600, flag: 'wx' } as const;

/** The words of a failure, or null if written. A full disk keeps the old file. One call at a time. */
export async function writeState(file: string, state: SavedState, version: string): Promise<string | null> {
  const aside = `${file}.new`;
  try {
    // Whatever lies there is no write of ours in progress: a FIFO would block us for ever, a link would lead elsewhere.
    await fs.promises.rm(aside, { force: true });
    // Not in the event loop: on some file systems a rename over an older file waits for the disk.
    await fs.promises.writeFile(aside, wrap(state, version), NEW);
    await fs.promises.rename(aside, file);
    return null;
  } catch (error) {
    await fs.promises.rm(aside, { force: true }).catch(() => undefined); // The trouble is already reported.
    return `cannot write ${file}: ${messageOf(error)}`;
  }
}

/** The same, before it returns. */
export function writeStateNow(file: string, state: SavedState, version: string): string | null {
  const aside = `${file}.new`;
  try {
    fs.rmSync(aside, { force: true });
    fs.writeFileSync(aside, wrap(state, version), NEW);
    fs.renameSync(aside, file);
    return null;
  } catch (error) {
    removeHalf(aside);
    return `cannot write ${file}: ${messageOf(error)}`;
  }
}

function removeHalf(aside: string): void {
  try {
    fs.rmSync(aside, { force: true });
  } catch (error) {
    if (!isErrno(error)) throw error; // The trouble is already reported.
  }
}

export type Read =
  | { readonly is: 'read'; readonly state: SavedState }
  | { readonly is: 'absent' }
  /** Torn, or not ours. */
  | { readonly is: 'unreadable'; readonly why: string };

export function readState(file: string): Read {
  let text: string;
  try {
    // A FIFO in its place would block us for ever.
    if (!fs.statSync(file).isFile()) return { is: 'unreadable', why: 'it is no file' };
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (isErrno(error) && error.code === 'ENOENT') return { is: 'absent' };
    return { is: 'unreadable', why: messageOf(error) };
  }
  try {
    const read = unwrap(JSON.parse(text));
    return read.is === 'read' ? { is: 'read', state: withSignalled(file, read.state) } : read;
  } catch {
    return { is: 'unreadable', why: 'it is torn' };
  }
}

/**
 * Removes a state none of whose processes can be alive: it was written after the last end, or before a reboot. If nothing replaces it (a
 * full disk, our death), it would hide whatever has been started since. The words of a failure, or null.
 */
export function removeOver(file: string, saved: Read, boot: string): string | null {
  if (saved.is !== 'read' || (saved.state.boot === boot && saved.state.left !== 'ended')) return null;
  try {
    fs.rmSync(file, { force: true });
    return null;
  } catch (error) {
    return `cannot remove ${file}, which is of earlier days: ${messageOf(error)}`;
  }
}

/** The checksum proves that the contents are what was written, so their shape is that of the format and is not checked again. */
function wrap(state: SavedState, version: string): string {
  const text = JSON.stringify(state);
  return `{"format":${FORMAT},"version":${JSON.stringify(version)},"sum":${sumOf(text)},"state":${text}}`;
}

function unwrap(value: unknown): Read {
  if (typeof value !== 'object' || value === null || !('format' in value) || typeof value.format !== 'number')
    return { is: 'unreadable', why: 'it is of another format' };
  const by = 'version' in value && typeof value.version === 'string' ? `supervise ${value.version}` : 'another version';
  if (value.format > FORMAT) return { is: 'unreadable', why: `it was written by ${by}, which is newer` };
  if (value.format < FORMAT) return { is: 'unreadable', why: `it was written by ${by}, which is older` };
  if (!('state' in value) || !('sum' in value) || sumOf(JSON.stringify(value.state)) !== value.sum)
    return { is: 'unreadable', why: 'it was changed by somebody' };
  return { is: 'read', state: value.state as SavedState };
}
