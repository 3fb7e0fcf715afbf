/**
 * The reducer in a world owned by a test: effects are carried out on scripted processes, what happens comes back as events, and time moves
 * only from one due thing to the next.
 */
import type { Effect } from '../../src/supervisor/lifecycle/effect.ts';
import type { Asked, Event, ProcessNews } from '../../src/supervisor/lifecycle/event.ts';
import type { Fact } from '../../src/supervisor/lifecycle/fact.ts';
import { step, type Step } from '../../src/supervisor/lifecycle/fleet.ts';
import type { Policy } from '../../src/supervisor/lifecycle/policy.ts';
import { nextDeadline } from '../../src/supervisor/lifecycle/gates.ts';
import type { ResourcePolicy } from '../../src/supervisor/lifecycle/resource.ts';
import { newFleet, slotOf, type Fleet } from '../../src/supervisor/lifecycle/roster.ts';
import type { Left, Slot } from '../../src/supervisor/lifecycle/state.ts';
import { seeded, type Random } from './random.ts';
import { QUIET, ScriptedProcess, type Behaviour } from './scripted-process.ts';

export interface WorldOptions {
  readonly startsPerSecond?: number | null;
  /** How the n-th process of a slot differs from a quiet one. */
  readonly behave?: (id: string, run: number) => Partial<Behaviour>;
  readonly random?: Random;
  /** The uniform 0..1 numbers for the reducer; without it a gap is never shortened. */
  readonly chance?: () => number;
  /** News and signals take at most this long. */
  readonly latencyMs?: number;
  readonly resources?: readonly ResourcePolicy[];
  /** How long a probe takes; without it, 20 ms. */
  readonly probeMs?: (name: string) => number;
  /** The finding of a probe that ends now; null: it is up. */
  readonly probed?: (name: string, now: number) => string | null;
  /** Sees each step with the fleet before it. */
  readonly watch?: (before: Fleet, event: Event, after: Step, world: FleetWorld) => void;
}

/** One process, with what became of it. */
export interface Lived {
  readonly id: string;
  readonly run: number;
  readonly at: number;
  readonly process: ScriptedProcess | null;
}

/** How long a probe takes. */
const PROBE_MS = 20;

/** A person's request as the engine receives it. */
export const asked = (is: Asked['is'] | 'cut-asked', ids: readonly string[]): Event =>
  is === 'restart-asked' ? { is, ids, how: 'scout' } : { is, ids };

export class FleetWorld {
  fleet: Fleet;
  now = 0;
  readonly facts: (Fact & { readonly at: number })[] = [];
  readonly effects: (Effect & { readonly at: number })[] = [];
  readonly lived: Lived[] = [];
  finished = 0;
  /** How often the alarm went off. */
  wakes = 0;
  private readonly due: { readonly at: number; readonly deed: () => void }[] = [];
  private readonly options: WorldOptions;
  private readonly random: Random;
  private readonly present = new Map<string, Lived>();
  /** When the last news of a slot arrives: news of one run comes in order. */
  private readonly newsAt = new Map<string, number>();
  /** How many words of a slot have been said but not arrived. */
  private readonly unheard = new Map<string, number>();
  private readonly signalled = new Set<ScriptedProcess>();
  private nextPid = 100;
  /** Answers to an earlier supervisor's questions are dropped. */
  private supervisor = 1;

  constructor(policies: readonly Policy[], options: WorldOptions = {}) {
    this.options = options;
    this.random = options.random ?? seeded(1);
    const perSecond = options.startsPerSecond === undefined ? 20 : options.startsPerSecond;
    this.fleet = newFleet(policies, perSecond, 0, options.resources);
  }

  /** Starts what starts with the list. */
  boot(): this {
    const ids = this.fleet.slots.filter(({ daemon }) => this.fleet.policies.get(daemon)?.autostart).map(({ id }) => id);
    return this.send({ is: 'boot', ids });
  }

  send(event: Event): this {
    const before = this.fleet;
    const after = step(before, event, this.now, this.options.chance ?? (() => 0));
    this.fleet = after.fleet;
    this.options.watch?.(before, event, after, this);
    for (const effect of after.effects) this.carryOut(effect);
    return this;
  }

  /** Another supervisor takes over this fleet. */
  succeed(fleet: Fleet): void {
    this.fleet = fleet;
    this.supervisor += 1;
  }

  after(ms: number, deed: () => void): void {
    const at = this.now + ms;
    // Things due at the same time happen in the order they were arranged.
    let place = this.due.length;
    while (place > 0 && (this.due[place - 1]?.at ?? 0) > at) place -= 1;
    this.due.splice(place, 0, { at, deed });
  }

  /** Lets this much time pass, or less if `until` becomes true. */
  pass(ms: number, until: () => boolean = () => false): this {
    const end = this.now + ms;
    let ticksInPlace = 0;
    while (!until()) {
      const alarm = nextDeadline(this.fleet);
      const [first] = this.due;
      const at = Math.min(alarm ?? Infinity, first?.at ?? Infinity);
      if (at > end) break;
      if (at > this.now) ticksInPlace = 0;
      this.now = Math.max(this.now, at);
      if (first !== undefined && first.at <= this.now) {
        this.due.shift();
        first.deed();
      } else {
        this.send({ is: 'tick' });
        // Ready and held at the same moment are two ticks; more means an alarm that never rests.
        ticksInPlace += 1;
        this.wakes += 1;
        if (ticksInPlace > 3) throw new Error(`the deadline ${at} does not move on`);
      }
    }
    if (!until()) this.now = Math.max(this.now, end);
    return this;
  }

  slot(id: string): Slot {
    const slot = slotOf(this.fleet, id);
    if (slot === undefined) throw new Error(`no slot ${id}`);
    return slot;
  }

  state(id: string): Slot['state']['is'] {
    return this.slot(id).state.is;
  }

  /** When the processes of a slot were started. */
  starts(id?: string): readonly number[] {
    return this.effects
      .filter((effect) => effect.do === 'spawn' && (id ?? effect.id) === effect.id)
      .map(({ at }) => at);
  }

  /** The signals and kills sent to a slot's processes, and when: `['SIGTERM main', 100]`. */
  sent(id: string): readonly (readonly [what: string, at: number])[] {
    return this.effects.flatMap((effect): [string, number][] => {
      if (effect.do === 'signal' && effect.id === id) return [[`${effect.signal} ${effect.to}`, effect.at]];
      return effect.do === 'kill' && effect.id === id ? [['SIGKILL', effect.at]] : [];
    });
  }

  factsOf<T extends Fact['type']>(type: T, id?: string): readonly (Extract<Fact, { type: T }> & { at: number })[] {
    return this.facts.filter(
      (fact): fact is Extract<Fact, { type: T }> & { at: number } => fact.type === type && (id ?? fact.id) === fact.id,
    );
  }

  /** The process last started in a slot; null if there was none or it could not be started. */
  process(id: string): ScriptedProcess | null {
    return this.present.get(id)?.process ?? null;
  }

  /** Something is still due to happen by itself. */
  get isAwaitingNews(): boolean {
    return this.due.length > 0;
  }

  private carryOut(effect: Effect): void {
    this.effects.push({ ...effect, at: this.now });
    switch (effect.do) {
      case 'spawn': {
        this.spawn(effect.id, effect.run);
        return;
      }
      case 'signal': {
        const target = this.processOf(effect.id, effect.run);
        if (target !== null) this.signalled.add(target);
        this.after(this.latency(), () => {
          if (effect.to !== 'left') target?.signal(effect.signal);
          if (effect.to !== 'main') target?.signalLeftovers(effect.signal);
        });
        return;
      }
      case 'kill': {
        const target = this.processOf(effect.id, effect.run);
        this.after(this.latency(), () => target?.kill('supervisor'));
        return;
      }
      case 'look': {
        const { id, run } = effect;
        this.whenHeard(id, run, (left) => ({ is: 'looked', id, run, left }));
        return;
      }
      case 'probe': {
        const { name, probe } = effect;
        const { supervisor } = this;
        this.after(this.options.probeMs?.(name) ?? PROBE_MS, () => {
          if (supervisor !== this.supervisor) return;
          this.send({ is: 'probed', name, probe, error: this.options.probed?.(name, this.now) ?? null });
        });
        return;
      }
      case 'record':
        this.facts.push({ ...effect.fact, at: this.now });
        return;
      case 'finish':
        this.finished += 1;
    }
  }

  private spawn(id: string, run: number): void {
    const behaviour = { ...QUIET, ...this.options.behave?.(id, run) };
    const pid = this.nextPid;
    this.nextPid += 2 + behaviour.leaves.length;
    this.newsAt.set(id, this.now + behaviour.reportedAfterMs);
    if (behaviour.spawn !== 'works') {
      const ours = behaviour.spawn === 'our-shortage';
      this.remember({ id, run, at: this.now, process: null });
      this.news(id, () => ({ is: 'spawn-failed', id, run, ours, error: ours ? 'EMFILE' : 'ENOENT' }));
      return;
    }
    const process = new ScriptedProcess(behaviour, pid, {
      random: this.random,
      now: () => this.now,
      after: (ms, deed) => {
        this.after(ms, deed);
      },
      say: (word) => {
        // The engine empties the report pipe before it signals, so it knows what was said before.
        const sinceSignal = this.signalled.has(process);
        this.unheard.set(id, (this.unheard.get(id) ?? 0) + 1);
        this.news(id, () => {
          this.unheard.set(id, (this.unheard.get(id) ?? 0) - 1);
          return { is: 'said', id, run, word, sinceSignal };
        });
      },
      loseReport: () => {
        this.news(id, () => ({ is: 'reports-lost', id, run }));
      },
      fallSilent: () => {
        this.news(id, () => ({ is: 'fell-silent', id, run }));
      },
      speakerGone: (pid) => {
        this.news(id, () => ({ is: 'speaker-gone', id, run, pid }));
      },
      ended: (code, signal) => {
        this.whenHeard(id, run, (left) => ({ is: 'ended', id, run, code, signal, left, isHeld: process.isHeld }));
      },
    });
    this.remember({ id, run, at: this.now, process });
    this.news(id, () => {
      process.begin();
      return { is: 'spawned', id, run, process: { pid, startTime: this.now } };
    });
  }

  /** Once nothing is left, what was said until then is heard first. */
  private whenHeard(id: string, run: number, tell: (left: readonly Left[]) => ProcessNews): void {
    this.arrange(id, () => {
      const left = leftOf(this.processOf(id, run));
      if (left.length === 0 && (this.unheard.get(id) ?? 0) > 0) this.whenHeard(id, run, tell);
      else this.send(tell(left));
    });
  }

  private remember(lived: Lived): void {
    this.present.set(lived.id, lived);
    this.lived.push(lived);
  }

  private processOf(id: string, run: number): ScriptedProcess | null {
    const lived = this.present.get(id);
    return lived?.run === run ? lived.process : null;
  }

  private news(id: string, tell: () => ProcessNews): void {
    this.arrange(id, () => this.send(tell()));
  }

  private arrange(id: string, deed: () => void): void {
    const at = Math.max(this.newsAt.get(id) ?? 0, this.now + this.latency());
    this.newsAt.set(id, at);
    this.after(at - this.now, deed);
  }

  private latency(): number {
    const { latencyMs = 0 } = this.options;
    return latencyMs === 0 ? 0 : this.random.int(0, latencyMs);
  }
}

function leftOf(process: ScriptedProcess | null): readonly Left[] {
  return (process?.leftovers ?? [])
    .filter(({ alive }) => alive)
    .map(({ pid }) => ({ pid, startTime: 1, command: 'convert' }));
}
