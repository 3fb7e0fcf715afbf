/**
 * What must hold after every step of every life, whatever happens. The reducer is not trusted: what should be wanted, waiting and startable
 * is worked out independently from the requests and the truth of the simulated processes.
 */
import { isDeepStrictEqual } from 'node:util';
import { unsettled } from '../../src/supervisor/lifecycle/agenda.ts';
import type { Effect } from '../../src/supervisor/lifecycle/effect.ts';
import type { Event } from '../../src/supervisor/lifecycle/event.ts';
import { step, type Step } from '../../src/supervisor/lifecycle/fleet.ts';
import type { Policy } from '../../src/supervisor/lifecycle/policy.ts';
import type { Gate } from '../../src/supervisor/lifecycle/gate.ts';
import { gatesOf, nextDeadline } from '../../src/supervisor/lifecycle/gates.ts';
import { isKnown } from '../../src/supervisor/lifecycle/resource.ts';
import { slotsOf, type Fleet } from '../../src/supervisor/lifecycle/roster.ts';
import { isFault, outdatedBy, type Drain, type Slot } from '../../src/supervisor/lifecycle/state.ts';
import type { FleetWorld } from '../support/fleet-world.ts';
import { Asks, live } from './lifecycle-asks.ts';
import { demand, find } from './lifecycle-demand.ts';
import type { Edges } from './lifecycle-edges.ts';
import type { Outages } from './lifecycle-outages.ts';
import { ResourceRules } from './lifecycle-resources.ts';

/** News is late by at most this much. */
const LATENCY_MS = 50;

export class Rules {
  readonly edges: Edges;
  steps = 0;
  private policies = new Map<string, Policy>();
  private startsPerSecond: number | null = null;
  private asks: Asks = new Asks([]);
  private resources: ResourceRules | null = null;
  private ratedStarts: number[] = [];
  /** Steps of this life. */
  private age = 0;
  /** What was sent to which run: `photos 3 main`. */
  private sent = new Set<string>();
  /** Runs being ended because they did not become ready in time. */
  private failing = new Set<string>();
  /** Runs whose supervisor has died: a word of them may be lost. */
  private orphaned = new Set<string>();
  /** Runs that we replace on our own, and since when. */
  private replaced = new Map<string, number>();

  constructor(edges: Edges) {
    this.edges = edges;
  }

  begin(policies: readonly Policy[], startsPerSecond: number | null, outages: Outages): void {
    this.policies = new Map(policies.map((policy) => [policy.name, policy]));
    this.startsPerSecond = startsPerSecond;
    this.asks = new Asks(policies);
    this.resources = new ResourceRules(this.policies, startsPerSecond, outages);
    this.ratedStarts = [];
    this.age = 0;
    this.sent = new Set();
    this.failing = new Set();
    this.replaced = new Map();
    this.orphaned = new Set();
  }

  noteSuccessor(slots: readonly Slot[], hasDied: boolean): void {
    this.resources?.noteSuccessor();
    if (!hasDied) return;
    for (const slot of slots) if (live(slot) !== null) this.orphaned.add(`${slot.id} ${slot.starts}`);
  }

  check(before: Fleet, event: Event, { fleet, effects }: Step, world: FleetWorld): void {
    this.steps += 1;
    this.asks.note(before, event, world.now);
    this.resources?.note(event, before, { fleet, effects }, world);
    for (const effect of effects) this.checkEffect(effect, before, fleet, world);
    if (event.is === 'changed' && !this.asks.isShutDown) this.checkChanged(event.ids, before, fleet);
    fleet.slots.forEach((slot, at) => {
      const was = before.slots[at];
      if (was === undefined) throw new Error('a slot came from nowhere');
      if (slot !== was) this.checkSlot(was, slot, event, world);
      this.checkRest(slot, fleet, effects, world);
    });
    this.age += 1;
    if (this.age % 16 === 0) checkSettled(fleet, world.now);
  }

  private checkEffect(effect: Effect, before: Fleet, after: Fleet, world: FleetWorld): void {
    switch (effect.do) {
      case 'spawn': {
        this.checkSpawn(effect.id, effect.run, after, world);
        return;
      }
      case 'signal': {
        const run = live(find(after, effect.id))?.run;
        demand(run?.number === effect.run, `${effect.id}: signal to a run that is not the present one`);
        demand((run.end !== null) === (effect.to === 'left'), `${effect.id}: signal to the dead`);
        const key = `${effect.id} ${effect.run} ${effect.to === 'left' ? 'left' : 'main'}`;
        demand(!this.sent.has(key), `${key}: told twice`);
        this.sent.add(key);
        return;
      }
      case 'kill': {
        this.checkKill(effect.id, effect.run, before, after, world);
        return;
      }
      case 'record':
        if (effect.fact.type === 'draining')
          this.checkDrain(find(before, effect.fact.id), effect.fact.why, after, world.now);
        return;
      case 'probe': {
        const isUnblocked = (slot: Slot): boolean => this.asks.isUnblocked(this.policyOf(slot), after);
        this.resources?.checkProbe(effect.name, effect.probe, after, world.now, isUnblocked);
        return;
      }
      case 'look':
        return;
      case 'finish':
        demand(
          this.asks.isShutDown && after.slots.every((slot) => live(slot) === null),
          'finished while something lives',
        );
    }
  }

  private checkDrain(before: Slot, why: Drain['why'], after: Fleet, now: number): void {
    const slot = find(after, before.id);
    if (isFault(why)) this.failing.add(`${slot.id} ${slot.starts}`);
    if (why === 'own') {
      this.replaced.set(`${slot.id} ${slot.starts}`, now);
      demand(slot.wanted.up, `${slot.id}: replaced and not wanted`);
      const isProven = outdatedBy(slot.state)?.proven === true;
      // Changed again while it is tried, it goes first again.
      const isFree = isProven || before.goesFirst !== null;
      demand(isFree || scoutBefore(slot, after) === undefined, `${slot.id}: replaced while another goes first`);
      demand(isFree || !isOneDown(slot, after), `${slot.id}: replaced while another is down anyway`);
    }
    if (why === 'asked' && !slot.wanted.up)
      demand(!this.asks.isNeededByEnding(slot, after), `${slot.id}: ended before what needs it`);
  }

  private checkSpawn(id: string, run: number, after: Fleet, world: FleetWorld): void {
    const slot = find(after, id);
    const policy = this.policyOf(slot);
    const process = world.process(id);
    demand(process?.alive !== true, `${id}: a second process beside a living one`);
    if (policy.leftovers !== 'ignore')
      demand(process?.leftovers.every(({ alive }) => !alive) ?? true, `${id}: started beside leftovers`);
    demand(run === slot.starts, `${id}: run ${run} is not its ${slot.starts}th start`);
    demand(!this.asks.isShutDown, `${id}: started in the shutdown`);
    demand(this.asks.isUnblocked(policy, after), `${id}: started before what it needs`);
    this.resources?.checkSpawn(slot, world.now);
    const byHand = this.asks.takeStartByHand(id);
    const others = after.slots.filter((other) => other.daemon === slot.daemon && other.id !== id);
    const hasHeld = ({ state }: Slot): boolean => state.is === 'running' && state.run.heldAt !== null;
    if (!byHand && isInTrouble(slot) && !others.some(hasHeld))
      demand(
        // Those that a person starts at the same moment go all the same.
        !others.some((other) => isInTrouble(other) && (live(other)?.run.startedAt ?? 0) < world.now),
        `${id}: tried while another of its daemon is tried`,
      );
    if (byHand || this.startsPerSecond === null) return;
    this.ratedStarts.push(world.now);
    const { startsPerSecond, ratedStarts } = this;
    ratedStarts.forEach((from, n) => {
      const allowed = Math.max(1, startsPerSecond) + (startsPerSecond * (world.now - from)) / 1000;
      demand(ratedStarts.length - n <= allowed + 1e-3, `${ratedStarts.length - n} starts since ${from}`);
    });
  }

  private checkKill(id: string, run: number, before: Fleet, after: Fleet, world: FleetWorld): void {
    const key = `${id} ${run}`;
    const state = live(find(after, id));
    demand(state?.run.number === run, `${key}: SIGKILL to a run that is not the present one`);
    if (
      state.is !== 'killing' ||
      state.run.end !== null ||
      this.asks.mayBeCut(id, run, world.now) ||
      this.failing.has(key)
    )
      return;
    const slot = find(before, id);
    const { stop, limits } = this.policyOf(slot);
    const { graceMs } = stop;
    // Stuck, whatever it was asked.
    const openMs = world.now - (world.process(id)?.openSince ?? world.now);
    if (limits.iterationMs !== null && openMs >= limits.iterationMs - LATENCY_MS) return;
    const replacedAt = this.replaced.get(key);
    // For those that we replace on our own, grace counts from when someone else asked, if ever.
    const since =
      replacedAt === undefined ? state.drain.askedAt : (this.asks.endAskedSince(slot.id, replacedAt) ?? Infinity);
    demand(graceMs !== null && world.now - since >= graceMs, `${key}: SIGKILL before its grace is over`);
    const process = world.process(id);
    if (process?.openSince == null || slot.state.is === 'killing') return;
    const { speech, loses, onStop } = process.behaviour;
    // Until its first word it counts as one that says nothing.
    if (state.run.talk.last === null || speech === 'wild' || loses > 0) return;
    demand(onStop !== 'ends at its boundary', `${key}: SIGKILL into the open iteration of one that heeds the stop`);
    demand(process.openSince > state.drain.askedAt, `${key}: SIGKILL into an iteration that the stop found open`);
  }

  private checkSlot(was: Slot, slot: Slot, event: Event, world: FleetWorld): void {
    // Looking at every word would take nine tenths of the time of a life.
    if (slot.state.is !== was.state.is || this.steps % 16 === 0)
      demand(isDeepStrictEqual(JSON.parse(JSON.stringify(slot)), slot), `${slot.id}: JSON loses something`);
    demand(slot.starts >= was.starts && slot.cuts >= was.cuts, `${slot.id}: counts fall`);
    demand(slot.iterations >= was.iterations, `${slot.id}: iterations fall`);
    this.edges.note(was, slot, event);
    const [exit] = slot.exits;
    if (exit === undefined || exit.run === was.exits[0]?.run) return;
    const process = world.process(slot.id);
    if (process === null || exit.error !== null) return;
    const { speech, loses } = process.behaviour;
    demand(!process.alive, `${slot.id}: ended and alive`);
    demand((exit.cut === 'yes') === slot.cuts > was.cuts, `${slot.id}: a cut is not counted`);
    if (speech === 'wild') return;
    demand(exit.cut !== 'no' || !process.works, `${slot.id}: "no" of one that works on: ${exit.words}`);
    if (loses === 0)
      demand(exit.cut === 'yes' || !process.killedInside, `${slot.id}: ${exit.cut} of one that we cut: ${exit.words}`);
    if (process.works) return;
    demand(exit.cut !== 'no' || !process.endedInside, `${slot.id}: "no" of one that was inside: ${exit.words}`);
    demand(exit.cut !== 'no' || speech !== 'none', `${slot.id}: "no" of one that says nothing`);
    // Nothing is known until its next word about one whose supervisor has died.
    const isOpen = exit.cut !== 'no' && this.orphaned.has(`${slot.id} ${exit.run}`);
    const sure = speech === 'busy-idle' && loses === 0 && !process.isSilent && exit.iterations !== null && !isOpen;
    // Nobody knows whether the worker or a helper said IDLE after its wrapper ended other than by a stop: never no.
    const isDoubted = process.behaviour.wraps && exit.kind !== 'asked' && exit.cut === 'yes';
    if (sure && exit.signal !== 'SIGKILL' && !isDoubted)
      demand(
        (exit.cut === 'yes') === process.endedInside,
        `${slot.id}: inside ${process.endedInside}, said ${exit.cut}`,
      );
  }

  /** Every instance that is wanted will get the new files. */
  private checkChanged(ids: readonly string[], before: Fleet, fleet: Fleet): void {
    for (const { id, wanted, state, starts } of before.slots.filter(({ id }) => ids.includes(id))) {
      if (!wanted.up) continue;
      const slot = find(fleet, id);
      const isMarked = outdatedBy(slot.state) !== null;
      switch (state.is) {
        case 'starting':
        case 'running':
          demand(isMarked, `${id}: runs old code for ever`);
          break;
        case 'exited':
        case 'failed':
          demand(slot.state.is === 'waiting' || slot.starts > starts, `${id}: does not try again`);
          break;
        case 'backoff':
          demand(slot.state.is !== 'backoff' || state.because === 'ours', `${id}: does not try again at once`);
          break;
        case 'stopped':
        case 'waiting':
        case 'draining':
        case 'killing':
          demand(slot.state.is === state.is || slot.starts > starts, `${id}: moved by a change`);
      }
    }
  }

  /** What must be true of every slot between two steps. */
  private checkRest(slot: Slot, fleet: Fleet, effects: readonly Effect[], world: FleetWorld): void {
    const { id, state, wanted } = slot;
    const policy = this.policyOf(slot);
    demand(
      wanted.up === (this.asks.wishFor(id) === 'up'),
      `${id}: wanted ${wanted.up}, asked ${this.asks.wishFor(id)}`,
    );
    if (state.is !== 'waiting') this.resources?.noteAtRest(slot);
    const process = world.process(id);
    switch (state.is) {
      case 'stopped':
      case 'exited':
      case 'failed':
      case 'waiting':
      case 'backoff':
        demand(process?.alive !== true, `${id}: a process under ${state.is}`);
        if (policy.leftovers !== 'ignore')
          demand(process?.leftovers.every(({ alive }) => !alive) ?? true, `${id}: leftovers under ${state.is}`);
        if (state.is === 'backoff') demand(wanted.up && state.until >= world.now, `${id}: stuck in backoff`);
        if (state.is === 'stopped') demand(!wanted.up, `${id}: wanted and stopped`);
        if (state.is === 'waiting') this.checkWaiting(slot, state.byHand, policy, fleet, world.now);
        return;
      case 'starting':
      case 'running': {
        const ordered = effects.some((effect) => effect.do === 'spawn' && effect.id === id);
        demand(ordered || process !== null || world.isAwaitingNews, `${id}: ${state.is} without a process`);
        if (!wanted.up) demand(this.asks.isNeededByEnding(slot, fleet), `${id}: unwanted and not drained`);
        else if (state.is === 'running' && state.outdatedBy !== null)
          demand(
            scoutBefore(slot, fleet) !== undefined || waitsAtLimit(slot, fleet),
            `${id}: outdated and not replaced`,
          );
        return;
      }
      case 'draining':
      case 'killing':
        demand(state.run.end === null || state.drain.lookAt !== null, `${id}: nobody looks after its leftovers`);
        demand(state.is === 'draining' || state.killAgainAt >= world.now, `${id}: SIGKILL is not repeated`);
    }
  }

  private checkWaiting(slot: Slot, byHand: boolean, policy: Policy, fleet: Fleet, now: number): void {
    demand(slot.wanted.up, `${slot.id}: waits and is not wanted`);
    if (!this.asks.isUnblocked(policy, fleet) && slot.undecided === null) {
      this.resources?.noteAtRest(slot);
      return;
    }
    this.resources?.checkWaiting(slot, fleet, now);
    const [gate] = gatesOf(fleet, slot, now);
    if (gate?.kind === 'resource' || slot.undecided !== null) return;
    if (gate?.kind === 'scout') {
      checkScout(find(fleet, gate.name), fleet, now);
      return;
    }
    // What opens by time alone is looked at with the next tick.
    const due = nextDeadline(fleet);
    if (due !== null && due <= now) return;
    demand(!byHand && this.startsPerSecond !== null, `${slot.id}: could be started and is not`);
    demand(due !== null, `${slot.id}: waits for a turn that never comes`);
  }

  private policyOf(slot: Slot): Policy {
    const policy = this.policies.get(slot.daemon);
    if (policy === undefined) throw new Error(`no policy for ${slot.id}`);
    return policy;
  }
}

/** A fixed point: with nothing due, another step changes nothing, even if it looks at everything; and its next look is the same. */
function checkSettled(fleet: Fleet, now: number): void {
  const due = nextDeadline(fleet);
  if (due !== null && due <= now) return;
  const all = { ...fleet, agenda: unsettled(fleet.slots, fleet.layout) };
  const again = step(all, { is: 'tick' }, now, () => 0.5);
  // For one waiting for its turn, what was up is probed again then: an answer may not hold that long.
  const hasTurns = fleet.agenda.turns.some((at) => at < Infinity);
  const comesWithTurn = (effect: Effect): boolean =>
    hasTurns && effect.do === 'probe' && fleet.resources.get(effect.name)?.state === 'up';
  const isSettled = again.effects.every(comesWithTurn) && isDeepStrictEqual(again.fleet.slots, fleet.slots);
  demand(isSettled, `not settled: ${JSON.stringify(again.effects)}`);
  const isSame = again.effects.length > 0 || isSameAgenda(fleet, again.fleet, now);
  demand(isSame, 'the agenda is not what follows from the fleet');
}

/**
 * The answers that a daemon needs at its turn may lapse while it waits, and nothing reports that: it is looked at with its turn. If the
 * next answer is awaited by then it no longer has a turn, and is looked at with the answer: the turn still in the agenda can cost one look
 * in vain, which removes it, and hides no other, since nothing else may differ.
 */
function isSameAgenda(fleet: Fleet, { agenda: again }: Fleet, now: number): boolean {
  const { agenda, layout } = fleet;
  const turns = agenda.turns.map((at, place) =>
    again.turns[place] === Infinity && awaitsAnswer(layout.daemons[place] ?? '', fleet, now) ? Infinity : at,
  );
  return isDeepStrictEqual({ ...agenda, turns }, again);
}

/** An instance of this daemon waits for the answer about something that was up and is no longer known to be. */
function awaitsAnswer(daemon: string, fleet: Fleet, now: number): boolean {
  const isAwaited = (gate: Gate): boolean => {
    const resource = gate.kind === 'resource' ? fleet.resources.get(gate.name) : undefined;
    return resource?.state === 'up' && resource.probe !== null && !isKnown(resource, now);
  };
  return slotsOf(fleet, daemon).some((slot) => gatesOf(fleet, slot, now).some(isAwaited));
}

/** It has reached a limit, but has not held yet, or another instance of its daemon is missing. */
function waitsAtLimit({ id, daemon, state }: Slot, fleet: Fleet): boolean {
  if (state.is !== 'running' || state.outdatedBy?.of !== 'limit') return false;
  const isMissing = (other: Slot): boolean =>
    other.wanted.up && (outdatedBy(other.state) !== null || !['running', 'exited'].includes(other.state.is));
  return (
    state.holdsAt !== null ||
    fleet.slots.some((other) => other.daemon === daemon && other.id !== id && isMissing(other))
  );
}

/** Another instance of its daemon that goes first with a change. */
const scoutBefore = ({ id, daemon }: Slot, fleet: Fleet): Slot | undefined =>
  fleet.slots.find((other) => other.id !== id && other.daemon === daemon && other.goesFirst !== null);

/** Another instance of its daemon comes up by itself, and is not up yet. */
const isOneDown = ({ id, daemon }: Slot, fleet: Fleet): boolean =>
  fleet.slots.some(
    ({ wanted, state, ...other }) =>
      other.id !== id &&
      other.daemon === daemon &&
      wanted.up &&
      ['waiting', 'backoff', 'draining', 'killing'].includes(state.is),
  );

/** What others wait for: its outcome will become known, or it starts by itself. */
function checkScout(scout: Slot, fleet: Fleet, now: number): void {
  const { id, wanted, state } = scout;
  demand(wanted.up, `${id}: others wait for it, and nobody wants it`);
  const comes = !['stopped', 'exited', 'failed'].includes(state.is);
  demand(comes, `${id}: others wait for it, and it is ${state.is}`);
  demand(gatesOf(fleet, scout, now)[0]?.kind !== 'scout', `${id}: others wait for it, and it waits for another`);
}

/** It ended in a crash, and has not shown since that it can live. */
function isInTrouble({ wanted, exits, state }: Slot): boolean {
  const isTried = (state.is === 'starting' || state.is === 'running') && state.run.heldAt === null;
  return wanted.up && isTried && exits[0]?.kind === 'crash';
}
