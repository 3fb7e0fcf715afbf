/** The demo's setting: a folder with a queue of jobs, the releases of the worker, and the list and state of its supervisor. */
import fs from 'node:fs';
import path from 'node:path';
import { readLedger, type Note } from './ledger.ts';
import { WORKERS } from './list.ts';
import type { Facts } from './tally.ts';

/** Waiting jobs, enough that no worker ever waits for one. */
const QUEUE = 2 * WORKERS;

/** Where a demo in this folder has its list and its state. */
export const placesIn = (folder: string): { readonly list: string; readonly state: string } => ({
  list: path.join(folder, 'daemons.yaml'),
  state: path.join(folder, 'state'),
});

export class Stage {
  readonly folder: string;
  readonly list: string;
  readonly state: string;
  readonly peer: string | null;
  readonly #given: string[] = [];
  readonly #worker: string;
  #release = 0;

  /** `folder` is empty; `worker` is the program to deploy; `peer`: the other program that runs it. */
  constructor(folder: string, worker: string, peer: string | null) {
    this.folder = folder;
    this.peer = peer;
    this.#worker = fs.readFileSync(worker, 'utf8');
    ({ list: this.list, state: this.state } = placesIn(folder));
    for (const name of ['new', 'work', 'done', 'releases', 'database']) fs.mkdirSync(this.#at(name));
    fs.writeFileSync(this.#at('ledger'), '');
    this.deploy();
    this.fill();
  }

  /** What the workers have noted so far. */
  notes(): readonly Note[] {
    return readLedger(fs.readFileSync(this.#at('ledger'), 'utf8'));
  }

  /** Plays the web app: adds jobs to the queue. */
  fill(): void {
    for (let missing = QUEUE - this.#waiting().length; missing > 0; missing--) {
      const job = `job-${String(this.#given.length + 1).padStart(3, '0')}`;
      this.#given.push(job);
      fs.writeFileSync(this.#at('new', job), '');
    }
  }

  /** A new release, of the worker or the given text, with the link switched to it in one step as deploy tools do. Returns its number. */
  deploy(text = this.#worker): number {
    const release = path.join('releases', String(++this.#release));
    fs.mkdirSync(this.#at(release));
    fs.writeFileSync(this.#at(release, 'worker.mjs'), text);
    fs.symlinkSync(release, this.#at('next'));
    fs.renameSync(this.#at('next'), this.#at('current'));
    return this.#release;
  }

  // The marks in the ledger lie within the time the database is down.
  takeDatabase(): void {
    fs.renameSync(this.#at('database'), this.#at('database.away'));
    this.#mark('database-away');
  }

  returnDatabase(): void {
    this.#mark('database-back');
    fs.renameSync(this.#at('database.away'), this.#at('database'));
  }

  facts(left: number): Facts {
    return { given: this.#given, waiting: this.#waiting(), left };
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  #waiting(): readonly string[] {
    return fs.readdirSync(this.#at('new'));
  }

  #mark(what: string): void {
    fs.appendFileSync(this.#at('ledger'), `${what} ${process.pid} database\n`);
  }

  #at = (...names: readonly string[]): string => path.join(this.folder, ...names);
}
