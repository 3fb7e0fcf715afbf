import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import {
  fifoPath,
  isHeld,
  makeFifos,
  makeFreshFifos,
  openFifo,
  type PipeName,
} from '../../../src/supervisor/world/fifos.ts';
import { readPipe, type PipeReader } from '../../../src/supervisor/world/pipes.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { waitUntil } from '../../support/wait-for.ts';

test('what was written before the writer ended is read to the last byte, then comes the end', async () => {
  const { child, seen } = await writing('out', 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo "line $i"; done');
  await once(child, 'exit');
  await waitUntil('the end comes', () => seen.ended);
  expect(seen.text).toBe(Array.from({ length: 20_000 }, (_, index) => `line ${index + 1}\n`).join(''));
});

test('the end comes with the last holder, not with the first', async () => {
  const { child, seen, reader } = await writing('out', 'sleep 1000 & echo $!');
  await once(child, 'exit');
  await waitUntil('the helper is known', () => seen.text.endsWith('\n'));
  expect([reader.drain().closed, reader.closed]).toEqual([false, false]);
  process.kill(Number(seen.text), 'SIGKILL');
  await waitUntil('the end comes', () => seen.ended);
  expect(reader.drain()).toEqual({ bytes: 0, closed: true });
});

test('drain reads at once what is there, and what is read is not told again', async () => {
  const { read, write } = openFifo(await fifos(), 'p', 'out');
  let text = '';
  let ended = false;
  const take = (chunk: Buffer): void => {
    text += chunk.toString();
  };
  const reader = readPipe(read, take, () => (ended = true));
  // The event loop has no chance to read in between.
  fs.writeSync(write, 'first\nlast\n');
  expect(reader.drain()).toEqual({ bytes: 11, closed: false });
  expect(text).toBe('first\nlast\n');
  fs.closeSync(write);
  await waitUntil('the end comes', () => ended);
  expect(text).toBe('first\nlast\n');
});

test('drain finds the end of a full pipe that nobody holds any more', async () => {
  const { read, write } = openFifo(await fifos(), 'p', 'out');
  const reader = readPipe(
    read,
    () => undefined,
    () => undefined,
  );
  fs.writeSync(write, Buffer.alloc(65_536, 'x'));
  fs.closeSync(write);
  expect(reader.drain()).toEqual({ bytes: 65_536, closed: true });
});

test('a full report pipe never blocks a daemon: it loses the report', async () => {
  const folder = await fifos();
  const { read, write } = openFifo(folder, 'p', 'say');
  onTestFinished(() => {
    fs.closeSync(read);
  });
  const child = spawn(
    '/bin/sh',
    ['-c', 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo "ITERATION=$i" >&3; done 2>/dev/null; exit 0'],
    {
      stdio: ['ignore', 'ignore', 'ignore', write],
    },
  );
  fs.closeSync(write);
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('who holds a FIFO is known without reading it', async () => {
  const folder = await fifos();
  expect(isHeld(fifoPath(folder, 'p', 'out'))).toBe(false);
  const { child, reader } = await writing('out', 'read wait', true, folder);
  reader.close();
  expect(isHeld(fifoPath(folder, 'p', 'out'))).toBe(true);
  child.stdin?.end('\n');
  await once(child, 'exit');
  expect(isHeld(fifoPath(folder, 'p', 'out'))).toBe(false);
  expect(isHeld(fifoPath(folder, 'nobody', 'out'))).toBe(false);
});

test('fresh FIFOs are others than those that somebody still writes to', async () => {
  const folder = await fifos();
  const { child, seen } = await writing('out', 'read wait; echo old', true, folder);
  makeFreshFifos(folder, 'p');
  expect(isHeld(fifoPath(folder, 'p', 'out'))).toBe(false);
  const next = await writing('out', 'echo new', false, folder);
  child.stdin?.end('\n');
  await waitUntil('both have ended', () => seen.ended && next.seen.ended);
  expect([seen.text, next.seen.text]).toEqual(['old\n', 'new\n']);
});

async function fifos(): Promise<string> {
  const folder = tempDir();
  await makeFifos(folder, ['p']);
  return folder;
}

interface Writing {
  readonly child: ChildProcess;
  readonly reader: PipeReader;
  readonly seen: { text: string; ended: boolean };
}

/** A shell that writes to a FIFO which we read. */
async function writing(pipe: PipeName, script: string, waits = false, at?: string): Promise<Writing> {
  const folder = at ?? (await fifos());
  const { read, write } = openFifo(folder, 'p', pipe);
  const seen = { text: '', ended: false };
  const reader = readPipe(
    read,
    (chunk) => (seen.text += chunk.toString()),
    () => (seen.ended = true),
  );
  const child = spawn('/bin/sh', ['-c', script], { stdio: [waits ? 'pipe' : 'ignore', write, 'ignore'] });
  fs.closeSync(write);
  onTestFinished(() => {
    reader.close();
    child.kill('SIGKILL');
  });
  return { child, reader, seen };
}
