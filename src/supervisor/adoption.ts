/**
 * What an earlier supervisor of this list left behind: which processes live, and where each slot stood. Taken from its state file and,
 * where that is missing or out of date, from the mark in a process's environment and from the pipes it holds.
 */
import type { CareSpec } from '../config/spec.ts';
import { anew, unseenEnd, withFoundRun, withoutUnbornRun, type FoundRun } from './lifecycle/adopt.ts';
import { instancesOf } from './instances.ts';
import { instanceId, newSlot } from './lifecycle/roster.ts';
import { isLive, type Left, type ProcessId, type Slot } from './lifecycle/state.ts';
import { readMark, type Made } from './made.ts';
import type { MadeRun } from './made-runs.ts';
import { ageMs, bootId } from './world/boot.ts';
import { monotonicMs } from './world/clock.ts';
import { MADE, MARK } from './world/environment.ts';
import type { StateFolder } from './world/folder.ts';
import { heldInstances, holdersOf, unmarkedHolders } from './world/holders.ts';
import { isHidden, lives, oldestFirst, withEnvironment, type Marked } from './world/proc.ts';
import { membersOf } from './world/session.ts';
import type { Read, SavedSlot, SavedState } from './world/state-file.ts';

/** What a supervisor resumes from. */
export interface Adoption {
  readonly daemons: readonly CareSpec[];
  readonly slots: readonly Slot[];
  /** As in `Fleet`. */
  readonly gone: ReadonlyMap<string, number>;
  readonly made: ReadonlyMap<string, MadeRun>;
  /** Is any process of the list alive? */
  readonly isAlive: boolean;
  /** The living main processes; hidden: /proc does not show it to us, so only its pid says that it is one of them. */
  readonly processes: readonly { readonly id: string; readonly pid: number; readonly isHidden: boolean }[];
  /** The instances whose pipes we go on reading. */
  readonly living: ReadonlySet<string>;
  /** Instances that continue as they were left: starting the list does not start them. */
  readonly known: ReadonlySet<string>;
  readonly startedAt: string | null;
  /** The whole list was being stopped. */
  readonly wasStopping: boolean;
  /** When supervisors died, each within a minute of the one before; the last death included, unless that one handed over. */
  readonly deaths: readonly number[];
  /** It died without handing over: what it had read but not yet written is lost. */
  readonly hasDied: boolean;
}

/** The end of a run that ended while no supervisor lived, in words. */
export interface UnseenEnd {
  readonly id: string;
  readonly words: string;
}

export interface Unread {
  readonly id: string;
  readonly run: number;
  readonly pid: number;
}

export interface Survey {
  /** null: there is nothing to resume. */
  readonly adoption: Adoption | null;
  /** Instances whose pipes are held by a process we cannot see, or that neither state file nor list knows: nothing may be started beside them. */
  readonly unknown: readonly string[];
  /** If nothing lives any more: how the runs ended whose end nobody saw. */
  readonly unseenEnds: readonly UnseenEnd[];
  /** Runs that ended while their pipes had no reader; the pipes' contents went with them. */
  readonly unread: readonly Unread[];
  /** How many processes were alive when the machine was shut down or lost power. */
  readonly endedByReboot: number;
  /** Processes that left the session of a run that has ended: reported and left alone. */
  readonly escaped: readonly Stray[];
}

/** A process and the instance it was started for. */
export interface Stray {
  readonly id: string;
  readonly process: Left;
}

/** What identifies daemons that no state file knows. */
export interface Known {
  readonly daemons: readonly CareSpec[];
}

/** `list`: as it is now, or null if it is refused. */
export function survey(folder: StateFolder, saved: Read, list: Known | null): Survey {
  const marked = oldestFirst(withEnvironment([`${MARK}=${folder.path}`])).map(asRunProcess);
  const state = saved.is === 'read' && saved.state.boot === bootId() ? saved.state : null;
  const held = heldInstances(folder.fifos);
  // Its last process was gone when this was written; anything alive had left its session before.
  if (saved.is === 'read' && (state === null || state.left === 'ended'))
    return {
      ...NOTHING,
      endedByReboot: state === null ? livedThen(saved.state) : 0,
      escaped: [...strays(marked, []), ...unmarkedStrays(folder, marked, [])],
    };
  const base = withUnwritten(state ?? UNWRITTEN, list, new Set([...marked.map(({ id }) => id), ...held]));
  const known = new Map(base.slots.map(({ slot }) => [slot.id, slot]));
  const runs = newRuns(known, marked);
  const living = livingSessions([...known.values()], runs);
  const unseen = held.filter((id) => !isAccountedFor(id, known, living, runs, marked));
  const holders = unseen.length === 0 ? new Map<string, ProcessId>() : holdersOf(folder.fifos, unseen);
  for (const [id, process] of holders) runs.set(id, foundRun(process, Math.max(1, known.get(id)?.starts ?? 1)));

  const care = new Map(base.daemons.map((daemon) => [daemon.name, daemon]));
  const slots = base.slots.map(({ slot }) => revived(slot, runs.get(slot.id), care));
  const isAlive = holders.size > 0 || slots.some((slot) => living.has(sessionOf(slot)));
  const alive = slots.filter((slot) => living.has(sessionOf(slot)) || holders.has(slot.id));
  const escaped = [...strays(marked, alive), ...unmarkedStrays(folder, marked, alive)];
  const unclaimed = marked.filter(({ id, leads }) => leads && !known.has(id)).map(({ id }) => id);
  const unknown = [
    ...unseen.filter((id) => !holders.has(id) && escaped.every((each) => each.id !== id)),
    ...new Set(unclaimed),
  ];
  if (state === null && !isAlive) return { ...NOTHING, unknown, escaped };
  const now = monotonicMs();
  const hasDied = state?.left !== 'handed-on';
  return {
    adoption: {
      daemons: base.daemons,
      slots: isAlive ? slots : slots.map((slot) => anew(slot, now)),
      gone: new Map(base.gone),
      made: new Map([...base.slots.flatMap(({ slot, made }) => madeRun(slot, made)), ...madeOfFound(runs, marked)]),
      isAlive,
      processes: slots.flatMap(({ id, state }) =>
        isLive(state) && state.run.process !== null && living.has(state.run.process.pid)
          ? [{ id, pid: state.run.process.pid, isHidden: isHidden(state.run.process.pid) }]
          : [],
      ),
      living: new Set(isAlive ? slots.filter(({ state }) => isLive(state)).map(({ id }) => id) : []),
      // Without a state file only living runs are known; the others may have been about to be started.
      known: new Set(isAlive ? (state === null ? runs.keys() : slots.filter(isSettled).map(({ id }) => id)) : []),
      startedAt: isAlive ? (state?.startedAt ?? null) : null,
      wasStopping: isStopping(
        base.slots.map(({ slot }) => slot),
        runs,
      ),
      deaths: hasDied ? inARow([...base.deaths, now]) : base.deaths,
      hasDied,
    },
    unread: slots.flatMap((slot) => unreadRun(slot, living)),
    unseenEnds: isAlive ? [] : slots.flatMap((slot) => wordsOfEnd(slot, now)),
    endedByReboot: 0,
    unknown,
    escaped,
  };
}

/** A stop of the whole list says nothing about this instance, nor does a list that did not have it: starting the list starts it. */
const isSettled = ({ wanted }: Slot): boolean => wanted.up || (wanted.by !== 'shutdown' && wanted.by !== 'removed');

/** The whole list was being stopped. A run started since then shows that this stop is over, even if that could not be saved. */
function isStopping(slots: readonly Slot[], runs: ReadonlyMap<string, FoundRun>): boolean {
  const stopped = slots.filter(({ wanted }) => !wanted.up && wanted.by === 'shutdown');
  return stopped.length > 0 && stopped.every(({ id, starts }) => (runs.get(id)?.number ?? 0) <= starts);
}

const NOTHING: Survey = { adoption: null, unknown: [], unseenEnds: [], unread: [], endedByReboot: 0, escaped: [] };

function wordsOfEnd(slot: Slot, now: number): readonly UnseenEnd[] {
  const exit = unseenEnd(slot, now);
  return exit === null
    ? []
    : [{ id: slot.id, words: `pid ${exit.pid ?? 0} ${exit.words}; whether an iteration was cut: ${exit.cut}` }];
}

function unreadRun({ id, state }: Slot, living: ReadonlySet<number>): readonly Unread[] {
  if (!isLive(state) || state.run.process === null || state.run.end !== null) return [];
  const { pid } = state.run.process;
  // As long as a helper lives, so do the pipes.
  return living.has(pid) ? [] : [{ id, run: state.run.number, pid }];
}

const livedThen = ({ left, slots }: SavedState): number =>
  left === 'ended' ? 0 : slots.filter(({ slot }) => isLive(slot.state)).length;

const MINUTE_MS = 60_000;

/** The most recent ones, as long as each came within a minute of the one before. */
export function inARow(deaths: readonly number[]): readonly number[] {
  const breaks = deaths.map((at, index) => index > 0 && at - (deaths[index - 1] ?? 0) > MINUTE_MS);
  return deaths.slice(Math.max(0, breaks.lastIndexOf(true)));
}

/** A process with our mark and what its environment says about its run. */
export interface RunProcess {
  readonly id: string;
  readonly run: number;
  readonly process: Left;
  /** null: its environment does not say. */
  readonly made: Made | null;
  /** It leads its session: it is the main process of its run, or has left that run's session. */
  readonly leads: boolean;
  readonly session: number;
}

export function asRunProcess({ environment, session, ...process }: Marked): RunProcess {
  const lines = environment.split('\0');
  const value = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);
  const name = value('SUPERVISE_NAME') ?? 'unknown';
  const instances = Number(value('SUPERVISE_INSTANCES') ?? 1);
  const id = instanceId({ name, instances }, Number(value('SUPERVISE_INSTANCE') ?? 1));
  return {
    id,
    run: Number(value('SUPERVISE_RUN') ?? 0),
    process,
    made: readMark(value(MADE)),
    leads: session === process.pid,
    session,
  };
}

/**
 * The runs that no state file knows: for each instance the newest, if newer than the saved one. Its main process is the first-started one
 * that leads a session; if that is gone, its helpers still carry its session. `marked`: first-started first.
 */
function newRuns(known: ReadonlyMap<string, Slot>, marked: readonly RunProcess[]): Map<string, FoundRun> {
  const runs = new Map<string, FoundRun>();
  for (const [id, slot] of known) {
    const newer = marked.filter((each) => each.id === id && isNewer(each.run, slot));
    const newest = Math.max(...newer.map(({ run }) => run));
    const of = newer.filter(({ run }) => run === newest);
    const main = of.find(({ leads }) => leads);
    const [helper] = of;
    if (main !== undefined) runs.set(id, foundRun(main.process, newest));
    else if (helper !== undefined) runs.set(id, foundRun({ pid: helper.session, startTime: 0 }, newest));
  }
  return runs;
}

/** Its spawn did not get saved. */
function isNewer(run: number, { starts, state }: Slot): boolean {
  return run > starts || (run === starts && isLive(state) && state.run.process === null);
}

const foundRun = ({ pid, startTime }: ProcessId, number: number): FoundRun => ({
  number,
  process: { pid, startTime },
  startedAt: monotonicMs() - (startTime === 0 ? 0 : ageMs({ startTime })),
});

function revived(slot: Slot, run: FoundRun | undefined, care: ReadonlyMap<string, CareSpec>): Slot {
  const now = monotonicMs();
  const policy = care.get(slot.daemon);
  if (run !== undefined && policy !== undefined) return withFoundRun(slot, run, policy, now);
  return withoutUnbornRun(slot, now);
}

/** The sessions of runs with a living process: a main process, or one that outlives it. */
function livingSessions(slots: readonly Slot[], runs: ReadonlyMap<string, FoundRun>): ReadonlySet<number> {
  const saved = slots.flatMap(({ state }) => (isLive(state) && state.run.process !== null ? [state.run.process] : []));
  const leaders = [...saved, ...[...runs.values()].map(({ process }) => process)];
  const gone = leaders.filter((leader) => !lives(leader));
  const members = gone.length === 0 ? new Map<number, readonly Left[]>() : membersOf(gone);
  return new Set([...leaders.filter((leader) => !gone.includes(leader)).map(({ pid }) => pid), ...members.keys()]);
}

/** 0: it has no process. */
function sessionOf({ state }: Slot): number {
  return isLive(state) ? (state.run.process?.pid ?? 0) : 0;
}

function isAccountedFor(
  id: string,
  known: ReadonlyMap<string, Slot>,
  living: ReadonlySet<number>,
  runs: ReadonlyMap<string, FoundRun>,
  marked: readonly RunProcess[],
): boolean {
  const slot = known.get(id);
  // A process with our mark is known by it, even one that left an earlier run.
  return runs.has(id) || (slot !== undefined && living.has(sessionOf(slot))) || marked.some((each) => each.id === id);
}

/**
 * Processes that belong to none of these living runs, neither by session nor by run number. (The job of an RQ worker has a session of its
 * own and is no stray while its worker lives.)
 */
function strays(marked: readonly RunProcess[], living: readonly Slot[]): readonly Stray[] {
  const sessions = new Set(living.map(sessionOf));
  const runs = new Map(living.map(({ id, state }) => [id, isLive(state) ? state.run.number : null]));
  return marked
    .filter(({ id, run, session }) => !sessions.has(session) && runs.get(id) !== run)
    .map(({ id, process }) => ({ id, process }));
}

/** Orphans that hold a pipe of an instance but belong to none of these living runs. */
function unmarkedStrays(
  { fifos }: StateFolder,
  marked: readonly RunProcess[],
  living: readonly Slot[],
): readonly Stray[] {
  const sessions = new Set(living.map(sessionOf));
  const found = unmarkedHolders(
    fifos,
    marked.map(({ process }) => process),
  );
  return found
    .filter(({ session }) => !sessions.has(session))
    .map(({ id, session: _session, ...process }) => ({ id, process }));
}

function madeRun({ id, state }: Slot, made: MadeRun['made'] | null): readonly (readonly [string, MadeRun])[] {
  return made !== null && isLive(state) ? [[id, { run: state.run.number, made }]] : [];
}

/** What the runs that no state file knows were made from, according to their environment. */
const madeOfFound = (
  runs: ReadonlyMap<string, FoundRun>,
  marked: readonly RunProcess[],
): readonly (readonly [string, MadeRun])[] =>
  marked.flatMap(({ id, run, made }) =>
    made !== null && runs.get(id)?.number === run ? [[id, { run, made }] as const] : [],
  );

type Base = Pick<SavedState, 'daemons' | 'slots' | 'deaths' | 'gone'>;

const UNWRITTEN: Base = { daemons: [], slots: [], deaths: [], gone: [] };

/**
 * Adds slots for the instances in `seen` that it lacks: they were first started after it was written. Their daemons are looked after as
 * saved, or, if nothing is saved, as the list (null: refused) has them now. So are those only noted as about to be signalled.
 */
function withUnwritten(base: Base, list: Known | null, seen: ReadonlySet<string>): Base {
  const listed = list?.daemons ?? [];
  const known = new Set(base.slots.map(({ slot }) => slot.id));
  const named = new Set(base.daemons.map(({ name }) => name));
  const found = new Map(
    instancesOf([...base.daemons, ...listed])
      .filter(({ id }) => seen.has(id) && !known.has(id))
      .map((instance) => [instance.id, instance]),
  );
  const slots = [
    ...base.slots,
    ...[...found.values()].map(({ spec, number }) => ({ slot: newSlot(spec, number, 0), made: null })),
  ];
  const meant = new Set(slots.map(({ slot }) => slot.daemon));
  const daemons = [...base.daemons, ...listed.filter(({ name }) => meant.has(name) && !named.has(name))];
  const cared = new Set(daemons.map(({ name }) => name));
  const isCared = ({ slot }: SavedSlot): boolean => cared.has(slot.daemon);
  const dropped = slots.filter((each) => !isCared(each));
  return {
    ...base,
    daemons,
    slots: slots.filter(isCared),
    gone: [...base.gone, ...dropped.map(({ slot }) => [slot.id, slot.starts] as const)],
  };
}
