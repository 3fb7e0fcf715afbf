import { closeSync, fsync, futimesSync, type Stats } from 'node:fs';
import { promisify } from 'node:util';
import { fail, ok, type Result } from '../base/result.ts';
import { attempt, errorWords } from './disk.ts';
import type { TellTrouble } from './room.ts';
import type { Rotated } from './rotated.ts';

/** Compresses one open file into another. */
export type Gzip = (from: number, to: number, end: AbortSignal) => Promise<Result<void>>;

/**
 * Compresses the rotated files of all logs in the background, one at a time, the newest of a log first: if a daemon prints faster than
 * that, its oldest are gone before their turn. At every moment there is the complete original, or the complete NAME.log.N.gz, or both, in
 * which case the original counts.
 */
export class Compressor {
  readonly #gzip: Gzip;
  readonly #waiting = new Map<Rotated, TellTrouble>();
  readonly #failed = new Set<Rotated>();
  readonly #end = new AbortController();
  #working = false;
  #compressing: Rotated | null = null;

  constructor(gzip: Gzip) {
    this.#gzip = gzip;
  }

  /** This log has, or may have, files that are not compressed yet. */
  ask(log: Rotated, tell: TellTrouble): void {
    if (this.#end.signal.aborted) return;
    this.#waiting.set(log, tell);
    if (this.#working) return;
    this.#working = true;
    void this.#work();
  }

  /** What is not compressed by now stays as it is until the next time. */
  close(): void {
    this.#end.abort();
    if (this.#compressing !== null) dropPart(this.#compressing);
    this.#compressing = null;
  }

  async #work(): Promise<void> {
    // The caller goes on first: it was in the middle of writing a line.
    await new Promise((resolve) => setImmediate(resolve));
    for (let next = this.#next(); next !== null; next = this.#next()) {
      const [log, tell] = next;
      const done = await this.#newestOf(log);
      if (this.#end.signal.aborted) break;
      if (done.ok && done.value) continue;
      if (!done.ok) tell(`cannot compress what was rotated: ${done.error}; it stays as it is until the next time`);
      else if (this.#failed.has(log)) tell(null);
      this.#failed[done.ok ? 'delete' : 'add'](log);
      this.#waiting.delete(log);
    }
    this.#working = false;
  }

  /** Takes the logs in turn. */
  #next(): readonly [Rotated, TellTrouble] | null {
    for (const [log, tell] of this.#waiting) {
      this.#waiting.delete(log);
      this.#waiting.set(log, tell);
      return [log, tell];
    }
    return null;
  }

  /** False: the log has nothing to compress. */
  async #newestOf(log: Rotated): Promise<Result<boolean>> {
    const listed = attempt(() => log.kept().find(({ gz }) => !gz));
    if (!listed.ok) return listed;
    const file = listed.value;
    if (file === undefined) return ok(false);
    const opened = attempt(() => log.beginToCompress(file));
    if (!opened.ok) return opened;
    this.#compressing = log;
    const { from, to, original } = opened.value;
    let done = await this.#gzip(from, to, this.#end.signal);
    if (done.ok) done = await synced(to, original);
    closeSync(from);
    closeSync(to);
    this.#compressing = null;
    if (this.#end.signal.aborted) return ok(false);
    const replaced = done.ok ? attempt(() => log.compressed(original)) : done;
    if (!replaced.ok || !replaced.value) dropPart(log);
    return replaced.ok ? ok(true) : replaced;
  }
}

/** On disk before the original goes, with the same times. */
async function synced(to: number, { atimeMs, mtimeMs }: Stats): Promise<Result<void>> {
  try {
    await fsyncAsync(to);
  } catch (error) {
    return fail(errorWords(error));
  }
  return attempt(() => {
    futimesSync(to, atimeMs / 1000, mtimeMs / 1000);
  });
}

const fsyncAsync = promisify(fsync);

function dropPart(log: Rotated): void {
  attempt(() => {
    log.dropPart();
  });
}
