/** Fleet -> state.json, soon after a change: many changes are one writing. */
import type { CareSpec } from '../config/spec.ts';
import { unsureOf } from './lifecycle/adopt.ts';
import type { Fleet } from './lifecycle/roster.ts';
import type { MadeRuns } from './made-runs.ts';
import type { PresentList } from './present-list.ts';
import { forgetSignalled, noteSignalled } from './world/signalled.ts';
import { writeState, writeStateNow, type SavedSlot, type SavedState } from './world/state-file.ts';

export interface Saver {
  save(fleet: Fleet): void;
  /** Writes before it returns that these are about to be sent their stop signal. Where that cannot be, they are sent it all the same. */
  beforeSignal(fleet: Fleet, ids: ReadonlySet<string>): void;
  /** Writes the last word, and nothing after it. */
  end(fleet: Fleet): Promise<void>;
  /** Writes without waiting for more news. Why that cannot be, in words; null: it is written. */
  writeNow(fleet: Fleet): Promise<string | null>;
  /** Resolves when nothing is being written. */
  idle(): Promise<void>;
  /** Writes before it returns, for a successor that goes on with it. Why that cannot be, in words; null: it is written. */
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
 * What is not written yet when we die is found all the same, by its environment and by who holds the FIFOs (adoption.ts), and that a
 * process was told to end is noted before it is (`beforeSignal`); a stop of hundreds should not write the file hundreds of times.
 */
const SOON_MS = 25;
/** Where it could not be written (a full disk, one that may only be read) it is tried again, be there news or not. */
const AGAIN_MS = 1_000;
/** Writing takes no more than a twentieth of the time, however large the list. */
const SHARE = 20;
/** But nothing waits for longer, however slow the disk: what a person has asked for is to survive our death. */
const LATEST_MS = 1_000;

export function saver({ file, version, about, present, made, trouble }: SaverParts): Saver {
  let waiting: Fleet | null = null;
  let writing: Promise<void> | null = null;
  let pauseMs = SOON_MS;
  let leaving = false;
  let hasFailed = false;
  /** The pause before the next writing is over in so long. */
  let hurry: (inMs: number) => void = () => undefined;

  /** How often it was noted who is about to be signalled, and how many of those notes are gone. An earlier supervisor may have left some. */
  let noted = 1;
  let forgotten = 0;

  const stateOf = (fleet: Fleet, left: SavedState['left']): SavedState => {
    const slots = fleet.slots.map((slot): SavedSlot => ({ slot, made: made.of(slot) }));
    const { daemons, list, startsPerSecond } = present;
    // Who is about to be added has no slot yet, who is removed may have one still.
    const meant = new Set([...list.daemons.map(({ name }) => name), ...fleet.slots.map(({ daemon }) => daemon)]);
    return {
      ...about,
      startsPerSecond,
      left,
      daemons: daemons.filter(({ name }) => meant.has(name)).map(careOf),
      slots,
    };
  };
  /** What was noted while it was written may not be in it. */
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
  /** One after the other: all of them write the same file. */
  const write = (fleet: Fleet, left: SavedState['left']): Promise<string | null> => {
    // By the fleet as it is now, whenever its turn comes.
    const known = noted;
    const written = last.then(() => writeOnce(fleet, left, known));
    last = written;
    return written;
  };
  // What `save` has put there while it was written: TypeScript does not see that another may.
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
    // Who writes already writes something newer.
    if (writing !== null) return;
    waiting = fleet;
    writing = writeSoon();
  };

  return {
    save(fleet) {
      waiting = fleet;
      // News does not wait for the next try of what could not be written.
      if (hasFailed) hurry(SOON_MS);
      hasFailed = false;
      writing ??= writeSoon();
    },
    beforeSignal(fleet, ids) {
      noted += 1;
      const why = noteSignalled(file, about, fleet.slots.filter(({ id }) => ids.has(id)).map(unsureOf));
      // That it works again is told by the writing that follows soon.
      if (why !== null) trouble(why);
    },
    async end(fleet) {
      leaving = true;
      hurry(0);
      await writing;
      await write(fleet, 'ended');
    },
    async writeNow(fleet) {
      // What waits is older by now.
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

/** Without what its processes are made from: that has values of the environment. */
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
