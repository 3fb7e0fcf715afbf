/**
 * The screen over 100 busy daemons, each reporting an iteration ten times a second, the SDK's maximum. Processor time and memory of the
 * screen; and the supervisor's usage with a screen open, compared with the same load without one, in turns.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, symlinkSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inArena, type Arena, type Run } from './contest/arena.ts';
import { supervise, superviseTarget } from './contest/contestants.ts';
import { compare, median } from './contest/figures.ts';
import { mainsBegan, markedDaemons, supervisorSide } from './contest/mark.ts';
import { activityOf } from './contest/proc.ts';

const PAIRS = 5;
const WATCHED_MS = 10_000;
const DAEMONS = 100;
const WORDS_A_SECOND = 10;

if (spawnSync('tmux', ['-V']).status === 0) await inArena(measure);
else console.log('skipped: the screen needs a terminal, and there is no tmux');

async function measure(arena: Arena): Promise<void> {
  symlinkSync(path.resolve(import.meta.dirname, '../node_modules'), path.join(arena.folder, 'node_modules'));
  const daemons = markedDaemons(`${arena.folder}/daemons`, DAEMONS);
  const run = arena.run(supervise, daemons);
  await mainsBegan(daemons);
  const idle = await withScreen(arena, run, async (screen) => {
    await sleep(3_000);
    return share([screen]);
  });
  const rest = keepBusy(daemons.map(({ name }) => path.join(run.folder, 'state/fifo', `${name}.say`)));
  const figures = { screen: [] as number[], memory: [] as number[], without: [] as number[], with: [] as number[] };
  for (let pair = 0; pair < PAIRS; pair += 1) {
    figures.without.push(await share(supervisorSide(run.pid)));
    await withScreen(arena, run, async (screen) => {
      // Its start is not what is measured.
      await sleep(3_000);
      const [own, supervisors] = await Promise.all([share([screen]), share(supervisorSide(run.pid))]);
      figures.screen.push(own);
      figures.with.push(supervisors);
      figures.memory.push(rssMib(screen));
    });
  }
  rest();
  say('screen of 100 busy, 120x40', `${median(figures.screen).toFixed(1)} % of a core`, 'goal <= 8');
  say('screen of 100 busy, RSS', `${median(figures.memory).toFixed(0)} MiB`, 'goal <= 80');
  say('screen of 100 idle, 120x40', `${idle.toFixed(1)} % of a core`, '');
  const what = 'supervisor of 100 busy, CPU';
  compare({ what, unit: '% of a core', ours: figures.with, theirs: figures.without, beside: 'without a screen' });
}

/** The screen in its own terminal, while `use` examines its process. */
async function withScreen<T>(arena: Arena, run: Run, use: (pid: number) => Promise<T>): Promise<T> {
  const tmux = (...args: readonly string[]): string =>
    execFileSync('tmux', ['-u', '-S', path.join(arena.folder, 'tmux'), ...args], { encoding: 'utf8' });
  const command = [arena.node, arena.program, 'tui', ...superviseTarget(run.folder)].join(' ');
  tmux('-f', '/dev/null', 'new-session', '-d', '-x', '120', '-y', '40', `exec ${command}`);
  try {
    const pid = Number(tmux('display-message', '-p', '#{pane_pid}'));
    while (!tmux('capture-pane', '-p').includes('quit')) await sleep(50);
    return await use(pid);
  } finally {
    tmux('kill-server');
  }
}

/** Percent of a core that these processes use over a while. */
async function share(pids: readonly number[]): Promise<number> {
  const from = activityOf(pids).cpuMs;
  const since = performance.now();
  await sleep(WATCHED_MS);
  return ((activityOf(pids).cpuMs - from) / (performance.now() - since)) * 100;
}

/** Speaks the boundary protocol on behalf of daemons that do nothing, until the returned function is called. */
function keepBusy(fifos: readonly string[]): () => void {
  const pipes = fifos.map((fifo) => openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK));
  let turn = 0;
  // A tenth of them at a time: busy, but not in step.
  const timer = setInterval(
    () => {
      turn += 1;
      const words = `BUSY=1\nITERATION=${Math.floor(turn / 10)}\n`;
      for (let at = turn % 10; at < pipes.length; at += 10) writeSync(pipes[at] ?? 0, words);
    },
    1000 / WORDS_A_SECOND / 10,
  );
  return () => {
    clearInterval(timer);
    for (const pipe of pipes) closeSync(pipe);
  };
}

function rssMib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

function say(what: string, figure: string, goal: string): void {
  console.log([what.padEnd(34), figure.padEnd(52), goal].join(' ').trimEnd());
}
