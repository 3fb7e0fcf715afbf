import type { Grep } from './grep.ts';
import type { LogLine, StreamName } from './line.ts';
import type { DaemonLog, Recent } from './pump.ts';
import { Tail, type LogPlace } from './tail.ts';

/** The log of one daemon, as far as requested. */
export interface LogTarget extends LogPlace {
  /** Only lines printed by these instances; null: all. */
  readonly instances: ReadonlySet<string> | null;
  /** The log being written, if this process writes it. */
  readonly live: DaemonLog | null;
}

export interface LineFilter {
  /** How many lines are wanted at most. */
  readonly lines: number;
  readonly sinceMs: number | null;
  readonly stream: StreamName | null;
  readonly grep: Grep | null;
}

/** What a search could not determine; becomes the notes of the answer. */
export interface Gaps {
  /** Lines without a time or stream, or that do not name their instance, were left out. */
  untimed: boolean;
  streamless: boolean;
  nameless: boolean;
  /** The pattern took too long. */
  slowGrep: boolean;
  /** More was requested than memory has, and there is no file. */
  elsewhere: boolean;
}

/** The existing lines of one daemon that match, newest first, in batches. */
export class History {
  readonly gaps: Gaps = { untimed: false, streamless: false, nameless: false, slowGrep: false, elsewhere: false };
  readonly #target: LogTarget;
  readonly #filter: LineFilter;
  readonly #recent: Recent;
  readonly #matching: readonly LogLine[];
  /** Null if memory has everything wanted. */
  readonly #tail: Tail | null;

  /** What exists is fixed now, in one go: later lines are for followers. */
  constructor(target: LogTarget, filter: LineFilter) {
    this.#target = target;
    this.#filter = filter;
    this.#recent = target.live?.recent() ?? NOTHING_RECENT;
    this.#matching = this.#match(this.#recent.lines.toReversed());
    const oldest = this.#recent.lines[0]?.atMs ?? null;
    const reachesBack = filter.sinceMs !== null && oldest !== null && oldest < filter.sinceMs;
    const isEnough = reachesBack || this.#matching.length >= filter.lines;
    const { file } = target;
    this.#tail = isEnough || file === null ? null : new Tail({ ...target, file }, this.#recent.openBytes);
    this.gaps.elsewhere = !isEnough && file === null;
  }

  /** The lines that have begun but not ended. */
  get open(): readonly LogLine[] {
    return this.#match(this.#recent.open);
  }

  async *batches(): AsyncGenerator<readonly LogLine[]> {
    if (this.#tail === null) {
      yield this.#matching;
      return;
    }
    const { sinceMs } = this.#filter;
    const remember = rememberer(this.#recent.lines, this.#target.named);
    let reachedBack = false;
    for await (const raw of this.#tail.lines()) {
      const lines = raw.map(remember);
      yield this.#match(lines);
      if (this.gaps.slowGrep) return;
      if (sinceMs === null) continue;
      reachedBack ||= lines.some((line) => line.atMs !== null && line.atMs < sinceMs);
      if (!reachedBack && lines.some((line) => line.atMs === null)) this.gaps.untimed = true;
      // Lines are in the file by their end but carry the time of their beginning: one old line does not mean that all before it are old; a
      // whole block without a young one does.
      if (lines.length > 0 && !lines.some((line) => line.atMs !== null && line.atMs >= sinceMs)) return;
    }
  }

  /** Files that could not be read, in words. */
  get problems(): readonly string[] {
    return this.#tail?.problems ?? [];
  }

  close(): void {
    this.#tail?.close();
  }

  #match(lines: readonly LogLine[]): readonly LogLine[] {
    const { grep } = this.#filter;
    const wanted = lines.filter((line) => this.#wants(line));
    if (grep === null) return wanted;
    const matched = grep(wanted.map((line) => line.text));
    if (!matched.ok) {
      this.gaps.slowGrep = true;
      return [];
    }
    return wanted.filter((_, index) => matched.value[index]);
  }

  #wants({ id, atMs, stream }: LogLine): boolean {
    const { instances, daemon } = this.#target;
    const { sinceMs, stream: wanted } = this.#filter;
    if (instances !== null && !instances.has(id)) {
      if (id === daemon) this.gaps.nameless = true;
      return false;
    }
    if (sinceMs !== null && (atMs === null || atMs < sinceMs)) return false;
    if (wanted === null || stream === wanted) return true;
    if (stream === null) this.gaps.streamless = true;
    return false;
  }
}

/**
 * The file is the truth about which lines exist; memory knows more about the newest. Called with the lines of the file, newest first, it
 * returns the remembered ones with their time, stream and instance.
 */
function rememberer(recent: readonly LogLine[], named: boolean): (line: LogLine) => LogLine {
  let next = recent.length - 1;
  let patience = recent.length + NOTES_AMONG_THEM;
  return (line) => {
    patience -= 1;
    if (line.atMs !== null || patience < 0) return line;
    // Usually it is the next one; a line that could not be written is in memory but not in the file.
    for (let index = next; index >= 0; index -= 1) {
      const known = recent[index];
      if (known?.text !== line.text || (named && known.id !== line.id)) continue;
      next = index - 1;
      return known;
    }
    return line;
  };
}

/** Our own lines about dropped ones are in the file but not in memory. */
const NOTES_AMONG_THEM = 16;

const NOTHING_RECENT: Recent = { lines: [], open: [], openBytes: 0 };
