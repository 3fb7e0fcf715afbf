/** One showing of the incident: the store, the workers, what keeps them up, and the trouble, the same for all. */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Note, StoreNote } from './figures.ts';

export interface Scene {
  /** What restarts whatever ends: a loop, at once, or `supervise`. */
  readonly keeper: 'loop' | 'supervise';
  readonly client: 'naive' | 'careful';
  readonly workers: number;
  /** How many workers a second the keeper starts at first, and `supervise` always. */
  readonly startsASecond: number;
  /** How long a worker waits between two items, and for an answer. */
  readonly pauseMs: number;
  readonly timeoutMs: number;
  readonly store: { readonly limit: number; readonly loginMs: number; readonly questionMs: number };
  readonly trouble: Trouble;
}

export interface Trouble {
  /** A crowd comes, and its questions delay every answer this long. */
  readonly slowMs: number;
  readonly backlogMs: number;
  /** Then someone restarts the store, which ends all connections; the crowd is back first and takes all there are. */
  readonly fullMs: number;
}

interface Crowd {
  readonly connections: number;
  readonly backlogMs: number;
}

/** When the trouble came, when the store was restarted, and when it was well again. */
export interface Acts {
  readonly slowAt: number;
  readonly fullAt: number;
  readonly wellAt: number;
}

const NOBODY: Crowd = { connections: 0, backlogMs: 0 };
const file = (name: URL): string => fileURLToPath(name);
const programs = {
  store: file(new URL('./store.mjs', import.meta.url)),
  loop: file(new URL('./loop.mjs', import.meta.url)),
  worker: file(new URL('./worker.mjs', import.meta.url)),
  list: file(new URL('./daemons.yaml', import.meta.url)),
};

export class Stage {
  readonly #scene: Scene;
  readonly #folder: string;
  readonly #supervise: string;
  #store: ChildProcess | null = null;
  #keeper: ChildProcess | null = null;

  /** `folder`: for the notes, and the supervisor's state. `supervise`: its built `main.js`. */
  constructor(scene: Scene, folder: string, supervise: string) {
    this.#scene = scene;
    this.#folder = folder;
    this.#supervise = supervise;
    mkdirSync(folder, { recursive: true });
  }

  /** Starts the store and its clients. */
  async open(): Promise<void> {
    const settings = JSON.stringify({ ...this.#scene.store, log: this.#at('store') });
    this.#store = fork(programs.store, [settings], { execArgv: [] });
    const [{ port }] = (await once(this.#store, 'message')) as [{ port: number }];
    this.#keeper = this.#keep(port);
  }

  /** The trouble from beginning to end; `seen`: what else has to be seen of its victims before the crowd goes. */
  async trouble(seen?: () => Promise<void>): Promise<Acts> {
    const { slowMs, backlogMs, fullMs } = this.#scene.trouble;
    const { limit } = this.#scene.store;
    const slowAt = Date.now();
    this.#tell({ connections: 0, backlogMs }, false);
    await sleep(slowMs);
    const fullAt = Date.now();
    this.#tell({ connections: limit, backlogMs: 0 }, true);
    await sleep(fullMs);
    await seen?.();
    const wellAt = Date.now();
    this.#tell(NOBODY, false);
    return { slowAt, fullAt, wellAt };
  }

  /** How many workers have been started so far. */
  startsSoFar(): number {
    return this.ledger().filter(({ what }) => what === 'started').length;
  }

  /** How many workers have since been handed the item that they asked for. */
  atWorkSince(at: number): number {
    return new Set(this.ledger().flatMap((note) => (note.what === 'right' && note.at >= at ? [note.who] : []))).size;
  }

  /** What the workers have noted. */
  ledger(): readonly Note[] {
    return this.#notes('ledger') as readonly Note[]; // Written by worker.mjs alone.
  }

  /** What the store has noted. */
  storeLog(): readonly StoreNote[] {
    return this.#notes('store') as readonly StoreNote[]; // Written by store.mjs alone.
  }

  /** Ends the workers, then the store. */
  async close(): Promise<void> {
    const keeper = this.#keeper;
    if (keeper !== null && keeper.exitCode === null && keeper.signalCode === null) {
      const ended = once(keeper, 'exit');
      keeper.kill('SIGTERM');
      await ended;
    }
    if (this.#store?.connected === true) this.#store.disconnect();
  }

  #keep(port: number): ChildProcess {
    const { keeper, client, workers, startsASecond, pauseMs, timeoutMs } = this.#scene;
    const env = {
      ...{ PATH: process.env.PATH, SUPERVISE_STATE_DIR: this.#at('state'), LEDGER: this.#at('ledger'), CLIENT: client },
      ...{ STORE_PORT: String(port), STORE_TIMEOUT_MS: String(timeoutMs), PAUSE_MS: String(pauseMs) },
      ...{ WORKERS: String(workers), STARTS_A_SECOND: String(startsASecond) },
    };
    const args =
      keeper === 'loop'
        ? [programs.loop, programs.worker, String(workers), String(startsASecond)]
        : [this.#supervise, 'start', '--file', programs.list];
    const out = openSync(this.#at('keeper'), 'a');
    const tie = keeper === 'loop' ? (['ipc'] as const) : [];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', out, out, ...tie] });
    closeSync(out);
    return child;
  }

  #tell(crowd: Crowd, restart: boolean): void {
    this.#store?.send({ crowd, restart });
  }

  /** JSON lines; one still being written is left for the next look. */
  #notes(name: string): readonly unknown[] {
    if (!existsSync(this.#at(name))) return [];
    const lines = readFileSync(this.#at(name), 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as unknown);
  }

  #at(name: string): string {
    return path.join(this.#folder, name);
  }
}
