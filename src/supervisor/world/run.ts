/** The present run of a slot, as far as the world needs it: its process, and what is read of it. */
import type { Word } from '../lifecycle/boundary.ts';
import type { Left, ProcessId } from '../lifecycle/state.ts';
import type { ChainWatch } from './chain.ts';
import { unlessShort } from './errno.ts';
import { listener } from './notify.ts';
import { nearlyFull, type PipeName } from './fifos.ts';
import { readPipe, type PipeReader } from './pipes.ts';
import { isAlive, lives, readStat } from './proc.ts';
import type { Post } from './world.ts';

/** Where the bytes go. A chunk is a view of a buffer that is used again: it is to be written or copied at once. */
export interface Output {
  write(id: string, stream: 'out' | 'err', chunk: Uint8Array, run: number): void;
  /**
   * Resolves when more may be read of this instance; nothing: now. `presses`: it has been asked to end, so it does not wait for a reader
   * who stands still.
   */
  room(id: string, presses: () => boolean): Promise<void> | undefined;
  /** The run has closed this stream; another one may begin. */
  endOf(id: string, stream: 'out' | 'err'): void;
}

export interface Running {
  readonly id: string;
  /** Of its daemon, and which of its instances it is. */
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
  /** It has begun to say something, and its end was not heard. */
  readonly isInWord: () => boolean;
  /** Who has left its session has been told of. */
  escapedTold: boolean;
  /** Who of it was told to refuse our signals. */
  readonly refused: Set<number>;
  /** The program that has said what was heard, by where its stack begins; null: not known. */
  speaker: number | null;
  /** The process that has introduced itself last; null: none has. */
  speakerPid: number | null;
  /** The same, once it was seen to live behind the main process. */
  speakerSeen: ProcessId | null;
  /** As far as it has told: an iteration is open, or that is not known. */
  mayBeAtWork: boolean;
}

/** What a word says of that. */
const AT_WORK: Readonly<Partial<Record<Word['key'], boolean>>> = {
  ...{ SPEAKER: true, BUSY: true, ITERATION: true },
  ...{ IDLE: false, EXIT_STATUS: false },
};

export interface Reading {
  readonly output: Output;
  readonly post: Post;
  /** Nobody holds one of its pipes any more. */
  readonly closed: (running: Running, pipe: PipeName) => void;
  /** A process of it says who it is, or that it is at work. */
  readonly works: (running: Running) => void;
  readonly tell: Tell;
}

/** What policy does not need to know, but a person does: as a record of this type. */
export type Tell = (id: string, type: 'escaped' | 'nice' | 'not-understood', words: string) => void;

/** Which program it is by now. Only where its process is known; 0: not for us to know. */
export const programOf = (process: ProcessId | null): number | null =>
  process === null ? null : (unlessShort(() => readStat(process.pid)?.stackAt) ?? 0);

/**
 * Begins to read what a run prints and says. `ends`: the reading ends of its pipes; null: that one has gone. `capacity`: of that on
 * which it says where it stands.
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

/** Who has spoken before and lives beside the one that speaks now. One that has ended had its say: a shell may run them one after the other. */
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
