/** Puts the real parts of a supervisor together, and runs the list until its last process has gone. */
import { EXIT, type ExitCode } from '../base/exit-codes.ts';
import type { ListSpec } from '../config/spec.ts';
import { serve } from '../control/server.ts';
import type { DeedView } from '../control/view.ts';
import { holdWords, untilTheyEnd } from '../supervisor/hold.ts';
import { instancesOf } from '../supervisor/instances.ts';
import { Journal } from '../supervisor/journal.ts';
import { openLogs } from '../supervisor/outputs.ts';
import { RunningList } from '../supervisor/running-list.ts';
import { saver } from '../supervisor/saving.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { watchList } from '../supervisor/watching.ts';
import { findSurvivors, type Survivor } from '../supervisor/survivors.ts';
import { realClock } from '../supervisor/world/clock.ts';
import type { StateFolder } from '../supervisor/world/folder.ts';
import { escapedOfAll } from '../supervisor/world/escaped.ts';
import { LinuxWorld } from '../supervisor/world/linux.ts';
import { isLost } from '../supervisor/world/lock.ts';
import { OomScore, ownScore } from '../supervisor/world/oom.ts';
import { makeFifos } from '../supervisor/world/pipes.ts';
import { bootId } from '../supervisor/world/proc.ts';
import { readState } from '../supervisor/world/state-file.ts';
import type { CaughtSignals } from '../supervisor/world/signals.ts';
import { foreground } from './foreground.ts';
import { reportToSystemd } from './systemd-report.ts';
import type { Terminal } from './print/terminal.ts';
import { VERSION } from './version.ts';

export interface Ask {
  readonly list: ListSpec;
  /** What to start, with what it needs; null: all that are started with the list. */
  readonly ids: readonly string[] | null;
  /** Ours: its lock is taken. */
  readonly folder: StateFolder;
  readonly lock: number;
  /** Processes of an earlier supervisor: nothing is started while one of them lives. */
  readonly survivors: readonly Survivor[];
  readonly signals: CaughtSignals;
  readonly terminal: Terminal;
}

export async function superviseList({ list, ids, folder, lock, survivors, signals, terminal }: Ask): Promise<ExitCode> {
  const slots = new Map(instancesOf(list.daemons).map((instance) => [instance.id, instance]));
  const fifos = await makeFifos(folder.fifos, [...slots.keys()]);
  if (!fifos.ok) {
    terminal.tell(`supervise: ${fifos.error}`);
    return EXIT.usage;
  }

  const clock = realClock();
  const journal = new Journal(() => clock.wall());
  const oomScore = new OomScore(ownScore(), (words) => {
    journal.add({ id: null, type: 'oom-score', level: 'warning', words });
  });
  const logs = openLogs(list.daemons, folder.logs, (daemon, words) => {
    running.trouble(`log of ${daemon}`, `${daemon}: ${words}`);
  });
  const state = saver(folder.state, { boot: bootId(), list: list.file }, (words) => {
    running.trouble('state.json', words);
  });
  /** Why the folder is no longer ours, in words. Its socket and its state may then be those of another supervisor. */
  const lost = (): string | null => {
    const words = isLost(lock, folder.lock) ? lostWords(folder) : null;
    running.trouble('state folder', words);
    return words;
  };
  const running = new RunningList({
    list,
    clock,
    journal,
    save: (fleet) => {
      if (lost() === null) state.save(fleet);
    },
    escaped: () => (lost() === null ? escapedOfAll(folder.path) : []),
    makeWorld: (post) =>
      new LinuxWorld({
        clock,
        folder: folder.path,
        fifos: folder.fifos,
        specOf: (id) => {
          const slot = slots.get(id);
          if (slot === undefined) throw new Error(`no slot ${id}`);
          return slot;
        },
        environment: process.env,
        output: logs,
        forking: (fork) => oomScore.lifted(fork),
        tell: (id, words) => {
          journal.add({ id, type: 'escaped', level: 'warning', words });
        },
        forbids: lost,
        trouble: (words) => {
          running.trouble('processes', words);
        },
        post,
      }),
  });
  const supervisor = new Supervisor(running, journal, logs, VERSION);
  const server = await serve(folder.path, {
    api: supervisor,
    onBug: (error) => {
      running.trouble('control socket', `control socket: ${String(error)}`);
    },
  });
  if (!server.ok) {
    terminal.tell(`supervise: ${server.error}`);
    return EXIT.trouble;
  }

  const canAsk = terminal.isTerminal || process.stderr.isTTY;
  terminal.say(`supervise ${VERSION}: ${list.file}, ${slots.size} instances, pid ${process.pid}. Logs: ${folder.logs}`);
  const screen = foreground(supervisor, terminal, canAsk);
  let second: 'SIGTERM' | 'SIGINT' | null = null;
  signals.listen({
    stop(signal, because) {
      const why = because === 'signal' ? signal : 'the terminal is gone';
      journal.add({ id: null, type: 'stopping', level: 'info', words: `${why}: stopping at the boundaries` });
      running.stopAll(signal);
    },
    again(signal) {
      if (!canAsk) {
        screen.repeat();
        return;
      }
      second = signal;
      running.cutAll();
    },
    reload() {
      terminal.say('SIGHUP: reload is not supported yet; the list is unchanged');
    },
  });

  // From before the first start on: what changes after it was read is seen.
  const watching = await watchList({
    list,
    ours: [folder.path, ...list.daemons.map(({ log }) => log.file).filter((file) => file.includes('/'))],
    changed: (changed, file, more) => {
      running.filesChanged(changed, file, more);
    },
    warn: (words) => {
      journal.add({ id: null, type: 'watch', level: 'warning', words });
    },
    trouble: (words) => {
      running.trouble('watch', words);
    },
  });
  const manager = await reportToSystemd(running, journal);
  await untilClear(running, folder, survivors);
  if (!running.isStopping) running.boot(ids);
  const deed = await running.over;
  screen.end(deed);
  await watching.close();
  if (lost() === null) {
    await server.value.close();
    // What lives of an earlier supervisor is not to be forgotten.
    if (running.held === null) await state.end(running.fleet);
  }
  logs.close();
  clock.close();
  await manager?.close();
  return exitCode(running, deed, second);
}

/** Waits for the end of what an earlier supervisor has left, or for that of ours. */
async function untilClear(running: RunningList, folder: StateFolder, survivors: readonly Survivor[]): Promise<void> {
  const end = new AbortController();
  void running.over.then(() => {
    end.abort();
  });
  const find = (): readonly Survivor[] => findSurvivors(folder, readState(folder.state)).survivors;
  const tell = (left: readonly Survivor[]): void => {
    running.hold(holdWords(left));
  };
  await untilTheyEnd(survivors, find, tell, end.signal);
}

const lostWords = (folder: StateFolder): string =>
  `${folder.lock} was removed or replaced, so another supervisor may have this list by now: what lives is kept, and nothing is started. ` +
  `End this one at the boundaries with kill -TERM ${process.pid}, then start anew`;

function exitCode(running: RunningList, deed: DeedView, second: 'SIGTERM' | 'SIGINT' | null): ExitCode {
  if (second !== null) return second === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
  return deed.cut > 0 || running.hasFailed ? EXIT.trouble : EXIT.done;
}
