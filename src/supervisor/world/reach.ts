/** Who besides the owner can reach the contents of the state folder: users of daemons their FIFOs, a group the socket. */
import fs from 'node:fs';
import path from 'node:path';
import type { Group } from '../../config/accounts.ts';
import { isUs } from '../../config/setpriv.ts';
import type { ListSpec } from '../../config/spec.ts';
import { isErrno } from './errno.ts';
import type { StateFolder } from './folder.ts';

/** The modes that we set: one that someone chose for their own folder is left alone if it suffices. */
const OURS: ReadonlySet<number> = new Set([0o700, 0o710, 0o711]);

/**
 * Opens the folder as far as the list needs, and closes it where an earlier list needed more. Nobody may list its contents, and the logs
 * and the state stay closed. Returns what failed, in words, or null.
 */
export function openTo(
  folder: StateFolder,
  { daemons, socketGroup }: Pick<ListSpec, 'daemons' | 'socketGroup'>,
): string | null {
  const users = daemons.some(({ user }) => user !== null && !isUs(user));
  try {
    setMode(folder.path, users ? 0o711 : socketGroup === null ? 0o700 : 0o710);
    setMode(folder.fifos, users ? 0o711 : 0o700);
    // Changing the group may clear mode bits, but none of these.
    if (socketGroup !== null) fs.chownSync(folder.path, -1, socketGroup.gid);
  } catch (error) {
    if (!isErrno(error)) throw error;
    return `${folder.path} cannot be opened to others (${error.code ?? ''})`;
  }
  const closed = above(folder.path).find((each) => !maySearch(each, users ? null : socketGroup));
  if (closed === undefined || (!users && socketGroup === null)) return null;
  const who = users ? 'the users of the daemons (for /dev/stdout in PHP)' : `the group ${socketGroup?.name ?? ''}`;
  return `${closed} is closed to ${who}, so ${folder.path} cannot be reached: open it (chmod o+x), or name a folder elsewhere with --state-dir`;
}

function setMode(folder: string, wanted: number): void {
  const mode = fs.statSync(folder).mode & 0o777;
  if (mode === wanted || (!OURS.has(mode) && (mode & wanted) === wanted)) return;
  fs.chmodSync(folder, OURS.has(mode) ? wanted : mode | wanted);
}

/** Judged by the mode bits: an ACL may allow more. `group` null: everybody. */
function maySearch(folder: string, group: Group | null): boolean {
  const { mode, gid } = fs.statSync(folder);
  return (mode & 0o001) !== 0 || (gid === group?.gid && (mode & 0o010) !== 0);
}

function above(folder: string): readonly string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [] : [...above(parent), parent];
}
