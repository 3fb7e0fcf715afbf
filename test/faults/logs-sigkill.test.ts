import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { parseLine } from '../../src/logs/line.ts';
import { turnedOverFiles } from '../../src/logs/turned-over.ts';
import { seeded } from '../support/random.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

const DEATHS = 8;
const IDS = ['photos:1', 'photos:2'];
const STREAMS = IDS.flatMap((id) => (['out', 'err'] as const).map((stream) => ({ id, stream })));
const READ_BYTES = 64 * 1024;
const READER = path.resolve(import.meta.dirname, '../fixtures/logs/reader.ts');

/** Prints numbered lines of all lengths as fast as it is let, in writes that end anywhere in a line, until SIGTERM. */
const PRINTER = `
  let [text, n, goesOn] = ['', 0, true];
  process.on('SIGTERM', () => { goesOn = false; });
  const print = () => {
    for (let turns = 0; turns < 50; turns++) {
      while (text.length < 7777) text += process.argv[1] + ' ' + n + ' ' + 'x'.repeat(n * 7919 % 700) + (n++, '.\\n');
      require('fs').writeSync(1, text.slice(0, 7777));
      text = text.slice(7777);
    }
    if (goesOn) setImmediate(print);
    else { require('fs').writeSync(1, text); process.exit(); }
  };
  print();
`;

test('a SIGKILL of the supervisor tears no line and doubles none; of each stream at most one read is lost', async () => {
  const folder = tempDir();
  const file = path.join(folder, 'photos.log');
  const fifos = STREAMS.map(({ id, stream }) => `${file}.${id}.${stream}`);
  execFileSync('mkfifo', fifos);
  // Ours, too: what is in them outlives every reader.
  const ends = fifos.map((fifo) => openSync(fifo, constants.O_RDWR));
  const printers = ends.map((end, stream) =>
    spawn(process.execPath, ['-e', PRINTER, String(stream)], { stdio: ['ignore', end, 'inherit'] }),
  );
  const random = seeded(20_261_124);
  try {
    for (let death = 0; death < DEATHS; death += 1) {
      const reader = await startReader(file);
      if (death === 0)
        await waitFor(
          'all print',
          () => check(folder).next,
          (next) => next.every((count) => count > 0),
        );
      // At random, so not at an event of ours.
      await sleep(random.int(10, 60));
      reader.kill('SIGKILL');
      await once(reader, 'exit');
    }
    const reader = await startReader(file);
    for (const printer of printers) printer.kill('SIGTERM');
    await Promise.all(printers.map((printer) => once(printer, 'exit')));
    reader.kill('SIGTERM');
    await once(reader, 'exit');
  } finally {
    for (const printer of printers) printer.kill('SIGKILL');
    for (const end of ends) closeSync(end);
  }

  const { wrong, missing, told } = check(folder);
  expect(wrong).toEqual([]);
  for (const bytes of missing) expect(bytes).toBeLessThanOrEqual(DEATHS * (READ_BYTES + 710));
  expect(told).toBeLessThanOrEqual(DEATHS * STREAMS.length);
  expect(readdirSync(folder).filter((name) => name.endsWith('.open'))).toEqual([]);
});

async function startReader(file: string): Promise<ChildProcess> {
  const reader = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), READER, file, ...IDS], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(reader.stdout, 'data');
  return reader;
}

/** What is not a line of the next number; how many bytes of each stream are missing; how many notes say so. */
function check(folder: string): { wrong: string[]; missing: number[]; told: number; next: number[] } {
  const names = [...turnedOverFiles(folder, 'photos.log')].reverse().map(({ number }) => `photos.log.${number}`);
  const next = STREAMS.map(() => 0);
  const missing = STREAMS.map(() => 0);
  const wrong: string[] = [];
  let told = 0;
  for (const name of [...names, 'photos.log']) {
    const text = readFileSync(path.join(folder, name), 'latin1');
    if (!text.endsWith('\n')) wrong.push(`${name} ends in a line`);
    for (const line of text.slice(0, -1).split('\n')) {
      if (line.startsWith('supervise: the supervisor died')) {
        told += 1;
        continue;
      }
      const { id, text: said } = parseLine(line, 'photos', true);
      const [, digit, digits] = /^([0-3]) (\d+) x*\.$/.exec(said) ?? [];
      const [stream, number] = [Number(digit), Number(digits)];
      if (lineOf(stream, number) !== said || STREAMS[stream]?.id !== id || number < (next[stream] ?? Infinity)) {
        if (wrong.length < 9) wrong.push(`${name}: ${line.slice(0, 60)} … ${line.slice(-60)} (next ${next.join(' ')})`);
        continue;
      }
      for (let lost = next[stream] ?? 0; lost < number; lost += 1)
        missing[stream] = (missing[stream] ?? 0) + lineOf(stream, lost).length + 1;
      next[stream] = number + 1;
    }
  }
  if (next.some((count) => count < 100)) wrong.push(`only ${next.join(' ')} lines`);
  return { wrong, missing, told, next };
}

const lineOf = (stream: number, number: number): string => `${stream} ${number} ${'x'.repeat((number * 7919) % 700)}.`;
