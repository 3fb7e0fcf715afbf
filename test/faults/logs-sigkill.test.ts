import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { parseLine } from '../../src/logs/line.ts';
import { rotatedFiles } from '../../src/logs/rotated.ts';
import { bundled } from '../support/bundled.ts';
import { seeded } from '../support/random.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

const DEATHS = 8;
const IDS = ['photos:1', 'photos:2'];
const STREAMS = IDS.flatMap((id) => (['out', 'err'] as const).map((stream) => ({ id, stream })));
const READ_BYTES = 64 * 1024;
const READER = bundled(path.resolve(import.meta.dirname, '../fixtures/logs/reader.ts'));

/** Prints numbered lines of all lengths as fast as it can, in writes that end anywhere in a line, until SIGTERM. */
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

/** Prints numbered lines, each in two halves with a moment in between, until SIGTERM. */
const HALVER = `
  let [n, goesOn] = [0, true];
  const say = (text) => { require('fs').writeSync(1, text); };
  process.on('SIGTERM', () => { goesOn = false; });
  (function first() {
    say(process.argv[1] + ' ' + n + ' first half, ');
    setTimeout(() => {
      say('second half ' + n++ + '.\\n');
      if (goesOn) setTimeout(first, 1);
    }, 1);
  })();
`;

test('a SIGKILL of the supervisor tears no line and doubles none; of each stream at most one read is lost', async () => {
  const { wrong, missing, told } = check(await killedOften(PRINTER, DEATHS));
  expect(wrong).toEqual([]);
  for (const bytes of missing) expect(bytes).toBeLessThanOrEqual(DEATHS * (READ_BYTES + 710));
  expect(told).toBeLessThanOrEqual(DEATHS * STREAMS.length);
});

test('a SIGKILL of the supervisor glues no halves of lines together: what nobody can put together again is given up, and that is said where it is missing', async () => {
  expect(checkHalves(await killedOften(HALVER, 2 * DEATHS))).toEqual([]);
});

/** The folder of a log whose supervisor was killed again and again while streams printed into it, each time read on by the next one. */
async function killedOften(script: string, deaths: number): Promise<string> {
  const folder = tempDir();
  const file = path.join(folder, 'photos.log');
  const fifos = STREAMS.map(({ id, stream }) => `${file}.${id}.${stream}`);
  execFileSync('mkfifo', fifos);
  // We hold them too: what is in them outlives every reader.
  const ends = fifos.map((fifo) => openSync(fifo, constants.O_RDWR));
  const printers = ends.map((end, stream) =>
    spawn(process.execPath, ['-e', script, String(stream)], { stdio: ['ignore', end, 'inherit'] }),
  );
  const random = seeded(20_261_124);
  try {
    for (let death = 0; death < deaths; death += 1) {
      const reader = await startReader(file);
      if (death === 0)
        await waitFor(
          'all print',
          () => textsOf(folder).join(''),
          (text) => STREAMS.every((_, stream) => text.includes(` | ${stream} 9 `)),
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
  expect(readdirSync(folder).filter((name) => name.endsWith('.open'))).toEqual([]);
  return folder;
}

async function startReader(file: string): Promise<ChildProcess> {
  const reader = spawn(process.execPath, [READER, file, ...IDS], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(reader.stdout, 'data');
  return reader;
}

/** Of all files of the log, oldest first. */
function textsOf(folder: string): string[] {
  const names = [...rotatedFiles(folder, 'photos.log')].reverse().map(({ number }) => `photos.log.${number}`);
  const files = [...names, 'photos.log'].map((name) => path.join(folder, name));
  return files.flatMap((file) => (existsSync(file) ? [readFileSync(file, 'latin1')] : []));
}

/** Anything that is not a line with the next number; the missing bytes per stream; how many notes say so. */
function check(folder: string): { wrong: string[]; missing: number[]; told: number } {
  const next = STREAMS.map(() => 0);
  const missing = STREAMS.map(() => 0);
  const wrong: string[] = [];
  let told = 0;
  for (const text of textsOf(folder)) {
    if (!text.endsWith('\n')) wrong.push('a file ends in a line');
    for (const line of text.slice(0, -1).split('\n')) {
      if (line.startsWith(DIED)) {
        told += 1;
        continue;
      }
      const { id, text: said } = parseLine(line, 'photos', true);
      const [, digit, digits] = /^([0-3]) (\d+) x*\.$/.exec(said) ?? [];
      const [stream, number] = [Number(digit), Number(digits)];
      if (lineOf(stream, number) !== said || STREAMS[stream]?.id !== id || number < (next[stream] ?? Infinity)) {
        if (wrong.length < 9) wrong.push(`${line.slice(0, 60)} … ${line.slice(-60)} (next ${next.join(' ')})`);
        continue;
      }
      for (let lost = next[stream] ?? 0; lost < number; lost += 1)
        missing[stream] = (missing[stream] ?? 0) + lineOf(stream, lost).length + 1;
      next[stream] = number + 1;
    }
  }
  if (next.some((count) => count < 100)) wrong.push(`only ${next.join(' ')} lines`);
  return { wrong, missing, told };
}

/** Lines without the next number, unless a note before them says that some are missing. */
function checkHalves(folder: string): string[] {
  const next = STREAMS.map(() => 0);
  const maySkip = STREAMS.map(() => false);
  const wrong: string[] = [];
  for (const line of textsOf(folder).flatMap((text) => text.slice(0, -1).split('\n'))) {
    if (line.startsWith(DIED)) maySkip.fill(true);
    else {
      const { id, text } = parseLine(line, 'photos', true);
      const [, digit, digits] = /^([0-3]) (\d+) first half, second half \2\.$/.exec(text) ?? [];
      const [stream, number] = [Number(digit), Number(digits)];
      const isNext = number === next[stream] || (maySkip[stream] === true && number > (next[stream] ?? Infinity));
      if (STREAMS[stream]?.id !== id || !isNext) wrong.push(`${line} (next ${next.join(' ')})`);
      maySkip[stream] = false;
      next[stream] = number + 1;
    }
  }
  if (next.some((count) => count < 10)) wrong.push(`only ${next.join(' ')} lines`);
  return wrong;
}

const DIED = 'supervise: the supervisor died';
const lineOf = (stream: number, number: number): string => `${stream} ${number} ${'x'.repeat((number * 7919) % 700)}.`;
