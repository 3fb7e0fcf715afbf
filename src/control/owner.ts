import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { SOCKET_NAME } from './wire.ts';

/** The owner of the innermost folder on that path that we may examine, and the group that is let in, if any. */
export async function ownerOf(folder: string): Promise<{ readonly owner: string; readonly group: string | null }> {
  const found = await stat(folder).catch(() => null);
  if (found === null) {
    const parent = path.dirname(folder);
    return parent === folder ? { owner: 'another user', group: null } : { ...(await ownerOf(parent)), group: null };
  }
  const socket = await stat(path.join(folder, SOCKET_NAME)).catch(() => null);
  // If the folder is closed to all but the group, only its own mode says so.
  const letsIn = (socket?.mode ?? 0) & 0o020 ? socket : (found.mode & 0o777) === 0o710 ? found : null;
  const owner = await nameOf('/etc/passwd', found.uid);
  return {
    owner: owner ?? `user ${found.uid}`,
    group: letsIn === null ? null : ((await nameOf('/etc/group', letsIn.gid)) ?? String(letsIn.gid)),
  };
}

async function nameOf(table: '/etc/passwd' | '/etc/group', number: number): Promise<string | undefined> {
  const text = await readFile(table, 'utf8').catch(() => '');
  return text
    .split('\n')
    .find((entry) => entry.split(':')[2] === String(number))
    ?.split(':')[0];
}
