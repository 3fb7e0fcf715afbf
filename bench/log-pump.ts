/**
 * MB/s of DaemonLog.write, and MB a CPU second (which other work on the machine changes less), beside a bare writeSync loop into one growing file, in the same run, taking turns.
 * `npx tsx bench/log-pump.ts [MiB] [max_files]`
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { DaemonLog } from '../src/logs/pump.ts';

const MIB = 1024 * 1024;
const totalMib = Number(process.argv[2] ?? 256);
const maxFiles = Number(process.argv[3] ?? 5);
const ROUNDS = 5;

const shapes = [
  { name: '64 KiB chunks', chunk: lines(64 * 1024), share: 1 },
  { name: '100-byte chunks', chunk: lines(100), share: 1 / 16 },
];
const ways = [
  { name: 'bare writeSync', run: bare },
  { name: 'DaemonLog, raw', run: pump({}) },
  { name: 'DaemonLog, named', run: pump({ named: true }) },
  { name: 'DaemonLog, timestamps', run: pump({ timestamps: true }) },
  { name: 'DaemonLog, two in turn', run: pump({ instances: 2 }) },
];

for (const { name, chunk, share } of shapes) {
  const count = Math.floor((totalMib * MIB * share) / chunk.length);
  const rates = new Map<string, number[]>();
  const cpuRates = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const way of ways) {
      const folder = mkdtempSync(path.join(tmpdir(), 'log-pump-'));
      const from = performance.now();
      const cpuFrom = process.cpuUsage();
      way.run(folder, chunk, count);
      const seconds = (performance.now() - from) / 1000;
      const { user, system } = process.cpuUsage(cpuFrom);
      cpuRates.set(way.name, [...(cpuRates.get(way.name) ?? []), (count * chunk.length) / (user + system)]);
      rates.set(way.name, [...(rates.get(way.name) ?? []), (count * chunk.length) / 1e6 / seconds]);
      rmSync(folder, { recursive: true });
      // Files are freed by pool threads; the next one must not wait for them.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  console.log(`${name}, ${count} of them, max_files ${maxFiles}; median (least to most) of ${ROUNDS}`);
  for (const [way, all] of rates) {
    console.log(`  ${way.padEnd(22)} MB/s ${spread(all)}   MB a CPU second ${spread(cpuRates.get(way) ?? [])}`);
  }
}

function spread(rates: number[]): string {
  const sorted = rates.toSorted((a, b) => a - b).map(Math.round);
  const median = String(sorted[Math.floor(sorted.length / 2)]).padStart(6);
  return `${median} ${`(${String(sorted[0])} to ${String(sorted.at(-1))})`.padEnd(14)}`;
}

function bare(folder: string, chunk: Buffer, count: number): void {
  const fd = openSync(path.join(folder, 'x.log'), 'a');
  for (let n = 0; n < count; n += 1) writeSync(fd, chunk, 0, chunk.length);
  closeSync(fd);
}

interface Shape {
  readonly named?: boolean;
  readonly timestamps?: boolean;
  readonly instances?: number;
}

function pump({ named = false, timestamps = false, instances = 1 }: Shape): typeof bare {
  return (folder, chunk, count) => {
    const log = new DaemonLog({
      daemon: 'photos',
      file: path.join(folder, 'photos.log'),
      openLines: path.join(folder, 'photos.log.open'),
      maxSizeBytes: 10 * MIB,
      maxFiles,
      timestamps,
      named,
      wallNow: () => new Date(),
      onTrouble: (words) => {
        if (words !== null) throw new Error(words);
      },
    });
    // In turn, each chunk ends in the middle of a line: the worst case of two busy instances.
    const cut = instances > 1 ? Buffer.concat([chunk.subarray(-40), chunk.subarray(0, -40)]) : chunk;
    for (let n = 0; n < count; n += 1) log.write(`photos:${(n % instances) + 1}`, 'out', cut);
    log.close();
  };
}

function lines(bytes: number): Buffer {
  const line = `${'a line of a hundred bytes, as a daemon prints it while it works through its queue, job by job. '.padEnd(99, 'x').slice(0, 99)}\n`;
  const whole = Buffer.from(line.repeat(Math.ceil(bytes / 100)));
  return bytes < 100 ? whole.subarray(0, bytes) : whole.subarray(whole.length - bytes);
}
