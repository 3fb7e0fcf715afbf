import type { Scratch } from './scratch.ts';

/** Bytes that wait for the end of their line. Grows by doubling; uses no memory while empty. */
export class Hold {
  #bytes: Buffer = NOTHING;
  #length = 0;
  /** How many of them, from the beginning, have been saved where a SIGKILL does not lose them. */
  saved = 0;

  get length(): number {
    return this.#length;
  }

  add(bytes: Buffer): void {
    const needed = this.#length + bytes.length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length, 128));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    bytes.copy(this.#bytes, this.#length);
    this.#length = needed;
  }

  /** What was held followed by `bytes`, in `scratch` if they must be joined; afterwards nothing is held. */
  takeWith(bytes: Buffer, scratch: Scratch): Buffer {
    if (this.#length === 0) return bytes;
    const all = scratch.join(this.#bytes.subarray(0, this.#length), bytes);
    this.clear();
    return all;
  }

  clear(): void {
    this.#bytes = NOTHING;
    this.#length = this.saved = 0;
  }

  /** Valid until something is added or taken; so is `unsaved`. */
  get all(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** What has not been saved yet. */
  get unsaved(): Buffer {
    return this.#bytes.subarray(this.saved, this.#length);
  }
}

const NOTHING: Buffer = Buffer.alloc(0);
