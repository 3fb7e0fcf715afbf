/**
 * Memory of a supervisor a tenth of the way through and at the end: ten million lines through captured logs that are rotated, then ten
 * thousand starts. Flat means that the two are equal.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../src/control/client.ts';
import { inArena, type Run } from './contest/arena.ts';
import { superviseTarget, type Contestant } from './contest/contestants.ts';
import { pssMib } from './contest/proc.ts';

const LINES_A_RUN = 500_000;
const LINES = 10_000_000;
const STARTS = 10_000;
const LOOK_MS = 500;
const REST_MS = 3_000;

/** Two daemons that end as soon as they can: `printer` prints half a million lines each time, `mayfly` nothing. */
const restless: Contestant = {
  name: 'supervise',
  prepare({ folder, node, program }) {
    const list = {
      name: 'flat',
      supervisor: { start_rate: 'unlimited' },
      defaults: { autostart: false, restart: { policy: 'always', delay: '1ms', jitter: 0, reset_after: '0s' } },
      daemons: [
        {
          name: 'printer',
          command: ['sh', '-c', `yes "a line of a daemon that has much to say" | head -n ${LINES_A_RUN}`],
        },
        { name: 'mayfly', command: ['true'], instances: 20 },
      ],
    };
    writeFileSync(path.join(folder, 'daemons.yaml'), JSON.stringify(list)); // JSON is YAML
    return [node, program, 'start', ...superviseTarget(folder)];
  },
  logFiles: () => [],
};

await inArena(async (arena) => {
  const run = arena.run(restless, []);
  await tellGrowth(run, `${LINES / 1e6} million lines`, 'printer', LINES / LINES_A_RUN);
  await tellGrowth(run, `${STARTS.toLocaleString('en')} starts`, 'mayfly', STARTS);
});

async function tellGrowth(run: Run, what: string, daemon: string, starts: number): Promise<void> {
  await untilStarted(run, daemon, starts / 10);
  const early = await memoryAtRest(run, daemon);
  await untilStarted(run, daemon, starts);
  const late = await memoryAtRest(run, daemon);
  const ratio = (late / early).toFixed(2);
  console.log(
    `${what.padEnd(34)} ${early.toFixed(1)} MiB after a tenth, ${late.toFixed(1)} MiB at the end: x ${ratio}  goal <= 1.1`,
  );
}

/** Starts it and waits until that many starts are counted over all of its instances. */
async function untilStarted(run: Run, daemon: string, starts: number): Promise<void> {
  await ask(run, (client) => client.call('start', { names: [daemon], wait: false }));
  for (;;) {
    const { instances } = await ask(run, (client) => client.call('status', { names: [daemon] }));
    if (instances.reduce((sum, each) => sum + each.starts, 0) >= starts) return;
    await sleep(LOOK_MS);
  }
}

async function memoryAtRest(run: Run, daemon: string): Promise<number> {
  await ask(run, (client) => client.call('stop', { names: [daemon] }, { timeoutMs: null }));
  await sleep(REST_MS);
  return pssMib([run.pid]);
}

type Client = Extract<Awaited<ReturnType<typeof connect>>, { ok: true }>['value'];
type Answer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: { readonly words: string } };

async function ask<T>(run: Run, use: (client: Client) => Promise<Answer<T>>): Promise<T> {
  const client = await connected(run);
  const answer = await use(client);
  client.close();
  if (!answer.ok) throw new Error(answer.error.words);
  return answer.value;
}

async function connected({ folder, pid }: Run): Promise<Client> {
  for (;;) {
    const client = await connect(path.join(folder, 'state'), { timeoutMs: 2_000 });
    if (client.ok) return client.value;
    process.kill(pid, 0);
    await sleep(LOOK_MS);
  }
}
