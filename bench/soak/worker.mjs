// A worker of the soak: takes a job, does it, notes in the ledger when it began and ended, and prints numbered lines.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { Daemon, DaemonRunner } from '../../dist/daemon/index.js';

const { SOAK: soak, SUPERVISE_NAME: name, SUPERVISE_RUN: run } = process.env;
const ledger = fs.openSync(path.join(soak, 'ledger'), 'a');
const note = (what, facts = {}) =>
  fs.writeSync(
    ledger,
    `${JSON.stringify({ what, name, run: Number(run), pid: process.pid, at: Date.now(), ...facts })}\n`,
  );

class Worker extends Daemon {
  lines = 0;
  freezeMs = 0;

  init() {
    const mark = path.join(soak, 'live', name);
    const other = Number(fs.readFileSync(mark, { encoding: 'utf8', flag: 'a+' }));
    if (other !== process.pid && isWorker(other)) note('doubled', { other });
    fs.writeFileSync(mark, String(process.pid));
    note('up');
  }

  async run(turn) {
    const job = take();
    if (job === null) {
      await turn.sleep(100);
      return;
    }
    note('begin', { job });
    this.print();
    // Now and then with a helper at work, like an image converter.
    if (Math.random() < 0.2) await once(spawn('sleep', ['0.2'], { stdio: 'ignore' }), 'exit');
    else await new Promise((done) => setTimeout(done, 20 + 200 * Math.random()));
    for (let line = 0; line < 20 * Math.random(); line += 1) this.print();
    note('end', { job });
  }

  shutdown() {
    note('down', { lines: this.lines, freezeMs: this.freezeMs });
  }

  print() {
    this.lines += 1;
    const begun = performance.now();
    // At once and whole: the process itself blocks if nothing reads.
    fs.writeSync(1, `${name} ${run} ${process.pid} ${this.lines} ${'x'.repeat(300 * Math.random())}.\n`);
    this.freezeMs = Math.max(this.freezeMs, performance.now() - begun);
  }
}

/** The folder of jobs is the queue: renaming a file takes the job. */
function take() {
  for (const job of fs.readdirSync(path.join(soak, 'jobs')).slice(0, 3)) {
    try {
      fs.renameSync(path.join(soak, 'jobs', job), path.join(soak, 'taken', job));
      return job;
    } catch {
      // Another worker was faster.
    }
  }
  return null;
}

function isWorker(pid) {
  try {
    return pid > 0 && fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('worker.mjs');
  } catch {
    return false;
  }
}

await DaemonRunner.exec(Worker);
