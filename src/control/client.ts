import { connect as connectSocket } from 'node:net';
import type { Socket } from 'node:net';
import { codeOf, messageOf } from '../base/error-words.ts';
import { fail, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Refusal } from './api.ts';
import { ownerOf } from './owner.ts';
import type { AskOf, CallName, Items, MethodName, Results, StreamName } from './protocol.ts';
import { CODE, lineCutter, parseServerMessage, requestLine, socketPlace } from './wire.ts';
import type { ServerMessage, SocketPlace } from './wire.ts';

export type ClientError =
  /** Nothing listens there. */
  | { readonly tag: 'nobody'; readonly words: string }
  /** Something may listen there, but we may not ask. `owner`: whose folder it is. */
  | { readonly tag: 'denied'; readonly owner: string; readonly words: string }
  /** The supervisor says no; nothing has changed. */
  | { readonly tag: 'refused'; readonly reason: Refusal['reason']; readonly words: string }
  /** No answer, or none that can be trusted: the request may or may not have been carried out. */
  | { readonly tag: 'broken'; readonly words: string };

export interface Patience {
  /** Milliseconds until the connection is given up; null: never. */
  readonly timeoutMs: number | null;
}

/** How long a supervisor may take to answer a question that requires no waiting. */
export const QUICK: Patience = { timeoutMs: 5000 };

/** Connects to the supervisor of a state folder. */
export async function connect(folder: string, patience: Patience = QUICK): Promise<Result<Client, ClientError>> {
  let place: SocketPlace;
  try {
    place = socketPlace(folder);
  } catch (error) {
    return fail(await connectError(error, folder));
  }
  return new Promise((resolve) => {
    const socket = connectSocket(place.path);
    const finish = (result: Result<Client, ClientError>): void => {
      clearTimeout(timer);
      socket.off('error', onError);
      place.release();
      resolve(result);
    };
    const onError = (error: Error): void => {
      void connectError(error, folder).then((what) => {
        finish(fail(what));
      });
    };
    const timer = setTimeout(
      () => {
        socket.destroy();
        finish(fail(broken(`the supervisor in ${folder} takes no connection`)));
      },
      patience.timeoutMs ?? 2 ** 31 - 1,
    );
    socket.once('error', onError);
    socket.once('connect', () => {
      finish(ok(new Client(socket)));
    });
  });
}

interface Pending {
  readonly id: number;
  readonly settle: (result: Result<unknown, ClientError>) => void;
  readonly item: ((item: unknown) => void | Promise<void>) | null;
}

/**
 * One connection, one request at a time. A reply is accepted only if it carries the id of the pending request. After anything else (another
 * id, a second reply, garbage, silence) the connection is closed for good: a late answer can never be taken for the answer to another
 * question.
 */
export class Client {
  readonly #socket: Socket;
  #pending: Pending | null = null;
  #broken: string | null = null;
  // Not 1: an answer meant for another connection should not match by chance.
  #lastId = Math.floor(Math.random() * 2 ** 40);

  constructor(socket: Socket) {
    this.#socket = socket;
    const cut = lineCutter(
      (line) => {
        this.#take(line);
      },
      () => {
        this.#break('the supervisor sent a message over 1 MiB');
      },
    );
    socket.on('data', cut);
    socket.on('error', (error) => {
      this.#break(`the connection to the supervisor broke (${error.message})`);
    });
    socket.on('close', () => {
      this.#break('the supervisor closed the connection');
    });
  }

  /** Sends a request and waits for its one reply. */
  async call<M extends CallName>(
    method: M,
    ask: AskOf<M>,
    patience: Patience = QUICK,
  ): Promise<Result<Results[M], ClientError>> {
    return this.#request(method, ask, patience, null);
  }

  /**
   * Requests a stream of items. Resolves with the reply at the end of the stream; if `end` is aborted the connection is closed and the
   * answer is null. While a promise of `take` is pending nothing more is read, and the supervisor counts what we miss.
   */
  async stream<M extends StreamName>(
    method: M,
    ask: AskOf<M>,
    take: (item: Items[M]) => void | Promise<void>,
    end: AbortSignal,
  ): Promise<Result<Results[M] | null, ClientError>> {
    const onAbort = (): void => {
      this.close();
    };
    if (end.aborted) onAbort();
    else end.addEventListener('abort', onAbort, { once: true });
    // Items of our own method under our own id: their shape is that of the protocol's table, which only ever grows.
    const item = (value: unknown): void | Promise<void> => (end.aborted ? undefined : take(value as Items[M]));
    const result = await this.#request(method, ask, { timeoutMs: null }, item);
    end.removeEventListener('abort', onAbort);
    return end.aborted ? ok(null) : result;
  }

  /** Resolves when the other side has closed the connection, or after this time. */
  async closed(timeoutMs: number): Promise<void> {
    if (this.#socket.closed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  close(): void {
    this.#break('the connection is closed');
  }

  async #request<M extends MethodName>(
    method: M,
    ask: AskOf<M>,
    patience: Patience,
    item: Pending['item'],
  ): Promise<Result<Results[M], ClientError>> {
    if (this.#pending !== null) throw new Error(`${method} was asked while another request waits on this connection`);
    if (this.#broken !== null) return fail(broken(this.#broken));
    const id = ++this.#lastId;
    const result = await new Promise<Result<unknown, ClientError>>((resolve) => {
      const timer =
        patience.timeoutMs === null
          ? undefined
          : setTimeout(() => {
              this.#break(`the supervisor did not answer '${method}' within ${patience.timeoutMs ?? 0} ms`);
            }, patience.timeoutMs);
      const settle = (settled: Result<unknown, ClientError>): void => {
        clearTimeout(timer);
        this.#pending = null;
        resolve(settled);
      };
      this.#pending = { id, settle, item };
      this.#socket.write(requestLine(id, method, ask));
    });
    if (!result.ok) return result;
    if (typeof result.value !== 'object' || result.value === null)
      return fail(broken(`the supervisor answered '${method}' with something that is no answer to it`));
    // The reply to our own id: its shape is that of the protocol's table, which only ever grows.
    return ok(result.value as Results[M]);
  }

  #take(line: string): void {
    if (this.#broken !== null) return;
    const message = parseServerMessage(line);
    if (!message.ok) this.#break(`the supervisor sent ${message.error}`);
    else this.#handle(message.value);
  }

  #handle(message: ServerMessage): void {
    const pending = this.#pending;
    if (message.kind === 'error' && message.id === null) this.#break(`the supervisor said: ${message.error.message}`);
    else if (message.id !== pending?.id) this.#break('the supervisor answered something that was not asked');
    else if (message.kind === 'result') pending.settle(ok(message.result));
    else if (message.kind === 'error') pending.settle(fail(errorOf(message.error.code, message.error)));
    else if (pending.item === null) this.#break('the supervisor sent an item where one answer was asked');
    else this.#pass(pending.item, message.item);
  }

  #pass(take: NonNullable<Pending['item']>, item: unknown): void {
    const taken = take(item);
    if (taken === undefined) return;
    this.#socket.pause();
    void taken.finally(() => this.#socket.resume());
  }

  #break(why: string): void {
    if (this.#broken !== null) return;
    this.#broken = why;
    this.#socket.destroy();
    this.#pending?.settle(fail(broken(why)));
  }
}

const broken = (words: string): ClientError => ({ tag: 'broken', words });

function errorOf(code: number, error: { message: string; data?: { reason: string } }): ClientError {
  const words = error.message;
  const reason = error.data?.reason;
  if (code === CODE.refused && (reason === 'no-match' || reason === 'stopping' || reason === 'held'))
    return { tag: 'refused', reason, words };
  if (code === CODE.internal) return broken(`the supervisor met a bug of its own: ${words}`);
  return { tag: 'refused', reason: 'invalid', words };
}

async function connectError(error: unknown, folder: string): Promise<ClientError> {
  const code = codeOf(error);
  if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR')
    return { tag: 'nobody', words: `no supervisor runs in ${folder}` };
  if (code === 'EACCES' || code === 'EPERM') {
    const { owner, group } = await ownerOf(folder);
    const member = group === null ? '' : `, as a member of the group ${group}`;
    return { tag: 'denied', owner, words: `${folder} belongs to ${owner}: ask as that user${member}, or as root` };
  }
  return broken(`cannot connect to the supervisor in ${folder}: ${messageOf(error)}`);
}
