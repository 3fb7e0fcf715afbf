/**
 * `npm run soak [-- --minutes 60 --seed 7 --workers 8 --only 'kill -9']`: workers with a queue of jobs, and deeds at random: the supervisor and the workers are killed,
 * stopped, restarted, upgraded, their list is edited, their disk is full. At the end the tally of what the workers noted themselves.
 * Exit 1 where anything is not as promised.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { connect } from '../../src/control/client.ts';
import type { RunView, StatusView } from '../../src/control/view.ts';
import { tallyOf, type Tally } from './tally.ts';

const program = path.resolve(import.meta.dirname, '../../dist/cli/main.js');
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    minutes: { type: 'string', default: '1' },
    workers: { type: 'string', default: '12' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
});
const WORKERS = Number(values.workers);
const random = seeded(Number(values.seed));
const isRoot = process.getuid?.() === 0;

// A disk of our own that can be filled; it goes with the namespace.
if (isRoot && process.env.SOAK_MOUNTS === undefined) {
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const { status } = spawnSync('unshare', ['-m', ...again], {
    stdio: 'inherit',
    env: { ...process.env, SOAK_MOUNTS: '1' },
  });
  process.exit(status ?? 1);
}

const folder = fs.mkdtempSync(path.join(tmpdir(), 'supervise-soak-'));
const state = path.join(folder, 'state');
const logs = path.join(state, 'logs');
for (const made of ['jobs', 'taken', 'live', 'state']) fs.mkdirSync(path.join(folder, made));
if (isRoot) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256m', 'tmpfs', state]);
const environment = { ...process.env, SOAK: folder, SUPERVISE_STATE_DIR: state };
const ends = new Map<string, RunView & { readonly name: string }>();
let jobs = 0;

async function soak(ms: number): Promise<boolean> {
  writeList(0);
  addJobs(100);
  await supervise('start', '-d');
  const before = memoryOf((await status()).supervisor?.pid ?? 0);
  const counts = new Map<string, number>();
  const deedsDone: string[] = [];
  const deeds = DEEDS.filter(([name]) => name.includes(values.only));
  const end = Date.now() + ms;
  while (Date.now() < end) {
    addJobs(50 - fs.readdirSync(path.join(folder, 'jobs')).length);
    const [name, deed] = deeds[Math.floor(random() * deeds.length)] ?? DEEDS[0];
    counts.set(name, (counts.get(name) ?? 0) + 1);
    deedsDone.push(`${new Date().toISOString()} ${name}`);
    await deed();
    await sleep(200 + 1_500 * random());
    noteEnds(await status());
  }
  await supervise('start', ...names());
  const last = await status();
  noteEnds(last);
  const after = memoryOf(last.supervisor?.pid ?? 0);
  for (const { id } of last.instances) ends.delete(id);
  await supervise('stop');
  const left = ours().length;
  const tally = tallyOf(folder, logs, [...ends.values()], left);
  tell(tally, counts, before, after);
  if (tally.lines.lost > tally.lines.told)
    for (const line of [...deedsDone, ...tally.lines.gaps]) console.log(`  ${line}`);
  const kills = [...counts].flatMap(([name, count]) => (/kill -9(?! a worker)/.test(name) ? count : []));
  return isAsPromised(
    tally,
    kills.reduce((sum, count) => sum + count, 0),
  );
}

type Deed = readonly [name: string, deed: () => Promise<void>];
const DEEDS: readonly [Deed, ...Deed[]] = [
  ['kill -9 the supervisor', killSupervisor],
  ['kill -9 the supervisor', killSupervisor],
  ['kill -9 a worker', killWorker],
  ['stop and start', stopAndStart],
  ['restart one', () => supervise('restart', any())],
  ['restart all', () => supervise('restart')],
  ['upgrade', () => supervise('upgrade')],
  ['edit the list, and kill -9', editList],
  ['edit the list, and reload', reload],
  ['edit the list, reload, and kill -9', reloadAndKill],
  ...(isRoot ? ([['disk full', fillDisk]] as const) : []),
];

async function killSupervisor(): Promise<void> {
  const { supervisor } = await status();
  if (supervisor === null) return;
  process.kill(supervisor.pid, 'SIGKILL');
  await otherThan(supervisor.pid);
}

async function killWorker(): Promise<void> {
  const { instances } = await status();
  const living = instances.flatMap(({ id, starts, pid }) => (pid === null ? [] : { name: id, run: starts, pid }));
  const victim = living[Math.floor(random() * living.length)];
  if (victim === undefined) return;
  // Noted first: its next note must not be read as that of a job cut by something else.
  note({ what: 'killed', ...victim });
  process.kill(victim.pid, 'SIGKILL');
}

async function stopAndStart(): Promise<void> {
  const name = any();
  await supervise('stop', name);
  await sleep(300);
  await supervise('start', name);
}

async function editList(): Promise<void> {
  writeList(Math.floor(1_000 * random()));
  await killSupervisor();
}

async function reload(): Promise<void> {
  writeList(Math.floor(1_000 * random()));
  await supervise('reload');
}

async function reloadAndKill(): Promise<void> {
  writeList(Math.floor(1_000 * random()));
  await supervise('reload', '--no-wait');
  await sleep(300 * random());
  await killSupervisor();
}

async function fillDisk(): Promise<void> {
  const filler = path.join(state, 'filler');
  spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=1M'], { stdio: 'ignore' });
  await sleep(500);
  fs.rmSync(filler, { force: true });
  // Dropped lines are reported within a second; a supervisor killed before that takes the count with it (docs/logs.md).
  await sleep(1_500);
}

function writeList(salt: number): void {
  const daemons = names().map((name, at) => ({
    name,
    command: [process.execPath, path.join(import.meta.dirname, 'worker.mjs')],
    env: { SALT: at === salt % WORKERS ? String(salt) : '' },
    restart: { delay: '100ms', reset_after: '1s' },
    stop: '60s',
    log: {
      max_size: at === salt % WORKERS ? `${100 + (salt % 100)}KB` : '200KB',
      max_files: 1000,
      compress: at % 2 === 0,
    },
  }));
  fs.writeFileSync(
    path.join(folder, 'daemons.yaml'),
    JSON.stringify({ name: 'soak', supervisor: { start_rate: '50/s' }, daemons }),
  );
}

const names = (): readonly string[] => Array.from({ length: WORKERS }, (_, at) => `w${at + 1}`);
const any = (): string => `w${1 + Math.floor(random() * WORKERS)}`;

function addJobs(count: number): void {
  for (let left = count; left > 0; left -= 1) fs.writeFileSync(path.join(folder, 'jobs', String((jobs += 1))), '');
}

/** The output of a command is only of interest if it fails. */
async function supervise(...args: readonly string[]): Promise<void> {
  const done = await execa(process.execPath, [program, ...args], { cwd: folder, env: environment, reject: false });
  if (done.exitCode === 0) return;
  const words = done.stderr.trim().split('\n').slice(-2).join(' ');
  console.log(`supervise ${args.join(' ')}: exit ${done.exitCode ?? '?'}: ${words}`);
}

/** Waits until a supervisor answers. */
async function status(): Promise<StatusView> {
  for (;;) {
    const client = await connect(state);
    const answer = client.ok ? await client.value.call('status', { names: [], runs: true }) : null;
    if (client.ok) client.value.close();
    if (answer?.ok === true) return answer.value;
    await sleep(20);
  }
}

async function otherThan(pid: number): Promise<void> {
  while ((await status()).supervisor?.pid === pid) await sleep(20);
}

function noteEnds({ instances }: StatusView): void {
  for (const { id, runs = [] } of instances)
    for (const run of runs) ends.set(`${id} ${run.run} ${run.pid ?? ''}`, { ...run, name: id });
}

function note(facts: object): void {
  fs.appendFileSync(path.join(folder, 'ledger'), `${JSON.stringify({ name: '', run: 0, at: Date.now(), ...facts })}\n`);
}

/** The living processes of the list. */
function ours(): readonly string[] {
  return fs.readdirSync('/proc').filter((name) => {
    try {
      return fs.readFileSync(`/proc/${name}/environ`, 'latin1').split('\0').includes(`SUPERVISE_FOLDER=${state}`);
    } catch {
      return false;
    }
  });
}

function memoryOf(pid: number): number {
  const [, kib = '0'] = /^Pss:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')) ?? [];
  return Number(kib) / 1024;
}

function tell(tally: Tally, counts: ReadonlyMap<string, number>, before: number, after: number): void {
  const { jobs, processes, lines, words, longestFreezeMs } = tally;
  console.log(
    `seed ${values.seed}, ${values.minutes} min: ${[...counts].map(([name, count]) => `${count} x ${name}`).join(', ')}`,
  );
  console.log(
    `jobs       ${jobs.begun} begun, ${jobs.done} done, ${jobs.cutByUs} cut by our kill -9, ${jobs.cut} cut else, ${jobs.twice} twice`,
  );
  console.log(
    `processes  ${processes.started} started, ${processes.doubled} doubled, ${processes.left} left at the end`,
  );
  console.log(
    `lines      ${lines.read} read, ${lines.lost} lost (${lines.told} of them told), ${lines.doubled} doubled, ${lines.torn} torn`,
  );
  console.log(
    `words      ${words.ends} ends, ${words.falseClean} falsely called clean, ${words.falseCut} falsely called cut`,
  );
  console.log(`freeze     ${longestFreezeMs} ms, the longest that a worker waited with a line`);
  console.log(`memory     ${before.toFixed(1)} MiB at the start, ${after.toFixed(1)} MiB at the end`);
}

/** A killed supervisor may have read lines it had not written: at most one read per stream; none is expected. */
function isAsPromised({ jobs, processes, lines, words }: Tally, kills: number): boolean {
  const zeros = [jobs.cut, jobs.twice, processes.doubled, processes.left, lines.doubled, lines.torn, words.falseClean];
  return zeros.every((count) => count === 0) && lines.lost - lines.told <= kills * 0.02 + 1;
}

/** The same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

try {
  process.exitCode = (await soak(Number(values.minutes) * 60_000)) ? 0 : 1;
} finally {
  if (isRoot) spawnSync('umount', ['-l', state]);
  fs.rmSync(folder, { recursive: true, force: true });
}
