import { setImmediate as nextLoopTurn } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';
import type { Daemon } from './daemon.ts';
import { boundary, deliverTo, listen, logError, say } from './this-process.ts';

/** A class that is a daemon. */
export interface DaemonClass {
  new (argv: readonly string[]): Daemon;
  readonly signals?: readonly NodeJS.Signals[];
}

export const DaemonRunner = {
  /**
   * Runs a daemon to its end and ends the process: handlers, new, init, run until it is done, shutdown. The exit code is 0, or 1 after an
   * error in any of them (printed on stderr).
   */
  async exec(Class: DaemonClass): Promise<never> {
    if (!isMainThread)
      throw new Error(
        `${Class.name}: a worker thread gets no signals, so a stop would cut it; start it in the main thread`,
      );
    // A promise alone does not keep Node alive: a `run` waiting for an event of its own would end the process in mid-iteration.
    setInterval(() => undefined, 2 ** 30);
    const code = await live(Class);
    await Promise.all([written(process.stdout), written(process.stderr)]);
    say('EXIT_STATUS', code);
    process.exit(code); // what the daemon left open (connections, timers) must not hold up a stop
  },
};

async function live(Class: DaemonClass): Promise<0 | 1> {
  let daemon: Daemon;
  try {
    listen(Class.signals ?? []); // first of all: overriding init without calling the parent must not get a daemon cut
    daemon = new Class(process.argv.slice(1));
    deliverTo(daemon);
    await daemon.init();
  } catch (error) {
    logError('init failed', error);
    return 1;
  }
  say('READY', 1);

  let code: 0 | 1 = 0;
  try {
    while ((await signalsDelivered(), !daemon.isDone())) {
      boundary.begin();
      await daemon.run(daemon.turn);
      boundary.iterationDone();
    }
  } catch (error) {
    logError('run failed', error);
    code = 1;
  }
  boundary.leave();
  say('STOPPING', 1);
  try {
    await daemon.shutdown();
  } catch (error) {
    logError('shutdown failed', error);
    code = 1;
  }
  return code;
}

/**
 * Node delivers signals when its event loop polls for input. The first turn may come before the loop has polled again (after a `run` that
 * ended right after a read), the second one never does.
 */
async function signalsDelivered(): Promise<void> {
  await nextLoopTurn();
  await nextLoopTurn();
}

/** process.exit drops what a pipe did not accept at once. An error means that nothing reads: no need to wait. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  stream.on('error', () => undefined);
  return new Promise((resolve) => {
    stream.write('', () => {
      resolve();
    });
  });
}
