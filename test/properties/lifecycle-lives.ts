/** A random list, random processes, random requests: one life of a fleet, reproducible by its number. */
import { resume, withFoundRun } from '../../src/supervisor/lifecycle/adopt.ts';
import type { Event } from '../../src/supervisor/lifecycle/event.ts';
import type { Policy } from '../../src/supervisor/lifecycle/policy.ts';
import { newFleet, slotOf, type Fleet } from '../../src/supervisor/lifecycle/roster.ts';
import { isLive, type Slot } from '../../src/supervisor/lifecycle/state.ts';
import { FleetWorld } from '../support/fleet-world.ts';
import { seeded, type Random } from '../support/random.ts';
import { QUIET, type Behaviour, type LeftBehaviour } from '../support/scripted-process.ts';
import { Outages, someResources } from './lifecycle-outages.ts';
import { Rules } from './lifecycle-rules.ts';

const LATENCY_MS = 15;
const LIFE_MS = 40_000;
/** Longer than the longest grace with all its extensions, the longest iteration, and anything that outlives SIGKILL. */
const PATIENCE_MS = 90_000;

/** Lives one life, checked after every step; `rules` may have seen other lives before. */
export function live(number: number, rules: Rules): void {
  const random = seeded(number);
  const resources = someResources(random);
  const outages = new Outages(random, resources, LIFE_MS);
  const policies = someList(random, outages);
  const startsPerSecond = random.pick([null, 0.5, 2, 20]);
  const heard: Event[] = [];
  let canHang = policies.some(({ stop }) => stop.graceMs === null);
  const behave = (id: string): Behaviour => {
    const behaviour = outages.marked(someBehaviour(random), needsOf(world, id), world.now);
    const { speech, workerDiesAfterMs, loses } = behaviour;
    // A process that never said SPEAKER is waited for although it is gone.
    const isMissed = workerDiesAfterMs !== null && speech !== 'none' && (speech !== 'sdk' || loses > 0);
    canHang ||= speech === 'wild' || isMissed;
    return behaviour;
  };
  rules.begin(policies, startsPerSecond, outages);
  const world: FleetWorld = new FleetWorld(policies, {
    ...{ random, startsPerSecond, behave, chance: random.next, latencyMs: LATENCY_MS, resources },
    probeMs: () => outages.probeMs(),
    probed: (name, now) => outages.errorAt(name, now),
    watch: (before, event, after, of) => {
      if ('run' in event && heard.length < 400) heard.push(event);
      rules.check(before, event, after, of);
    },
  });
  world.boot();
  outages.strike(world, (id) => needsOf(world, id));
  for (let asks = random.int(4, 14); asks > 0; asks -= 1) {
    world.pass(random.int(0, (2 * LIFE_MS) / 14));
    world.send(someAsk(random, world));
    if (random.hit(0.5)) sendLateNews(random, world, heard);
    if (random.hit(0.1)) {
      const hasDied = random.hit(0.8);
      // Until its next word, the iteration of one that speaks counts as open.
      canHang ||= hasDied;
      replaceSupervisor(world, rules, hasDied, newFleet(policies, startsPerSecond, world.now, resources));
    }
  }
  shutDown(random, world, policies.length, canHang);
}

/** The supervisor dies (or hands over) at this moment, and another one resumes from what was saved. */
function replaceSupervisor(world: FleetWorld, rules: Rules, hasDied: boolean, fresh: Fleet): void {
  const saved = parsed(world.fleet.slots).map((slot) => foundAgain(slot, world));
  rules.noteSuccessor(saved, hasDied);
  const { rate, shutdown } = world.fleet;
  // What is known about resources is not saved.
  world.succeed(resume({ ...fresh, rate, shutdown }, saved, hasDied, world.now));
  world.send({ is: 'tick' });
}

/** As in supervisor/adoption.ts: a spawn that was ordered but not reported has either produced a process by now, or not. */
function foundAgain(slot: Slot, world: FleetWorld): Slot {
  const { state } = slot;
  const policy = world.fleet.policies.get(slot.daemon);
  if (policy === undefined || !isLive(state) || state.run.process !== null || state.run.end !== null) return slot;
  const process = world.process(slot.id);
  const { now } = world;
  if (process === null)
    return {
      ...slot,
      state: slot.wanted.up ? { is: 'waiting', since: now, byHand: false } : { is: 'stopped', since: now },
    };
  const { number, startedAt } = state.run;
  return withFoundRun(slot, { number, startedAt, process: { pid: process.pid, startTime: now } }, policy, now);
}

/** Everything ends: if processes may be waited for without end, after a requested cut. */
function shutDown(random: Random, world: FleetWorld, depth: number, canHang: boolean): void {
  world.send({ is: 'shutdown-asked', signal: 'SIGINT' });
  // No request from now on starts anything.
  if (random.hit(0.5)) world.pass(random.int(0, 300)).send(someAsk(random, world));
  const isOver = (): boolean => world.finished > 0;
  for (let round = 0; !isOver() && round <= depth; round += 1) {
    world.pass(canHang ? 5_000 : PATIENCE_MS, isOver);
    if (canHang) world.send({ is: 'cut-asked', ids: world.fleet.slots.map(({ id }) => id) }).pass(60_000, isOver);
  }
  if (!isOver()) throw new Error('the shutdown does not end');
  world.send(someAsk(random, world)).pass(10_000);
  if (world.finished !== 1) throw new Error(`the end was told ${world.finished} times`);
}

function parsed<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function someAsk(random: Random, world: FleetWorld): Event {
  const ids = world.fleet.slots.filter(() => random.hit(0.4)).map(({ id }) => id);
  const is = random.pick([
    ...(['start-asked', 'start-asked', 'stop-asked', 'stop-asked'] as const),
    ...(['restart-asked', 'restart-asked', 'cut-asked', 'tick', 'changed', 'changed', 'hurried'] as const),
  ]);
  if (is === 'tick') return { is };
  if (is === 'restart-asked') return { is, ids, how: random.pick(['scout', 'one-by-one', 'all-at-once']) };
  if (is === 'hurried') return { is, ids, withinMs: random.int(5_000, 60_000) };
  return is === 'changed' ? { is, ids, path: 'src/a.php', more: random.int(0, 9) } : { is, ids };
}

/** News of past runs, and reports that come twice. */
function sendLateNews(random: Random, world: FleetWorld, heard: readonly Event[]): void {
  for (const event of heard.filter(() => random.hit(0.05))) {
    if (!('run' in event)) continue;
    const slot = slotOf(world.fleet, event.id);
    if (slot === undefined) continue;
    const twice = event.is === 'spawned' || (event.is === 'ended' && isLive(slot.state) && slot.state.run.end !== null);
    if (event.run < slot.starts || !isLive(slot.state) || twice) world.send(event);
  }
}

/** The resources that its daemon needs. */
const needsOf = (world: FleetWorld, id: string): readonly string[] =>
  world.fleet.policies.get(world.slot(id).daemon)?.resources ?? [];

function someList(random: Random, outages: Outages): readonly Policy[] {
  const policies: Policy[] = [];
  const count = random.int(1, 4);
  for (let n = 0; n < count; n += 1) policies.push(somePolicy(random, `d${n}`, policies, outages));
  return policies;
}

function somePolicy(random: Random, name: string, earlier: readonly Policy[], outages: Outages): Policy {
  return {
    name,
    instances: random.pick([1, 1, 2, 3]),
    autostart: random.hit(0.8),
    resources: outages.someNames(),
    limits: {
      iterationMs: random.pick([null, null, 2_000]),
      iterations: random.pick([null, null, 5]),
      memoryBytes: null,
      ageMs: random.pick([null, null, 8_000]),
    },
    dependsOn: earlier
      .filter(() => random.hit(0.4))
      .map(({ name, restart }) => ({
        daemon: name,
        until: restart.policy !== 'always' && random.hit(0.6) ? 'completed' : 'ready',
      })),
    ready: random.hit(0.6)
      ? { by: 'time', afterMs: random.int(0, 2_000) }
      : { by: 'notify', timeoutMs: random.int(300, 3_000) },
    restart: {
      policy: random.pick(['always', 'always', 'on-failure', 'never']),
      delayMs: random.int(50, 2_000),
      factor: random.pick([1, 2, 3]),
      maxDelayMs: random.int(3_000, 10_000),
      jitter: random.pick([0, 0.2, 1]),
      resetAfterMs: random.pick([0, 500, 5_000]),
      attempts: random.pick([null, null, 1, 3]),
      successCodes: [0],
      fatalCodes: [78, 125],
    },
    stop: {
      signal: random.pick([null, null, 'SIGUSR1']),
      to: random.pick(['main', 'group']),
      graceMs: random.hit(0.1) ? null : random.int(200, 5_000),
    },
    leftovers: random.pick(['end', 'end', 'wait', 'ignore']),
  };
}

function someBehaviour(random: Random): Behaviour {
  return {
    ...QUIET,
    spawn: random.pick(['works', 'works', 'works', 'works', 'works', 'works', 'works', 'fails', 'our-shortage']),
    reportedAfterMs: random.hit(0.5) ? 0 : random.int(0, 100),
    readyAfterMs: random.hit(0.3) ? null : random.int(0, 2_000),
    speech: random.pick(['none', 'none', 'busy-idle', 'iterations', 'sdk', 'sdk', 'wild']),
    iterationMs: random.hit(0.2) ? random.int(20, 200) : random.int(200, 6_000),
    idleMs: random.int(1, 2_000),
    onStop: random.pick(['ends at its boundary', 'ends at its boundary', 'exits at once', 'dies of it', 'ignores it']),
    closingMs: random.hit(0.7) ? 0 : random.int(0, 1_000),
    stopCode: random.pick([0, 0, 0, 1, 78, 143]),
    endsAfterMs: random.hit(0.5) ? null : random.int(0, 8_000),
    endsWith: random.pick([
      { code: 0, signal: null },
      { code: 1, signal: null },
      { code: 75, signal: null },
      { code: 78, signal: null },
      { code: 137, signal: null },
      { code: null, signal: 'SIGSEGV' },
      { code: null, signal: 'SIGKILL' },
      { code: null, signal: 'SIGTERM' },
    ]),
    outlivesKillMs: random.hit(0.8) ? 0 : random.int(0, random.pick([3_000, 20_000])),
    leaves: random.hit(0.75) ? [] : [someLeftover(random), someLeftover(random)].slice(random.int(0, 1)),
    ...someWrapper(random),
    inherits: random.hit(0.3),
    loses: random.hit(0.9) ? 0 : 0.2,
    silentAfterMs: random.hit(0.95) ? null : random.int(0, 5_000),
    extendMs: random.hit(0.8) ? null : random.int(0, 20_000),
    waiting: random.hit(0.95) ? null : { resource: `r${random.int(0, 3)}`, afterMs: random.int(0, 4_000) },
  };
}

function someWrapper(random: Random): Pick<Behaviour, 'wraps' | 'workerDiesAfterMs'> {
  const wraps = random.hit(0.15);
  return { wraps, workerDiesAfterMs: wraps && random.hit(0.3) ? random.int(0, 8_000) : null };
}

function someLeftover(random: Random): LeftBehaviour {
  return {
    onStop: random.pick(['ends', 'ignores it']),
    endsAfterMs: random.hit(0.5) ? null : random.int(0, 10_000),
    outlivesKillMs: random.hit(0.7) ? 0 : random.int(0, 8_000),
  };
}
