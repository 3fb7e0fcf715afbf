import { statSync } from 'node:fs';
import { formatBytes } from '../base/bytes.ts';
import { attempt, existing } from './disk.ts';
import type { TellTrouble } from './room.ts';
import type { Kept, Rotated } from './rotated.ts';

/** One log, as far as the limit over all is concerned. */
interface Share {
  readonly rotated: Rotated;
  /** The path of the current file. */
  readonly current: string;
}

/**
 * The limit on all logs together. Their growth is summed up as they are written; the files are examined only when the sum may exceed it:
 * then the oldest rotated files go, of whichever log, never a current one.
 */
export class Total {
  readonly #maxBytes: number;
  /** The limit is enforced slightly early, so that files are not examined at every write. */
  readonly #slack: number;
  readonly #tell: TellTrouble;
  readonly #shares = new Set<Share>();
  /** At most this much exists. */
  #bytes = Infinity;
  #askAt = 0;
  #overfull = false;

  constructor(maxBytes: number, tell: TellTrouble) {
    this.#maxBytes = maxBytes;
    this.#slack = Math.min(16 * MIB, Math.floor(maxBytes / 32));
    this.#tell = tell;
  }

  /** The log takes part until the returned function is called. */
  join(share: Share): () => void {
    this.#shares.add(share);
    return () => {
      this.#shares.delete(share);
    };
  }

  /** This much more has been written. */
  grew(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes >= this.#askAt) this.#keep();
  }

  #keep(): void {
    // A log that cannot be examined cannot lose files either; the others are kept within the limit all the same.
    const asked = [...this.#shares].flatMap(({ rotated, current }) => {
      const found = attempt(() => ({
        rotated,
        currentBytes: existing(() => statSync(current).size) ?? 0,
        kept: rotated.kept(),
      }));
      return found.ok ? [found.value] : [];
    });
    const current = asked.reduce((sum, { currentBytes }) => sum + currentBytes, 0);
    const files = asked.flatMap(({ rotated, kept }) => kept.map((file) => ({ rotated, file })));
    files.sort((a, b) => a.file.writtenAtMs - b.file.writtenAtMs || b.file.number - a.file.number);
    this.#bytes = files.reduce((sum, { file }) => sum + file.bytes, current);
    const goal = this.#maxBytes - this.#slack;
    for (const { rotated, file } of files) {
      if (this.#bytes <= goal) break;
      this.#remove(rotated, file);
    }
    this.#askAt = Math.max(this.#maxBytes - this.#slack, this.#bytes) + 1;
    if (this.#bytes > goal) this.#askAt += this.#slack;
    this.#tellOverfull(current > this.#maxBytes ? current : null);
  }

  #remove(rotated: Rotated, file: Kept): void {
    const removed = attempt(() => {
      rotated.remove(file);
    });
    if (removed.ok) this.#bytes -= file.bytes;
  }

  #tellOverfull(current: number | null): void {
    if ((current !== null) === this.#overfull) return;
    this.#overfull = current !== null;
    const max = formatBytes(this.#maxBytes);
    this.#tell(
      current === null
        ? null
        : `the current log files alone take ${formatBytes(current)}, more than supervisor.log.max_total (${max}): lower max_size`,
    );
  }
}

const MIB = 1024 * 1024;
