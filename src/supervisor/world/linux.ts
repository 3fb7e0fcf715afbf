/** The real world: processes of this machine, their pipes, /proc. */
import os from 'node:os';
import type { ResourceSpec } from '../../config/spec.ts';
import type { Left, ProcessId } from '../lifecycle/state.ts';
import { unlessShort } from './errno.ts';
import { wordsOfEscaped } from './escaped.ts';
import { killSession, send, sendToLeft, wakeStopped } from './kill.ts';
import { Lookout, type Orphans } from './lookout.ts';
import {
  capacityOf,
  closeAll,
  fifoPath,
  isHeld,
  LEAST_CAPACITY,
  openAll,
  openAllToRead,
  PIPE_NAMES,
  type PipeName,
} from './fifos.ts';
import { Adopted } from './adopted.ts';
import { Speakers } from './speakers.ts';
import { OutOfMemory } from './out-of-memory.ts';
import { prepare, type Orders } from './prepare.ts';
import { probeOnce, type ProbeSurroundings } from './probe.ts';
import { identify, isAlive, lives, minds, readStat } from './proc.ts';
import { tellRefused } from './refused.ts';
import { beginRun, programOf, type Output, type Reading, type Running, type Tell } from './run.ts';
import { spawnProcess, type Forking } from './spawn.ts';
import type { AdoptingWorld, AdoptOrder, Clock, Post, RunOrder, World } from './world.ts';

export interface Surroundings extends Orders {
  readonly clock: Clock;
  /** The folder in the state folder that holds the FIFOs. */
  readonly fifos: string;
  readonly output: Output;
  readonly forking: Forking;
  readonly tell: Tell;
  /** As the list has it now. */
  readonly resources: () => readonly ResourceSpec[];
  readonly probes: ProbeSurroundings;
  /** Reaps a process that has ended, in case it is a child of ours that Node does not know. */
  readonly reap: (pid: number) => void;
  /** A shortage of ours is in the way, in words, or (null) no longer. */
  readonly trouble: (words: string | null) => void;
  readonly post: Post;
}

export class LinuxWorld implements AdoptingWorld {
  readonly clock: Clock;
  private readonly around: Surroundings;
  private readonly running = new Map<string, Running>();
  private readonly lookout: Lookout;
  private readonly adopted: Adopted<Running>;
  private readonly speakers: Speakers;
  private readonly reading: Reading;
  private readonly outOfMemory = new OutOfMemory();

  constructor(around: Surroundings) {
    this.around = around;
    this.clock = around.clock;
    this.lookout = new Lookout(around.trouble);
    const closed = (running: Running, pipe: PipeName): void => {
      this.pipeClosed(running, pipe);
    };
    this.speakers = new Speakers((running) => {
      this.speakerGone(running);
    });
    const works = (running: Running): void => {
      this.speakers.add(running);
    };
    this.reading = { output: around.output, post: around.post, closed, works, tell: around.tell };
    this.adopted = new Adopted<Running>((running, code, signal) => {
      this.ended(running, code, signal);
    }, around.reap);
  }

  spawn({ id, run }: RunOrder): void {
    const { fifos, post } = this.around;
    const prepared = prepare({ id, run }, this.around);
    if (!prepared.ok) {
      post({ is: 'spawn-failed', id, run, ...prepared.error });
      return;
    }
    const { spec, number, chain } = prepared.value;
    const opened = openAll(fifos, id, { owner: spec.user?.uid ?? null, isHeld: () => this.isStillHeld(id) });
    if (!opened.ok) {
      post({ is: 'spawn-failed', id, run, ...opened.error });
      return;
    }
    const pipes = opened.value;
    const ends = { out: pipes.out.read, err: pipes.err.read, say: pipes.say.read };
    const running = beginRun(
      { id, name: spec.name, number, run, adopted: false, chain: chain.watch, capacity: capacityOf(pipes.say) },
      ends,
      this.reading,
    );
    const write = { out: pipes.out.write, err: pipes.err.write, say: pipes.say.write };
    spawnProcess(
      { ...chain, cwd: spec.cwd, write },
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

  adopt(order: AdoptOrder): void {
    const { id, run, name, number, process, speakerPid, isBelieved, isSignalled, hasEnded } = order;
    const ends = openAllToRead(this.around.fifos, id);
    const running = beginRun(
      { id, name, number, run, adopted: true, chain: null, capacity: LEAST_CAPACITY },
      ends,
      this.reading,
    );
    running.process = process;
    // The supervisor that handed it over checked that it is still the program that reported.
    if (isBelieved) running.speaker = programOf(process);
    running.speakerPid = speakerPid;
    this.speakers.add(running);
    // Its words up to the signal had already been read.
    running.signalled = isSignalled;
    running.ended = hasEnded;
    this.running.set(id, running);
    // Before anything else is read or asked: what waits in the pipes was said earlier.
    for (const pipe of PIPE_NAMES) running.readers[pipe].drain();
    // A FIFO that no process held has lost whatever was unread.
    if (running.readers.say.closed) this.around.post({ is: 'reports-lost', id, run });
    if (!hasEnded) this.adopted.add(running, process);
  }

  signal({ id, run, signal, to }: Parameters<World['signal']>[0]): void {
    const running = this.present(id, run);
    if (running?.process == null) return;
    // What it said before it could know of the stop is taken as such.
    running.readers.say.drain();
    this.doubtSpeaker(running);
    running.signalled = true;
    pressOn(running);
    const { process } = running;
    if (to === 'left')
      this.lookout.attempt(() => {
        sendToLeft(running.left, signal, process);
        tellRefused(running, signal, running.left, this.around.post);
      });
    else this.signalMain(running, process, signal, to === 'group');
  }

  kill({ id, run }: RunOrder): void {
    const running = this.present(id, run);
    if (running?.process == null) return;
    const { closed } = running.readers.say.drain();
    this.doubtSpeaker(running);
    // The process behind it has closed fd 3 or never had it: an earlier IDLE proves nothing.
    if (running.ended && closed) this.around.post({ is: 'fell-silent', id, run });
    const { process } = running;
    // If it fails now, it is ordered again in a second.
    this.lookout.attempt(() => {
      killSession(process, !running.ended && (!running.adopted || lives(process)));
      tellRefused(running, 'SIGKILL', running.ended ? running.left : [process], this.around.post);
      return true;
    });
  }

  /** Sent once; if we cannot look now, as soon as we can. */
  private signalMain(running: Running, process: ProcessId, signal: string, andGroup: boolean): void {
    this.lookout.whenAble(() => {
      // Until its end is reported it is our unreaped child and the pid is its own. One adopted may have been reaped.
      if (running.ended || (running.adopted && !lives(process))) return;
      running.catches = minds(process.pid, signal) ?? false;
      send(andGroup ? -process.pid : process.pid, signal);
      this.lookout.whenAble(() => {
        if (running.ended) return;
        wakeStopped(process.pid, andGroup);
        tellRefused(running, signal, [process], this.around.post);
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

  probe({ name, probe }: { readonly name: string; readonly probe: number }): void {
    const { resources, probes, post } = this.around;
    const spec = resources().find((resource) => resource.name === name);
    if (spec === undefined) throw new Error(`no resource ${name}`);
    void this.around
      .forking(() => probeOnce(spec, probes))
      .then((error) => {
        post({ is: 'probed', name, probe, error });
      });
  }

  doubtSpeakers(): void {
    for (const running of this.running.values()) {
      if (running.ended) continue;
      running.readers.say.drain();
      this.doubtSpeaker(running);
    }
  }

  /** Stops reading; what daemons write from now on stays in their FIFOs. */
  close(): void {
    this.adopted.close();
    this.speakers.close();
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
      // It may already have ended.
      if (lives(identify(pid) ?? { pid, startTime: 0 }))
        this.around.tell(id, 'nice', `nice: ${nice} could not be set: ${String(error)}`);
    }
  }

  /** A process outlived an earlier run and keeps writing: the next run must not share its pipes. */
  private isStillHeld(id: string): boolean {
    const before = this.running.get(id);
    if (before !== undefined) return PIPE_NAMES.some((pipe) => !before.readers[pipe].closed);
    // Processes that left a run of an earlier supervisor.
    return PIPE_NAMES.some((pipe) => isHeld(fifoPath(this.around.fifos, id, pipe)));
  }

  /** A process that has exec'd another program since it spoke, and has not spoken since, says nothing more. */
  private doubtSpeaker(running: Running): void {
    const { id, run, speaker, process, ended } = running;
    if (ended || speaker === null || speaker === 0 || programOf(process) === speaker) return;
    // Anything heard from now on comes from the new program.
    running.speaker = null;
    this.around.post({ is: 'fell-silent', id, run });
  }

  /** Its last words are read first, and possibly those of its replacement. */
  private speakerGone(running: Running): void {
    const { id, run, speakerSeen: seen, readers } = running;
    readers.say.drain();
    if (running.ended || seen === null || running.speakerSeen !== seen) return;
    running.speakerSeen = null;
    this.around.post({ is: 'speaker-gone', id, run, pid: seen.pid });
  }

  /** No process holds its pipe any more: it is about to end, or nothing it does from now on will be heard. */
  private heardTheLast({ id, run, process, adopted }: Running): void {
    const stat = process === null ? null : unlessShort(() => readStat(process.pid));
    if (!isAlive(stat) || stat.isExiting || (adopted && stat.startTime !== process?.startTime)) return;
    this.around.post({ is: 'fell-silent', id, run });
  }

  private pipeClosed(running: Running, pipe: PipeName): void {
    if (pipe === 'say' && !running.ended) this.heardTheLast(running);
    if (running.adopted && !running.ended && running.readers.say.closed) this.adopted.lookSoon();
    if (!running.ended || PIPE_NAMES.some((pipe) => !running.readers[pipe].closed)) return;
    this.around.post({ is: 'pipes-closed', id: running.id, run: running.run });
  }

  private ended(running: Running, code: number | null, signal: string | null): void {
    const { id, run } = running;
    // Everything the main process wrote is in the pipes; its last words are read before its end is reported.
    for (const pipe of PIPE_NAMES) running.readers[pipe].drain();
    if (running.isInWord()) this.around.post({ is: 'word-missed', id, run });
    running.ended = true;
    const error = running.chain?.failure(code) ?? null;
    // At once: a later kill in the same group is another's.
    const outOfMemory = signal === 'SIGKILL' && this.outOfMemory.hasKilled();
    this.lookout.ask(running, (left, orphans) => {
      this.sawLeft(running, left, orphans);
      const isHeld = !running.readers.say.closed;
      this.around.post({
        ...{ is: 'ended', id, run, code: error === null ? code : null, signal, left, error, outOfMemory, isHeld },
        catches: running.catches,
      });
    });
  }

  private sawLeft(running: Running, left: readonly Left[], orphans: Orphans): void {
    running.left = left;
    // A process now gone may have reported since our last read: that is read before its end is reported.
    if (left.length === 0) running.readers.say.drain();
    if (left.length > 0 || running.escapedTold) return;
    running.escapedTold = true;
    this.tellOfEscaped(running, orphans);
  }

  /** Its session is empty; a helper may have left it earlier (setsid, a daemon of its own). */
  private tellOfEscaped({ id, name, number, run, process, readers }: Running, orphans: Orphans): void {
    const { tell, fifos, folder } = this.around;
    const ended = {
      startTime: process?.startTime ?? 0,
      isHeld: () => PIPE_NAMES.some((pipe) => !readers[pipe].drain().closed),
      fifos,
    };
    for (const words of wordsOfEscaped({ id, folder, name, number, run }, ended, orphans)) tell(id, 'escaped', words);
  }
}

/** Reads on even while a slow reader of our stdout holds us up: a daemon blocked in a write could never reach its boundary. */
function pressOn({ readers }: Running): void {
  readers.out.press();
  readers.err.press();
}
