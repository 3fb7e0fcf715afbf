/** Reading a FIFO of a slot (fifos.ts), to the last byte, without ever blocking. */
import fs from 'node:fs';
import net from 'node:net';
import { isErrno } from './errno.ts';

/** What is read is passed on as a view of one buffer shared by all pipes: use it before returning. */
const shared = Buffer.allocUnsafe(65_536);

export interface PipeReader {
  /** Reads what is there now. `closed`: no process holds the writing end any more. */
  drain(): { readonly bytes: number; readonly closed: boolean };
  readonly closed: boolean;
  /** Reads on even if it is waiting for room; it asks again afterwards. */
  press(): void;
  close(): void;
}

/** For a FIFO that is gone. */
const CLOSED: PipeReader = {
  drain: () => ({ bytes: 0, closed: true }),
  closed: true,
  press: () => undefined,
  close: () => undefined,
};

/**
 * Begins to read; only after the writing end is open, or the end of file comes at once. `room`, asked after each read: resolves when there
 * is room for more; undefined: there is room.
 */
export function readPipe(
  fd: number | null,
  take: (chunk: Buffer) => void,
  ended: () => void,
  room: () => Promise<void> | undefined = () => undefined,
): PipeReader {
  if (fd === null) return CLOSED;
  let closed = false;
  // The constructor also takes `onread` (Node's documentation); its types lack it.
  const options: net.SocketConstructorOpts & { onread: net.OnReadOpts } = {
    fd,
    readable: true,
    writable: false,
    onread: {
      buffer: shared,
      callback: (bytes) => {
        take(shared.subarray(0, bytes));
        const wait = room();
        if (wait === undefined) return true;
        void wait.then(readOn);
        return false;
      },
    },
  };
  const socket = new net.Socket(options);
  const readOn = (): void => {
    if (!closed) socket.resume();
  };
  const end = (): void => {
    if (closed) return;
    closed = true;
    socket.destroy();
    ended();
  };
  socket.on('end', end);
  // A read error on one of our FIFOs: nothing more will come from it.
  socket.on('error', end);
  // Without a consumer the end would never be reported.
  socket.resume();

  return {
    drain() {
      let bytes = 0;
      while (!closed) {
        const got = readNow(fd);
        if (got === null) break;
        if (got === 0) {
          end();
          break;
        }
        bytes += got;
        take(shared.subarray(0, got));
        // A flooding helper must not hold us here: what the main process wrote was in the first 64 KiB. After exactly that much we read
        // once more, since a full FIFO that no process holds ends there.
        if (bytes > shared.length) break;
      }
      return { bytes, closed };
    },
    get closed() {
      return closed;
    },
    press: readOn,
    close() {
      closed = true;
      socket.destroy();
    },
  };
}

/** null: nothing there, but some process still holds it. 0: end of file. */
function readNow(fd: number): number | null {
  try {
    return fs.readSync(fd, shared, 0, shared.length, null);
  } catch (error) {
    if (isErrno(error) && error.code === 'EAGAIN') return null;
    throw error;
  }
}
