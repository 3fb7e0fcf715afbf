/** What systemd has put into our environment. None of it reaches a daemon (supervisor/world/environment.ts). */
import fs from 'node:fs';

/** Where we report to. */
export interface Manager {
  /** A path, or `@name` in the abstract namespace. */
  readonly socket: string;
  /** How long systemd tolerates a silent supervisor, in milliseconds; null: it has no watchdog for us. */
  readonly watchdogMs: number | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** null: no reports are wanted. A watchdog meant for another process (WATCHDOG_PID) does not concern us. */
export function managerOf(env: Environment, pid: number): Manager | null {
  const socket = env.NOTIFY_SOCKET;
  // Others (vsock:…) are for virtual machines.
  if (socket === undefined || !/^[/@]./.test(socket)) return null;
  const micros = Number(env.WATCHDOG_USEC);
  const isOurs = env.WATCHDOG_PID === String(pid) && Number.isFinite(micros) && micros > 0;
  return { socket, watchdogMs: isOurs ? micros / 1000 : null };
}

/** Does this descriptor lead into the journal? If so it reads a leading `<3>` as the line's priority, and records the time. */
export function isJournal(env: Environment, descriptor: number): boolean {
  const stream = env.JOURNAL_STREAM;
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fs.fstatSync(descriptor);
    return stream === `${dev}:${ino}`;
  } catch {
    return false; // Closed: it leads nowhere.
  }
}
