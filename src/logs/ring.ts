import { asBuffer, clipped, NEWLINE } from '../base/lines.ts';
import { SHOWN_MAX_BYTES } from './line.ts';

export const RING_MAX_BYTES = SHOWN_MAX_BYTES;
export const RING_MAX_LINES = 1000;
const RING_MAX_CHUNKS = 1024;

/** A line in memory; `source` is the number its bytes were pushed with. */
export interface RingLine {
  readonly source: number;
  readonly atMs: number;
  readonly text: string;
}

/** A line that has begun but not ended. */
export interface OpenLine {
  readonly source: number;
  readonly atMs: number;
  readonly bytes: Buffer;
  /** Its beginning is no longer in memory. */
  readonly headless: boolean;
}

/**
 * The newest output of one daemon in memory, with time of receipt and source: the newest 64 KiB in at most 1,024 chunks. A push copies the
 * end of a chunk; lines are split only on request. It grows with the output: no output, no memory.
 */
export class Ring {
  #bytes: Buffer = Buffer.alloc(0);
  /** All positions count from the first byte ever pushed; the byte at `p` is in `#bytes[p % length]`. */
  #start = 0;
  #end = 0;
  readonly #chunks: { readonly at: number[]; readonly from: number[]; readonly source: number[] } = {
    at: [],
    from: [],
    source: [],
  };
  /** The same for chunks: number `n` is in slot `n % RING_MAX_CHUNKS`. */
  #firstChunk = 0;
  #nextChunk = 0;
  /** Sources whose oldest byte in memory is in the middle of a line. */
  readonly #midLine = new Set<number>();

  /** The next byte of this source is in the middle of a line whose beginning is unknown. */
  goOn(source: number): void {
    this.#midLine.add(source);
  }

  push(source: number, atMs: number, chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    const from = Math.max(0, chunk.length - RING_MAX_BYTES);
    const length = chunk.length - from;
    this.#grow(length);
    this.#forgetBytes(this.#end + length - this.#bytes.length);
    if (from > 0) this.#forgot(source, chunk[from - 1] === NEWLINE);
    this.#noteChunk(source, atMs);
    const bytes = asBuffer(chunk);
    const at = this.#end % this.#bytes.length;
    const copied = bytes.copy(this.#bytes, at, from);
    if (copied < length) bytes.copy(this.#bytes, 0, from + copied);
    this.#end += length;
  }

  /** The newest lines in the order they ended, and the unfinished ones. */
  read(): { readonly lines: readonly RingLine[]; readonly open: readonly OpenLine[] } {
    const lines: RingLine[] = [];
    const open = new Map<number, Omit<OpenLine, 'headless'>>();
    const headless = new Set(this.#midLine);
    for (let chunk = this.#firstChunk; chunk < this.#nextChunk; chunk += 1) {
      const source = this.#source(chunk);
      const at = this.#chunks.at[chunk % RING_MAX_CHUNKS] ?? 0;
      const bytes = this.#slice(this.#from(chunk), chunk + 1 < this.#nextChunk ? this.#from(chunk + 1) : this.#end);
      let from = 0;
      for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
        const begun = open.get(source);
        const part = bytes.subarray(from, end);
        const line = begun === undefined ? part : Buffer.concat([begun.bytes, part]);
        open.delete(source);
        if (!headless.delete(source)) lines.push({ source, atMs: begun?.atMs ?? at, text: shown(line) });
        from = end + 1;
      }
      if (from === bytes.length) continue;
      const begun = open.get(source);
      const rest = Buffer.from(bytes.subarray(from));
      open.set(source, {
        source,
        atMs: begun?.atMs ?? at,
        bytes: begun === undefined ? rest : Buffer.concat([begun.bytes, rest]),
      });
    }
    return {
      lines: lines.slice(-RING_MAX_LINES),
      open: [...open.values()].map((line) => ({ ...line, headless: headless.has(line.source) })),
    };
  }

  #noteChunk(source: number, atMs: number): void {
    const last = this.#nextChunk - 1;
    const slot = last % RING_MAX_CHUNKS;
    if (last >= this.#firstChunk && this.#source(last) === source && this.#chunks.at[slot] === atMs) return;
    if (this.#nextChunk - this.#firstChunk === RING_MAX_CHUNKS) this.#forgetBytes(this.#from(this.#firstChunk + 1));
    const next = this.#nextChunk % RING_MAX_CHUNKS;
    this.#chunks.at[next] = atMs;
    this.#chunks.from[next] = this.#end;
    this.#chunks.source[next] = source;
    this.#nextChunk += 1;
  }

  /** Drops all bytes before `position`. */
  #forgetBytes(position: number): void {
    while (this.#start < position && this.#firstChunk < this.#nextChunk) {
      const chunk = this.#firstChunk;
      const chunkEnd = chunk + 1 < this.#nextChunk ? this.#from(chunk + 1) : this.#end;
      const end = Math.min(position, chunkEnd);
      this.#forgot(this.#source(chunk), this.#bytes[(end - 1) % this.#bytes.length] === NEWLINE);
      if (end === chunkEnd) this.#firstChunk += 1;
      else this.#chunks.from[chunk % RING_MAX_CHUNKS] = end;
      this.#start = end;
    }
  }

  #forgot(source: number, atLineEnd: boolean): void {
    if (atLineEnd) this.#midLine.delete(source);
    else this.#midLine.add(source);
  }

  #grow(length: number): void {
    const needed = this.#end - this.#start + length;
    if (needed <= this.#bytes.length || this.#bytes.length === RING_MAX_BYTES) return;
    let size = Math.max(1024, this.#bytes.length);
    while (size < needed && size < RING_MAX_BYTES) size *= 2;
    const kept = this.#slice(this.#start, this.#end);
    this.#bytes = Buffer.allocUnsafeSlow(size);
    for (let at = 0; at < kept.length;) at += kept.copy(this.#bytes, (this.#start + at) % size, at);
  }

  #slice(from: number, end: number): Buffer {
    if (from === end) return Buffer.alloc(0);
    const size = this.#bytes.length;
    const first = from % size;
    const length = end - from;
    if (first + length <= size) return this.#bytes.subarray(first, first + length);
    return Buffer.concat([this.#bytes.subarray(first), this.#bytes.subarray(0, first + length - size)]);
  }

  #from(chunk: number): number {
    return this.#chunks.from[chunk % RING_MAX_CHUNKS] ?? this.#start;
  }

  #source(chunk: number): number {
    return this.#chunks.source[chunk % RING_MAX_CHUNKS] ?? 0;
  }
}

function shown(line: Buffer): string {
  return line.length <= SHOWN_MAX_BYTES
    ? line.toString()
    : clipped(line.toString('utf8', 0, SHOWN_MAX_BYTES), line.length);
}
