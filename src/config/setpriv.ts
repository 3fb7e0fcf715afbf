/** `setpriv` of util-linux switches the user and becomes the program: the only way that keeps the pid and all the user's groups. */
import { execaSync } from 'execa';
import type { Result } from '../base/result.ts';
import { fail, ok } from '../base/result.ts';
import { findProgram } from './programs.ts';
import type { UserSpec } from './spec.ts';

/** Its path, looked up in our own PATH: a daemon's is not to be trusted with root's rights. The error is a sentence. */
export function findSetpriv(searchPath: string | undefined): Result<string> {
  const found = findProgram('setpriv', searchPath, '/');
  return found === undefined
    ? fail('user: needs the program setpriv, which is not in the PATH of supervise; install util-linux')
    : ok(found);
}

/** Like `findSetpriv`, but also asks what it is: the one of busybox cannot switch the user. */
export function checkSetpriv(searchPath: string | undefined): Result<string> {
  const found = findSetpriv(searchPath);
  if (!found.ok) return found;
  const { stdout } = execaSync(found.value, ['--version'], { reject: false, timeout: 10_000 });
  return typeof stdout === 'string' && stdout.includes('util-linux')
    ? found
    : fail(`user: needs setpriv of util-linux, and ${found.value} is another one (busybox?); install util-linux`);
}

/** The arguments that make it become this user; the program follows them. A bare number has no groups of its own. */
export const setprivArguments = ({ name, uid, gid }: UserSpec): readonly string[] => [
  `--reuid=${uid}`,
  `--regid=${gid}`,
  name === null ? '--clear-groups' : '--init-groups',
  '--',
];

/** Does supervise itself run as this user? Then there is nothing to switch. */
export const isUs = ({ uid, gid }: UserSpec): boolean => uid === process.geteuid?.() && gid === process.getegid?.();
