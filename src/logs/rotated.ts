import {
  close,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
  type Stats,
} from 'node:fs';
import path from 'node:path';
import type { Result } from '../base/result.ts';
import { attempt, existing } from './disk.ts';
import { inFolder } from './links.ts';
import { fileName, rotatedFile, rotationSteps, type RotatedFile, type RotationStep } from './rotate.ts';

/** A rotated file, and what is known of it on disk. */
export interface Kept extends RotatedFile {
  readonly bytes: number;
  /** When its last line was written; compression keeps that. */
  readonly writtenAtMs: number;
}

/** A file being compressed, and its result. */
export interface Compressing {
  readonly from: number;
  readonly to: number;
  readonly original: Stats;
}

/**
 * The rotated files of one log. They are looked up once; changes by others are noticed after an error. Their folder may be another
 * user's: nothing is done through a link planted in it.
 */
export class Rotated {
  readonly #folder: string;
  readonly #name: string;
  readonly #maxFiles: number;
  #files: readonly RotatedFile[] | null = null;

  constructor(file: string, maxFiles: number) {
    this.#folder = path.dirname(file);
    this.#name = path.basename(file);
    this.#maxFiles = maxFiles;
  }

  /** NAME.log becomes NAME.log.1, and so on. */
  rotate(): Result<void> {
    const done = attempt(() => {
      inFolder(this.#folder, (there) => {
        this.#files ??= this.#listWhole(there);
        const { steps, kept } = rotationSteps(this.#files, this.#maxFiles);
        for (const step of steps) this.#carryOut(step, there);
        this.#files = kept;
      });
    });
    if (!done.ok) this.#files = null;
    return done;
  }

  /** Newest first. For anything but a regular file only the name is known. */
  kept(): readonly Kept[] {
    return (
      existing(() =>
        inFolder(this.#folder, (there) => {
          this.#files ??= this.#listWhole(there);
          return keptOf(this.#files, there, this.#name);
        }),
      ) ?? []
    );
  }

  remove(file: RotatedFile): void {
    inFolder(this.#folder, (there) => {
      removeInBackground(this.#path(there, file));
    });
    this.#files = this.#files?.filter(({ number }) => number !== file.number) ?? null;
  }

  /** Opens a file, and a new one for its result: a gzip that outlived an earlier supervisor may still write to the old one. */
  beginToCompress(file: RotatedFile): Compressing {
    return inFolder(this.#folder, (there) => {
      const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NONBLOCK, O_NOFOLLOW } = constants;
      const from = openSync(this.#path(there, file), O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
      try {
        const original = fstatSync(from);
        removeInBackground(this.#part(there));
        const to = openSync(this.#part(there), O_WRONLY | O_CREAT | O_EXCL, original.mode & 0o777);
        return { from, to, original };
      } catch (error) {
        closeSync(from);
        throw error;
      }
    });
  }

  /** The result is complete: it takes the file's place, whatever its number is by now; false: the file is gone. */
  compressed(original: Stats): boolean {
    return inFolder(this.#folder, (there) => {
      const file = this.#files?.find(
        (each) =>
          !each.gz &&
          isSame(
            existing(() => lstatSync(this.#path(there, each))),
            original,
          ),
      );
      if (file === undefined) return false;
      const gz = { number: file.number, gz: true };
      renameSync(this.#part(there), this.#path(there, gz));
      removeInBackground(this.#path(there, file));
      this.#files = this.#files?.map((each) => (each === file ? gz : each)) ?? null;
      return true;
    });
  }

  /** The compression is abandoned. */
  dropPart(): void {
    inFolder(this.#folder, (there) => {
      removeInBackground(this.#part(there));
    });
  }

  #path(there: string, file: RotatedFile): string {
    return path.join(there, fileName(this.#name, file));
  }

  /** The compressed data goes here first. */
  #part(there: string): string {
    return path.join(there, `${this.#name}.gz.part`);
  }

  /** If a death left a file beside its compressed version, the original counts and the other goes. */
  #listWhole(there: string): readonly RotatedFile[] {
    const all = rotatedEntries(there, this.#name);
    const whole = wholeOnes(all);
    for (const file of all) if (!whole.includes(file)) removeInBackground(this.#path(there, file));
    removeInBackground(this.#part(there));
    return whole;
  }

  #carryOut(step: RotationStep, there: string): void {
    if (step.do === 'remove') removeInBackground(this.#path(there, step.file));
    else
      existing(() => {
        renameSync(this.#path(there, step.file), this.#path(there, { number: step.to, gz: step.file.gz }));
      });
  }
}

/** As they are now, without touching them. Newest first. */
export function keptFiles(file: string): readonly Kept[] {
  const [folder, name] = [path.dirname(file), path.basename(file)];
  return keptOf(rotatedFiles(folder, name), folder, name);
}

/** Ascending, each number once. */
export function rotatedFiles(folder: string, name: string): readonly RotatedFile[] {
  return wholeOnes(rotatedEntries(folder, name));
}

/** Is this the same file, or its compressed version? */
export function isSame(one: Stats | null, other: Stats): boolean {
  return one !== null && one.ino === other.ino && one.dev === other.dev;
}

function rotatedEntries(folder: string, name: string): readonly RotatedFile[] {
  return readdirSync(folder)
    .map((entry) => rotatedFile(name, entry))
    .filter((file) => file !== null)
    .sort((a, b) => a.number - b.number || Number(a.gz) - Number(b.gz));
}

function wholeOnes(files: readonly RotatedFile[]): readonly RotatedFile[] {
  return files.filter(({ number }, index) => number !== files[index - 1]?.number);
}

function keptOf(files: readonly RotatedFile[], folder: string, name: string): readonly Kept[] {
  return files.flatMap((file) => {
    const stat = existing(() => lstatSync(path.join(folder, fileName(name, file))));
    return stat?.isFile() === true ? [{ ...file, bytes: stat.size, writtenAtMs: stat.mtimeMs }] : [];
  });
}

/**
 * Freeing the blocks of a large file takes milliseconds, spent by whoever closes it last: here a pool thread, through this descriptor,
 * instead of the event loop that every daemon's output passes through. A file already gone is fine.
 */
function removeInBackground(file: string): void {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  const doomed = attempt(() => openSync(file, O_RDONLY | O_NONBLOCK | O_NOFOLLOW));
  try {
    existing(() => {
      unlinkSync(file);
    });
  } finally {
    if (doomed.ok) close(doomed.value, () => undefined);
  }
}
