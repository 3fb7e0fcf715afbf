/** The state folder of a list: lock, socket, state, FIFOs and logs, whoever starts it (DESIGN 10). */
import fs from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { fail, ok, type Result } from '../../base/result.ts';
import { isErrno } from './kill.ts';

export interface StateFolder {
  readonly path: string;
  readonly lock: string;
  readonly socket: string;
  readonly state: string;
  readonly logs: string;
  readonly fifos: string;
}

export function stateFolderAt(folder: string): StateFolder {
  return {
    path: folder,
    lock: path.join(folder, 'lock'),
    socket: path.join(folder, 'control.sock'),
    state: path.join(folder, 'state.json'),
    logs: path.join(folder, 'logs'),
    fifos: path.join(folder, 'fifo'),
  };
}

/** Makes the folder and what lies in it. It is for its owner alone: who may write here may speak for the daemons. */
export async function makeStateFolder(folder: StateFolder): Promise<Result<StateFolder>> {
  try {
    for (const made of [folder.path, folder.logs, folder.fifos]) fs.mkdirSync(made, { recursive: true, mode: 0o700 });
    fs.accessSync(folder.path, fs.constants.W_OK);
  } catch (error) {
    return fail(
      `cannot write to the state folder ${folder.path} (${reason(error)}): name another one with --state-dir`,
    );
  }
  return (await takesFifos(folder)) ?? ok(folder);
}

/** Some file systems (vfat, some network mounts) know no FIFOs, and some no sockets either. */
async function takesFifos({ path: where, fifos }: StateFolder): Promise<Result<never> | null> {
  const probe = path.join(fifos, `.probe-${process.pid}`);
  const { failed, stderr } = await execa('mkfifo', ['-m', '600', '--', probe], { reject: false });
  fs.rmSync(probe, { force: true });
  if (!failed) return null;
  return fail(`the file system of ${where} takes no FIFOs (${stderr.trim()}): name another folder with --state-dir`);
}

const reason = (error: unknown): string => (isErrno(error) && error.code !== undefined ? error.code : String(error));
