/** state.json: what must be known after our death. Written aside and renamed, so that it is whole or the old one. */
import fs from 'node:fs';
import type { ProcessId } from '../lifecycle/state.ts';
import { isErrno } from './errno.ts';

export interface SavedState {
  readonly format: 1;
  readonly boot: string;
  readonly list: string;
  readonly slots: readonly SavedSlot[];
}

export interface SavedSlot {
  readonly id: string;
  readonly run: number;
  readonly state: string;
  /** Its main process, and those of its session that outlived it; the start time makes a pid one process. */
  readonly processes: readonly ProcessId[];
}

/** The words of a failure; null where it is written. A full disk keeps the old file. One at a time. */
export async function writeState(file: string, state: SavedState): Promise<string | null> {
  const aside = `${file}.new`;
  try {
    // Not in the event loop: a rename over an older file waits for the disk on some file systems.
    await fs.promises.writeFile(aside, JSON.stringify(state), { mode: 0o600 });
    await fs.promises.rename(aside, file);
    return null;
  } catch (error) {
    await fs.promises.rm(aside, { force: true }).catch(() => undefined); // What is wrong is told already.
    return `cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`;
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
    return { is: 'unreadable', why: error instanceof Error ? error.message : String(error) };
  }
  try {
    const value: unknown = JSON.parse(text);
    return isSavedState(value) ? { is: 'read', state: value } : { is: 'unreadable', why: 'it is of another format' };
  } catch {
    return { is: 'unreadable', why: 'it is torn' };
  }
}

function isSavedState(value: unknown): value is SavedState {
  return (
    isRecord(value) &&
    value.format === 1 &&
    typeof value.boot === 'string' &&
    Array.isArray(value.slots) &&
    value.slots.every(isSavedSlot)
  );
}

function isSavedSlot(value: unknown): value is SavedSlot {
  return (
    isRecord(value) &&
    typeof value.id === 'string' &&
    Array.isArray(value.processes) &&
    value.processes.every(
      (process: unknown) =>
        isRecord(process) && typeof process.pid === 'number' && typeof process.startTime === 'number',
    )
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
