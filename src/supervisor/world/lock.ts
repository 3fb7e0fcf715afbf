/**
 * One supervisor per list. The lock is on our open file description (flock): it lasts as long as we do, ends with kill -9, and no daemon
 * inherits it (docs/decisions/005).
 */
import fs from 'node:fs';
import { execa } from 'execa';
import { fail, ok, type Result } from '../../base/result.ts';
import { isErrno } from './errno.ts';
import { readHolder, type Holder } from './holder.ts';

/**
 * The lock, which is never given back; or its holder (null: held, but the holder has not yet been recorded). `holder` null: taken in order
 * to be handed to a process that records itself. `handed`: the descriptor on which it was taken for us.
 */
export async function takeLock(
  file: string,
  holder: Holder | null,
  handed: number | null = null,
): Promise<Result<number, Holder | null>> {
  const fd = handed !== null && isFile(handed, file) ? handed : fs.openSync(file, 'a+', 0o600);
  // The command finds our descriptor as 3; the lock stays when the command is gone.
  const { exitCode, stderr, cause } = await execa('flock', ['-n', '-x', '3'], {
    reject: false,
    stdio: ['ignore', 'ignore', 'pipe', fd as 3],
  });
  if (exitCode === 0) {
    writeHolder(fd, holder);
    return ok(fd);
  }
  const who = readHolder(fd);
  fs.closeSync(fd);
  if (exitCode !== 1) throw new Error(`flock (util-linux) is needed and does not work: ${stderr || String(cause)}`);
  return fail(who);
}

/**
 * The lock file or the whole folder has been removed or replaced: a second supervisor could have taken the list meanwhile, so nothing may
 * be started any more.
 */
export const isLost = (lock: number, file: string): boolean => !isFile(lock, file);

function writeHolder(fd: number, holder: Holder | null): void {
  try {
    fs.ftruncateSync(fd, 0);
    if (holder !== null) fs.writeSync(fd, `${JSON.stringify(holder)}\n`);
  } catch (error) {
    // A full disk: the lock alone counts, and its holder is not named.
    if (!isErrno(error)) throw error;
  }
}

/** Is this descriptor open on this very file? */
function isFile(fd: number, file: string): boolean {
  try {
    const [ours, there] = [fs.fstatSync(fd), fs.statSync(file)];
    return ours.ino === there.ino && ours.dev === there.dev;
  } catch (error) {
    if (!isErrno(error)) throw error;
    return false;
  }
}
