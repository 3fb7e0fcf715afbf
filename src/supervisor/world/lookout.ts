/** Finds the processes that outlive a main process in its session. */
import { messageOf } from '../../base/error-words.ts';
import type { Left, ProcessId } from '../lifecycle/state.ts';
import { isShortage } from './errno.ts';
import { wholeGroup } from './kill.ts';
import { PIPE_NAMES, type PipeName } from './fifos.ts';
import type { PipeReader } from './pipes.ts';
import { exists, lives, orphans, type Stat } from './proc.ts';
import { sessionsOf, type Session } from './session.ts';

/** A run whose main process has ended. */
export interface Ended {
  readonly process: ProcessId | null;
  /** Its orphans may have gone to a reaper that is not one of our ancestors. */
  readonly adopted: boolean;
  readonly readers: Readonly<Record<PipeName, PipeReader>>;
  /** The processes of it last seen alive. */
  readonly left: readonly Left[];
}

/** The orphans of one turn, looked up on first use. null: this kernel does not list them. */
export type Orphans = () => readonly Stat[] | null;

type Answer = (left: readonly Left[], orphans: Orphans) => void;

/** Up to this many it is cheaper to ask for each one than to scan /proc. */
const FEW = 4;
const AGAIN_MS = 100;
/** How often an empty look at a session is doubted while there are signs of life, and the pause between two looks. */
const DOUBTS = 3;
const DOUBT_MS = 50;

interface Question {
  readonly answer: Answer;
  readonly doubts: number;
}

interface Seen {
  readonly left: readonly Left[];
  /** No single process was seen, yet there are signs of life: look again before reporting that. */
  readonly isDoubtful: boolean;
}

export class Lookout {
  private readonly trouble: (words: string | null) => void;
  private readonly asking = new Map<Ended, Question>();

  /** `trouble`: we cannot look, in words, or (null) can again. */
  constructor(trouble: (words: string | null) => void) {
    this.trouble = trouble;
  }

  /** Answers later, for all that ask in this turn at once; if we cannot look, as soon as we can. */
  ask(run: Ended, answer: Answer): void {
    this.put(run, { answer, doubts: 0 });
  }

  private put(run: Ended, question: Question): void {
    if (this.asking.size === 0)
      setImmediate(() => {
        this.answerAll();
      });
    this.asking.set(run, question);
  }

  /** null: some resource is too short for us to look. That is reported, and nothing may be concluded from it. */
  attempt<T>(look: () => T): T | null {
    try {
      const seen = look();
      this.trouble(null);
      return seen;
    } catch (error) {
      if (!isShortage(error)) throw error;
      const why = messageOf(error);
      this.trouble(`cannot look at processes (${why}): who lives is not known, so nothing is started beside them`);
      return null;
    }
  }

  /** Does something that begins with a look: if we cannot look now, as soon as we can. */
  whenAble(act: () => void): void {
    const done = this.attempt(() => {
      act();
      return true;
    });
    if (done === null)
      setTimeout(() => {
        this.whenAble(act);
      }, AGAIN_MS);
  }

  private answerAll(): void {
    const asking = [...this.asking];
    const seen = once(orphans);
    const left = this.attempt(() =>
      leftOf(
        asking.map(([run]) => run),
        seen,
      ),
    );
    if (left === null) {
      setTimeout(() => {
        this.answerAll();
      }, AGAIN_MS);
      return;
    }
    this.asking.clear();
    for (const [run, { answer, doubts }] of asking) {
      const found = left.get(run);
      if (found?.isDoubtful !== true || doubts === DOUBTS) answer(found?.left ?? [], seen);
      else
        setTimeout(() => {
          this.put(run, { answer, doubts: doubts + 1 });
        }, DOUBT_MS);
    }
  }
}

/** A known process that lives on is answer enough. */
function leftOf(runs: readonly Ended[], seen: Orphans): ReadonlyMap<Ended, Seen> {
  const known = new Map(runs.map((run) => [run, run.left.filter(lives)]));
  const inDoubt = runs.filter(
    (run) => known.get(run)?.length === 0 && !(runs.length <= FEW && isSurelyGone(run, seen)),
  );
  const sessions = inDoubt.length === 0 ? null : sessionsOf(inDoubt.flatMap(({ process }) => process ?? []));
  return new Map([
    ...runs.map((run) => [run, { left: known.get(run) ?? [], isDoubtful: false }] as const),
    ...inDoubt.map((run) => [run, asSeen(run, sessions?.get(sessionOf(run)))] as const),
  ]);
}

/**
 * In a chain of processes, each forking the next and ending, a look may see none: the kernel still reports the group as a whole. A holder
 * of the pipes may have left the session.
 */
function asSeen(run: Ended, session: Session | undefined): Seen {
  if (run.process === null || session === undefined || session.living.length > 0)
    return { left: session?.living ?? [], isDoubtful: false };
  const isThere = !session.isTaken && exists(-run.process.pid);
  return {
    left: isThere && !session.hasZombie ? [wholeGroup(run.process)] : [],
    isDoubtful: isThere || PIPE_NAMES.some((pipe) => !run.readers[pipe].drain().closed),
  };
}

/** The cheap question: no process group, no holder of the pipes, no orphan of the session. */
function isSurelyGone(run: Ended, seen: Orphans): boolean {
  if (run.adopted) return false;
  const allClosed = PIPE_NAMES.every((pipe) => run.readers[pipe].closed);
  if (!allClosed || exists(-sessionOf(run))) return false;
  return seen()?.every(({ session }) => session !== sessionOf(run)) ?? false;
}

function once<T>(look: () => T): () => T {
  let seen: { readonly value: T } | null = null;
  return () => (seen ??= { value: look() }).value;
}

const sessionOf = ({ process }: Ended): number => process?.pid ?? 0;
