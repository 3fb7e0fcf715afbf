/** A running list: its engine, what is being waited for, what is in trouble, and how it ends. */
import type { CareSpec } from '../config/spec.ts';
import type { DeedView } from '../control/view.ts';
import type { Adoption } from './adoption.ts';
import { factsOfAdoption, orderOfAdoption } from './going-on.ts';
import { Commands, type CommandHow } from './commands.ts';
import type { Deed } from './deeds.ts';
import { Engine } from './engine.ts';
import { firstFleet, type KeptList } from './first-fleet.ts';
import { lookForHandler } from './handlers.ts';
import { instancesOf } from './instances.ts';
import type { Journal } from './journal.ts';
import type { NewList } from './lifecycle/event.ts';
import type { Fact } from './lifecycle/fact.ts';
import type { MadeRuns } from './made-runs.ts';
import { ListEnd } from './list-end.ts';
import { MemoryWatch } from './memory-watch.ts';
import { slotOf, type Fleet } from './lifecycle/roster.ts';
import type { Left } from './lifecycle/state.ts';
import type { Plan } from './plan.ts';
import type { PresentList } from './present-list.ts';
import type { StatusContext } from './status.ts';
import { Troubles } from './troubles.ts';
import { WallTime } from './wall-time.ts';
import { Watches } from './watches.ts';
import { pauseWords, wordFact } from './words.ts';
import type { Usage } from './world/usage.ts';
import type { AdoptingWorld, Clock, Post } from './world/world.ts';

export interface ListParts {
  readonly present: PresentList;
  /** What the living processes were made from. */
  readonly made: MadeRuns;
  /** When the list was started: possibly by an earlier supervisor. */
  readonly startedAt: Date;
  /** What an earlier supervisor of this list left behind. */
  readonly adoption: Adoption | null;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly makeWorld: (post: Post) => AdoptingWorld;
  /** The set of processes has changed: state.json is to be written. */
  readonly save: (fleet: Fleet) => void;
  /** Records at once that these are about to get their stop signal. */
  readonly saveBeforeSignal: (fleet: Fleet, ids: ReadonlySet<string>) => void;
  /** Receives each fact of the lifecycle, in words. */
  readonly tell: (fact: Fact, words: string) => void;
  /** The processes of the list that live although none of its sessions does. */
  readonly escaped: () => readonly Left[];
}

export class RunningList {
  readonly startedAt: Date;
  /** How it ends: to request it, and what came of that. */
  readonly end: ListEnd;
  /** Resolves with the result of the stop once the list has stopped and the last process is gone. */
  readonly over: Promise<DeedView>;
  private readonly parts: ListParts;
  private readonly engine: Engine;
  private readonly world: AdoptingWorld;
  private readonly watches = new Watches();
  private readonly memory: MemoryWatch;
  private readonly listeners = new Set<() => void>();
  private readonly commands: Commands;
  private readonly troubles: Troubles;
  private heldBy: string | null = null;
  private processesChanged = false;
  private turns = 0;
  private readonly wall: WallTime;

  constructor(parts: ListParts) {
    this.parts = parts;
    this.startedAt = parts.startedAt;
    this.wall = new WallTime(parts.clock);
    this.troubles = new Troubles(parts.journal, () => {
      this.changed();
    });
    const fleet = firstFleet(parts.present.list, parts.adoption, parts.clock.now());
    const post: Post = (event) => {
      this.engine.post(event);
    };
    this.world = parts.makeWorld(post);
    this.memory = new MemoryWatch(() => this.fleet, post);
    this.commands = new Commands({
      fleet: () => this.fleet,
      post,
      watches: this.watches,
      context: () => this.context(new Map()),
    });
    this.end = new ListEnd({
      fleet: () => this.fleet,
      post,
      view: (deed) => this.commands.view(deed),
      journal: parts.journal,
      escaped: parts.escaped,
      stopWithinMs: () => parts.present.accepted?.stopWithinMs ?? null,
    });
    let isOver: (deed: DeedView) => void;
    this.over = new Promise((resolve) => {
      isOver = resolve;
    });
    this.engine = new Engine(fleet, this.world, {
      record: (fact) => {
        this.record(fact);
      },
      signalling: (signalling, ids) => {
        // And soon again, in the usual way: that they were sent.
        this.processesChanged = true;
        parts.saveBeforeSignal(signalling, ids);
      },
      settled: (settled) => {
        this.settled(settled);
      },
      finished: () => {
        this.memory.close();
        isOver(this.end.told());
      },
    });
  }

  /** The list in force. */
  get spec(): KeptList {
    return this.parts.present.list;
  }

  get fleet(): Fleet {
    return this.engine.fleet;
  }

  /** What is wrong with the supervisor itself, in words. */
  get problems(): readonly string[] {
    const pause = this.pause;
    return [...[this.heldBy, pause].filter((words) => words !== null), ...this.troubles.words];
  }

  /** Why nothing of the list has been started yet, in words; null: it has. */
  get held(): string | null {
    return this.heldBy;
  }

  /**
   * Resumes what an earlier supervisor left: first under the list of that time and then (`applied`) under the present one. Before `boot`.
   */
  adopt(applied: boolean): void {
    for (const slot of this.fleet.slots) {
      for (const fact of factsOfAdoption(slot)) this.record(fact);
      const order = orderOfAdoption(slot);
      if (order !== null) this.world.adopt(order);
    }
    if (applied)
      this.engine.post(this.listNow({ made: this.changedSince(), redefined: new Set(), starts: [], asked: false }));
    else this.engine.post({ is: 'tick' });
    if (this.pause !== null) this.parts.journal.add({ id: null, type: 'pause', level: 'warning', words: this.pause });
    this.parts.save(this.fleet);
  }

  /** Its fleet is about to be handed over, or someone sends a signal that may kill its processes. */
  lookOnceMore(): void {
    this.world.doubtSpeakers();
  }

  /** A command sent this signal to a run: what happens to it is no surprise. */
  sentByHand(id: string, run: number, signal: string): void {
    this.engine.post({ is: 'sent-by-hand', id, run, signal });
  }

  /** Nothing is started until `boot`; these words say why. */
  hold(words: string): void {
    if (words === this.heldBy) return;
    this.heldBy = words;
    this.parts.journal.add({ id: null, type: 'held', level: 'warning', words });
    this.changed();
  }

  /**
   * Starts the list: these instances and what they need. null: those that start with the list. Instances known from an earlier supervisor
   * stay as it left them unless a person names them now (`byHand`).
   */
  boot(ids: readonly string[] | null, byHand: boolean): void {
    this.heldBy = null;
    const known = this.parts.adoption?.known ?? new Set();
    const isLeft = (id: string): boolean => known.has(id) || this.isStoppedByHand(id);
    const meant = (ids ?? this.autostarted()).filter((id) => (ids !== null && byHand) || !isLeft(id));
    this.engine.post({ is: 'boot', ids: meant });
  }

  /** Files watched by these have changed: `path` and `more` others. */
  filesChanged(ids: readonly string[], path: string, more: number): void {
    this.processesChanged = true;
    this.engine.post({ is: 'changed', ids, path, more });
  }

  /** Carries out a request; resolves at once, or when nothing more of it is to come. */
  carryOut(kind: Deed['kind'], ids: readonly string[], how: CommandHow): Promise<DeedView> {
    // A person's wish is saved even if it moves no process.
    this.processesChanged = true;
    return this.commands.carryOut(kind, ids, how);
  }

  /** The list has been replaced (`present` has it) at a person's request; this follows from it. Resolves as `carryOut` does. */
  takeList(plan: Plan, wait: boolean): Promise<DeedView> {
    this.processesChanged = true;
    this.heldBy = null;
    const { made, redefined, view } = plan;
    return this.commands.reload(this.listNow({ made, redefined, starts: view.starts, asked: true }), plan, wait);
  }

  /** Calls back whenever the fleet or the troubles may have changed, until the returned function is called. */
  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** Sends a tick through the engine's mailbox and resolves once the fleet has settled after it: proof that the loop turns. */
  turn(): Promise<void> {
    const before = this.turns;
    const settled = this.watches.until(() => this.turns > before);
    this.engine.post({ is: 'tick' });
    return settled;
  }

  /** Something of ours is in trouble, or (null) no longer: each change is told once, and shown in between. */
  trouble(what: string, words: string | null): void {
    this.troubles.tell(what, words);
  }

  /** The words of a lasting trouble, or null. */
  troubleWith(what: string): string | null {
    return this.troubles.with(what);
  }

  /** The clocks and the usage from which records are made. */
  context(usage: ReadonlyMap<number, Usage>): StatusContext {
    const tags = new Map(this.daemons.map((spec) => [spec.name, spec.tags]));
    const now = this.parts.clock.now();
    return {
      now,
      wall: this.wall.at(now),
      tagsOf: (daemon) => tags.get(daemon) ?? [],
      usageOf: (pid) => usage.get(pid) ?? null,
      held: this.heldBy,
    };
  }

  private listNow(change: Pick<NewList, 'made' | 'redefined' | 'starts' | 'asked'>): NewList {
    const { list, startsPerSecond } = this.parts.present;
    return { is: 'list', policies: list.daemons, resources: list.resources, startsPerSecond, ...change };
  }

  /** The instances from an earlier supervisor that are made from other values than the list has now, and the keys that differ. */
  private changedSince(): ReadonlyMap<string, readonly string[]> {
    const { present, made } = this.parts;
    const changed = this.fleet.slots.flatMap((slot) => {
      const spec = present.specOf(slot.id);
      const keys = spec === null ? [] : made.changed(slot, spec);
      return keys.length === 0 ? [] : [[slot.id, keys] as const];
    });
    return new Map(changed);
  }

  private record(fact: Fact): void {
    const worded = wordFact(fact);
    this.parts.journal.add({ id: fact.id, type: fact.type, ...worded });
    this.parts.tell(fact, worded.words);
    this.commands.hear(fact);
    if (fact.type !== 'held' && fact.type !== 'still-alive') this.processesChanged = true;
    if (fact.type === 'ready') lookForHandler(fact.id, () => this.fleet, this.parts.journal);
  }

  /** Those of the list, and of an earlier one whose processes are still alive. */
  get daemons(): readonly CareSpec[] {
    return this.parts.present.daemons;
  }

  /** Why nothing is started automatically for a while, in words. */
  private get pause(): string | null {
    const { notBefore } = this.fleet.rate;
    const inMs = (notBefore ?? 0) - this.parts.clock.now();
    return notBefore === null || inMs <= 0 ? null : pauseWords(this.parts.adoption?.deaths.length ?? 0, inMs);
  }

  private isStoppedByHand(id: string): boolean {
    const wanted = slotOf(this.fleet, id)?.wanted;
    return wanted?.up === false && wanted.by === 'hand';
  }

  private settled(fleet: Fleet): void {
    if (this.processesChanged) {
      this.processesChanged = false;
      this.parts.save(fleet);
    }
    this.turns += 1;
    this.memory.look();
    this.watches.look();
    this.changed();
    if (!awaitsChange(fleet, this.spec.daemons)) this.end.look(fleet);
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }

  private autostarted(): readonly string[] {
    return instancesOf(this.spec.daemons.filter(({ autostart }) => autostart)).map(({ id }) => id);
  }
}

/** An ended instance that tries again when what it watches changes. */
function awaitsChange({ slots }: Fleet, daemons: readonly CareSpec[]): boolean {
  const watching = new Set(daemons.flatMap(({ name, watch }) => (watch === null ? [] : [name])));
  return slots.some(({ daemon, wanted }) => wanted.up && watching.has(daemon));
}
