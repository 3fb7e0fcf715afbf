/**
 * Memory for bytes that are put together, written, and then no longer needed: at 64 KiB a time, allocating it takes longer than filling it.
 * What it returned is valid until the next request.
 */
export class Scratch {
  #bytes: Buffer = Buffer.alloc(0);

  room(length: number): Buffer {
    if (length > KEPT_MAX_BYTES) return Buffer.allocUnsafeSlow(length);
    if (this.#bytes.length < length) this.#bytes = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#bytes.length));
    return this.#bytes.subarray(0, length);
  }

  join(first: Buffer, second: Buffer): Buffer {
    if (first.length === 0) return second;
    const all = this.room(first.length + second.length);
    all.set(first);
    all.set(second, first.length);
    return all;
  }
}

const KEPT_MAX_BYTES = 512 * 1024;
