/** Fleet -> state.json, soon after a change: many changes make one write. */
import type { CareSpec } from '../config/spec.ts';
import { unsureOf } from './lifecycle/adopt.ts';
import type { Fleet } from './lifecycle/roster.ts';
import type { MadeRuns } from './made-runs.ts';
import type { PresentList } from './present-list.ts';
import { forgetSignalled, noteSignalled } from './world/signalled.ts';
import { writeState, writeStateNow, type SavedSlot, type SavedState } from './world/state-file.ts';

export interface Saver {
  save(fleet: Fleet): void;
  /** Records before returning that these are about to get their stop signal. If that fails, they get it all the same. */
  beforeSignal(fleet: Fleet, ids: ReadonlySet<string>): void;
  /** Writes the final state, and nothing after it. */
  end(fleet: Fleet): Promise<void>;
  /** Writes without waiting for more news. Returns why that failed, in words; null: written. */
  writeNow(fleet: Fleet): Promise<string | null>;
  /** Resolves when nothing is being written. */
  idle(): Promise<void>;
  /** Writes before returning, for a successor to resume from. Returns why that failed, in words; null: written. */
  handOn(fleet: Fleet): string | null;
}

export interface SaverParts {
  readonly file: string;
  readonly version: string;
  readonly about: Pick<SavedState, 'boot' | 'id' | 'list' | 'startedAt' | 'deaths'>;
  readonly present: Pick<PresentList, 'daemons' | 'list' | 'startsPerSecond'>;
  readonly made: MadeRuns;
  readonly trouble: (words: string | null) => void;
}

/**
 * What is not yet saved when we die is found all the same, by its environment and by the holders of the FIFOs (adoption.ts), and a stop
 * signal is noted before it is sent (`beforeSignal`); a stop of hundreds should not write the file hundreds of times.
 */
const SOON_MS = 25;
/** After a failed write (a full or read-only disk) it is tried again, news or not. */
const AGAIN_MS = 1_000;
/** Writing takes at most a twentieth of the time, however large the list. */
const SHARE = 20;
/** But nothing waits longer than this, however slow the disk: what a person asked for must survive our death. */
const LATEST_MS = 1_000;

export function saver({ file, version, about, present, made, trouble }: SaverParts): Saver {
  let waiting: Fleet | null = null;
  let writing: Promise<void> | null = null;
  let pauseMs = SOON_MS;
  let leaving = false;
  let hasFailed = false;
  /** Ends the pause before the next write after so long. */
  let hurry: (inMs: number) => void = () => undefined;

  /** How many notes of coming signals were made, and how many have been dropped. An earlier supervisor may have left some. */
  let noted = 1;
  let forgotten = 0;

  const stateOf = (fleet: Fleet, left: SavedState['left']): SavedState => {
    const slots = fleet.slots.map((slot): SavedSlot => ({ slot, made: made.of(slot) }));
    const { daemons, list, startsPerSecond } = present;
    // Daemons about to be added have no slot yet, removed ones may still have one.
    const meant = new Set([...list.daemons.map(({ name }) => name), ...fleet.slots.map(({ daemon }) => daemon)]);
    return {
      ...about,
      startsPerSecond,
      left,
      daemons: daemons.filter(({ name }) => meant.has(name)).map(careOf),
      slots,
      gone: [...fleet.gone],
    };
  };
  /** A signal noted during the write may be missing from it. */
  const forgetUpTo = (known: number): void => {
    if (noted !== known || forgotten === known) return;
    forgetSignalled(file);
    forgotten = known;
  };
  const writeOnce = async (fleet: Fleet, left: SavedState['left'], known: number): Promise<string | null> => {
    const begun = performance.now();
    const why = await writeState(file, stateOf(fleet, left), version);
    if (why === null) forgetUpTo(known);
    trouble(why);
    hasFailed = why !== null;
    const shareMs = Math.min(LATEST_MS, SHARE * (performance.now() - begun));
    pauseMs = Math.max(why === null ? SOON_MS : AGAIN_MS, shareMs);
    return why;
  };
  let last: Promise<unknown> = Promise.resolve();
  /** One at a time: they all write the same file. */
  const write = (fleet: Fleet, left: SavedState['left']): Promise<string | null> => {
    // The number of notes as of now, whenever its turn comes.
    const known = noted;
    const written = last.then(() => writeOnce(fleet, left, known));
    last = written;
    return written;
  };
  // What `save` put there during the write: TypeScript does not see that it may have changed.
  const newest = (): Fleet | null => waiting;
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      let timer = setTimeout(resolve, pauseMs);
      hurry = (inMs) => {
        clearTimeout(timer);
        timer = setTimeout(resolve, inMs);
      };
    });
  const writeSoon = async (): Promise<void> => {
    while (waiting !== null) {
      if (!leaving) await pause();
      const fleet: Fleet = waiting;
      waiting = null;
      if ((await write(fleet, null)) !== null && !leaving) waiting = newest() ?? fleet;
    }
    writing = null;
  };
  const tryAgain = (fleet: Fleet): void => {
    // A write under way already has something newer.
    if (writing !== null) return;
    waiting = fleet;
    writing = writeSoon();
  };

  return {
    save(fleet) {
      waiting = fleet;
      // News does not wait for the retry of a failed write.
      if (hasFailed) hurry(SOON_MS);
      hasFailed = false;
      writing ??= writeSoon();
    },
    beforeSignal(fleet, ids) {
      noted += 1;
      const why = noteSignalled(file, about, fleet.slots.filter(({ id }) => ids.has(id)).map(unsureOf));
      // The write that soon follows reports when it works again.
      if (why !== null) trouble(why);
    },
    async end(fleet) {
      leaving = true;
      hurry(0);
      await writing;
      await write(fleet, 'ended');
    },
    async writeNow(fleet) {
      // The waiting fleet is now out of date.
      if (waiting !== null) waiting = fleet;
      const why = await write(fleet, null);
      if (why !== null) tryAgain(fleet);
      return why;
    },
    async idle() {
      leaving = true;
      hurry(0);
      while (writing !== null) await writing;
      await last;
      leaving = false;
    },
    handOn(fleet) {
      const why = writeStateNow(file, stateOf(fleet, 'handed-on'), version);
      if (why === null) forgetUpTo(noted);
      trouble(why);
      if (why !== null) tryAgain(fleet);
      return why;
    },
  };
}

/** Without what its processes are made from: that contains values of the environment. */
function careOf(spec: CareSpec): CareSpec {
  const { name, instances, tags, autostart, dependsOn, ready, restart, stop, leftovers, log, watch } = spec;
  const { limits, resources } = spec;
  return {
    name,
    instances,
    tags,
    autostart,
    dependsOn,
    ready,
    restart,
    stop,
    leftovers,
    log,
    watch,
    limits,
    resources,
  };
}
