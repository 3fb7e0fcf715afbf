// A queue that is a folder. Every step is one rename(2), so a job is always in exactly one place, whatever dies:
//   SPOOL/QUEUE/new/ID  ->  work/WORKER/ID  ->  done/ID      and one line in SPOOL/QUEUE/ledger for each job done
import { appendFileSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';

export type Spool = ReturnType<typeof openSpool>;

export interface Job {
  readonly id: string;
  readonly file: string;
  /** Where its result goes. */
  readonly out: string;
}

export function openSpool(queue: string) {
  const folder = path.resolve(process.env.SPOOL ?? 'spool', queue);
  const { SUPERVISE_NAME: name = 'alone', SUPERVISE_INSTANCE: instance = '1' } = process.env;
  const worker = `${name}-${instance}`;
  const mine = path.join(folder, 'work', worker);
  for (const sub of ['new', 'out', 'done']) mkdirSync(path.join(folder, sub), { recursive: true });
  mkdirSync(mine, { recursive: true });

  // What is here now was cut: by a power loss or a SIGKILL. This slot never runs twice at once, so nothing else is working on it.
  for (const id of readdirSync(mine)) renameSync(path.join(mine, id), path.join(folder, 'new', id));

  return {
    waiting: () => readdirSync(path.join(folder, 'new')).length,

    /** A new job, in our hands: do it and `finish` it, or `queue` it for a daemon. */
    receive(id: string, bytes: Buffer): Job {
      const file = path.join(mine, id);
      writeFileSync(file, bytes);
      appendFileSync(path.join(folder, 'uploaded'), `${id}\n`);
      return { id, file, out: path.join(folder, 'out', id) };
    },

    queue(id: string): void {
      renameSync(path.join(mine, id), path.join(folder, 'new', id));
    },

    /** Takes the oldest job that no other worker gets first; undefined if there is none. */
    take(): Job | undefined {
      for (const id of readdirSync(path.join(folder, 'new')).sort()) {
        const file = path.join(mine, id);
        try {
          renameSync(path.join(folder, 'new', id), file);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue; // another worker has it
          throw error;
        }
        return { id, file, out: path.join(folder, 'out', id) };
      }
      return undefined;
    },

    /** The boundary: from here on the job is done, and not a moment earlier. */
    finish(id: string): void {
      renameSync(path.join(mine, id), path.join(folder, 'done', id));
      appendFileSync(path.join(folder, 'ledger'), `${id} ${worker}\n`);
    },
  };
}

/** The result that the examples make of a job, in two halves, so that a cut job can be told from a finished one. */
export const checksum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
export const firstHalf = (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length / 2));
