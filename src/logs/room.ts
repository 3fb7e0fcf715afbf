import { fail } from '../base/result.ts';
import type { LogFile } from './file.ts';

export type TellTrouble = (words: string | null) => void;

/** How far the current file may grow. */
export class Room {
  readonly #file: LogFile;
  readonly #maxSizeBytes: number;
  readonly #onTrouble: TellTrouble;
  /** Where the file is rotated: `maxSizeBytes`, later if rotation failed. */
  #limit: number;

  constructor(file: LogFile, maxSizeBytes: number, onTrouble: TellTrouble) {
    this.#file = file;
    this.#maxSizeBytes = this.#limit = maxSizeBytes;
    this.#onTrouble = onTrouble;
  }

  get end(): number {
    return this.#file.isRegular ? this.#limit : Infinity;
  }

  /** `here`: the file is at its path. After an error it continues as it is, and this is tried again after as much again. */
  rotate(here: boolean): boolean {
    const known = this.#file.size;
    const done = here ? this.#file.rotate() : fail('it was removed, and no file can be made in its place');
    if (done.ok) {
      if (this.#limit !== this.#maxSizeBytes) this.#onTrouble(null);
      this.#limit = this.#maxSizeBytes;
      return true;
    }
    this.#limit = known + this.#maxSizeBytes;
    this.#onTrouble(`cannot rotate ${this.#file.path}: ${done.error}; it goes on growing, and is tried again later`);
    return false;
  }
}
