/** Puts the real parts of a supervisor together, and runs the list until its last process has gone. */
import { EXIT, type ExitCode } from '../base/exit-codes.ts';
import { loadList } from '../config/load.ts';
import type { DaemonSpec, ListSpec } from '../config/spec.ts';
import { serve } from '../control/server.ts';
import type { DeedView } from '../control/view.ts';
import type { Adoption, Survey } from '../supervisor/adoption.ts';
import { instancesOf } from '../supervisor/instances.ts';
import { Journal } from '../supervisor/journal.ts';
import { logSpaceWords } from '../supervisor/log-space.ts';
import { openLogs } from '../supervisor/outputs.ts';
import { changedKeys, madeOf } from '../supervisor/made.ts';
import { allDaemons, RunningList, type KeptList } from '../supervisor/running-list.ts';
import { saver, type MadeRun } from '../supervisor/saving.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { watchList } from '../supervisor/watching.ts';
import { bootId } from '../supervisor/world/boot.ts';
import { realClock } from '../supervisor/world/clock.ts';
import type { StateFolder } from '../supervisor/world/folder.ts';
import { gzipFile } from '../supervisor/world/gzip.ts';
import { escapedOfAll } from '../supervisor/world/escaped.ts';
import { LinuxWorld } from '../supervisor/world/linux.ts';
import { isLost } from '../supervisor/world/lock.ts';
import { OomScore, ownScore } from '../supervisor/world/oom.ts';
import { openTo } from '../supervisor/world/reach.ts';
import { fifoPath, isHeld, makeFifos, PIPE_NAMES } from '../supervisor/world/pipes.ts';
import { reapStrangers } from '../supervisor/world/strangers.ts';
import type { CaughtSignals } from '../supervisor/world/signals.ts';
import { foreground } from './foreground.ts';
import type { Told } from './guard.ts';
import { handOn } from './hand-on.ts';
import type { Past } from './predecessor.ts';
import { processCalls } from '../native/index.ts';
import { managerOf } from '../systemd/environment.ts';
import { reportToSystemd } from './systemd-report.ts';
import type { Terminal } from './print/terminal.ts';
import { VERSION } from './version.ts';

export interface Ask {
  /** The list; or, where it is refused, what an earlier supervisor has written down of it. */
  readonly list: ListSpec | RefusedList;
  /** What to start, with what it needs; null: all that are started with the list. */
  readonly ids: readonly string[] | null;
  /** Ours: its lock is taken. */
  readonly folder: StateFolder;
  readonly lock: number;
  readonly past: Past;
  readonly told: Told;
  /** Only to be ended: nothing is started. `cut`: without waiting for the boundaries. */
  readonly ending: 'drain' | 'cut' | null;
  readonly signals: CaughtSignals;
  readonly terminal: Terminal;
}

/** What is looked after while the list itself is refused: nothing is started. */
export type RefusedList = KeptList & { readonly refused: string };

export async function superviseList(ask: Ask): Promise<ExitCode> {
  const { list, folder, lock, signals, terminal } = ask;
  const refused = 'refused' in list ? list.refused : null;
  const survey = ask.past.survey('refused' in list ? null : list);
  const { adoption } = survey;
  const slots = new Map('refused' in list ? [] : instancesOf(list.daemons).map((instance) => [instance.id, instance]));
  const fifos = await makeFifos(folder.fifos, [...slots.keys()]);
  if (!fifos.ok) {
    terminal.tell(`supervise: ${fifos.error}`);
    return EXIT.usage;
  }

  // Whom our predecessor in this process has started are our children, and Node does not know them.
  const calls = adoption?.hasDied === false || process.pid === 1 ? await processCalls() : null;
  calls?.closeOnExec(lock);
  const clock = realClock();
  const journal = new Journal(() => clock.wall());
  const oomScore = new OomScore(ownScore(), (words) => {
    journal.add({ id: null, type: 'oom-score', level: 'warning', words });
  });
  const writers = [
    ...instancesOf(list.daemons).map(({ id, spec }) => ({ id, daemon: spec.name })),
    ...(adoption?.slots ?? []),
  ];
  const daemons = allDaemons(list, adoption);
  const startedAt = adoption?.startedAt == null ? clock.wall() : new Date(adoption.startedAt);
  const logs = openLogs(daemons, writers, {
    folder: folder.logs,
    maxTotalBytes: list.maxTotalLogBytes,
    gzip: gzipFile,
    tell: (what, words) => {
      running.trouble(what, words);
    },
  });
  const specOf = (id: string): DaemonSpec | null => slots.get(id)?.spec ?? null;
  const state = saver({
    file: folder.state,
    version: VERSION,
    about: {
      boot: bootId(),
      id: list.id,
      list: list.file,
      startedAt: startedAt.toISOString(),
      deaths: adoption?.deaths ?? [],
      startsPerSecond: list.startRate?.perSecond ?? null,
    },
    daemons,
    specOf,
    made: adoption?.made ?? new Map<string, MadeRun>(),
    trouble: (words) => {
      running.trouble('state.json', words);
    },
  });
  /** Why the folder is no longer ours, in words. Its socket and its state may then be those of another supervisor. */
  const lost = (): string | null => {
    const words = isLost(lock, folder.lock) ? lostWords(folder) : null;
    running.trouble('state folder', words);
    return words;
  };
  const running: RunningList = new RunningList({
    list,
    startedAt,
    adoption,
    made: refused === null ? changedSince(adoption, specOf) : new Map<string, readonly string[]>(),
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
        specOf: (id) => slots.get(id) ?? null,
        environment: process.env,
        output: logs,
        forking: (fork) => oomScore.lifted(fork),
        tell: (id, words) => {
          journal.add({ id, type: 'escaped', level: 'warning', words });
        },
        reap: (pid) => calls?.reap(pid),
        forbids: (id) => refused ?? lost() ?? unseenHolder(survey, folder, id),
        trouble: (words) => {
          running.trouble('processes', words);
        },
        post,
      }),
  });
  let askToHandOn = (): void => undefined;
  const handing = new Promise<null>((resolve) => {
    askToHandOn = () => {
      resolve(null);
    };
  });
  if (process.pid === 1 && calls !== null) reapStrangers((pid) => calls.reap(pid));
  else if (process.pid === 1) terminal.tell(`supervise: ${WITHOUT_INIT}`, 'warning');
  const supervisor = new Supervisor(running, journal, logs, VERSION, () => {
    askToHandOn();
  });
  if ('socketGroup' in list) running.trouble('state folder for others', openTo(folder, list));
  const server = await serve(folder.path, {
    api: supervisor,
    group: 'socketGroup' in list ? (list.socketGroup?.gid ?? null) : null,
    onBug: (error) => {
      running.trouble('control socket', `control socket: ${String(error)}`);
    },
  });
  if (!server.ok) {
    terminal.tell(`supervise: ${server.error}`);
    return EXIT.trouble;
  }

  const canAsk = terminal.isTerminal || process.stderr.isTTY;
  if (ask.ending === null) {
    terminal.say(
      `supervise ${VERSION}: ${list.file}, ${slots.size} instances, pid ${process.pid}. Logs: ${folder.logs}`,
    );
    if ('warnings' in list) for (const words of logSpaceWords(list, folder.logs)) terminal.say(words);
  }
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
      if (refused === null) terminal.say('SIGHUP: reload is not supported yet; the list is unchanged');
      else if (loadList(list.file, process.env).ok) askToHandOn();
      else journal.add({ id: null, type: 'refused', level: 'warning', words: refused });
    },
  });

  logs.resume(adoption?.living ?? new Set());
  if (adoption !== null) running.adopt(refused === null);
  tellOfPast(survey, journal);
  // From before the first start on: what changes after it was read is seen.
  const watching = await watchList({
    list: refused === null ? list : { ...list, daemons: [] },
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
  const goesOnStopping = adoption?.wasStopping === true && !isAskedForNow(ask.told, adoption);
  if (goesOnStopping)
    journal.add({ id: null, type: 'stopping', level: 'info', words: 'the list was being stopped: goes on with that' });
  if (ask.ending !== null || goesOnStopping) endAll(running, ask.ending ?? 'drain');
  else if (refused !== null) running.hold(refused);
  else if (!running.isStopping) running.boot(ask.ids, isAskedForNow(ask.told, adoption));
  const first = await Promise.race([running.over, handing]);
  if (first === null) {
    await Promise.all([watching.close(), server.value.close(), state.idle()]);
    if (!running.isStopping) {
      const writeDown = (): void => {
        logs.handOn();
        state.handOn(running.fleet);
      };
      const tell = (words: string): void => {
        terminal.tell(`supervise: ${words}`);
      };
      return handOn({ folder, list: list.file, lock, told: ask.told, writeDown, tell });
    }
  }
  const deed = await running.over;
  screen.end(deed);
  await watching.close();
  if (lost() === null) {
    await server.value.close();
    await state.end(running.fleet);
  }
  logs.close();
  clock.close();
  await manager?.close();
  return exitCode(running, deed, second);
}

function tellOfPast({ adoption, unseenEnds, endedByReboot, escaped }: Survey, journal: Journal): void {
  if (adoption?.isAlive === true) {
    const words = adoption.hasDied
      ? 'the supervisor before this one died; what it had started is adopted. What it had read of them and not yet written is lost: at most one read of each stream'
      : 'goes on with what the supervisor before this one has handed on';
    journal.add({ id: null, type: 'adopted', level: adoption.hasDied ? 'warning' : 'info', words });
  }
  for (const { id, words } of unseenEnds) journal.add({ id, type: 'ended', level: 'warning', words });
  if (endedByReboot > 0)
    journal.add({
      id: null,
      type: 'reboot',
      level: 'warning',
      words: `the machine was restarted while ${endedByReboot} of the list ran: whether their iterations were cut is not known`,
    });
  for (const { id, process } of escaped)
    journal.add({
      id,
      type: 'escaped',
      level: 'warning',
      words: `pid ${process.pid} (${process.command}) was started by a run that has ended, and lives on; supervise leaves it alone`,
    });
}

/** The adopted instances that are made from something else than the list says now, and in which keys. */
function changedSince(
  adoption: Adoption | null,
  specOf: (id: string) => DaemonSpec | null,
): ReadonlyMap<string, readonly string[]> {
  const changed = new Map<string, readonly string[]>();
  for (const [id, { made }] of adoption?.made ?? []) {
    const spec = specOf(id);
    const keys = spec === null ? [] : changedKeys(made, madeOf(spec));
    if (keys.length > 0) changed.set(id, keys);
  }
  return changed;
}

/** Somebody holds the pipes of this instance, and is no process that we may look into: it may be the daemon itself. */
function unseenHolder({ unknown }: Survey, folder: StateFolder, id: string): string | null {
  if (!unknown.includes(id) || !PIPE_NAMES.some((pipe) => isHeld(fifoPath(folder.fifos, id, pipe)))) return null;
  return `a process that we may not look into holds its pipes; see who: fuser -v ${fifoPath(folder.fifos, id, 'out')}`;
}

/** A guard or systemd that starts us again, and a predecessor in our place, repeat what a person once asked for. */
const isAskedForNow = ({ isGuarded, lock }: Told, adoption: Adoption | null): boolean =>
  adoption?.hasDied !== false && (isGuarded ? lock !== null : managerOf(process.env, process.pid) === null);

function endAll(running: RunningList, how: 'drain' | 'cut'): void {
  if (how === 'cut') running.cutAll();
  else running.stopAll('SIGTERM');
}

const WITHOUT_INIT =
  'runs as pid 1 without the optional package koffi: processes that lose their parent stay as zombies. Put an init before it (docker run --init, or tini)';

const lostWords = (folder: StateFolder): string =>
  `${folder.lock} was removed or replaced, so another supervisor may have this list by now: what lives is kept, and nothing is started. ` +
  `End this one at the boundaries with kill -TERM ${process.pid}, then start anew`;

function exitCode(running: RunningList, deed: DeedView, second: 'SIGTERM' | 'SIGINT' | null): ExitCode {
  if (second !== null) return second === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
  return deed.cut > 0 || running.hasFailed ? EXIT.trouble : EXIT.done;
}
