// Movies, in TypeScript. Alone: `node --import tsx examples/movies.ts` (Ctrl-C finishes the current movie).
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Daemon, DaemonRunner, type Turn } from 'supervise';
import { checksum, firstHalf, openSpool } from './spool.ts';

class MovieDaemon extends Daemon {
  readonly #spool = openSpool('movies');
  #movies = 0;

  override async run({ sleep }: Turn): Promise<void> {
    const job = this.#spool.take();
    if (!job) {
      this.status('waiting for movies');
      await sleep(500); // a wait for work: a stop ends it at once
      return;
    }

    // From here to `finish` nothing may be cut, and nothing is: a stop waits until `run` is over.
    this.status(`encoding ${job.id}`);
    const movie = readFileSync(job.file);
    writeFileSync(job.out, `half ${checksum(firstHalf(movie))}\n`);
    this.progress(1, 2);
    await delay(400); // stands for ffmpeg. It is work, so it does not get the stop's AbortSignal
    appendFileSync(job.out, `whole ${checksum(movie)}\n`);
    this.#spool.finish(job.id);

    this.#movies += 1;
    console.log(`encoded ${job.id}, ${movie.length} bytes`);
  }

  override shutdown(): void {
    console.log(`${this.#movies} movies encoded, at a boundary: nothing is half done`);
  }
}

await DaemonRunner.exec(MovieDaemon);
