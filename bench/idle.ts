/** 100 idle daemons: how often a thread of the supervisor wakes, and how much processor time it uses. Both run at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { inArena } from './contest/arena.ts';
import { bareNode, supervise } from './contest/contestants.ts';
import { mainsBegan, markedDaemons, supervisorSide } from './contest/mark.ts';
import { activityOf } from './contest/proc.ts';

/** By then all are ready and healthy and have been checked for a SIGTERM handler: no deadline is left. */
const SETTLE_MS = 20_000;
const WATCHED_MS = 20_000;

await inArena(async (arena) => {
  const watched = [];
  for (const contestant of [bareNode, supervise]) {
    const daemons = markedDaemons(`${arena.folder}/${contestant.name}`, 100);
    const run = arena.run(contestant, daemons);
    await mainsBegan(daemons);
    watched.push({ name: contestant.name, run });
  }
  await sleep(SETTLE_MS);
  const before = watched.map(({ name, run }) => {
    const pids = supervisorSide(run.pid);
    return { name, pids, from: activityOf(pids) };
  });
  await sleep(WATCHED_MS);
  for (const { name, pids, from } of before) {
    const to = activityOf(pids);
    const goal = name === supervise.name ? '   goal: no timer fires, so 0 wakes' : '';
    const wakes = `${to.switches - from.switches} wakes, ${(to.cpuMs - from.cpuMs).toFixed(2)} ms of CPU`;
    console.log(`idle with 100 for ${WATCHED_MS / 1000} s, ${name.padEnd(10)} ${wakes}${goal}`);
  }
});
