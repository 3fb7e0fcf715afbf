// What execa costs per start, respawn and in memory (docs/decisions/001): the same FIFOs, options and daemon (`sleep`), once with execa as
// in src/supervisor/world/spawn.ts, once with bare child_process.spawn. Each in its own processes, in turns. `node bench/spawn.mjs
// [ROUNDS]` prints medians; no result is asserted.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const COUNT = 100;
const RESPAWNS = 50;
const [, , first = '9', folder] = process.argv;
if (folder === undefined) compare(Number(first));
else process.stdout.write(JSON.stringify(await measure(first, folder)));

function compare(rounds) {
  const root = fs.mkdtempSync(path.join(tmpdir(), 'bench-spawn-'));
  const results = { spawn: [], execa: [] };
  try {
    execFileSync(
      'mkfifo',
      Array.from({ length: COUNT * 3 }, (_, index) => path.join(root, String(index))),
    );
    for (let round = 0; round < rounds; round += 1)
      for (const [mode, runs] of Object.entries(results))
        runs.push(JSON.parse(execFileSync(process.execPath, [fileURLToPath(import.meta.url), mode, root])));
  } finally {
    fs.rmSync(root, { recursive: true, force: true });
  }
  console.log(`medians of ${rounds} rounds, Node ${process.versions.node}: bare spawn, execa, ratio`);
  for (const what of Object.keys(results.spawn[0])) {
    const [bare, execa] = [results.spawn, results.execa].map((runs) => median(runs.map((run) => run[what])));
    console.log(
      `${what.padEnd(28)} ${bare.toFixed(1).padStart(8)} ${execa.toFixed(1).padStart(8)}${bare < 1 ? '' : `  x ${(execa / bare).toFixed(2)}`}`,
    );
  }
}

async function measure(mode, root) {
  const before = performance.now();
  const start = mode === 'execa' ? await execaStarter() : spawnStarter();
  const loadMs = performance.now() - before;
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const children = Array.from({ length: COUNT }, (_, slot) => start(pipesOf(root, slot)));
  const startMs = performance.now() - begin;
  const used = process.cpuUsage(cpu);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const pssMb = Number(/^Pss:\s+(\d+)/m.exec(fs.readFileSync('/proc/self/smaps_rollup', 'utf8'))[1]) / 1000;

  // From the SIGKILL of one until the spawn of its successor has returned.
  const respawns = [];
  for (let at = 0; at < RESPAWNS; at += 1) {
    const killed = performance.now();
    const gone = new Promise((resolve) => children[at].once('exit', resolve));
    process.kill(children[at].pid, 'SIGKILL');
    await gone;
    children[at] = start(pipesOf(root, at));
    respawns.push(performance.now() - killed);
  }
  const over = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const { pid } of children) process.kill(pid, 'SIGKILL');
  await Promise.all(over);
  return {
    'load (ms)': loadMs,
    'start of 100 (ms)': startMs,
    'CPU of these starts (ms)': (used.user + used.system) / 1000,
    'respawn (ms)': median(respawns),
    'memory at rest, PSS (MB)': pssMb,
  };
}

async function execaStarter() {
  const { execa } = await import('execa');
  const off = { cleanup: false, buffer: false, reject: false, stripFinalNewline: false, forceKillAfterDelay: false };
  return (fds) =>
    closing(
      fds,
      execa('/bin/sleep', ['600'], {
        ...off,
        extendEnv: false,
        env: process.env,
        detached: true,
        stdio: ['ignore', ...fds],
      }),
    );
}

function spawnStarter() {
  return (fds) =>
    closing(fds, spawn('/bin/sleep', ['600'], { env: process.env, detached: true, stdio: ['ignore', ...fds] }));
}

/** The writing ends belong to the daemon alone. The reading ends of the benchmark stay open until it ends. */
function closing(fds, child) {
  for (const fd of fds) fs.closeSync(fd);
  return child;
}

function pipesOf(root, slot) {
  return [0, 1, 2].map((pipe) => {
    const file = path.join(root, String(slot * 3 + pipe));
    fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    return fs.openSync(file, fs.constants.O_RDWR);
  });
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
