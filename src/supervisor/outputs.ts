/** Which log an instance writes to: one per daemon, in a file or on our stdout. */
import path from 'node:path';
import type { CareSpec, LogSpec } from '../config/spec.ts';
import { Compressor, type Gzip } from '../logs/compressor.ts';
import type { LogTarget } from '../logs/history.ts';
import type { DaemonLogOptions, Out } from '../logs/options.ts';
import { DaemonLog } from '../logs/pump.ts';
import { Total } from '../logs/total.ts';
import { instancesOf } from './instances.ts';
import type { Slot } from './lifecycle/state.ts';
import { fileSizeLimit } from './world/own-limits.ts';
import type { Output } from './world/run.ts';

export interface Logs extends Output {
  readonly logs: ReadonlyMap<string, DaemonLog>;
  /**
   * Once, before the first write: the instances whose pipes an earlier supervisor read and we go on reading. A line that it left unfinished
   * continues with their next bytes; all other unfinished lines are ended.
   */
  resume(adopted: ReadonlySet<string>): void;
  /**
   * The list has been replaced. `slots`: writers besides its instances. A log whose daemon is neither in the list nor alive is closed; a
   * changed size, file count or place applies from the next line on.
   */
  take(specs: readonly CareSpec[], slots: readonly Pick<Slot, 'id' | 'daemon'>[], maxTotalBytes: number | null): void;
  /** Writes a line of its own about an instance to the log of its daemon. */
  tell(id: string, words: string): void;
  /** The daemons whose log lacks lines without saying how many: it cannot be written, so the count exists only in memory. */
  uncounted(): readonly string[];
  /** A successor continues all of them as they are: unfinished lines stay unfinished. */
  handOn(): void;
  /** The lines of this instance go to our stdout. */
  onStdout(id: string): boolean;
  anyOnStdout(): boolean;
  close(): void;
}

export interface LogSurroundings {
  /** Where bare names go. It is ours and exists. */
  readonly folder: string;
  /** What all logs may take together; null: only their own limits apply. */
  readonly maxTotalBytes: number | null;
  readonly gzip: Gzip;
  /** Takes the lines that go to stdout. Null: stdout has no reader, so they go to files. */
  readonly out: Out | null;
  /** Something is wrong with a log, or (null) no longer; `what` distinguishes the troubles. */
  readonly tell: (what: string, words: string | null) => void;
}

/** `slots`: writers besides the instances of these daemons, under the names an earlier list gave them. */
export function openLogs(
  specs: readonly CareSpec[],
  slots: readonly Pick<Slot, 'id' | 'daemon'>[],
  around: LogSurroundings,
): Logs {
  const compressor = new Compressor(around.gzip);
  const logs = new Map<string, DaemonLog>();
  const ofInstance = new Map<string, DaemonLog>();
  const take: Logs['take'] = (present, living, maxTotalBytes) => {
    const total = totalOf(maxTotalBytes, around);
    const options = present.map((spec) => logOptions(spec, { ...around, compressor, total }));
    const named = new Set(present.map(({ name }) => name));
    // A log that gives up a place comes before the one that may take it.
    for (const [daemon, log] of logs) {
      if (named.has(daemon)) continue;
      log.close();
      around.tell(`log of ${daemon}`, null);
      logs.delete(daemon);
    }
    for (const each of options) {
      const log = logs.get(each.daemon);
      if (log === undefined) logs.set(each.daemon, new DaemonLog(each));
      else log.adjust(each);
    }
    ofInstance.clear();
    const listed = instancesOf(present).map(({ id, spec }) => ({ id, daemon: spec.name }));
    for (const { id, daemon } of [...listed, ...living]) {
      const log = logs.get(daemon);
      if (log !== undefined) ofInstance.set(id, log);
    }
  };
  take(specs, slots, around.maxTotalBytes);

  return {
    logs,
    take(present, living, maxTotalBytes) {
      // If the new limit is not kept, that is reported afresh.
      around.tell('logs', null);
      take(present, living, maxTotalBytes);
      around.out?.outlet.askAnew();
    },
    write(id, stream, chunk, run) {
      ofInstance.get(id)?.write(id, stream, chunk, run);
    },
    room(id, presses) {
      return ofInstance.get(id)?.options.out?.outlet.room(presses);
    },
    endOf(id, stream) {
      ofInstance.get(id)?.endOf(id, stream);
    },
    tell(id, words) {
      ofInstance.get(id)?.tell(words);
    },
    onStdout(id) {
      return ofInstance.get(id)?.options.out != null;
    },
    anyOnStdout() {
      return [...logs.values()].some(({ options }) => options.out != null);
    },
    resume(adopted) {
      for (const log of logs.values()) log.resume(adopted);
    },
    uncounted() {
      return [...logs].filter(([, log]) => !log.tellDropped()).map(([daemon]) => daemon);
    },
    handOn() {
      compressor.close();
      for (const log of logs.values()) log.handOn();
    },
    close() {
      compressor.close();
      for (const log of logs.values()) log.close();
    },
  };
}

const totalOf = (maxBytes: number | null, { tell }: LogSurroundings): Total | null =>
  maxBytes === null
    ? null
    : new Total(maxBytes, (words) => {
        tell('logs', words);
      });

function logOptions(
  spec: CareSpec,
  {
    folder,
    tell,
    compressor,
    total,
    out,
  }: Pick<LogSurroundings, 'folder' | 'tell' | 'out'> & {
    readonly compressor: Compressor;
    readonly total: Total | null;
  },
): DaemonLogOptions {
  const { name: daemon, instances, log } = spec;
  const { maxFiles, timestamps, compress } = log;
  const maxSizeBytes = Math.min(log.maxSizeBytes, mostWithin(fileSizeLimit()));
  return {
    ...{ daemon, file: logFile(spec, folder), openLines: path.join(folder, `${daemon}.log.open`) },
    ...{ maxSizeBytes, maxFiles, timestamps, named: instances > 1 },
    wallNow: () => new Date(),
    onTrouble: (words) => {
      tell(`log of ${daemon}`, words === null ? null : `${daemon}: ${words}`);
    },
    compressor: compress ? compressor : null,
    total,
    out: goesToStdout(log) ? out : null,
  };
}

/** A line begun in a file is finished in it: this much is kept free for that. */
const ROOM_FOR_A_LINE = 64 * 1024;

const mostWithin = (limit: number): number =>
  limit === Infinity ? Infinity : Math.ceil(limit - Math.min(limit / 4, ROOM_FOR_A_LINE));

/** As pid 1, in a container, stdout is where lines are looked for. */
export const goesToStdout = ({ to }: Pick<LogSpec, 'to'>, isFirst = process.pid === 1): boolean =>
  to === 'stdout' || (to === 'unsaid' && isFirst);

export const namesOnStdout = (daemons: readonly Pick<CareSpec, 'name' | 'log'>[]): readonly string[] =>
  daemons.filter(({ log }) => goesToStdout(log)).map(({ name }) => name);

/** Absolute, or a bare name in the logs folder. */
export const logFile = (spec: Pick<CareSpec, 'log'>, folder: string): string => path.resolve(folder, spec.log.file);

/** Where the lines of these instances are, by daemon, in slot order. */
export function logTargets(
  { logs }: Logs,
  slots: readonly Slot[],
  countOf: (daemon: string) => number,
): readonly LogTarget[] {
  return [...new Set(slots.map(({ daemon }) => daemon))].flatMap((daemon) => {
    const live = logs.get(daemon);
    if (live === undefined) return [];
    const { file, named, out } = live.options;
    const instances = new Set(slots.flatMap((slot) => (slot.daemon === daemon ? [slot.id] : [])));
    // With all its instances selected, lines that do not say which one printed them are included.
    const all = instances.size === countOf(daemon);
    const place = out == null ? file : null;
    return [{ daemon, file: place, named, live, instances: all ? null : instances }];
  });
}
