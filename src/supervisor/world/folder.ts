/** The state folder of a list: lock, socket, state, FIFOs and logs, whoever starts it (docs/reference.md, Files). */
import fs from 'node:fs';
import path from 'node:path';
import { fail, ok, type Result } from '../../base/result.ts';
import { isErrno } from './errno.ts';

export interface StateFolder {
  readonly path: string;
  readonly lock: string;
  readonly socket: string;
  readonly state: string;
  /** What waits for on_trouble during a handover. */
  readonly untold: string;
  readonly logs: string;
  readonly fifos: string;
  /** The output of a detached supervisor and its guard. Not among the logs: a daemon may have any name. */
  readonly messages: string;
}

export function stateFolderAt(folder: string): StateFolder {
  return {
    path: folder,
    lock: path.join(folder, 'lock'),
    socket: path.join(folder, 'control.sock'),
    state: path.join(folder, 'state.json'),
    untold: path.join(folder, 'untold.json'),
    logs: path.join(folder, 'logs'),
    fifos: path.join(folder, 'fifo'),
    messages: path.join(folder, 'supervise.log'),
  };
}

/** Makes the folder and its contents. For its owner only: whoever may write here may speak for the daemons. */
export function makeStateFolder(folder: StateFolder): Result<StateFolder> {
  // Node loops for ever making a folder there.
  if (/^\/(proc|sys)(\/|$)/.test(folder.path))
    return fail(
      `the state folder ${folder.path} would be in a file system of the kernel: name another one with --state-dir`,
    );
  try {
    // /var/lib/supervise is shared by the lists of all users, each in a folder of its own.
    if (process.getuid?.() === 0) makeFolders(path.dirname(folder.path), 0o755);
    for (const made of [folder.path, folder.logs, folder.fifos]) makeFolders(made, 0o700);
    fs.accessSync(folder.path, fs.constants.W_OK);
    if (fs.existsSync(folder.lock) && !fs.statSync(folder.lock).isFile())
      return fail(`${folder.lock} is no file: remove it, or name another state folder with --state-dir`);
  } catch (error) {
    return fail(
      `cannot write to the state folder ${folder.path} (${reason(error)}): name another one with --state-dir`,
    );
  }
  return ok(folder);
}

/** On a read-only file system Node reports ENOENT unless the innermost folder is made alone. */
function makeFolders(folder: string, mode: number): void {
  try {
    fs.mkdirSync(folder, { recursive: true, mode });
  } catch (error) {
    if (!isErrno(error) || error.code !== 'ENOENT') throw error;
    let first = folder;
    while (!fs.existsSync(path.dirname(first))) first = path.dirname(first);
    fs.mkdirSync(first, { mode });
    throw error;
  }
}

const reason = (error: unknown): string => (isErrno(error) && error.code !== undefined ? error.code : String(error));
