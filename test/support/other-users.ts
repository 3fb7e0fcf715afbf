/** Users that exist only for the tests: a user with a group of its own and one more, and folders that they may pass through. */
import { chmodSync, chownSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { asRoot, need, type Need } from './needs.ts';
import type { Rig } from './supervise.ts';

const unshare = need('unshare', 'util-linux');

/** Root, setpriv, and separate mounts. */
export const otherUsers: Need = asRoot.missing
  ? asRoot
  : mounts()
    ? { missing: false, note: '' }
    : { missing: true, note: ' (skipped: no mounts here)' };
if (otherUsers.missing && !asRoot.missing) process.stderr.write('skipped: tests that need mounts of their own\n');

export const SHOP = { name: 'sv-shop', uid: 41_001, gid: 41_001, home: '/srv/sv-shop', shell: '/bin/false' };
/** SHOP is a member of it. */
export const MEDIA = { name: 'sv-media', gid: 41_002 };
/** No user is. */
export const DEPLOY = { name: 'sv-deploy', gid: 41_003 };

/** Runs a supervisor so that the machine knows these users; other processes see nothing of them. */
export function knowingUsers(rig: Rig): readonly string[] {
  for (const folder of [path.dirname(rig.folder), rig.folder]) chmodSync(folder, 0o711);
  chmodSync(rig.work, 0o755);
  const { name, uid, gid, home, shell } = SHOP;
  const passwd = path.join(rig.folder, 'passwd');
  const group = path.join(rig.folder, 'group');
  writeFileSync(passwd, `${readFileSync('/etc/passwd', 'utf8')}${name}:x:${uid}:${gid}:The shop:${home}:${shell}\n`);
  writeFileSync(
    group,
    `${readFileSync('/etc/group', 'utf8')}${name}:x:${gid}:\n${MEDIA.name}:x:${MEDIA.gid}:${name}\n${DEPLOY.name}:x:${DEPLOY.gid}:\n`,
  );
  const script = 'mount --bind "$0" /etc/passwd && mount --bind "$1" /etc/group && shift && exec "$@"';
  return ['unshare', '-m', 'sh', '-c', script, passwd, group];
}

/** Runs a command as this user, with only this group. */
export const as = (uid: number, gid: number): readonly string[] => [
  'setpriv',
  `--reuid=${uid}`,
  `--regid=${gid}`,
  '--clear-groups',
  '--',
];

/** Gives the rig's folders to another user, who may pass through those above them. */
export function belongsTo(rig: Rig, uid: number): void {
  chmodSync(path.dirname(rig.folder), 0o711);
  for (const folder of [rig.folder, rig.work, rig.home]) chownSync(folder, uid, uid);
}

function mounts(): boolean {
  if (unshare.missing) return false;
  try {
    execFileSync('unshare', ['-m', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
