import { close, constants, openSync, readdirSync, renameSync, statSync, unlinkSync, type Stats } from 'node:fs';
import path from 'node:path';
import type { Result } from '../base/result.ts';
import { attempt, existing } from './disk.ts';
import { fileName, turnedOverFile, turnOverSteps, type TurnedOverFile, type TurnOverStep } from './rotate.ts';

/** A file that was turned over, and what is known of it on disk. */
export interface Kept extends TurnedOverFile {
  readonly path: string;
  readonly bytes: number;
  /** When its last line was written; it keeps that when it is compressed. */
  readonly writtenAtMs: number;
}

/** The files of one log that were turned over. They are looked for once; who else touches them is noticed after an error. */
export class TurnedOver {
  readonly #folder: string;
  readonly #name: string;
  readonly #maxFiles: number;
  #files: readonly TurnedOverFile[] | null = null;

  constructor(file: string, maxFiles: number) {
    this.#folder = path.dirname(file);
    this.#name = path.basename(file);
    this.#maxFiles = maxFiles;
  }

  /** What is compressed is written here first. */
  get part(): string {
    return path.join(this.#folder, `${this.#name}.gz.part`);
  }

  /** NAME.log becomes NAME.log.1, and so on. */
  turnOver(): Result<void> {
    const done = attempt(() => {
      this.#files ??= this.#listWhole();
      const { steps, kept } = turnOverSteps(this.#files, this.#maxFiles);
      for (const step of steps) this.#carryOut(step);
      this.#files = kept;
    });
    if (!done.ok) this.#files = null;
    return done;
  }

  /** Newest first. */
  kept(): readonly Kept[] {
    const files = (this.#files ??= existing(() => this.#listWhole()) ?? []);
    return files.flatMap((file) => {
      const at = this.#path(file);
      const stat = existing(() => statSync(at));
      return stat === null ? [] : [{ ...file, path: at, bytes: stat.size, writtenAtMs: stat.mtimeMs }];
    });
  }

  remove(file: TurnedOverFile): void {
    removeInBackground(this.#path(file));
    this.#files = this.#files?.filter(({ number }) => number !== file.number) ?? null;
  }

  /** The part is whole: it takes the place of the file that was compressed, whatever its number is by now; false: that is gone. */
  compressed(original: Stats): boolean {
    const file = this.#files?.find((each) => !each.gz && isSame(statOf(this.#path(each)), original));
    if (file === undefined) return false;
    const gz = { number: file.number, gz: true };
    renameSync(this.part, this.#path(gz));
    removeInBackground(this.#path(file));
    this.#files = this.#files?.map((each) => (each === file ? gz : each)) ?? null;
    return true;
  }

  #path(file: TurnedOverFile): string {
    return path.join(this.#folder, fileName(this.#name, file));
  }

  /** Where a death has left a file beside what it was compressed to, the original counts, and the other goes. */
  #listWhole(): readonly TurnedOverFile[] {
    const all = turnedOverEntries(this.#folder, this.#name);
    const whole = wholeOnes(all);
    for (const file of all) if (!whole.includes(file)) removeInBackground(this.#path(file));
    removeInBackground(this.part);
    return whole;
  }

  #carryOut(step: TurnOverStep): void {
    if (step.do === 'remove') removeInBackground(this.#path(step.file));
    else
      existing(() => {
        renameSync(this.#path(step.file), this.#path({ number: step.to, gz: step.file.gz }));
      });
  }
}

/** Ascending, each number once. */
export function turnedOverFiles(folder: string, name: string): readonly TurnedOverFile[] {
  return wholeOnes(turnedOverEntries(folder, name));
}

/** Is this the same file, or what that one was compressed to? */
export function isSame(one: Stats | null, other: Stats): boolean {
  return one !== null && one.ino === other.ino && one.dev === other.dev;
}

function turnedOverEntries(folder: string, name: string): readonly TurnedOverFile[] {
  return readdirSync(folder)
    .map((entry) => turnedOverFile(name, entry))
    .filter((file) => file !== null)
    .sort((a, b) => a.number - b.number || Number(a.gz) - Number(b.gz));
}

function wholeOnes(files: readonly TurnedOverFile[]): readonly TurnedOverFile[] {
  return files.filter(({ number }, index) => number !== files[index - 1]?.number);
}

function statOf(file: string): Stats | null {
  return existing(() => statSync(file));
}

/**
 * Freeing the blocks of a large file takes milliseconds, and it is done by who closes it last: a thread of the pool, by this
 * descriptor, instead of the loop that every daemon's output passes through. What is gone already is fine.
 */
function removeInBackground(file: string): void {
  const doomed = attempt(() => openSync(file, constants.O_RDONLY | constants.O_NONBLOCK));
  try {
    existing(() => {
      unlinkSync(file);
    });
  } finally {
    if (doomed.ok) close(doomed.value, () => undefined);
  }
}
