// Plays the web app: `uploads.ts QUEUE…` receives an upload for one queue after the other. Small ones are processed while the visitor
// waits; large ones are queued for a daemon, and the visitor gets an answer at once.
import { randomBytes, randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Daemon, DaemonRunner, type Turn } from 'supervise';
import { checksum, firstHalf, openSpool, type Job, type Spool } from './spool.ts';

const SMALL_BYTES = 1_000;
const MOST_WAITING = 20;
const EVERY_MS = Number(process.env.UPLOAD_EVERY_MS ?? 300);
const MOST_UPLOADS = Number(process.env.UPLOADS ?? 5_000); // a demo must not fill the disk

class Uploads extends Daemon {
  readonly #queues: readonly (readonly [string, Spool])[] = this.argv.slice(1).map((name) => [name, openSpool(name)]);
  #uploads = 0;

  override async run({ sleep }: Turn): Promise<void> {
    if (this.#uploads >= MOST_UPLOADS) {
      this.status(`${this.#uploads} uploads are enough`);
      await sleep(3_600_000);
      return;
    }
    const queue = this.#queues[this.#uploads % this.#queues.length];
    if (!queue) throw new Error('name the queues: uploads.ts movies imports');
    const [name, spool] = queue;
    this.#uploads += 1;
    // Times sort in order of upload; the random end distinguishes two runs.
    const id = `${name}-${Date.now()}-${randomBytes(3).toString('hex')}`;
    const bytes = randomBytes(randomInt(200, 4_000));

    if (spool.waiting() >= MOST_WAITING) {
      console.log(`${name}: ${MOST_WAITING} wait already, come back later`);
    } else if (bytes.length < SMALL_BYTES) {
      doNow(spool.receive(id, bytes), bytes);
      spool.finish(id);
      console.log(`did ${id} at once, ${bytes.length} bytes`);
    } else {
      spool.receive(id, bytes);
      spool.queue(id);
      console.log(`queued ${id}, ${bytes.length} bytes`);
    }
    await sleep(EVERY_MS);
  }
}

/** What the daemons do, for a job that is small enough. */
function doNow(job: Job, bytes: Buffer): void {
  writeFileSync(job.out, `half ${checksum(firstHalf(bytes))}\nwhole ${checksum(bytes)}\n`);
}

await DaemonRunner.exec(Uploads);
