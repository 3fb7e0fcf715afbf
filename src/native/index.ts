/**
 * What Node cannot do by itself, by calling the C library: the only home of koffi, which is optional. Who asks gets null where
 * the package is not there (or has no build for this machine), and does it in another way.
 */
import { constants } from 'node:os';

/** A Unix datagram socket without a name, which sends to any address. */
export interface DatagramSocket {
  /**
   * Sends one datagram: to a path, or to `@name` of the abstract namespace. It never waits. Returns null, or why it was not
   * taken, as the name of the error: EAGAIN (nobody reads, and the queue is full), ECONNREFUSED, ENOENT.
   */
  send(address: string, text: string): string | null;
  close(): void;
}

/** null: koffi is not there. Throws where the kernel gives no socket. */
export async function openDatagramSocket(): Promise<DatagramSocket | null> {
  const libc = await loadLibc();
  if (libc === null) return null;
  const { socket, sendto, close, errno } = libc;
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw new Error(`no Unix datagram socket: ${errorName(errno())}`);
  return {
    send(address, text) {
      const [bytes, to] = [Buffer.from(text), socketAddress(address)];
      const sent = sendto(fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL, to, to.length);
      return sent < 0 ? errorName(errno()) : null;
    },
    close() {
      close(fd);
    },
  };
}

// Of Linux; the same on every machine that koffi is built for.
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/**
 * A sockaddr_un: the family, then the path with a NUL behind it; or a NUL in the place of the `@`, and none behind, for there
 * all bytes belong to the name.
 */
function socketAddress(address: string): Buffer {
  const family = Buffer.from(Uint16Array.of(AF_UNIX).buffer);
  const isAbstract = address.startsWith('@');
  return Buffer.concat([family, Buffer.from(isAbstract ? `\0${address.slice(1)}` : `${address}\0`)]);
}

interface Libc {
  readonly socket: (domain: number, type: number, protocol: number) => number;
  readonly sendto: (fd: number, data: Buffer, length: number, flags: number, to: Buffer, toLength: number) => number;
  readonly close: (fd: number) => number;
  readonly errno: () => number;
}

async function loadLibc(): Promise<Libc | null> {
  const koffi = await loadKoffi();
  if (koffi === null) return null;
  // null: what this process has loaded already, whatever its C library is called (glibc, musl).
  const library = koffi.load(null);
  return {
    socket: library.func('int socket(int domain, int type, int protocol)') as Libc['socket'],
    sendto: library.func(
      'long sendto(int fd, const void *data, size_t length, int flags, const void *to, uint32_t to_length)',
    ) as Libc['sendto'],
    close: library.func('int close(int fd)') as Libc['close'],
    errno: () => koffi.errno(),
  };
}

async function loadKoffi(): Promise<typeof import('koffi') | null> {
  try {
    // Not bundled (scripts/build.mjs): it is a package of its own, with a binary for each machine.
    return await import('koffi');
  } catch {
    return null; // Not installed, or not for this machine: what it says is of no use to anybody but who installs it.
  }
}

const errorName = (errno: number): string =>
  Object.entries(constants.errno).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`;
