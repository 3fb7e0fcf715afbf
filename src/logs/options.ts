/** How the log of a daemon is written. */
import type { Compressor } from './compressor.ts';
import type { LineForm } from './out-sink.ts';
import type { Outlet } from './outlet.ts';
import type { TellTrouble } from './room.ts';
import type { Total } from './total.ts';

export interface DaemonLogOptions {
  /** The daemon's name. */
  readonly daemon: string;
  /** Absolute. */
  readonly file: string;
  /** What a SIGKILL must not take from it is saved here, in a folder where only we may write. */
  readonly openLines: string;
  readonly maxSizeBytes: number;
  /** How many rotated files are kept beside the current one. */
  readonly maxFiles: number;
  readonly timestamps: boolean;
  /** Several instances: each line names the one that printed it. */
  readonly named: boolean;
  readonly wallNow: () => Date;
  /** The file cannot be written, rotated or compressed; null: it can again. The words follow the daemon's name. */
  readonly onTrouble: TellTrouble;
  /** Compresses what is rotated; without it that stays as it is. */
  readonly compressor?: Compressor | null;
  /** The limit over all logs, if there is one. */
  readonly total?: Total | null;
  /** Its lines go to our stdout and none to the file; null: they go to the file. */
  readonly out?: Out | null;
}

/** The way to our stdout: the same for all daemons. */
export interface Out {
  readonly outlet: Outlet;
  readonly form: LineForm;
}

/** Both stdout, or the same files, rotated in the same way. */
export function isSamePlace(a: DaemonLogOptions, b: DaemonLogOptions): boolean {
  const [outA, outB] = [a.out ?? null, b.out ?? null];
  if (outA !== null || outB !== null) return outA === outB;
  return a.file === b.file && a.maxSizeBytes === b.maxSizeBytes && a.maxFiles === b.maxFiles;
}
