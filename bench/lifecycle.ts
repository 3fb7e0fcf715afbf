/**
 * What a step of the lifecycle costs, with the question for the next deadline that the engine asks after each: 1,000
 * instances, microseconds of processor time a step. The goal is 50 on average. `npx tsx bench/lifecycle.ts`
 */
import { step } from '../src/supervisor/lifecycle/fleet.ts';
import type { Event } from '../src/supervisor/lifecycle/event.ts';
import { nextDeadline } from '../src/supervisor/lifecycle/gates.ts';
import { newFleet, type Fleet } from '../src/supervisor/lifecycle/roster.ts';
import { FleetWorld, type WorldOptions } from '../test/support/fleet-world.ts';
import { seeded } from '../test/support/random.ts';
import { policy } from '../test/unit/lifecycle/policies.ts';

const INSTANCES = 1_000;
const STEPS = 20_000;
const { next, int } = seeded(1);

/** 250 daemons of 4 instances, each but the first needing the one before it or the first. */
const policies = Array.from({ length: INSTANCES / 4 }, (_, n) => {
  const needs = n === 0 ? {} : { [n % 10 === 0 ? `d${n - 1}` : 'd0']: 'ready' as const };
  return policy(`d${n}`, { instances: 4, needs, ready: { by: 'time', afterMs: 1 } });
});
const ids = policies.flatMap(({ name }) => [1, 2, 3, 4].map((n) => `${name}:${n}`));

let fleet: Fleet = newFleet(policies, null, 0);
let now = 0;
let orders: { readonly id: string; readonly run: number }[] = [];

function send(event: Event): void {
  const after = step(fleet, event, now, next);
  fleet = after.fleet;
  nextDeadline(fleet);
  for (const effect of after.effects) if (effect.do === 'spawn') orders.push(effect);
}

/** Reports all ordered spawns until nothing more is ordered. */
function bringUp(): void {
  let rounds = policies.length;
  while (rounds > 0) {
    rounds -= 1;
    const due = orders;
    orders = [];
    for (const { id, run } of due) send({ is: 'spawned', id, run, process: { pid: 1, startTime: 1 } });
    now += 2;
    send({ is: 'tick' });
  }
}

function measure(what: string, steps: number, event: () => Event): void {
  for (let n = 0; n < steps / 10; n += 1) send(event());
  const from = process.cpuUsage();
  for (let n = 0; n < steps; n += 1) send(event());
  tell(process.cpuUsage(from).user / steps, what);
}

function tell(us: number, what: string): void {
  console.log(`${us.toFixed(1).padStart(7)} µs  ${what}`);
}

const someone = (): { id: string; run: number } => {
  const id = ids[int(0, ids.length - 1)] ?? '';
  return { id, run: fleet.slots[fleet.layout.at.get(id) ?? 0]?.starts ?? 0 };
};

send({ is: 'boot', ids });
bringUp();
measure('a word of a running instance', STEPS, () => ({
  ...{ is: 'said', word: { key: 'BUSY' }, sinceSignal: false },
  ...someone(),
}));
measure('a wake with nothing due', STEPS, () => ({ is: 'tick' }));
send({ is: 'stop-asked', ids: ids.slice(0, 4) });
measure('a word while 1,000 wait for what was stopped', STEPS, () => ({
  ...{ is: 'said', word: { key: 'BUSY' }, sinceSignal: false },
  ...someone(),
}));

/** An incident for 25 daemons of 40 instances: they are started, and from the second minute on a database that all need is down for two. */
function incident(resources: WorldOptions['resources'] & {}): void {
  const policies = Array.from({ length: INSTANCES / 40 }, (_, n) =>
    policy(`d${n}`, { instances: 40, resources: resources.map(({ name }) => name), ready: { by: 'time', afterMs: 1 } }),
  );
  const past: { readonly event: Event; readonly at: number }[] = [];
  const isAway = (at: number): boolean => at > 60_000 && at < 180_000;
  const world: FleetWorld = new FleetWorld(policies, {
    ...{ resources, latencyMs: 15 },
    probed: (_, at) => (isAway(at) ? 'connection refused' : null),
    // Rounds without news mean nothing; short ones would only make work for this world.
    behave: () => ({ iterationMs: 60_000, endsAfterMs: isAway(world.now) ? 300 : null }),
    watch: (_, event) => past.push({ event, at: world.now }),
  });
  world.boot().pass(60_000);
  const began = past.length;
  for (const { id } of world.fleet.slots) world.after(int(0, 30_000), () => world.process(id)?.kill());
  world.pass(240_000);
  const declared = resources.length > 0 ? 'declared' : 'not declared';
  for (const what of ['warm-up', 'measured']) {
    let again = newFleet(policies, 20, 0, resources);
    const replay = (events: typeof past): number => {
      const from = process.cpuUsage();
      for (const { event, at } of events) {
        again = step(again, event, at, () => 0).fleet;
        nextDeadline(again);
      }
      return process.cpuUsage(from).user / events.length;
    };
    const [start, rest] = [replay(past.slice(0, began)), replay(past.slice(began))];
    if (what === 'warm-up') continue;
    tell(start, 'on average of a start of all, 20 a second');
    tell(rest, `on average of a database away for two minutes, ${declared}`);
  }
}

incident([{ name: 'db', intervalMs: 5_000 }]);
incident([]);
