/**
 * What must hold for resources after every step (docs/resources.md): they are probed only when the answer matters, nothing is started
 * without a good one, and nothing waits for ever. What is known about them is worked out independently, from the questions, the answers and
 * the ends alone.
 */
import type { Event } from '../../src/supervisor/lifecycle/event.ts';
import { gatesOf, nextDeadline } from '../../src/supervisor/lifecycle/gates.ts';
import type { Step } from '../../src/supervisor/lifecycle/fleet.ts';
import type { Policy } from '../../src/supervisor/lifecycle/policy.ts';
import type { Fleet } from '../../src/supervisor/lifecycle/roster.ts';
import type { Slot } from '../../src/supervisor/lifecycle/state.ts';
import type { FleetWorld } from '../support/fleet-world.ts';
import { demand, find } from './lifecycle-demand.ts';
import { SLOWEST_PROBE_MS, type Outages } from './lifecycle-outages.ts';

/** What was heard about one resource. A step precedes another one, even at the same time. */
interface Heard {
  readonly intervalMs: number;
  /** How long "up" holds: longer than the time between two starts. */
  readonly upMs: number;
  /** The probe under way. */
  readonly asked: { readonly number: number; readonly step: number } | null;
  readonly askedAt: number | null;
  readonly answer: { readonly isDown: boolean; readonly at: number } | null;
  /** When a process that needs it has died since it was last probed. */
  readonly doubt: { readonly step: number; readonly at: number } | null;
  /** When it was last reported, or feared, to be down. */
  readonly badNewsAt: number;
}

export class ResourceRules {
  private readonly policies: ReadonlyMap<string, Policy>;
  private readonly startsPerSecond: number | null;
  private readonly outages: Outages;
  private heard: Map<string, Heard>;
  private steps = 0;
  /** Since when these have been waiting for a resource above all. */
  private waiting = new Map<string, number>();

  constructor(policies: ReadonlyMap<string, Policy>, startsPerSecond: number | null, outages: Outages) {
    this.startsPerSecond = startsPerSecond;
    this.policies = policies;
    this.outages = outages;
    this.heard = nothingHeard(outages, startsPerSecond);
  }

  /** Another supervisor takes over, which has heard nothing yet. */
  noteSuccessor(): void {
    this.heard = nothingHeard(this.outages, this.startsPerSecond);
    this.waiting.clear();
  }

  note(event: Event, before: Fleet, { fleet: after, effects }: Step, world: FleetWorld): void {
    this.steps += 1;
    if (event.is === 'probed') this.noteAnswer(event.name, event.probe, event.error !== null, world.now);
    if (event.is === 'ended' || event.is === 'looked') {
      const isJudged = effects.some(
        (effect) => effect.do === 'record' && effect.fact.type === 'resource-end' && effect.fact.id === event.id,
      );
      this.noteEnd(find(before, event.id), find(after, event.id), isJudged, world);
    }
    after.slots.forEach((slot, at) => {
      const was = before.slots[at];
      if (was !== undefined && was !== slot) this.checkJudged(was, slot);
    });
  }

  private noteAnswer(name: string, probe: number, isDown: boolean, at: number): void {
    const heard = this.heard.get(name);
    demand(heard !== undefined, `${name}: nobody knows it`);
    if (heard.asked?.number !== probe) return;
    // Up is believed only for a question asked after the last death.
    const counts = isDown || heard.doubt === null || heard.asked.step >= heard.doubt.step;
    this.heard.set(name, {
      ...heard,
      asked: null,
      answer: { isDown, at },
      doubt: counts ? null : heard.doubt,
      badNewsAt: isDown ? at : heard.badNewsAt,
    });
  }

  private noteEnd(was: Slot, slot: Slot, isJudged: boolean, world: FleetWorld): void {
    const [exit] = slot.exits;
    // News of a run whose end is known.
    if (exit === undefined || exit.run === was.exits[0]?.run) return;
    const { now } = world;
    const process = world.process(slot.id);
    const isAsked = exit.kind === 'asked' || exit.fault !== null;
    const isSure = process !== null && process.behaviour.loses === 0 && exit.error === null;
    if (isSure && !isAsked && process.lastWord?.key === 'WAITING') {
      demand(exit.kind === 'resource', `${slot.id}: said that it waits, and its end is a ${exit.kind}`);
      demand(exit.resource === process.lastWord.resource, `${slot.id}: waits for ${exit.resource ?? 'nothing'}`);
    }
    demand(isAsked || exit.code !== 75 || exit.kind === 'resource', `${slot.id}: exit 75 is a ${exit.kind}`);
    // Otherwise it is what it was judged by.
    const named = exit.kind === 'resource' && !isJudged ? exit.resource : null;
    const heard = named === null ? undefined : this.heard.get(named);
    if (named !== null && heard !== undefined)
      this.heard.set(named, { ...heard, answer: { isDown: true, at: now }, doubt: null, badNewsAt: now });
    const { resources, restart } = this.policyOf(slot);
    const hasSucceeded = exit.code === 0 && exit.fault === null;
    const isDone = restart.policy === 'never' || (restart.policy === 'on-failure' && hasSucceeded);
    demand(!isDone || (slot.undecided === null && !isJudged), `${slot.id}: is done, and may be started again`);
    if (exit.kind === 'crash' && slot.wanted.up && exit.error === null && resources.length > 0 && 'since' in slot.state)
      demand(
        isDone || slot.undecided !== null || hasGoneOn(slot),
        `${slot.id}: its crash is judged before what it needs is asked`,
      );
    if (slot.undecided !== null || isJudged) this.noteDoubt(resources, now);
  }

  private noteDoubt(names: readonly string[], at: number): void {
    for (const name of names) {
      const heard = this.heard.get(name);
      if (heard === undefined) continue;
      const isDown = heard.answer?.isDown === true;
      this.heard.set(name, { ...heard, badNewsAt: at, doubt: isDown ? heard.doubt : { step: this.steps, at } });
    }
  }

  /** What a missing resource has killed is no crash. */
  private checkJudged(was: Slot, slot: Slot): void {
    const [exit] = slot.exits;
    if (exit === undefined || (exit === was.exits[0] && was.undecided === slot.undecided)) return;
    if (exit.kind === 'resource') {
      demand(slot.rows.crashes <= was.rows.crashes, `${slot.id}: a crash is counted, and ${exit.words}`);
      demand(slot.rows.quick <= was.rows.quick, `${slot.id}: a quick end is counted, and ${exit.words}`);
      return;
    }
    const isCounted = slot.undecided === null && (slot.state.is === 'backoff' || slot.state.is === 'failed');
    if (was.undecided === null || !isCounted) return;
    for (const name of this.policyOf(slot).resources) {
      const answer = this.heard.get(name)?.answer;
      demand(answer?.isDown === false, `${slot.id}: ${exit.words}, counted while ${name} is not known to be up`);
    }
  }

  checkProbe(name: string, number: number, after: Fleet, now: number, isUnblocked: (slot: Slot) => boolean): void {
    const heard = this.heard.get(name);
    demand(heard !== undefined, `${name}: nobody knows it`);
    demand(heard.asked === null, `${name}: asked twice at once`);
    const matters = (slot: Slot): boolean =>
      slot.state.is === 'waiting' &&
      this.needsOf(slot).includes(name) &&
      (slot.undecided !== null || isUnblocked(slot));
    demand(after.slots.some(matters), `${name}: asked, and nobody waits for the answer`);
    const isOld =
      heard.answer === null ||
      now >= heard.answer.at + (heard.answer.isDown ? heard.intervalMs : heard.upMs) ||
      heard.doubt !== null;
    demand(isOld, `${name}: asked, and the last answer holds`);
    this.heard.set(name, { ...heard, asked: { number, step: this.steps }, askedAt: now });
  }

  checkSpawn(slot: Slot, now: number): void {
    const needs = this.needsOf(slot);
    for (const name of needs) {
      const heard = this.heard.get(name);
      if (heard === undefined) continue;
      const { answer, doubt, upMs } = heard;
      demand(answer !== null, `${slot.id}: started, and nobody has asked for ${name}`);
      demand(!answer.isDown, `${slot.id}: started while ${name} is down`);
      demand(doubt === null, `${slot.id}: started before ${name} has answered after a crash`);
      const until = answer.at + upMs;
      // Slower ones were asked while it held.
      const isHeld = needs.some((other) => other !== name && (this.heard.get(other)?.askedAt ?? Infinity) < until);
      demand(now < until || isHeld, `${slot.id}: started on an old answer of ${name}`);
    }
  }

  /** `slot` waits, and for no other daemon. */
  checkWaiting(slot: Slot, fleet: Fleet, now: number): void {
    const due = nextDeadline(fleet);
    if (due !== null && due <= now) return;
    const needs = this.needsOf(slot);
    demand(slot.undecided === null || this.isAsked(needs), `${slot.id}: its end is not judged, and nobody is asked`);
    const others = fleet.slots.filter(({ daemon, id }) => daemon === slot.daemon && id !== slot.id);
    const [gate] = gatesOf(fleet, slot, now);
    // One on its way up, or with the next turn, may go first: the answer matters once it has held.
    const hasTurn = (other: Slot): boolean => gatesOf(fleet, other, now).some(({ kind }) => kind === 'turn');
    if (gate?.kind !== 'resource' || others.some((other) => isOnItsWay(other) || (due !== null && hasTurn(other)))) {
      this.waiting.delete(slot.id);
      return;
    }
    const isAskedFor = (one: Slot): boolean => {
      const names = this.needsOf(one);
      return this.isAsked(names) || (due !== null && names.some((name) => due <= (this.askedAgainAt(name) ?? 0)));
    };
    const waiting = others.filter(({ state }) => state.is === 'waiting');
    demand([slot, ...waiting].some(isAskedFor), `${slot.id}: waits for ${gate.name}, which nobody asks`);
    if (!isAskedFor(slot)) return;
    const since = this.waiting.get(slot.id) ?? now;
    this.waiting.set(slot.id, since);
    const good = needs.map((name) => this.goodSince(name, now));
    if (good.includes(null)) return;
    const longest = Math.max(...needs.map((name) => this.heard.get(name)?.intervalMs ?? 0));
    const waitedMs = now - Math.max(since, ...good.map((at) => at ?? now));
    demand(
      waitedMs <= longest + 2 * SLOWEST_PROBE_MS,
      `${slot.id}: waits ${waitedMs} ms for ${gate.name}, which is up`,
    );
  }

  private isAsked(names: readonly string[]): boolean {
    return names.some((name) => this.heard.get(name)?.asked != null);
  }

  /** When the answer that it is down stops holding; null: it is not known to be down. */
  private askedAgainAt(name: string): number | null {
    const { answer, intervalMs = 0 } = this.heard.get(name) ?? {};
    return answer?.isDown === true ? answer.at + intervalMs : null;
  }

  noteAtRest({ id }: Slot): void {
    this.waiting.delete(id);
  }

  /** Since when it is up without contradiction; null: it is down. */
  private goodSince(name: string, now: number): number | null {
    const upSince = this.outages.upSince(name, now);
    return upSince === null ? null : Math.max(upSince, this.heard.get(name)?.badNewsAt ?? 0);
  }

  /** As the list says, and as it said itself at its last end. */
  private needsOf(slot: Slot): readonly string[] {
    const [exit] = slot.exits;
    const named = exit?.kind === 'resource' ? exit.resource : null;
    const needs = new Set([...this.policyOf(slot).resources, ...(named === null ? [] : [named])]);
    return [...needs].filter((name) => this.heard.has(name));
  }

  private policyOf({ id, daemon }: Slot): Policy {
    const policy = this.policies.get(daemon);
    demand(policy !== undefined, `no policy for ${id}`);
    return policy;
  }
}

/** It is started again whatever its end was: replaced, or requested. */
const hasGoneOn = ({ state }: Slot): boolean => state.is === 'waiting' || state.is === 'starting';

const isOnItsWay = ({ wanted, state }: Slot): boolean =>
  wanted.up && (state.is === 'backoff' || ('run' in state && state.run.heldAt === null));

const nothingHeard = ({ resources }: Outages, startsPerSecond: number | null): Map<string, Heard> =>
  new Map(
    resources.map(({ name, intervalMs }) => [
      name,
      {
        intervalMs,
        upMs: Math.max(intervalMs, 2_000 / (startsPerSecond ?? Infinity)),
        asked: null,
        askedAt: null,
        answer: null,
        doubt: null,
        badNewsAt: 0,
      },
    ]),
  );
