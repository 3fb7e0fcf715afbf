/** `setpriv` of util-linux takes a user and becomes the program: the only way that keeps the pid and all the user's groups. */
import { execaSync } from 'execa';
import type { Result } from '../base/result.ts';
import { fail, ok } from '../base/result.ts';
import { findProgram } from './programs.ts';
import type { UserSpec } from './spec.ts';

/** Where it is, in our own PATH: the one of a daemon is not ours to trust with root's rights. The error is a sentence. */
export function findSetpriv(searchPath: string | undefined): Result<string> {
  const found = findProgram('setpriv', searchPath, '/');
  return found === undefined
    ? fail('user: needs the program setpriv, which is not in the PATH of supervise; install util-linux')
    : ok(found);
}

/** As `findSetpriv`; it has also been asked what it is, for that of busybox cannot take a user. */
export function checkSetpriv(searchPath: string | undefined): Result<string> {
  const found = findSetpriv(searchPath);
  if (!found.ok) return found;
  const { stdout } = execaSync(found.value, ['--version'], { reject: false, timeout: 10_000 });
  return typeof stdout === 'string' && stdout.includes('util-linux')
    ? found
    : fail(`user: needs setpriv of util-linux, and ${found.value} is another one (busybox?); install util-linux`);
}

/** The arguments with which it becomes this user; the program stands behind them. A bare number has no groups of its own. */
export const setprivArguments = ({ name, uid, gid }: UserSpec): readonly string[] => [
  `--reuid=${uid}`,
  `--regid=${gid}`,
  name === null ? '--clear-groups' : '--init-groups',
  '--',
];

/** Does supervise itself run so? Then nothing has to be taken. */
export const isUs = ({ uid, gid }: UserSpec): boolean => uid === process.geteuid?.() && gid === process.getegid?.();
