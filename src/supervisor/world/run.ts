/** The present run of a slot as far as the world needs it: its process, and what is read from it. */
import type { Word } from '../lifecycle/boundary.ts';
import type { Left, ProcessId } from '../lifecycle/state.ts';
import type { ChainWatch } from './chain.ts';
import { unlessShort } from './errno.ts';
import { listener } from './notify.ts';
import { nearlyFull, type PipeName } from './fifos.ts';
import { readPipe, type PipeReader } from './pipes.ts';
import { isAlive, lives, readStat } from './proc.ts';
import type { Post } from './world.ts';

/** Where the bytes go. A chunk is a view of a reused buffer: write or copy it at once. */
export interface Output {
  write(id: string, stream: 'out' | 'err', chunk: Uint8Array, run: number): void;
  /**
   * Resolves when more may be read from this instance; undefined: now. `presses`: it has been asked to end, so it does not wait for a
   * reader that is stuck.
   */
  room(id: string, presses: () => boolean): Promise<void> | undefined;
  /** The run has closed this stream; another run may begin one. */
  endOf(id: string, stream: 'out' | 'err'): void;
}

export interface Running {
  readonly id: string;
  /** The name of its daemon; `number`: which of its instances it is. */
  readonly name: string;
  readonly number: number;
  readonly run: number;
  process: ProcessId | null;
  readonly adopted: boolean;
  readonly chain: ChainWatch | null;
  readonly readers: Readonly<Record<PipeName, PipeReader>>;
  signalled: boolean;
  /** It had a handler for its stop signal when that was sent. */
  catches: boolean;
  ended: boolean;
  left: readonly Left[];
  /** It has begun a word whose end was not read. */
  readonly isInWord: () => boolean;
  /** Processes that left its session have been reported. */
  escapedTold: boolean;
  /** The processes reported as refusing our signals. */
  readonly refused: Set<number>;
  /** The program that said what was heard, identified by where its stack begins; null: unknown. */
  speaker: number | null;
  /** The process that last introduced itself; null: none has. */
  speakerPid: number | null;
  /** The same, once seen alive behind the main process. */
  speakerSeen: ProcessId | null;
  /** As far as it has told: an iteration is open, or that is unknown. */
  mayBeAtWork: boolean;
}

/** What a word says about that. */
const AT_WORK: Readonly<Partial<Record<Word['key'], boolean>>> = {
  ...{ SPEAKER: true, BUSY: true, ITERATION: true },
  ...{ IDLE: false, EXIT_STATUS: false },
};

export interface Reading {
  readonly output: Output;
  readonly post: Post;
  /** No process holds this pipe of the run any more. */
  readonly closed: (running: Running, pipe: PipeName) => void;
  /** One of its processes says who it is, or that it is at work. */
  readonly works: (running: Running) => void;
  readonly tell: Tell;
}

/** Something that a person needs to know but policy does not: as a record of this type. */
export type Tell = (id: string, type: 'escaped' | 'nice' | 'not-understood', words: string) => void;

/** Which program it is now. Only if its process is known; 0: not visible to us. */
export const programOf = (process: ProcessId | null): number | null =>
  process === null ? null : (unlessShort(() => readStat(process.pid)?.stackAt) ?? 0);

/**
 * Begins to read what a run prints and says. `ends`: the reading ends of its pipes; null: that one is gone. `capacity`: of the pipe on
 * which it reports.
 */
export function beginRun(
  about: Pick<Running, 'id' | 'name' | 'number' | 'run' | 'adopted' | 'chain'> & { readonly capacity: number },
  ends: Readonly<Record<PipeName, number | null>>,
  { output, post, closed, works, tell }: Reading,
): Running {
  const { id, run } = about;
  const enough = nearlyFull(about.capacity);
  const words = listener();
  const stream = (pipe: 'out' | 'err'): PipeReader =>
    readPipe(
      ends[pipe],
      (chunk) => {
        output.write(id, pipe, chunk, run);
      },
      () => {
        output.endOf(id, pipe);
        closed(running, pipe);
      },
      () => output.room(id, () => running.signalled || running.ended),
    );
  const hear = (chunk: Buffer): void => {
    running.chain?.hear(chunk);
    words.hear(chunk, {
      take: (word) => {
        if (running.speaker === null || word.key === 'READY') running.speaker = programOf(running.process);
        const said = word.key === 'SPEAKER' ? { ...word, beside: introduce(running, word.pid, post) } : word;
        running.mayBeAtWork = AT_WORK[word.key] ?? running.mayBeAtWork;
        if (running.mayBeAtWork) works(running);
        post({ is: 'said', id, run, word: said, sinceSignal: running.signalled });
      },
      misheard: (line) => {
        tell(
          id,
          'not-understood',
          `said on fd 3 what nobody understands: ${line}; see docs/writing-a-daemon.md. It is told once a run`,
        );
      },
      missed: () => {
        post({ is: 'word-missed', id, run });
      },
    });
    if (chunk.length >= enough) post({ is: 'reports-lost', id, run });
  };
  const say = readPipe(ends.say, hear, () => {
    closed(running, 'say');
  });
  const running: Running = {
    ...about,
    process: null,
    readers: { out: stream('out'), err: stream('err'), say },
    signalled: false,
    catches: false,
    ended: false,
    left: [],
    isInWord: () => words.isInLine,
    escapedTold: false,
    refused: new Set(),
    speaker: null,
    speakerPid: null,
    speakerSeen: null,
    mayBeAtWork: true,
  };
  return running;
}

/** A process that spoke before and lives beside the present speaker. One that has ended is done: a shell may run them in turn. */
function introduce(running: Running, pid: number, post: Post): number | null {
  const { id, run, speakerPid: before, speakerSeen: seen } = running;
  if (before === pid) return null;
  running.speakerPid = pid;
  running.speakerSeen = null;
  if (before === null) return null;
  const stat = unlessShort(() => readStat(before)) ?? null;
  if (isAlive(stat) && stat.session === running.process?.pid) return before;
  if (seen !== null && unlessShort(() => lives(seen)) === false) post({ is: 'speaker-gone', id, run, pid: before });
  return null;
}
