/** A supervisor that is alive but cannot be asked: its control socket is missing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fail, type Result } from '../base/result.ts';
import type { ClientError } from '../control/client.ts';
import { find, type Found } from '../control/find.ts';
import { stateFolderAt } from '../supervisor/world/folder.ts';
import { livingHolder } from '../supervisor/world/holder.ts';

/** A removed socket is made again after a second. */
const PATIENCE_MS = 2_000;
const LOOK_MS = 50;

/** Like `find`; if nothing answers but a supervisor is alive, waits for its socket. `nobody`: none is alive, as far as we may look. */
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
