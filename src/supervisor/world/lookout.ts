/** Who outlives a main process in its session. */
import type { Left, ProcessId } from '../lifecycle/state.ts';
import { isShortage } from './errno.ts';
import { groupExists } from './kill.ts';
import { PIPE_NAMES, type PipeName, type PipeReader } from './pipes.ts';
import { hasOrphans, lives, membersOf } from './proc.ts';

/** A run whose main process has ended. */
export interface Ended {
  readonly process: ProcessId | null;
  readonly readers: Readonly<Record<PipeName, PipeReader>>;
  /** Who of it was seen last. */
  readonly left: readonly Left[];
}

/** For so many it is cheaper to ask for each by itself than to pass over /proc. */
const FEW = 4;
const AGAIN_MS = 100;

export class Lookout {
  private readonly trouble: (words: string | null) => void;
  private readonly asking = new Map<Ended, (left: readonly Left[]) => void>();

  /** `trouble`: we cannot look, in words; null: we can (again). */
  constructor(trouble: (words: string | null) => void) {
    this.trouble = trouble;
  }

  /** Answers later, for all who ask in this turn at once; where we cannot look, as soon as we can. */
  ask(run: Ended, answer: (left: readonly Left[]) => void): void {
    if (this.asking.size === 0)
      setImmediate(() => {
        this.answerAll();
      });
    this.asking.set(run, answer);
  }

  /** null: we are too short of something to look. That is told, and nothing may be concluded from it. */
  attempt<T>(look: () => T): T | null {
    try {
      const seen = look();
      this.trouble(null);
      return seen;
    } catch (error) {
      if (!isShortage(error)) throw error;
      const why = error instanceof Error ? error.message : String(error);
      this.trouble(`cannot look at processes (${why}): who lives is not known, so nothing is started beside them`);
      return null;
    }
  }

  private answerAll(): void {
    const asking = [...this.asking];
    const left = this.attempt(() => leftOf(asking.map(([run]) => run)));
    if (left === null) {
      setTimeout(() => {
        this.answerAll();
      }, AGAIN_MS);
      return;
    }
    this.asking.clear();
    for (const [run, answer] of asking) answer(left.get(run) ?? []);
  }
}

/** One that was known and lives on is answer enough. */
function leftOf(runs: readonly Ended[]): ReadonlyMap<Ended, readonly Left[]> {
  const known = new Map(runs.map((run) => [run, run.left.filter(lives)]));
  const inDoubt = runs.filter((run) => known.get(run)?.length === 0 && !(runs.length <= FEW && isSurelyGone(run)));
  if (inDoubt.length === 0) return known;
  const members = membersOf(new Set(inDoubt.map(sessionOf)));
  return new Map([...known, ...inDoubt.map((run) => [run, members.get(sessionOf(run)) ?? []] as const)]);
}

/** The cheap question: no process group, nobody holds the pipes, no orphan of the session. */
function isSurelyGone(run: Ended): boolean {
  const allClosed = PIPE_NAMES.every((pipe) => run.readers[pipe].closed);
  return allClosed && !groupExists(sessionOf(run)) && hasOrphans(sessionOf(run)) === false;
}

const sessionOf = ({ process }: Ended): number => process?.pid ?? 0;
