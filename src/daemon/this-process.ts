import { isMainThread } from 'node:worker_threads';
import type { Daemon } from './daemon.ts';
import { createBoundary } from './boundary.ts';
import { openNotify, type Say } from './notify.ts';

// What a process has only one of: the way to the supervisor, and its signal handlers.

/**
 * Opened on import, so that no helper of the daemon sees SUPERVISE_NOTIFY_FD. The descriptor belongs to the process, and so does the right
 * to report: a waiting worker thread does not mean that the iteration waits.
 */
export const say: Say = isMainThread ? openNotify(process.env) : () => false;

export const boundary = createBoundary(say, () => performance.now());

const STOP_SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];
const heard = new Set<NodeJS.Signals>();
let receiver: Daemon | null = null;

/** Sets handlers for SIGTERM, SIGINT and `others`; those already set stay. Signals go to the daemon given to `deliverTo`. */
export function listen(others: readonly NodeJS.Signals[]): void {
  for (const signal of [...STOP_SIGNALS, ...others]) {
    if (heard.has(signal)) continue;
    heard.add(signal);
    process.on(signal, deliver);
  }
}

/** From now on `daemon` gets the signals. */
export function deliverTo(daemon: Daemon): void {
  receiver = daemon;
}

/** An error in words on stderr, which goes into the log. */
export function logError(when: string, error: unknown): void {
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${when}: ${words}\n`);
}

function deliver(signal: NodeJS.Signals): void {
  if (receiver === null) return; // impossible: signals wait for the event loop, and `exec` makes the daemon before it yields
  try {
    receiver.onSignal(signal);
  } catch (error) {
    // Rethrown, it would end the process in the middle of an iteration.
    logError(`onSignal(${signal}) failed`, error);
    if (STOP_SIGNALS.includes(signal)) receiver.done = true;
  }
  if (receiver.isDone()) receiver.done = true; // a daemon's own isDone cuts idle waits short too
}
