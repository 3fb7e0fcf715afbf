/** The open files inherited from whatever started us, on purpose or not. */
import { closeSync, existsSync, readFileSync, readdirSync } from 'node:fs';

const CLOSE_ON_EXEC = 0o2000000;

/**
 * What a script opened for itself (`exec 200>lock`) would stay open in every daemon and in the background. Node's own files close on exec,
 * and so does what Node inherited up to descriptor 15. `lock`: from our guard, meant for us.
 */
export function closeInherited(lock: number | null): void {
  for (const name of readdirSync('/proc/self/fd')) {
    const fd = Number(name);
    if (fd <= 2 || fd === lock || !existsSync(`/proc/self/fdinfo/${name}`)) continue;
    const [, flags = ''] = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'utf8')) ?? [];
    if ((Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0) closeSync(fd);
  }
}
