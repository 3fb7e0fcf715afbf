import type { Socket } from 'node:net';
import { messageOf } from '../base/error-words.ts';
import type { Api, Dropped } from './api.ts';
import { dispatch } from './dispatch.ts';
import type { Outlet } from './dispatch.ts';
import { isEndless, methodOf, paramsOf } from './protocol.ts';
import { CODE, MAX_MESSAGE_BYTES, errorLine, itemLine, lineCutter, parseRequest, resultLine } from './wire.ts';
import type { Id, WireError } from './wire.ts';

export interface ConnectionLimits {
  /** Requests that may be in progress at once. */
  readonly requests: number;
  /** Bytes waiting for the client above which items of its streams are left out and counted. */
  readonly streamBytes: number;
  /** Bytes waiting for the client above which it is given up. */
  readonly queueBytes: number;
}

/** How long a client that is being dismissed may take to read why. */
const FAREWELL_MS = 1000;

interface Work {
  readonly abort: AbortController;
  /** Ends only when the client is gone. */
  readonly endless: boolean;
  dropped: number;
}

/** One client on the socket: its requests, its streams, and the bounded queue of what it has not read yet. */
export class Connection {
  readonly #socket: Socket;
  readonly #api: Api;
  readonly #limits: ConnectionLimits;
  readonly #onBug: (error: unknown) => void;
  readonly #works = new Map<Id, Work>();
  #waitingForRoom: (() => void)[] = [];
  #corked = false;
  /** The client sends nothing more: finish what is in progress, then go. */
  #hungUp = false;
  /** We accept nothing more. */
  #closing = false;

  constructor(socket: Socket, api: Api, limits: ConnectionLimits, onBug: (error: unknown) => void) {
    this.#socket = socket;
    this.#api = api;
    this.#limits = limits;
    this.#onBug = onBug;
    const cut = lineCutter(
      (line) => {
        this.#take(line);
      },
      () => {
        this.#giveUp({ code: CODE.invalidRequest, message: 'a message may have 1 MiB at most' });
      },
    );
    socket.on('data', cut);
    socket.on('drain', () => {
      this.#onDrain();
    });
    socket.on('end', () => {
      this.#onHangUp();
    });
    // A client that disappears during a write is no news; `close` follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#onClose();
    });
  }

  /** It has no request in progress. */
  get idle(): boolean {
    return this.#works.size === 0;
  }

  /** It sends nothing more. Whether it still reads or is gone shows only on a write to it. */
  get hungUp(): boolean {
    return this.#hungUp;
  }

  /** Tells the client why, ends its streams, and closes once it has read what is waiting for it. */
  dismiss(message: string): void {
    this.#giveUp({ code: CODE.tooMany, message });
  }

  /** Ends its streams with their replies and closes once the client has read what is waiting for it. */
  finish(): void {
    this.#closing = true;
    for (const work of this.#works.values()) work.abort.abort();
    // The replies of the streams just ended go first.
    setImmediate(() => this.#socket.end());
  }

  #take(line: string): void {
    if (this.#closing) return;
    const request = parseRequest(line);
    if (!request.ok) {
      this.#giveUp(request.error);
      return;
    }
    const { id } = request.value;
    const refuse = (code: number, message: string): void => {
      this.#send(id, errorLine(id, { code, message }));
    };
    // Sent under this id, the error would be read as the reply to the request that already has it.
    if (this.#works.has(id)) this.#giveUp({ code: CODE.invalidRequest, message: 'this "id" is still in work' });
    else if (this.#works.size >= this.#limits.requests) refuse(CODE.tooMany, 'too many requests at once');
    else {
      const method = methodOf(request.value.method);
      if (!method.ok) {
        refuse(CODE.unknownMethod, method.error);
        return;
      }
      const params = paramsOf(method.value, request.value.params);
      if (!params.ok) refuse(CODE.invalidParams, params.error);
      else {
        const endless = isEndless(method.value, params.value);
        const work: Work = { abort: new AbortController(), endless, dropped: 0 };
        this.#works.set(id, work);
        void this.#work(id, work, dispatch(this.#api, method.value, params.value, this.#outlet(id, work)));
      }
    }
  }

  async #work(id: Id, work: Work, answer: ReturnType<typeof dispatch>): Promise<void> {
    let line: string;
    try {
      const result = await answer;
      line = result.ok
        ? resultLine(id, result.value)
        : errorLine(id, { code: CODE.refused, message: result.error.words, data: { reason: result.error.reason } });
    } catch (error) {
      this.#onBug(error);
      line = errorLine(id, { code: CODE.internal, message: messageOf(error) });
    }
    this.#tellDropped(id, work);
    this.#works.delete(id);
    this.#send(id, line);
    if (this.#hungUp && this.#works.size === 0) this.#socket.end();
  }

  #outlet(id: Id, work: Work): Outlet {
    return {
      end: work.abort.signal,
      emit: (item) => {
        if (work.abort.signal.aborted) return;
        if (this.#socket.writableLength > this.#limits.streamBytes) work.dropped++;
        else {
          this.#tellDropped(id, work);
          const line = itemLine(id, item);
          if (isTooLong(line)) work.dropped++;
          else this.#write(line);
        }
      },
      room: () =>
        this.#socket.writableNeedDrain && !this.#socket.destroyed
          ? new Promise((resolve) => this.#waitingForRoom.push(resolve))
          : undefined,
    };
  }

  #tellDropped(id: Id, work: Work): void {
    if (work.dropped === 0) return;
    const notice: Dropped = { dropped: work.dropped };
    work.dropped = 0;
    this.#write(itemLine(id, notice));
  }

  #send(id: Id | null, line: string): void {
    if (isTooLong(line))
      this.#write(
        errorLine(id, { code: CODE.tooLong, message: 'the answer is over 1 MiB: ask for fewer names at once' }),
      );
    else this.#write(line);
  }

  #write(line: string): void {
    const socket = this.#socket;
    if (!socket.writable) return;
    // Everything said in one turn leaves in one system call.
    if (!this.#corked) {
      this.#corked = true;
      socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        socket.uncork();
      });
    }
    socket.write(line);
    if (socket.writableLength > this.#limits.queueBytes) socket.destroy();
  }

  /** Reports what is wrong, once, and closes: whatever follows on this connection cannot be trusted. */
  #giveUp(error: WireError): void {
    if (this.#closing) return;
    this.#closing = true;
    for (const work of this.#works.values()) work.abort.abort();
    this.#write(errorLine(null, error));
    const socket = this.#socket;
    socket.end(() => socket.destroy());
    // It may neither read nor leave.
    setTimeout(() => socket.destroy(), FAREWELL_MS).unref();
  }

  #onDrain(): void {
    for (const [id, work] of this.#works) this.#tellDropped(id, work);
    this.#makeRoom();
  }

  #makeRoom(): void {
    const waiting = this.#waitingForRoom;
    this.#waitingForRoom = [];
    for (const resolve of waiting) resolve();
  }

  #onHangUp(): void {
    this.#hungUp = true;
    for (const work of this.#works.values()) if (work.endless) work.abort.abort();
    if (this.#works.size === 0) this.#socket.end();
  }

  #onClose(): void {
    this.#closing = true;
    for (const work of this.#works.values()) work.abort.abort();
    this.#makeRoom();
  }
}

const isTooLong = (line: string): boolean => Buffer.byteLength(line) > MAX_MESSAGE_BYTES + 1;
