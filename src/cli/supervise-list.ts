/** Runs a list until its last process is gone, or until everything is handed over to a successor. */
import { EXIT, type ExitCode } from '../base/exit-codes.ts';
import { fail } from '../base/result.ts';
import type { CareSpec, ListSpec } from '../config/spec.ts';
import { isUnchanged, UNCHANGED } from '../control/describe-plan.ts';
import { serve } from '../control/server.ts';
import type { DeedView } from '../control/view.ts';
import type { RefusedList } from '../supervisor/present-list.ts';
import type { RunningList } from '../supervisor/running-list.ts';
import { strayWords } from '../supervisor/strays.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { watchList, type Watching } from '../supervisor/watching.ts';
import { bootId } from '../supervisor/world/boot.ts';
import type { StateFolder } from '../supervisor/world/folder.ts';
import { openTo } from '../supervisor/world/reach.ts';
import type { CaughtSignals } from '../supervisor/world/signals.ts';
import { untoldWords, type Untold } from '../supervisor/trouble.ts';
import { takeLeft } from '../supervisor/world/handed-words.ts';
import { removeOver } from '../supervisor/world/state-file.ts';
import { repeatsItself } from './able.ts';
import { sayWhatStarts } from './first-words.ts';
import { foreground } from './foreground.ts';
import { guardHasGone, type Told } from './guard.ts';
import { cannotBecome, handAllOn } from './hand-all-on.ts';
import { Listening } from './listening.ts';
import { putTogether, type Parts } from './parts.ts';
import { goesOnStopping, isAskedForNow, tellOfPast, tellOfUnread } from './past.ts';
import type { Past } from './predecessor.ts';
import type { Terminal } from './print/terminal.ts';
import { groupOf, inOneLine, makeReload } from './reloading.ts';
import { openWay, tellUndelivered, unreadWords, type LogFormat } from './stdout-way.ts';
import { reportToSystemd } from './systemd-report.ts';
import { brokenProgram } from './trial.ts';
import { VERSION } from './version.ts';

export interface Ask {
  /** The list; or, if refused, what an earlier supervisor saved of it. */
  readonly list: ListSpec | RefusedList;
  /** What to start, with what it needs; null: everything that starts with the list. */
  readonly ids: readonly string[] | null;
  /** Ours: its lock is taken. */
  readonly folder: StateFolder;
  readonly lock: number;
  readonly past: Past;
  readonly told: Told;
  /** Only to be ended: nothing is started. `cut`: without waiting for the boundaries. */
  readonly ending: { readonly how: 'drain' | 'cut'; readonly withinMs: number | null } | null;
  /** How the lines that go to stdout look. */
  readonly format: LogFormat;
  readonly signals: CaughtSignals;
  readonly terminal: Terminal;
}

export async function superviseList(ask: Ask): Promise<ExitCode> {
  const { list, folder, lock, told, signals, terminal } = ask;
  const survey = ask.past.survey(list);
  const { adoption } = survey;
  const out = told.isGuarded
    ? null
    : openWay(terminal, ask.format, (words) => {
        stdoutTrouble = words;
        tellOfStdout();
      });
  let stdoutTrouble: string | null = null;
  const tellOfStdout = (): void => {
    // A reader that gets only our own messages there may well have read enough (`| head`).
    running.trouble('stdout', logs.anyOnStdout() ? stdoutTrouble : null);
  };
  const together = await putTogether({ list, folder, lock, survey, out });
  if (!together.ok) {
    terminal.tell(`supervise: ${together.error}`);
    return EXIT.usage;
  }
  const parts = together.value;
  const { journal, logs, state, running, present } = parts;
  let handing = request();
  const reload = makeReload(parts, {
    folder,
    isRead: out !== null,
    share: (group) => listening.share(group),
    watch: async (next) => {
      if (out !== null) tellOfStdout();
      const before = watching;
      watching = watchFiles(folder, next, parts);
      await watching;
      await (await before).close();
    },
  });
  const supervisor = new Supervisor({
    ...{ running, journal, output: logs, version: VERSION, reload },
    strays: (slots) => strayWords(folder, slots),
    look: () => {
      running.trouble('guard', guardHasGone(told, folder.path) ? UNGUARDED : null);
    },
    successor: {
      isBroken: async () => (await cannotBecome(told, parts)) ?? (await brokenProgram(list.file)),
      writeDown: async () => parts.lost() ?? (await state.writeNow(running.fleet)),
      goOn: () => {
        handing.ask();
      },
    },
  });
  // Before the first start; the write that follows it also clears this trouble.
  running.trouble('state.json', removeOver(folder.state, ask.past.saved, bootId()));
  // Should we die as soon as something has started, our successor knows how to look after it. Without slots: that one is not wanted yet
  // is no wish, and an earlier supervisor's state has the wishes of those that it had.
  if (adoption === null && parts.lost() === null) await state.writeNow({ ...running.fleet, slots: [] });
  if (present.accepted !== null) running.trouble('state folder for others', openTo(folder, present.accepted));
  const tellOfSocket = (words: string | null): void => {
    running.trouble('control socket', words === null ? null : `${words}. ${INSISTS}`);
  };
  const listen = async (): ReturnType<typeof serve> => {
    const lost = parts.lost();
    if (lost !== null) return fail(lost);
    return serve(folder.path, {
      api: supervisor,
      group: present.accepted === null ? null : groupOf(present.accepted),
      isOurs: () => parts.lost() === null,
      unreachable: tellOfSocket,
      onBug: (error) => {
        running.trouble('control socket', `control socket: ${String(error)}`);
      },
    });
  };
  const listening = new Listening(listen, tellOfSocket);
  const isEnding = ask.ending !== null || goesOnStopping(told, adoption);
  // Before anyone can ask how it is.
  if (present.refused !== null && !isEnding) running.hold(present.refused);
  const unheard = await listening.open();
  if (unheard !== null) {
    // If nothing starts it again, someone reads this and mends it.
    if (adoption?.isAlive !== true || !repeatsItself(told)) {
      terminal.tell(`supervise: ${unheard}`);
      // Nothing has started, so this is not the death of a supervisor.
      if (adoption === null) await state.end({ ...running.fleet, slots: [] });
      return EXIT.trouble;
    }
    listening.insist(unheard);
  }

  const canAsk = terminal.isTerminal || process.stderr.isTTY;
  if (ask.ending === null) sayWhatStarts(ask, present.ids.length);
  const screen = foreground(supervisor, terminal, canAsk, (id) => !logs.onStdout(id));
  let second: 'SIGTERM' | 'SIGINT' | null = null;
  logs.resume(adoption?.living ?? new Set());
  tellOfUnread(survey, logs);
  if (adoption !== null) running.adopt(present.refused === null);
  if (adoption?.hasDied === false) goOnTelling(folder, parts);
  tellOfPast(survey, journal);
  // Not before: only known instances can be signalled.
  signals.listen({
    stop(signal, because) {
      const why = because === 'signal' ? signal : 'the terminal is gone';
      journal.add({ id: null, type: 'stopping', level: 'info', words: `${why}: stopping at the boundaries` });
      running.end.ask(signal);
    },
    again(signal) {
      if (!canAsk) {
        screen.repeat();
        return;
      }
      second = signal;
      running.end.cut();
    },
    reload() {
      void reload.carryOut({ wait: false, print: null }).then((done) => {
        if (!done.ok)
          journal.add({ id: null, type: 'refused', level: 'warning', words: `SIGHUP: ${inOneLine(done.error.words)}` });
        else if (isUnchanged(done.value.plan)) terminal.say(`SIGHUP: ${UNCHANGED}`);
      });
    },
  });
  const unread = out === null ? unreadWords(present.daemons) : null;
  if (unread !== null) running.trouble('stdout', `${unread}: their lines go to files`);
  if (process.pid === 1 && present.accepted?.stopWithinMs === null)
    journal.add({ id: null, type: 'pid-1', level: 'warning', words: WITHOUT_CLOCK });
  // From before the first start on, so that changes after it was read are seen. While the list is refused nothing is watched: what a change
  // ended could not be started again.
  let watching = watchFiles(
    folder,
    present.accepted ?? { ...list, daemons: [] },
    parts,
    adoption?.isAlive === true ? ask.past.savedAt : null,
  );
  await watching;
  const manager = await reportToSystemd(running, journal);
  if (goesOnStopping(told, adoption))
    journal.add({ id: null, type: 'stopping', level: 'info', words: 'the list was being stopped: goes on with that' });
  if (ask.ending?.how === 'cut') running.end.cut();
  else if (isEnding) running.end.ask('SIGTERM', ask.ending?.withinMs ?? null);
  else if (present.refused === null && !running.end.isAsked) running.boot(ask.ids, isAskedForNow(told, adoption));

  while (await Promise.race([running.over.then(() => false), handing.asked.then(() => true)])) {
    // Anything asked from here on goes to the successor.
    await listening.close();
    const code = await handAllOn(ask, parts, out);
    if (code !== null) {
      await (await watching).close();
      return code;
    }
    handing = request();
    await listening.openOrInsist();
  }
  const deed = await running.over;
  const untold = await parts.teller.end();
  if (untold > 0) journal.add({ id: null, type: 'untold', level: 'error', words: untoldWords(untold) });
  screen.end(running.end.byItself === null ? deed : null);
  await (await watching).close();
  if (parts.lost() === null) {
    await listening.close();
    await state.end(running.fleet);
  }
  parts.close();
  await manager?.close();
  // A reader that has had enough of our own messages (`| head`) has not missed anything.
  if (logs.anyOnStdout() || !terminal.gone.aborted)
    await tellUndelivered(out, present.accepted?.stopWithinMs ?? null, terminal);
  return exitCode(running, deed, second);
}

/** What waits for on_trouble; of a dead supervisor it went with its memory. */
function goOnTelling(folder: StateFolder, { teller }: Parts): void {
  const untold = takeLeft(folder.untold);
  // Written by `handAllOn`, and complete.
  if (untold !== null) teller.goOn(untold as Untold);
}

const INSISTS = `It is tried again each second; nobody can ask this supervisor (pid ${process.pid}) for anything else than its end: kill ${process.pid}`;

const UNGUARDED =
  'the guard of this supervisor has died: when the supervisor dies nobody starts it again. For a new one: supervise upgrade';

const WITHOUT_CLOCK =
  'runs as pid 1 without supervisor.stop_within: whoever stops the container may kill all of it in the middle of a drain (docker stop after 10s). Write how long that one waits: supervisor: { stop_within: 10s }';

function watchFiles(
  folder: StateFolder,
  list: Pick<ListSpec, 'file'> & { readonly daemons: readonly CareSpec[] },
  { running, journal }: Parts,
  lastWatchedAt: number | null = null,
): Promise<Watching> {
  return watchList({
    lastWatchedAt,
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
}

/** Something requested once, by anyone. */
function request(): { readonly asked: Promise<void>; readonly ask: () => void } {
  let ask = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  return {
    asked,
    ask() {
      ask();
    },
  };
}

function exitCode(running: RunningList, deed: DeedView, second: 'SIGTERM' | 'SIGINT' | null): ExitCode {
  if (second !== null) return second === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
  return deed.cut > 0 || (running.end.byItself?.failed.length ?? 0) > 0 ? EXIT.trouble : EXIT.done;
}
