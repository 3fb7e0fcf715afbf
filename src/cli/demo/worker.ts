// A worker as yours may be: it takes a job from a folder and does it, with a helper process for part of the work. The demo counts by what
// it and its helper note in the ledger.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Daemon, DaemonRunner, type Turn } from 'supervise';

const JOB_MS = Number(process.env.JOB_MS);
/** The folder of this file, whatever link led to it. */
const RELEASE = path.basename(import.meta.dirname);
/** The helper works for half of the job, in the middle of it. */
const HELPER = 'echo "helper-begin $$ $1" >>ledger && sleep "$2" && echo "helper-end $$ $1" >>ledger';
const LINE = `${'.'.repeat(4000)}\n`;

class Worker extends Daemon {
  #slowestMs = 10;

  override async init(): Promise<void> {
    await super.init();
    note('start', RELEASE);
  }

  override async run({ sleep }: Turn): Promise<void> {
    if (!existsSync('database')) {
      note('no-database', RELEASE);
      throw new Error('the database is away'); // exit code 1, as for any program that cannot go on
    }
    const job = take();
    if (job === undefined) {
      await sleep(100); // a wait for work: a stop ends it at once
      return;
    }
    // From here on a stop has to wait for the end of the job: nothing here knows about it.
    note('begin', job);
    await this.#work(JOB_MS / 4);
    const helper = spawn('/bin/sh', ['-c', HELPER, 'helper', job, String(JOB_MS / 2000)], { stdio: 'inherit' });
    const [exit] = await Promise.all([once(helper, 'exit'), this.#work((JOB_MS * 3) / 4)]);
    if (exit[0] !== 0) throw new Error(`the helper has failed: ${String(exit[0])}`);
    renameSync(`work/${job}`, `done/${job}`);
    note('end', job);
  }

  override shutdown(): void {
    note('leave', RELEASE);
  }

  /** Keeps printing, 4 kB each time, and notes when a print takes longer than any before. */
  async #work(ms: number): Promise<void> {
    const until = performance.now() + ms;
    while (performance.now() < until) {
      await delay(20);
      const begun = performance.now();
      await new Promise((resolve) => process.stdout.write(LINE, resolve));
      const tookMs = Math.round(performance.now() - begun);
      if (tookMs <= this.#slowestMs) continue;
      this.#slowestMs = tookMs;
      note('slow-print', String(tookMs));
    }
  }
}

/** Takes the oldest job that no other worker gets first. */
function take(): string | undefined {
  return readdirSync('new')
    .sort()
    .find((job) => {
      try {
        renameSync(`new/${job}`, `work/${job}`);
        return true;
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false; // another has it
        throw error;
      }
    });
}

/** A whole line at once: no line is torn, whatever else writes. */
function note(what: string, about: string): void {
  appendFileSync('ledger', `${what} ${process.pid} ${about}\n`);
}

await DaemonRunner.exec(Worker);
