/** A supervisor that lives where nobody can ask it: its control socket is not there. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fail, type Result } from '../base/result.ts';
import type { ClientError } from '../control/client.ts';
import { find, type Found } from '../control/find.ts';
import { stateFolderAt } from '../supervisor/world/folder.ts';
import { livingHolder } from '../supervisor/world/holder.ts';

/** A socket that was removed is made again after a second. */
const PATIENCE_MS = 2_000;
const LOOK_MS = 50;

/** As `find`; where nobody answers and a supervisor lives, its socket is waited for. `nobody`: none lives, as far as we may look. */
export async function findLiving(folders: readonly string[]): Promise<Result<Found, ClientError>> {
  const places = folders.map(stateFolderAt);
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await find(folders);
    if (found.ok || found.error.tag !== 'nobody') return found;
    const [words] = places.flatMap(({ lock, socket }) => {
      const pid = livingHolder(lock);
      return pid === null ? [] : [withoutSocket(pid, socket)];
    });
    if (words === undefined) return found;
    if (performance.now() >= until) return fail({ tag: 'broken', words });
    await sleep(LOOK_MS);
  }
}

const withoutSocket = (pid: number, socket: string): string =>
  `the supervisor (pid ${pid}) lives, but cannot be asked, for ${socket} is not there: it is just starting or ending, or somebody has removed that and it is made again (to stop it without: kill ${pid})`;
