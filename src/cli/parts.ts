/** The real parts of a supervisor, put together: the running list in the real world, its logs, its journal, its state file. */
import path from 'node:path';
import { ok, type Result } from '../base/result.ts';
import type { ListSpec } from '../config/spec.ts';
import { processCalls } from '../native/index.ts';
import type { Adoption, Survey } from '../supervisor/adoption.ts';
import { daemonOf } from '../supervisor/instances.ts';
import { Journal } from '../supervisor/journal.ts';
import { MadeRuns, type MadeRun } from '../supervisor/made-runs.ts';
import type { Out } from '../logs/options.ts';
import { openLogs, type Logs } from '../supervisor/outputs.ts';
import { PresentList, type RefusedList } from '../supervisor/present-list.ts';
import { RunningList } from '../supervisor/running-list.ts';
import { tellTrouble, type Teller } from '../supervisor/trouble.ts';
import { saver, type Saver } from '../supervisor/saving.ts';
import { bootId } from '../supervisor/world/boot.ts';
import { realClock } from '../supervisor/world/clock.ts';
import { inherited } from '../supervisor/world/environment.ts';
import { escapedOfAll } from '../supervisor/world/escaped.ts';
import type { StateFolder } from '../supervisor/world/folder.ts';
import { gzipFile } from '../supervisor/world/gzip.ts';
import { LinuxWorld } from '../supervisor/world/linux.ts';
import { isLost } from '../supervisor/world/lock.ts';
import { OomScore, ownScore } from '../supervisor/world/oom.ts';
import { fifoPath, isHeld, makeFifos, PIPE_NAMES } from '../supervisor/world/fifos.ts';
import { reapStrangers } from '../supervisor/world/strangers.ts';
import { VERSION } from './version.ts';

export interface Order {
  /** The list; or, if refused, what an earlier supervisor saved of it. */
  readonly list: ListSpec | RefusedList;
  /** Ours: its lock is taken. */
  readonly folder: StateFolder;
  readonly lock: number;
  /** What an earlier supervisor left. */
  readonly survey: Survey;
  /** The way to our stdout. Null: nothing reads it, and all lines go to files. */
  readonly out: Out | null;
}

export interface Parts {
  readonly journal: Journal;
  readonly logs: Logs;
  readonly state: Saver;
  readonly running: RunningList;
  readonly present: PresentList;
  readonly made: MadeRuns;
  readonly teller: Teller;
  /** Why the folder is no longer ours, in words. Its socket and its state may then be those of another supervisor. */
  readonly lost: () => string | null;
  readonly close: () => void;
}

/** The error is a sentence: the state folder cannot hold what we need. */
export async function putTogether({ list, folder, lock, survey, out }: Order): Promise<Result<Parts>> {
  const { adoption } = survey;
  const present = new PresentList(list, adoption?.daemons ?? []);
  const made = new MadeRuns((id) => present.specOf(id), adoption?.made ?? new Map<string, MadeRun>());
  const fifos = await makeFifos(folder.fifos, present.ids);
  // Living instances have theirs and must not be left alone: a start that needs new ones tries again and says what is wrong.
  if (!fifos.ok && adoption?.isAlive !== true) return fifos;

  const clock = realClock();
  const journal = new Journal(() => clock.wall());
  const reap = await reaper(lock, adoption, journal);
  const oomScore = new OomScore(ownScore(), (words) => {
    journal.add({ id: null, type: 'oom-score', level: 'warning', words });
  });
  const logs = openLogs(present.daemons, adoption?.slots ?? [], {
    folder: folder.logs,
    maxTotalBytes: list.maxTotalLogBytes,
    gzip: gzipFile,
    out,
    tell: (what, words) => {
      running.trouble(what, words);
    },
  });
  /** Where probes and reports of trouble run. */
  const commands = { folder: path.dirname(list.file), environment: inherited(process.env) };
  const startedAt = adoption?.startedAt == null ? clock.wall() : new Date(adoption.startedAt);
  const state = saver({
    file: folder.state,
    version: VERSION,
    about: {
      boot: bootId(),
      id: list.id,
      list: list.file,
      startedAt: startedAt.toISOString(),
      deaths: adoption?.deaths ?? [],
    },
    present,
    made,
    trouble: (words) => {
      running.trouble('state.json', words);
    },
  });
  const lost = (): string | null => {
    const words = isLost(lock, folder.lock) ? lostWords(folder) : null;
    running.trouble('state folder', words);
    return words;
  };
  const teller = tellTrouble(
    {
      list: list.id,
      argv: () => present.accepted?.onTrouble ?? null,
      folder: commands.folder,
      // A `supervise status` in it refers to this very supervisor.
      environment: { ...commands.environment, SUPERVISE_STATE_DIR: folder.path },
    },
    () => clock.wall(),
    (words) => {
      running.trouble('on_trouble', words);
    },
  );
  const running: RunningList = new RunningList({
    present,
    made,
    startedAt,
    adoption,
    clock,
    journal,
    save: (fleet) => {
      if (lost() === null) state.save(fleet);
    },
    saveBeforeSignal: (fleet, ids) => {
      if (lost() === null) state.beforeSignal(fleet, ids);
    },
    tell: teller.hear,
    escaped: () => (lost() === null ? escapedOfAll(folder) : []),
    makeWorld: (post) =>
      new LinuxWorld({
        clock,
        folder: folder.path,
        fifos: folder.fifos,
        specOf: (id) => present.instance(id),
        environment: process.env,
        output: logs,
        forking: (fork) => oomScore.lifted(fork),
        tell: (id, type, words) => {
          journal.add({ id, type, level: 'warning', words });
        },
        resources: () => present.list.resources,
        probes: commands,
        reap,
        forbids: (id) => present.refused ?? lost() ?? unknownHolder(survey, folder, present, id),
        trouble: (words) => {
          running.trouble('processes', words);
        },
        post,
      }),
  });
  const close = (): void => {
    logs.close();
    clock.close();
  };
  return ok({ journal, logs, state, running, present, made, teller, lost, close });
}

/** Reaps children of ours that Node does not know: those started by our predecessor in this process and, as pid 1, all orphans. */
async function reaper(lock: number, adoption: Adoption | null, journal: Journal): Promise<(pid: number) => void> {
  const isFirst = process.pid === 1;
  const calls = adoption?.hasDied === false || isFirst ? await processCalls() : null;
  if (calls === null) {
    if (isFirst) journal.add({ id: null, type: 'pid-1', level: 'warning', words: WITHOUT_INIT });
    return () => undefined;
  }
  calls.closeOnExec(lock);
  const reap = (pid: number): void => {
    calls.reap(pid);
  };
  if (isFirst) reapStrangers(reap);
  return reap;
}

const WITHOUT_INIT =
  'runs as pid 1 without the optional package koffi: processes that lose their parent stay as zombies. Put an init before it (docker run --init, or tini)';

/** The pipes of this instance, or of one that its daemon had in an earlier list, are held by a process that may be the daemon itself. */
function unknownHolder({ unknown }: Survey, { fifos }: StateFolder, present: PresentList, id: string): string | null {
  const isItsOwn = (other: string): boolean =>
    other === id || (daemonOf(other) === daemonOf(id) && present.instance(other) === null);
  const held = unknown.find(
    (other) => isItsOwn(other) && PIPE_NAMES.some((pipe) => isHeld(fifoPath(fifos, other, pipe))),
  );
  if (held === undefined) return null;
  return `a process that is not known here holds its pipes, and may be the daemon itself. See who: fuser -v ${fifoPath(fifos, held, 'out')}; when that has ended, this one is started`;
}

const lostWords = (folder: StateFolder): string =>
  `${folder.lock} was removed or replaced, so another supervisor may have this list by now: what lives is kept, and nothing is started. ` +
  `End this one at the boundaries with kill -TERM ${process.pid}, then start anew`;
