/**
 * What Node cannot do by itself, done by calling the C library: the only home of koffi, which is optional. Without the package (or a build
 * for this machine) callers get null and use another way.
 */
import { constants } from 'node:os';

/** A nameless Unix datagram socket that sends to any address. */
export interface DatagramSocket {
  /**
   * Sends one datagram, to a path or to `@name` in the abstract namespace. Never waits. Returns null, or the name of the error that
   * prevented it: EAGAIN (nothing reads, and the queue is full), ECONNREFUSED, ENOENT.
   */
  send(address: string, text: string): string | null;
  close(): void;
}

/** null: koffi is not installed. Throws if the kernel refuses a socket. */
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

/** What a process does to itself and its children. */
export interface ProcessCalls {
  /**
   * Becomes another program: same pid, same children, same environment except for `environment`. Of the open files it keeps stdin, stdout,
   * stderr and `keep`. It returns only on failure, with the name of the error.
   */
  become(program: string, args: readonly string[], environment: NodeJS.ProcessEnv, keep: readonly number[]): string;
  /** What was kept open for us is not meant for the programs that we start. */
  closeOnExec(fd: number): void;
  /** Reaps an ended child that Node does not know, so that no zombie stays. Returns its wait status; null: there is none. */
  reap(pid: number): number | null;
}

/** null: koffi is not installed. */
export async function processCalls(): Promise<ProcessCalls | null> {
  const libc = await loadLibc();
  if (libc === null) return null;
  const { fcntl, execve, waitpid, errno } = libc;
  return {
    become(program, args, environment, keep) {
      // Node has marked all of them close-on-exec.
      const kept = [0, 1, 2, ...keep];
      for (const fd of kept) fcntl(fd, F_SETFD, 0);
      const lines = Object.entries(environment).flatMap(([key, value]) =>
        value === undefined ? [] : [`${key}=${value}`],
      );
      execve(program, [program, ...args, null], [...lines, null]);
      const failed = errorName(errno());
      for (const fd of keep) fcntl(fd, F_SETFD, FD_CLOEXEC);
      return failed;
    },
    closeOnExec(fd) {
      fcntl(fd, F_SETFD, FD_CLOEXEC);
    },
    reap(pid) {
      const status = new Int32Array(1);
      return waitpid(pid, status, WNOHANG) === pid ? (status[0] ?? null) : null;
    },
  };
}

// Linux values; the same on every machine that koffi is built for.
const F_SETFD = 2;
const FD_CLOEXEC = 1;
const WNOHANG = 1;
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/**
 * A sockaddr_un: the family, then the path with a final NUL; or a NUL in place of the `@` and none at the end, since there all bytes belong
 * to the name.
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
  readonly fcntl: (fd: number, command: number, flags: number) => number;
  readonly execve: (file: string, args: readonly (string | null)[], environment: readonly (string | null)[]) => number;
  readonly waitpid: (pid: number, status: Int32Array, options: number) => number;
  readonly errno: () => number;
}

async function loadLibc(): Promise<Libc | null> {
  const koffi = await loadKoffi();
  if (koffi === null) return null;
  // null: whatever this process has already loaded, whichever C library it is (glibc, musl).
  const library = koffi.load(null);
  return {
    socket: library.func('int socket(int domain, int type, int protocol)') as Libc['socket'],
    sendto: library.func(
      'long sendto(int fd, const void *data, size_t length, int flags, const void *to, uint32_t to_length)',
    ) as Libc['sendto'],
    close: library.func('int close(int fd)') as Libc['close'],
    fcntl: library.func('int fcntl(int fd, int command, int flags)') as Libc['fcntl'],
    execve: library.func('int execve(const char *file, const char **args, const char **environment)') as Libc['execve'],
    waitpid: library.func('int waitpid(int pid, int *status, int options)') as Libc['waitpid'],
    errno: () => koffi.errno(),
  };
}

async function loadKoffi(): Promise<typeof import('koffi') | null> {
  try {
    // Not bundled (scripts/build.mjs): it is a separate package with a binary for each machine.
    return await import('koffi');
  } catch {
    return null; // Not installed, or not for this machine: its message only helps whoever installs it.
  }
}

const errorName = (errno: number): string =>
  Object.entries(constants.errno).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`;
