import { chmodSync, chownSync, lstatSync, unlinkSync, watch } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import path from 'node:path';
import { messageOf } from '../base/error-words.ts';
import { fail, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Api } from './api.ts';
import { Connection } from './connection.ts';
import type { ConnectionLimits } from './connection.ts';
import { SOCKET_NAME, socketPlace } from './wire.ts';
import type { SocketPlace } from './wire.ts';

export interface ServerLimits extends ConnectionLimits {
  /** Clients at once. A newcomer takes the place of the one idle for longest, or of one that has hung up. */
  readonly connections: number;
}

const LIMITS: ServerLimits = {
  connections: 256,
  requests: 8,
  streamBytes: 1024 * 1024,
  queueBytes: 16 * 1024 * 1024,
};

export interface ServeOptions {
  readonly api: Api;
  /** What the Api threw, or the socket once it was up: a bug of ours, to be reported; the server goes on. */
  readonly onBug: (error: unknown) => void;
  /** Is the lock of the folder still ours? If not, a removed socket is not made again. */
  readonly isOurs: () => boolean;
  /** Why connecting is impossible, in words: its socket was removed and cannot be made again yet. null: that is over. */
  readonly unreachable?: (words: string | null) => void;
  /** Members of this group may talk to it too (mode 0660). */
  readonly group?: number | null;
  readonly limits?: Partial<ServerLimits>;
}

/**
 * Offers an Api on `control.sock` of a state folder, mode 0600 (0660 with a group). Only the holder of the folder's lock may call it: it
 * removes a socket left by a dead supervisor. The error is a sentence that says what is in the way.
 */
export async function serve(folder: string, options: ServeOptions): Promise<Result<ControlServer>> {
  let place: SocketPlace;
  try {
    removeStale(path.join(folder, SOCKET_NAME));
    place = socketPlace(folder);
  } catch (error) {
    return fail(`cannot make the control socket in ${folder}: ${String(error)}`);
  }
  const bound = await bind(place.path, options.group ?? null);
  if (bound.ok) return ok(new ControlServer(bound.value, path.join(folder, SOCKET_NAME), place, options));
  place.release();
  return fail(`cannot make the control socket in ${folder}: ${bound.error}`);
}

function bind(socket: string, group: number | null): Promise<Result<Server>> {
  const server = createServer({ allowHalfOpen: true });
  return new Promise((resolve) => {
    const onError = (error: Error): void => {
      resolve(fail(error.message));
    };
    server.once('error', onError);
    server.once('listening', () => {
      server.off('error', onError);
      const closedTo = open(socket, group);
      if (closedTo === null) resolve(ok(server));
      else
        server.close(() => {
          resolve(fail(closedTo));
        });
    });
    // bind happens inside `listen`, so the socket has its mode from the first moment.
    const before = process.umask(0o177);
    try {
      server.listen(socket);
    } finally {
      process.umask(before);
    }
  });
}

/** Lets a group in, or nobody; returns why that failed, in words, or null. */
function open(socket: string, group: number | null): string | null {
  try {
    if (group === null) {
      chmodSync(socket, 0o600);
      return null;
    }
    // The group first: with the mode first, another group would be let in.
    chownSync(socket, -1, group);
    chmodSync(socket, 0o660);
    return null;
  } catch (error) {
    return `it cannot be given to the group ${group}: ${messageOf(error)}`;
  }
}

/** The listening socket and its clients. */
export class ControlServer {
  #server: Server;
  #group: number | null;
  #isClosing = false;
  #unwatch: () => void;
  readonly #file: string;
  readonly #place: SocketPlace;
  readonly #options: ServeOptions;
  readonly #limits: ServerLimits;
  /** In the order of their last request: the first has been silent the longest. */
  readonly #clients = new Map<Socket, Connection>();
  /** A server whose socket was removed ends with its last client. */
  readonly #ends: Promise<void>[] = [];

  constructor(server: Server, file: string, place: SocketPlace, options: ServeOptions) {
    this.#server = server;
    this.#file = file;
    this.#place = place;
    this.#options = options;
    this.#group = options.group ?? null;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#unwatch = this.#use(server);
  }

  /** From now on lets in the members of this group and no others; null: nobody. Returns why that failed, in words, or null. */
  share(group: number | null): string | null {
    this.#group = group;
    return open(this.#place.path, group);
  }

  /** Accepts no more clients, gives those connected a moment to read their answers, and removes the socket. */
  async close(patienceMs = 500): Promise<void> {
    this.#isClosing = true;
    this.#unwatch();
    this.#ends.push(ended(this.#server));
    for (const client of this.#clients.values()) client.finish();
    // A client that does not read must not hold us up.
    const timer = setTimeout(() => {
      for (const socket of this.#clients.keys()) socket.destroy();
    }, patienceMs);
    await Promise.all(this.#ends);
    clearTimeout(timer);
    this.#place.release();
  }

  /** Read again after an `await`: the compiler does not expect the field to change. */
  #closed(): boolean {
    return this.#isClosing;
  }

  /** Returns what ends the watch over its socket. */
  #use(server: Server): () => void {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#welcome(socket);
    });
    server.on('error', this.#options.onBug);
    return watchOver(this.#file, () => {
      void this.#makeAgain();
    });
  }

  /** The socket has been removed: without one nobody could ask for a stop any more. Connected clients stay. */
  async #makeAgain(): Promise<void> {
    if (this.#isClosing || !this.#options.isOurs()) return;
    this.#unwatch();
    // Before another socket stands there: closing would remove that one.
    this.#ends.push(ended(this.#server));
    await this.#bindAgain();
  }

  /** Tries every second until there is one, or none is wanted any more. */
  async #bindAgain(): Promise<void> {
    if (this.#isClosing || !this.#options.isOurs()) return;
    const bound = await bind(this.#place.path, this.#group);
    this.#options.unreachable?.(
      bound.ok ? null : `the control socket was removed, and cannot be made again: ${bound.error}`,
    );
    if (bound.ok) this.#unwatch = this.#use(bound.value);
    else {
      const again = setTimeout(() => void this.#bindAgain(), PAUSE_MS);
      this.#unwatch = () => {
        clearTimeout(again);
      };
    }
    // Closed meanwhile: the new one goes too, and nothing more is tried.
    if (this.#closed()) await this.close();
  }

  #welcome(socket: Socket): void {
    const connection = new Connection(socket, this.#options.api, this.#limits, this.#options.onBug);
    if (this.#clients.size >= this.#limits.connections && !this.#makePlace()) {
      connection.dismiss('too many clients at once, all of them with a request in work');
      return;
    }
    this.#clients.set(socket, connection);
    socket.on('data', () => {
      if (!this.#clients.delete(socket)) return;
      this.#clients.set(socket, connection);
    });
    socket.on('close', () => this.#clients.delete(socket));
  }

  /** Commands killed while they waited must not keep out the one that ends the wait: they go after the idle ones. */
  #makePlace(): boolean {
    const clients = [...this.#clients];
    const found = clients.find(([, { idle }]) => idle) ?? clients.find(([, { hungUp }]) => hungUp);
    if (found === undefined) return false;
    const [socket, client] = found;
    this.#clients.delete(socket);
    client.dismiss('other clients needed the place of an idle one; connect again');
    return true;
  }
}

function ended(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

/** Whoever is removing the whole folder gets to finish: its lock then says that it is no longer ours. */
const PAUSE_MS = 1_000;

/** Calls back when the file is gone or replaced, until the returned function is called. Does nothing if no watch can be had. */
function watchOver(file: string, gone: () => void): () => void {
  const inode = (): number | null => {
    const there = lstatSync(file, { throwIfNoEntry: false });
    // Its replacement may get the same inode number.
    return there?.isSocket() === true ? there.ino : null;
  };
  const watched = inode();
  let pause: NodeJS.Timeout | undefined;
  try {
    const watcher = watch(file, { persistent: false }, () => {
      if (watched === inode()) return;
      watcher.close();
      pause ??= setTimeout(gone, PAUSE_MS);
    });
    watcher.on('error', () => {
      watcher.close();
    });
    return () => {
      watcher.close();
      clearTimeout(pause);
    };
  } catch {
    return () => undefined; // Out of watches: removal of the socket then goes unnoticed.
  }
}

function removeStale(socket: string): void {
  const found = lstatSync(socket, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${socket} is in the way: it is no socket`);
  unlinkSync(socket);
}
