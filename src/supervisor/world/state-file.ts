/** state.json: what must be known after our death. Written aside and renamed, so that it is whole or the old one. */
import { messageOf } from '../../base/error-words.ts';
import { sumOf } from '../../base/sum.ts';
import fs from 'node:fs';
import type { CareSpec } from '../../config/spec.ts';
import type { Slot } from '../lifecycle/state.ts';
import type { Made } from '../made.ts';
import { isErrno } from './errno.ts';
import { withSignalled } from './signalled.ts';

/** Another number for each change of what lies in it: a file of another format is not read. */
const FORMAT = 9;

export interface SavedState {
  readonly boot: string;
  /** Of the list: what it is known by, and its file. */
  readonly id: string;
  readonly list: string;
  /** When the list was started, on the wall's clock. */
  readonly startedAt: string;
  /**
   * How who has written it went. `ended`: after the last process. `handed-on`: to a successor, leaving all as it was. null: it
   * lives, or has died.
   */
  readonly left: 'ended' | 'handed-on' | null;
  /** When supervisors of this list have died, each within a minute after the one before: on the machine's monotonic clock. */
  readonly deaths: readonly number[];
  readonly startsPerSecond: number | null;
  /** How the daemons are looked after, those among them that the list does not have any more. */
  readonly daemons: readonly CareSpec[];
  readonly slots: readonly SavedSlot[];
}

export interface SavedSlot {
  readonly slot: Slot;
  /** What its living process was made from; null: none lives. */
  readonly made: Made | null;
}

const NEW = { mode: 0o600, flag: 'wx' } as const;

/** The words of a failure; null where it is written. A full disk keeps the old file. One at a time. */
export async function writeState(file: string, state: SavedState, version: string): Promise<string | null> {
  const aside = `${file}.new`;
  try {
    // What lies there is none of ours that is still written: a FIFO would hold us for ever, a link would lead elsewhere.
    await fs.promises.rm(aside, { force: true });
    // Not in the event loop: a rename over an older file waits for the disk on some file systems.
    await fs.promises.writeFile(aside, wrap(state, version), NEW);
    await fs.promises.rename(aside, file);
    return null;
  } catch (error) {
    await fs.promises.rm(aside, { force: true }).catch(() => undefined); // What is wrong is told already.
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
    if (!isErrno(error)) throw error; // What is wrong is told already.
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
    // A FIFO in its place would hold us for ever.
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
 * Removes one of which nobody can live any more: it was written after the last end, or before the machine was started anew. Should nothing
 * be written in its place (a full disk, our death), it would deny whoever has been started since. The words of a failure, or null.
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

/** The sum says that what lies in it is what was written: so its shape is that of the format, and is not looked at again. */
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
