/** The real world: processes of this machine, their pipes, /proc. */
import fs from 'node:fs';
import os from 'node:os';
import type { DaemonSpec } from '../../config/spec.ts';
import { launchOf } from '../../config/interpreter.ts';
import type { Left, ProcessId } from '../lifecycle/state.ts';
import { chained, type ChainWatch } from './chain.ts';
import { environmentOf } from './environment.ts';
import { isShortage, unlessShort } from './errno.ts';
import { wordsOfEscaped } from './escaped.ts';
import { killSession, send, sendToLeft, wakeStopped } from './kill.ts';
import { Lookout, type Orphans } from './lookout.ts';
import { listener, type Listener } from './notify.ts';
import {
  fifoPath,
  isHeld,
  lacksFifos,
  makeFreshFifos,
  NEARLY_FULL,
  openFifo,
  openToRead,
  PIPE_NAMES,
  readPipe,
  type PipeEnds,
  type PipeName,
  type PipeReader,
} from './pipes.ts';
import { Adopted } from './adopted.ts';
import { identify, lives } from './proc.ts';
import { spawnProcess, type Forking } from './spawn.ts';
import type { AdoptingWorld, AdoptOrder, Clock, Post, RunOrder, World } from './world.ts';

export interface Surroundings {
  readonly clock: Clock;
  /** The state folder of the list, and the one inside it that has the FIFOs. */
  readonly folder: string;
  readonly fifos: string;
  /** What is started for an instance; null: the list does not say. */
  readonly specOf: (id: string) => { readonly spec: DaemonSpec; readonly number: number } | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly output: Output;
  readonly forking: Forking;
  /** What policy does not need to know, but a person does. */
  readonly tell: (id: string, words: string) => void;
  /** Why nothing may be started of this instance now, in words; null: it may. */
  readonly forbids: (id: string) => string | null;
  /** Takes leave of a process that has ended, should it be a child of ours that Node does not know. */
  readonly reap: (pid: number) => void;
  /** Something of ours is in the way, in words; null: no longer. */
  readonly trouble: (words: string | null) => void;
  readonly post: Post;
}

/** Where the bytes go. A chunk is a view of a buffer that is used again: it is to be written or copied at once. */
export interface Output {
  write(id: string, stream: 'out' | 'err', chunk: Uint8Array): void;
  /** The run has closed this stream; another one may begin. */
  endOf(id: string, stream: 'out' | 'err'): void;
}

/** The present run of a slot, as far as the world needs it. */
interface Running {
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
  ended: boolean;
  left: readonly Left[];
  /** Who has left its session has been told of. */
  escapedTold: boolean;
}

export class LinuxWorld implements AdoptingWorld {
  readonly clock: Clock;
  private readonly around: Surroundings;
  private readonly running = new Map<string, Running>();
  private readonly lookout: Lookout;
  private readonly adopted: Adopted<Running>;

  constructor(around: Surroundings) {
    this.around = around;
    this.clock = around.clock;
    this.lookout = new Lookout(around.trouble);
    this.adopted = new Adopted<Running>((running, code, signal) => {
      this.ended(running, code, signal);
    }, around.reap);
  }

  spawn({ id, run }: RunOrder): void {
    const { specOf, environment, folder, post, forbids } = this.around;
    const forbidden = forbids(id);
    if (forbidden !== null) {
      post({ is: 'spawn-failed', id, run, ours: true, error: forbidden });
      return;
    }
    const instance = specOf(id);
    if (instance === null) {
      post({ is: 'spawn-failed', id, run, ours: true, error: 'the list does not have it' });
      return;
    }
    const { spec, number } = instance;
    const env = environmentOf(environment, spec, { folder, number, run });
    const launch = launchOf(spec, env);
    if (!launch.ok) {
      post({ is: 'spawn-failed', id, run, ours: false, error: launch.error });
      return;
    }
    const chain = chained(launch.value, env, spec, environment.PATH);
    if (!chain.ok) {
      post({ is: 'spawn-failed', id, run, ours: false, error: chain.error });
      return;
    }
    const pipes = this.openPipes(id, spec.user?.uid ?? null);
    if ('error' in pipes) {
      post({ is: 'spawn-failed', id, run, ours: pipes.ours, error: pipes.error });
      return;
    }
    const ends = { out: pipes.out.read, err: pipes.err.read, say: pipes.say.read };
    const running = this.read({ id, name: spec.name, number, run, adopted: false, chain: chain.value.watch }, ends);
    const write = { out: pipes.out.write, err: pipes.err.write, say: pipes.say.write };
    spawnProcess(
      { ...chain.value, cwd: spec.cwd, write },
      {
        spawned: (pid) => {
          if (spec.nice !== null) this.setNice(id, pid, spec.nice);
          running.process = unlessShort(() => identify(pid)) ?? { pid, startTime: 0 };
          this.running.set(id, running);
          post({ is: 'spawned', id, run, process: running.process });
        },
        failed: (reason) => {
          for (const pipe of PIPE_NAMES) running.readers[pipe].close();
          post({ is: 'spawn-failed', id, run, ...reason });
        },
        ended: (code, signal) => {
          this.ended(running, code, signal);
        },
      },
      this.around.forking,
    );
    closeAll(write.out, write.err, write.say);
  }

  adopt({ id, run, name, number, process, isSignalled, hasEnded }: AdoptOrder): void {
    const { fifos } = this.around;
    const ends = {
      out: openToRead(fifos, id, 'out'),
      err: openToRead(fifos, id, 'err'),
      say: openToRead(fifos, id, 'say'),
    };
    const running = this.read({ id, name, number, run, adopted: true, chain: null }, ends);
    running.process = process;
    // Before it was, its words were heard to the last.
    running.signalled = isSignalled;
    running.ended = hasEnded;
    this.running.set(id, running);
    // Before anything else is read or asked: what waits in the pipes was said before.
    for (const pipe of PIPE_NAMES) running.readers[pipe].drain();
    if (!hasEnded) this.adopted.add(running, process);
  }

  signal({ id, run, signal, to }: Parameters<World['signal']>[0]): void {
    const running = this.present(id, run);
    if (running?.process == null) return;
    // What it said before it could know of the stop is heard as such.
    running.readers.say.drain();
    running.signalled = true;
    if (to === 'left') this.lookout.attempt(() => sendToLeft(running.left, signal));
    else this.signalMain(running, running.process, signal, to === 'group');
  }

  kill({ id, run }: RunOrder): void {
    const running = this.present(id, run);
    if (running?.process == null) return;
    running.readers.say.drain();
    const { process } = running;
    // Where it does not work now it is ordered again in a second.
    this.lookout.attempt(() => {
      if (!running.ended && (!running.adopted || lives(process))) send(process.pid, 'SIGKILL');
      return killSession(process);
    });
  }

  /** It is sent once: where we cannot look now, as soon as we can. */
  private signalMain(running: Running, process: ProcessId, signal: string, andGroup: boolean): void {
    this.lookout.whenAble(() => {
      // Until its end is told it is our unreaped child: the pid is its own. One of an earlier supervisor may have been reaped.
      if (running.ended || (running.adopted && !lives(process))) return;
      send(andGroup ? -process.pid : process.pid, signal);
      this.lookout.whenAble(() => {
        if (!running.ended) wakeStopped(process.pid, andGroup);
      });
    });
  }

  look({ id, run }: RunOrder): void {
    const running = this.present(id, run);
    if (running === undefined) {
      this.around.post({ is: 'looked', id, run, left: [] });
      return;
    }
    this.lookout.ask(running, (left, orphans) => {
      this.sawLeft(running, left, orphans);
      this.around.post({ is: 'looked', id, run, left });
    });
  }

  /** Stops reading; the daemons keep what they write from now on in their FIFOs. */
  close(): void {
    this.adopted.close();
    for (const { readers } of this.running.values()) for (const pipe of PIPE_NAMES) readers[pipe].close();
  }

  private present(id: string, run: number): Running | undefined {
    const running = this.running.get(id);
    return running?.run === run ? running : undefined;
  }

  /** Its helpers inherit it: it has only just begun. */
  private setNice(id: string, pid: number, nice: number): void {
    try {
      os.setPriority(pid, nice);
    } catch (error) {
      // It may have ended already.
      if (lives(identify(pid) ?? { pid, startTime: 0 }))
        this.around.tell(id, `nice: ${nice} could not be set: ${String(error)}`);
    }
  }

  private openPipes(id: string, owner: number | null): Record<PipeName, PipeEnds> | { ours: boolean; error: string } {
    const { fifos } = this.around;
    const opened: PipeEnds[] = [];
    const open = (pipe: PipeName): PipeEnds => {
      const ends = openFifo(fifos, id, pipe, owner);
      opened.push(ends);
      return ends;
    };
    try {
      if (this.isStillHeld(id) || lacksFifos(fifos, id)) makeFreshFifos(fifos, id);
      return { out: open('out'), err: open('err'), say: open('say') };
    } catch (error) {
      for (const { read, write } of opened) closeAll(read, write);
      const words = error instanceof Error ? error.message : String(error);
      return { ours: isShortage(error), error: `its pipes cannot be opened: ${words}` };
    }
  }

  /** Somebody outlived an earlier run and writes on: the next run must not share its pipes. */
  private isStillHeld(id: string): boolean {
    const before = this.running.get(id);
    if (before !== undefined) return PIPE_NAMES.some((pipe) => !before.readers[pipe].closed);
    // Who left a run of an earlier supervisor.
    return PIPE_NAMES.some((pipe) => isHeld(fifoPath(this.around.fifos, id, pipe)));
  }

  private read(
    about: Pick<Running, 'id' | 'name' | 'number' | 'run' | 'adopted' | 'chain'>,
    ends: Readonly<Record<PipeName, number | null>>,
  ): Running {
    const { output } = this.around;
    const { id } = about;
    const words = listener();
    const closed = (): void => {
      this.pipeClosed(running);
    };
    const stream = (pipe: 'out' | 'err'): PipeReader =>
      readPipe(
        ends[pipe],
        (chunk) => {
          output.write(id, pipe, chunk);
        },
        () => {
          output.endOf(id, pipe);
          closed();
        },
      );
    const hear = (chunk: Buffer): void => {
      this.hear(running, words, chunk);
    };
    const running: Running = {
      ...about,
      process: null,
      readers: { out: stream('out'), err: stream('err'), say: readPipe(ends.say, hear, closed) },
      signalled: false,
      ended: false,
      left: [],
      escapedTold: false,
    };
    return running;
  }

  private hear(running: Running, words: Listener, chunk: Buffer): void {
    const { id, run } = running;
    const { post } = this.around;
    running.chain?.hear(chunk);
    words.hear(chunk, (word) => {
      post({ is: 'said', id, run, word, sinceSignal: running.signalled });
    });
    if (chunk.length >= NEARLY_FULL) post({ is: 'reports-lost', id, run });
  }

  private pipeClosed(running: Running): void {
    if (running.adopted && !running.ended && running.readers.say.closed) this.adopted.lookSoon();
    if (!running.ended || PIPE_NAMES.some((pipe) => !running.readers[pipe].closed)) return;
    this.around.post({ is: 'pipes-closed', id: running.id, run: running.run });
  }

  private ended(running: Running, code: number | null, signal: string | null): void {
    const { id, run } = running;
    // All that the main process wrote is in the pipes; its last words are heard before its end is told.
    for (const pipe of PIPE_NAMES) running.readers[pipe].drain();
    running.ended = true;
    const error = running.chain?.failure(code) ?? null;
    this.lookout.ask(running, (left, orphans) => {
      this.sawLeft(running, left, orphans);
      this.around.post({ is: 'ended', id, run, code: error === null ? code : null, signal, left, error });
    });
  }

  private sawLeft(running: Running, left: readonly Left[], orphans: Orphans): void {
    running.left = left;
    if (left.length > 0 || running.escapedTold) return;
    running.escapedTold = true;
    this.tellOfEscaped(running, orphans);
  }

  /** Its session is empty; a helper may have left it before (setsid, a daemon of its own). */
  private tellOfEscaped({ id, name, number, run, process, readers }: Running, orphans: Orphans): void {
    const { tell, fifos, folder } = this.around;
    const ended = {
      startTime: process?.startTime ?? 0,
      isHeld: () => PIPE_NAMES.some((pipe) => !readers[pipe].drain().closed),
      pipe: fifoPath(fifos, id, 'out'),
    };
    for (const words of wordsOfEscaped({ folder, name, number, run }, ended, orphans)) tell(id, words);
  }
}

function closeAll(...descriptors: readonly number[]): void {
  for (const descriptor of descriptors) fs.closeSync(descriptor);
}
