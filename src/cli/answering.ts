import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type Client } from '../control/client.ts';
import type { VersionView } from '../control/view.ts';

const LOOK_MS = 50;

/** A supervisor that answers, connected. */
export interface Answering {
  readonly client: Client;
  readonly version: VersionView;
}

/** What answers in this folder after the previous one has closed the connection; null: nothing in time, or before `isOver`. */
export async function whoAnswersNext(
  folder: string,
  patienceMs: number,
  isOver: () => boolean = () => false,
): Promise<Answering | null> {
  const until = performance.now() + patienceMs;
  while (performance.now() < until && !isOver()) {
    const client = await connect(folder);
    if (client.ok) {
      const version = await client.value.call('version', {});
      if (version.ok) return { client: client.value, version: version.value };
      client.value.close();
    }
    await sleep(LOOK_MS);
  }
  return null;
}
