import { fstatSync, writeSync } from 'node:fs';

/** Writes one `KEY=VALUE` line to the supervisor; false if it was lost (no reader, or the pipe is full). */
export type Say = (key: string, value: string | number) => boolean;

/** PIPE_BUF: a write up to this size is never split, whatever else writes to the pipe. Includes the newline. */
const LONGEST_LINE = 4096;

/**
 * Opens the boundary protocol: the descriptor whose number is in SUPERVISE_NOTIFY_FD. Without a usable one every report is silently lost
 * and the daemon runs as it would on its own. The variable is removed from `env`: a helper that inherits the number but not the descriptor
 * would write our words into whatever file it has there.
 */
export function openNotify(env: NodeJS.ProcessEnv): Say {
  const fd = usableFd(env.SUPERVISE_NOTIFY_FD);
  delete env.SUPERVISE_NOTIFY_FD;
  if (fd === null) return () => false;
  let isIntroduced = false;
  return (key, value) => {
    // It tells apart two processes that report behind one wrapper; neither is believed then.
    isIntroduced ||= writeLine(fd, 'SPEAKER', process.pid);
    return isIntroduced && writeLine(fd, key, value);
  };
}

function writeLine(fd: number, key: string, value: string | number): boolean {
  try {
    writeSync(fd, formatLine(key, value));
    return true;
  } catch {
    // EAGAIN: the pipe is full, nothing reads. EPIPE: nothing ever will. A lost report must not cost the daemon an iteration.
    return false;
  }
}

/** One line of at most 4096 bytes: control characters (above all newlines) become spaces, the rest is cut off. */
export function formatLine(key: string, value: string | number): Buffer {
  const line = Buffer.from(`${key}=${String(value).replace(/[\u0000-\u001f\u007f]+/g, ' ')}`);
  if (line.length < LONGEST_LINE) return Buffer.concat([line, Buffer.from('\n')]);
  let end = LONGEST_LINE - 1;
  while (((line[end] ?? 0) & 0xc0) === 0x80) end--; // not in the middle of a character
  return Buffer.concat([line.subarray(0, end), Buffer.from('\n')]);
}

function usableFd(text: string | undefined): number | null {
  if (text === undefined || !/^\d{1,4}$/.test(text)) return null;
  const fd = Number(text);
  if (fd < 3) return null;
  try {
    // Behind a wrapper that does not pass the descriptor on (npm, tsx), Node's own epoll has the number 3; in a process started by fork()
    // or cluster it is a socket that carries Node's own messages.
    return fstatSync(fd).isFIFO() ? fd : null;
  } catch {
    return null; // No such descriptor is open.
  }
}
