/** The other end of test/fixtures/daemons/puppet.mjs: daemons enter and do what the test tells them. */
import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { waitFor } from './wait-for.ts';

export const PUPPET = path.resolve(import.meta.dirname, '../fixtures/daemons/puppet.mjs');

/** What a puppet tells unasked. */
interface Told {
  readonly signal?: string;
  readonly helper?: number;
  readonly code?: number | null;
}

export class Puppet {
  readonly id: string;
  readonly run: number;
  readonly pid: number;
  /** Signals that reached it, in order. */
  readonly signals: string[] = [];
  /** Its helpers that have ended, with their exit codes (null: by a signal). */
  readonly ended = new Map<number, number | null>();
  readonly #socket: Socket;
  readonly #calls: ((result: unknown) => void)[] = [];
  #gone = false;

  constructor(socket: Socket, { enters, run, pid }: { enters: string; run: number; pid: number }) {
    this.#socket = socket;
    this.id = enters;
    this.run = run;
    this.pid = pid;
    socket.on('close', () => {
      this.#gone = true;
      for (const answer of this.#calls.splice(0)) answer(undefined);
    });
  }

  hear(message: Told & { readonly call?: number; readonly result?: unknown }): void {
    const { call, signal, helper, code } = message;
    if (call !== undefined) this.#calls[call]?.(message.result);
    if (helper !== undefined) this.ended.set(helper, code ?? null);
    else if (signal !== undefined) this.signals.push(signal);
  }

  print(text: string, to: 'out' | 'err' = 'out'): Promise<unknown> {
    return this.#tell({ deed: 'print', text, to });
  }

  /** Speaks the boundary protocol. */
  say(word: string): Promise<unknown> {
    return this.#tell({ deed: 'say', word });
  }

  unhandle(signal: NodeJS.Signals): Promise<unknown> {
    return this.#tell({ deed: 'unhandle', signal });
  }

  exitOn(signal: NodeJS.Signals, code: number): Promise<unknown> {
    return this.#tell({ deed: 'exitOn', signal, code });
  }

  /** Starts a helper with /bin/sh; returns its pid. `quiet`: it holds none of the daemon's pipes. */
  async helper(command: string, { quiet = false } = {}): Promise<number> {
    return Number(await this.#tell({ deed: 'run', command, quiet }));
  }

  async look(): Promise<{ readonly env: Readonly<Record<string, string>>; readonly cwd: string }> {
    return (await this.#tell({ deed: 'look' })) as Awaited<ReturnType<Puppet['look']>>;
  }

  /** Resolves when it is gone. */
  async exit(code: number): Promise<void> {
    void this.#tell({ deed: 'exit', code });
    await this.gone();
  }

  async die(signal: NodeJS.Signals): Promise<void> {
    void this.#tell({ deed: 'die', signal });
    await this.gone();
  }

  async gone(): Promise<void> {
    await waitFor(`${this.id} (run ${this.run}) has gone`, () => this.#gone, Boolean);
  }

  async heard(signal: NodeJS.Signals): Promise<void> {
    await waitFor(
      `${this.id} (run ${this.run}) was sent ${signal}`,
      () => this.signals,
      (seen) => seen.includes(signal),
    );
  }

  #tell(order: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (this.#gone) throw new Error(`${this.id} (run ${this.run}) has gone already`);
    return new Promise((resolve) => {
      const call = this.#calls.push(resolve) - 1;
      this.#socket.write(`${JSON.stringify({ call, ...order })}\n`);
    });
  }
}

/** Where the puppets of a folder appear. */
export class Stage {
  readonly #server: Server;
  readonly #entered: Puppet[] = [];
  readonly #taken = new Set<Puppet>();

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      let puppet: Puppet | null = null;
      socket.on('error', () => undefined); // It was killed; `close` follows.
      const lines = createInterface({ input: socket });
      lines.on('error', () => undefined); // It passes on those of its socket.
      lines.on('line', (line) => {
        const message = JSON.parse(line) as { enters?: string; run: number; pid: number };
        const { enters } = message;
        if (enters !== undefined) this.#entered.push((puppet = new Puppet(socket, { ...message, enters })));
        else puppet?.hear(message as Parameters<Puppet['hear']>[0]);
      });
    });
  }

  /** All that have appeared so far, in order. */
  get all(): readonly Puppet[] {
    return this.#entered;
  }

  /** The next process of this instance that no call has returned yet. */
  async enter(id: string): Promise<Puppet> {
    const next = (): Puppet | undefined => this.#entered.find((puppet) => puppet.id === id && !this.#taken.has(puppet));
    const puppet = await waitFor(`a process of ${id} enters the stage`, next, (found) => found !== undefined);
    if (puppet === undefined) throw new Error('waited for nobody');
    this.#taken.add(puppet);
    return puppet;
  }

  close(): void {
    this.#server.close();
  }
}

/** Opens a stage for the puppets of this folder. */
export async function openStage(folder: string): Promise<Stage> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path.join(folder, 'stage.sock'), resolve);
  });
  return new Stage(server);
}
