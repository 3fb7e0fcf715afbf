/**
 * One daemon (`dd`) writes numbered lines as fast as it can: MB/s from its first write until all bytes are in rotated log files, and MB
 * per CPU second of the supervisor, which other work on the machine affects less. Then every line is looked for.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { inArena, type Arena } from './contest/arena.ts';
import { bareNode, peersHere, supervise, supervisord, type Contestant } from './contest/contestants.ts';
import { compare } from './contest/figures.ts';
import { opened } from './contest/mark.ts';
import { activityOf, treeOf } from './contest/proc.ts';

const PAIRS = 5;
const LINE = 100;
/** A stall of this length ends the wait; what is missing then is lost. */
const PATIENCE_MS = 10_000;
const shapes = [
  { name: '64 KiB writes', chunk: 65_536, lines: 2_600_000 },
  { name: '100-byte writes', chunk: LINE, lines: 400_000 },
];

// pm2 has one growing file.
const contestants = [bareNode, supervise, ...peersHere()];

await inArena(async (arena) => {
  for (const { name, chunk, lines } of shapes) {
    const input = numberedLines(lines);
    writeFileSync(`${arena.folder}/input`, input);
    const results = new Map<Contestant, Throughput[]>();
    for (let pair = 0; pair < PAIRS; pair += 1)
      for (const contestant of contestants)
        results.set(contestant, [...(results.get(contestant) ?? []), await pour(arena, contestant, input, chunk)]);
    report(name, results);
  }
});

interface Throughput {
  readonly perSecond: number;
  readonly perCpuSecond: number;
  readonly lost: number;
  readonly doubled: number;
  readonly cut: number;
}

async function pour(arena: Arena, contestant: Contestant, input: Buffer, chunk: number): Promise<Throughput> {
  const gate = `${arena.folder}/gate`;
  execFileSync('mkfifo', [gate]);
  const script = `${arena.folder}/pour.sh`;
  const dd = `dd if=${arena.folder}/input bs=${chunk} status=none`;
  writeFileSync(script, `read -r go <${gate}\n${dd}\nexec sleep 600\n`);
  const run = arena.run(contestant, [{ name: 'dd', argv: ['/bin/sh', script] }], { respawn: false, keepFiles: 100 });
  const gateway = await opened(gate);
  await sleep(500); // The aftermath of a start is not what is measured.
  const own = treeOf(run.pid).flatMap(({ pid, command }) => (command.includes(script) ? [] : pid));
  const files = (): readonly string[] => contestant.logFiles(run.folder, 'dd');

  const before = activityOf(own);
  const from = performance.now();
  await gateway.write('go\n');
  const seconds = ((await allWritten(files, input.length)) - from) / 1000;
  const cpuSeconds = (activityOf(own).cpuMs - before.cpuMs) / 1000;
  await gateway.close();
  await run.stop();
  const checked = check(files(), input);
  for (const file of [gate, run.folder]) rmSync(file, { recursive: true });
  return { perSecond: input.length / 1e6 / seconds, perCpuSecond: input.length / 1e6 / cpuSeconds, ...checked };
}

/** The `performance.now()` since which the files have held so many bytes, or no more have come. */
async function allWritten(files: () => readonly string[], bytes: number): Promise<number> {
  let [total, since] = [-1, 0];
  for (;;) {
    const now = performance.now();
    const seen = files().reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
    // Twice: a file renamed in between may be counted under both names.
    if (seen === total && (total === bytes || now - since > PATIENCE_MS)) return since;
    if (seen !== total) [total, since] = [seen, now];
    await sleep(2);
  }
}

/** Looks for each line of the input in the files, from the oldest to the youngest. */
function check(files: readonly string[], input: Buffer): Pick<Throughput, 'lost' | 'doubled' | 'cut'> {
  const times = new Uint8Array(input.length / LINE);
  let cut = 0;
  for (const file of files) {
    const text = readFileSync(file);
    for (let at = 0; at < text.length;) {
      const end = text.indexOf('\n', at) + 1 || text.length;
      const number = Number(text.toString('latin1', at, at + 10));
      const isWhole = end - at === LINE && input.compare(text, at, end, number * LINE, (number + 1) * LINE) === 0;
      if (isWhole) times[number] = (times[number] ?? 0) + 1;
      else cut += 1;
      at = end;
    }
  }
  return { lost: times.filter((n) => n === 0).length, doubled: times.filter((n) => n > 1).length, cut };
}

function report(shape: string, results: ReadonlyMap<Contestant, readonly Throughput[]>): void {
  const of = (contestant: Contestant, key: keyof Throughput): number[] =>
    (results.get(contestant) ?? []).map((result) => result[key]);
  for (const [key, unit] of [
    ['perSecond', 'MB/s'],
    ['perCpuSecond', 'MB a CPU second'],
  ] as const)
    for (const beside of results.keys())
      if (beside !== supervise)
        compare({
          ...{ what: `log, ${shape}`, unit, ours: of(supervise, key), theirs: of(beside, key), beside: beside.name },
          ...(beside === supervisord && key === 'perSecond' ? { goal: { atLeast: 1 } } : {}),
        });
  for (const contestant of results.keys()) {
    const [lost, doubled, cut] = (['lost', 'doubled', 'cut'] as const).map((key) => Math.max(...of(contestant, key)));
    console.log(`  worst run of ${contestant.name}: lines lost ${lost ?? 0}, doubled ${doubled ?? 0}, cut ${cut ?? 0}`);
  }
}

function numberedLines(count: number): Buffer {
  const lines = Buffer.alloc(count * LINE, `${'.'.repeat(LINE - 1)}\n`);
  for (let number = 0; number < count; number += 1)
    lines.write(`${String(number).padStart(10, '0')} a line of a hundred bytes`, number * LINE, 'latin1');
  return lines;
}
