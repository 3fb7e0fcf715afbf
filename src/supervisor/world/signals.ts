/** Our own signals (docs/stopping.md): the first one stops, two within a second are one, a later one is `again`. */
import fs from 'node:fs';
import inspector from 'node:inspector';
import { isErrno } from './errno.ts';
import { monotonicMs } from './clock.ts';

export interface SignalNews {
  /** The first request to stop. Losing the terminal is one too; SIGQUIT is SIGTERM. */
  stop(signal: 'SIGTERM' | 'SIGINT', because: 'signal' | 'terminal-gone'): void;
  /** Requested once more, at least a second later. */
  again(signal: 'SIGTERM' | 'SIGINT'): void;
  reload(): void;
}

/** npm and pnpm deliver a Ctrl-C twice. */
const ONE_REQUEST_MS = 1_000;

export interface CaughtSignals {
  listen(news: SignalNews): void;
  /** Someone has asked for our end before anything listens. */
  readonly isEndAsked: boolean;
  /** We do not become a supervisor: signals get their default effect back. */
  release(): void;
}

/** Until `listen` is called a signal is only remembered: nothing ends us during setup. */
export function catchSignals(): CaughtSignals {
  const early: Signal[] = [];
  let hear = (signal: Signal): void => {
    early.push(signal);
  };
  // SIGUSR1 would open Node's inspector; others that a script or the kernel may send must not end a supervisor. Daemons get none of these
  // handlers: exec resets them, and libuv restores all signals before that.
  const heard = (signal: Signal): void => {
    hear(signal);
  };
  for (const signal of SIGNALS) process.on(signal, heard);
  for (const signal of MEANINGLESS) process.on(signal, ignore);
  closeInspector();
  const hadTerminal = hasTerminal();

  return {
    listen(news) {
      hear = interpreter(news, hadTerminal);
      early.forEach((signal) => {
        hear(signal);
      });
    },
    get isEndAsked() {
      return early.some((signal) => signal !== 'SIGHUP');
    },
    release() {
      for (const signal of SIGNALS) process.off(signal, heard);
      for (const signal of MEANINGLESS) process.off(signal, ignore);
    },
  };
}

/**
 * Their default would end us, and they request nothing. SIGXFSZ: a file has reached the limit we were started with (`ulimit -f`); when
 * caught, the write fails (EFBIG), which is a full disk like any other.
 */
const MEANINGLESS = [
  ...(['SIGUSR1', 'SIGUSR2', 'SIGPIPE', 'SIGALRM', 'SIGXFSZ', 'SIGXCPU'] as const),
  ...(['SIGVTALRM', 'SIGPROF', 'SIGIO', 'SIGSYS', 'SIGSTKFLT'] as const),
] as const;
const ignore = (): void => undefined;

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGPWR', 'SIGHUP'] as const;
type Signal = (typeof SIGNALS)[number];

function interpreter(news: SignalNews, hadTerminal: boolean): (signal: Signal) => void {
  let lastAt: number | null = null;

  const stop = (signal: 'SIGTERM' | 'SIGINT'): void => {
    const now = monotonicMs();
    const before = lastAt;
    lastAt = now;
    if (before === null) news.stop(signal, 'signal');
    else if (now - before >= ONE_REQUEST_MS) news.again(signal);
  };

  return (signal) => {
    switch (signal) {
      case 'SIGTERM':
      case 'SIGINT':
        stop(signal);
        return;
      case 'SIGQUIT':
      // LXC and power monitors use it to ask the first process of a machine to shut down.
      case 'SIGPWR':
        stop('SIGTERM');
        return;
      case 'SIGHUP':
        if (!hadTerminal || hasTerminal()) news.reload();
        else if (lastAt === null) {
          // Never a second request: nobody is sitting there who could have asked twice.
          lastAt = monotonicMs();
          news.stop('SIGTERM', 'terminal-gone');
        }
        return;
    }
  };
}

/** A SIGUSR1 received before any of our code ran has opened Node's inspector, through which others could make us do anything. */
function closeInspector(): void {
  const asked = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((option) => option.includes('--inspect'));
  if (!asked && inspector.url() !== undefined) inspector.close();
}

/** ENXIO: there is no terminal (any more). */
function hasTerminal(): boolean {
  try {
    fs.closeSync(fs.openSync('/dev/tty', fs.constants.O_RDWR | fs.constants.O_NOCTTY));
    return true;
  } catch (error) {
    return !(isErrno(error) && (error.code === 'ENXIO' || error.code === 'ENOENT' || error.code === 'ENODEV'));
  }
}
