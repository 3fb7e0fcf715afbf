/** A daemon process that exists only in virtual time: it loops, speaks, gets signals and ends according to its behaviour. */
import type { Word } from '../../src/supervisor/lifecycle/boundary.ts';
import type { Random } from './random.ts';

export interface Behaviour {
  readonly spawn: 'works' | 'fails' | 'our-shortage';
  /** The delay of the spawn report. */
  readonly reportedAfterMs: number;
  /** When it says READY=1; null: never. */
  readonly readyAfterMs: number | null;
  /** `wild` says anything at any time; the others tell the truth. `iterations` has no idle waits. */
  readonly speech: 'none' | 'busy-idle' | 'iterations' | 'sdk' | 'wild';
  readonly iterationMs: number;
  readonly idleMs: number;
  readonly onStop: 'ends at its boundary' | 'exits at once' | 'dies of it' | 'ignores it';
  /** From the boundary to the end, after a stop. */
  readonly closingMs: number;
  readonly stopCode: number;
  /** When it ends by itself; null: only if asked. */
  readonly endsAfterMs: number | null;
  readonly endsWith: { readonly code: number | null; readonly signal: string | null };
  /** How long it outlives SIGKILL: uninterruptible sleep. */
  readonly outlivesKillMs: number;
  readonly leaves: readonly LeftBehaviour[];
  /** Its main process is a wrapper that dies of every signal: the worker lives on behind it. */
  readonly wraps: boolean;
  /** When the worker is killed from outside while its wrapper lives on, ignoring signals from then on; null: never. */
  readonly workerDiesAfterMs: number | null;
  /** Its leftovers hold its fd 3 too. */
  readonly inherits: boolean;
  /** The share of its words lost to a full pipe. */
  readonly loses: number;
  /** When it closes its report pipe and works on; null: never. */
  readonly silentAfterMs: number | null;
  /** Said when it is asked to stop. */
  readonly extendMs: number | null;
  /** When it says that it waits for which resource, whatever its speech; null: never. */
  readonly waiting: { readonly resource: string; readonly afterMs: number } | null;
}

/** A process of the run's session that outlives the main process. */
export interface LeftBehaviour {
  readonly onStop: 'ends' | 'ignores it';
  readonly endsAfterMs: number | null;
  readonly outlivesKillMs: number;
}

/** Works for ever in silence and ends at once when asked: a test is only about what it changes. */
export const QUIET: Behaviour = {
  spawn: 'works',
  reportedAfterMs: 0,
  readyAfterMs: null,
  speech: 'none',
  iterationMs: 100,
  idleMs: 0,
  onStop: 'ends at its boundary',
  closingMs: 0,
  stopCode: 0,
  endsAfterMs: null,
  endsWith: { code: 1, signal: null },
  outlivesKillMs: 0,
  leaves: [],
  wraps: false,
  workerDiesAfterMs: null,
  inherits: false,
  loses: 0,
  silentAfterMs: null,
  extendMs: null,
  waiting: null,
};

/** What a process may do to the world around it. */
export interface Surroundings {
  readonly random: Random;
  readonly now: () => number;
  readonly after: (ms: number, deed: () => void) => void;
  readonly say: (word: Word) => void;
  readonly loseReport: () => void;
  readonly fallSilent: () => void;
  readonly speakerGone: (pid: number) => void;
  readonly ended: (code: number | null, signal: string | null) => void;
}

export class ScriptedProcess {
  readonly behaviour: Behaviour;
  readonly leftovers: { readonly pid: number; readonly behaviour: LeftBehaviour; alive: boolean }[];
  readonly pid: number;
  alive = true;
  /** The truth about its loop: when its open iteration began. */
  openSince: number | null = null;
  /** The truth at its end. */
  endedInside = false;
  /** SIGKILL of the supervisor has ended it inside an iteration. */
  killedInside = false;
  /** The last one that was not lost. */
  lastWord: Word | null = null;
  isSilent = false;
  private stopping = false;
  private hasLostWorker = false;
  private iterations = 0;
  private readonly world: Surroundings;
  /** The worker behind a wrapper; null: the main process does the work. */
  private readonly worker: ScriptedProcess['leftovers'][number] | null;

  constructor(behaviour: Behaviour, pid: number, world: Surroundings) {
    this.behaviour = behaviour;
    this.pid = pid;
    this.world = world;
    const { leaves, wraps, outlivesKillMs } = behaviour;
    const worker: LeftBehaviour = { onStop: 'ends', endsAfterMs: null, outlivesKillMs };
    this.leftovers = [...(wraps ? [worker] : []), ...leaves].map((leftover, index) => ({
      pid: pid + 1 + index,
      behaviour: leftover,
      alive: true,
    }));
    this.worker = wraps ? (this.leftovers[0] ?? null) : null;
  }

  /** The looping process lives, possibly behind a main process that has ended. */
  get works(): boolean {
    return this.worker?.alive ?? this.alive;
  }

  /** Some process has its fd 3. */
  get isHeld(): boolean {
    return this.works || (this.behaviour.inherits && this.leftovers.some(({ alive }) => alive));
  }

  /** Its life begins with the report of its spawn. */
  begin(): void {
    const { readyAfterMs, endsAfterMs, endsWith, speech, waiting, workerDiesAfterMs } = this.behaviour;
    const { worker } = this;
    if (worker !== null && speech === 'sdk') this.tell({ key: 'SPEAKER', pid: worker.pid, beside: null });
    if (worker !== null && workerDiesAfterMs !== null)
      this.later(workerDiesAfterMs, () => {
        this.loseWorker(worker);
      });
    if (readyAfterMs !== null)
      this.later(readyAfterMs, () => {
        this.tell({ key: 'READY' });
      });
    if (waiting !== null)
      this.later(waiting.afterMs, () => {
        this.tell({ key: 'WAITING', resource: waiting.resource });
      });
    const { silentAfterMs } = this.behaviour;
    if (silentAfterMs !== null)
      this.later(silentAfterMs, () => {
        this.isSilent = true;
        this.world.fallSilent();
      });
    if (endsAfterMs !== null)
      this.later(endsAfterMs, () => {
        this.endByItself(endsWith.code, endsWith.signal);
      });
    if (speech === 'wild')
      this.later(this.world.random.int(0, 500), () => {
        this.babble();
      });
    this.later(0, () => {
      this.beginIteration();
    });
  }

  signal(signal: string): void {
    if (this.worker === null) this.hear(signal);
    else if (!this.hasLostWorker) this.endMain(null, signal);
  }

  private hear(signal: string): void {
    if (!this.works || this.stopping) return;
    switch (this.behaviour.onStop) {
      case 'ignores it':
        return;
      case 'dies of it': {
        this.end(null, signal);
        return;
      }
      case 'exits at once': {
        this.end(this.behaviour.stopCode, null);
        return;
      }
      case 'ends at its boundary':
        this.stopping = true;
        if (this.behaviour.extendMs !== null) this.tell({ key: 'EXTEND', ms: this.behaviour.extendMs });
        if (this.openSince === null) this.close();
    }
  }

  signalLeftovers(signal: string): void {
    for (const leftover of this.leftovers)
      if (leftover === this.worker) this.hear(signal);
      else if (leftover.behaviour.onStop === 'ends') this.endLeftover(leftover, 5);
  }

  kill(by: 'supervisor' | 'another' = 'another'): void {
    if (this.alive || this.works)
      this.world.after(this.behaviour.outlivesKillMs, () => {
        if (this.works) this.killedInside = by === 'supervisor' && this.openSince !== null;
        this.end(null, 'SIGKILL');
        this.endMain(null, 'SIGKILL');
      });
    for (const leftover of this.leftovers)
      if (leftover !== this.worker) this.endLeftover(leftover, leftover.behaviour.outlivesKillMs);
  }

  private endLeftover(leftover: { alive: boolean }, ms: number): void {
    this.world.after(ms, () => {
      leftover.alive = false;
    });
  }

  private beginIteration(): void {
    if (this.stopping) return;
    this.openSince = this.world.now();
    if (this.behaviour.speech === 'busy-idle' || this.behaviour.speech === 'sdk') this.tell({ key: 'BUSY' });
    this.later(this.behaviour.iterationMs, () => {
      this.endIteration();
    });
  }

  private endIteration(): void {
    const { speech, idleMs } = this.behaviour;
    this.openSince = null;
    this.iterations += 1;
    if (speech === 'sdk' || speech === 'iterations') this.tell({ key: 'ITERATION', done: this.iterations });
    if (speech === 'busy-idle' || (speech === 'sdk' && idleMs > 0 && !this.stopping)) this.tell({ key: 'IDLE' });
    if (this.stopping) {
      this.close();
      return;
    }
    if (speech === 'iterations') {
      this.beginIteration();
      return;
    }
    this.later(idleMs, () => {
      this.beginIteration();
    });
  }

  /** After the last iteration. */
  private close(): void {
    this.later(this.behaviour.closingMs, () => {
      this.end(this.behaviour.stopCode, null);
    });
  }

  /** A success code is given only at a boundary: an end in the middle of the work is a crash and looks like one. */
  private endByItself(code: number | null, signal: string | null): void {
    if (code !== 0) {
      // Its wrapper may die alone.
      if (this.worker !== null && signal !== null) this.endMain(code, signal);
      else this.end(code, signal);
      return;
    }
    if (this.openSince === null) {
      this.end(code, signal);
      return;
    }
    this.stopping = true;
  }

  /** The end of the worker. A wrapper passes it on. */
  private end(code: number | null, signal: string | null): void {
    if (!this.works) return;
    const inside = this.openSince !== null;
    if (this.behaviour.speech === 'sdk' && signal === null && !inside && this.iterations > 0)
      this.tell({ key: 'EXIT_STATUS', code: code ?? 0 });
    this.endedInside = inside;
    if (this.worker !== null) this.worker.alive = false;
    this.endMain(code, signal);
  }

  private loseWorker(worker: { readonly pid: number; alive: boolean }): void {
    this.endedInside = this.openSince !== null;
    this.openSince = null;
    worker.alive = false;
    this.hasLostWorker = true;
    this.world.speakerGone(worker.pid);
  }

  private endMain(code: number | null, signal: string | null): void {
    if (!this.alive) return;
    this.alive = false;
    this.world.ended(code, signal);
    for (const leftover of this.leftovers)
      if (leftover.behaviour.endsAfterMs !== null) this.endLeftover(leftover, leftover.behaviour.endsAfterMs);
  }

  private babble(): void {
    const { random } = this.world;
    const iterations = random.int(0, 50);
    this.tell(
      random.pick<Word>([
        { key: 'BUSY' },
        { key: 'IDLE' },
        { key: 'ITERATION', done: iterations },
        { key: 'EXIT_STATUS', code: iterations },
        { key: 'STOPPING' },
        { key: 'READY' },
        { key: 'EXTEND', ms: iterations * 10_000 },
        { key: 'STATUS', text: 'anything' },
        { key: 'PROGRESS', done: iterations, total: 3 },
        { key: 'WAITING', resource: `r${random.int(0, 3)}` },
        { key: 'SPEAKER', pid: iterations, beside: random.pick([null, null, 7]) },
      ]),
    );
    this.later(random.int(1, 3_000), () => {
      this.babble();
    });
  }

  private tell(word: Word): void {
    if (this.isSilent) return;
    if (this.behaviour.loses > 0 && this.world.random.hit(this.behaviour.loses)) {
      this.world.loseReport();
      return;
    }
    this.lastWord = word;
    this.world.say(word);
  }

  private later(ms: number, deed: () => void): void {
    this.world.after(ms, () => {
      if (this.works) deed();
    });
  }
}
