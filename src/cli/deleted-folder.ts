import path from 'node:path';
import { fail, ok, type Result } from '../base/result.ts';
import { valueOf, type Invocation } from './args.ts';
import { isOdd, oddWords } from './odd-path.ts';

/** Does our current folder still exist? A deploy may have deleted the one that a shell is in. */
export function isInDeletedFolder(): boolean {
  try {
    process.cwd();
    return false;
  } catch {
    return true; // ENOENT; there is no other way to ask.
  }
}

/**
 * If our folder was deleted, or Node cannot name it (then nothing can be started from there), we go to `/`, provided that the command gives
 * absolute paths for everything; otherwise the error says so. Anything that asks for the current folder would fail, and what we start would
 * inherit it.
 */
export function leaveDeletedFolder(call: Invocation): Result<null> {
  const isDeleted = isInDeletedFolder();
  if (!isDeleted && !isOdd(process.cwd())) return ok(null);
  const file = valueOf(call, 'file');
  const state = valueOf(call, 'state-dir') ?? process.env.SUPERVISE_STATE_DIR;
  const isRelative = (name: string | undefined): boolean => name !== undefined && name !== '' && !path.isAbsolute(name);
  if (call.command !== 'version' && (file === undefined || isRelative(file) || isRelative(state)))
    return fail(
      isDeleted
        ? 'the folder that you are in was deleted: go to another one (cd), or name the list by its whole path (--file)'
        : oddWords(process.cwd()),
    );
  process.chdir('/');
  process.env.PWD = '/';
  return ok(null);
}
