/** What systemd has put into our environment. None of it reaches a daemon (supervisor/world/environment.ts). */
import fs from 'node:fs';

/** Whom we report to. */
export interface Manager {
  /** A path, or `@name` in the abstract namespace. */
  readonly socket: string;
  /** How long systemd believes a silent supervisor, in milliseconds; null: it keeps no watchdog over us. */
  readonly watchdogMs: number | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** null: nobody wants to be told. A watchdog that is meant for another process (WATCHDOG_PID) is none of ours. */
export function managerOf(env: Environment, pid: number): Manager | null {
  const socket = env.NOTIFY_SOCKET;
  // Others (vsock:…) are for virtual machines.
  if (socket === undefined || !/^[/@]./.test(socket)) return null;
  const micros = Number(env.WATCHDOG_USEC);
  const isOurs = env.WATCHDOG_PID === String(pid) && Number.isFinite(micros) && micros > 0;
  return { socket, watchdogMs: isOurs ? micros / 1000 : null };
}

/** Does this descriptor lead into the journal? Then it reads `<3>` before a line as its priority, and keeps the time. */
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
