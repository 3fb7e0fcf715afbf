/** State folders mentioned by processes of this machine: even those of users whose homes nobody would guess. */
import fs from 'node:fs';
import path from 'node:path';
import { SOCKET_NAME } from '../control/wire.ts';
import { MARK } from '../supervisor/world/environment.ts';
import { environmentOf, GUARDS } from './guard.ts';

/**
 * In one pass over /proc: of daemons and guards, which carry it in their environment, and of supervisors, which hold its lock. Processes
 * that we may not examine reveal nothing, and those in a container (another pid namespace) are on another machine.
 */
export function foldersInUse(): readonly string[] {
  const machine = linkOf('/proc/self/ns/pid');
  const folders = fs.readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || name === String(process.pid)) return [];
    const folder = markOf(name) ?? lockedBy(name);
    return folder === null || linkOf(`/proc/${name}/ns/pid`) !== machine ? [] : [folder];
  });
  return [...new Set(folders)];
}

function markOf(pid: string): string | null {
  const lines = environmentOf(pid).split('\0');
  for (const name of [MARK, GUARDS]) {
    const line = lines.find((each) => each.startsWith(`${name}=`));
    if (line !== undefined) return line.slice(name.length + 1);
  }
  return null;
}

/** The folder whose lock a supervisor holds; open files are only examined for processes that look like one. */
function lockedBy(pid: string): string | null {
  try {
    if (!fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes('start')) return null;
    const files = fs.readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
    const locks = files.filter((file) => path.basename(file) === 'lock').map((file) => path.dirname(file));
    return locks.find((folder) => fs.existsSync(path.join(folder, SOCKET_NAME))) ?? null;
  } catch {
    return null; // It is gone, or not accessible to us.
  }
}

/** Empty if it is gone, or not accessible to us. */
function linkOf(file: string): string {
  try {
    return fs.readlinkSync(file);
  } catch {
    return '';
  }
}
