import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StreamName } from '../../../src/logs/line.ts';
import { DaemonLog } from '../../../src/logs/pump.ts';
import { rotatedFiles } from '../../../src/logs/rotated.ts';
import { logOptions } from '../../support/log-options.ts';

const MIB = 1024 * 1024;
const BUFFER = Buffer.alloc(64 * 1024);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'logs-fifo-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Prints this many numbered lines of 64 bytes, in writes of this many bytes. */
const PRINTER = `
  const [stream, count, writeBytes] = [Number(process.argv[1]), Number(process.argv[2]), Number(process.argv[3])];
  let text = '';
  for (let n = 0; n < count; n++) {
    text += (stream + ' ' + n + ' ').padEnd(63, 'x') + '\\n';
    while (text.length >= writeBytes || (n === count - 1 && text.length > 0)) {
      require('fs').writeSync(stream, text.slice(0, writeBytes));
      text = text.slice(writeBytes);
    }
  }
`;

describe('a daemon that prints as fast as it can, through FIFOs into files that rotate', () => {
  it('loses no line of 256 MiB', { timeout: 60_000 }, async () => {
    const log = openLog(10 * MIB);
    const lines = (256 * MIB) / 64;
    await pumped(log, [{ id: 'photos', stream: 'out', lines, writeBytes: 65_536 }]);
    log.close();
    expect(check([lines])).toEqual({ files: 26, wrong: [] });
  });

  it('mixes nothing of two streams that write half lines', { timeout: 60_000 }, async () => {
    const log = openLog(1 * MIB);
    const lines = (8 * MIB) / 64;
    await pumped(log, [
      { id: 'photos', stream: 'out', lines, writeBytes: 1000 },
      { id: 'photos', stream: 'err', lines, writeBytes: 777 },
    ]);
    log.close();
    expect(check([lines, lines]).wrong).toEqual([]);
  });
});

function openLog(maxSizeBytes: number): DaemonLog {
  return new DaemonLog(logOptions(path.join(folder, 'photos.log'), { maxSizeBytes, maxFiles: 100 }));
}

interface Printer {
  readonly id: string;
  readonly stream: StreamName;
  readonly lines: number;
  readonly writeBytes: number;
}

/** As in the supervisor: one FIFO per stream, two descriptions, one buffer for all. Resolves when they have ended. */
async function pumped(log: DaemonLog, printers: readonly Printer[]): Promise<void> {
  await Promise.all(
    printers.map(async ({ id, stream, lines, writeBytes }, index) => {
      const fifo = path.join(folder, `${index}.fifo`);
      execFileSync('mkfifo', [fifo]);
      const readEnd = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
      const writeEnd = openSync(fifo, constants.O_RDWR);
      const number = stream === 'out' ? 1 : 2;
      const stdio = ['ignore', 'ignore', 'ignore'] as ('ignore' | number)[];
      stdio[number] = writeEnd;
      const child = spawn(process.execPath, ['-e', PRINTER, String(number), String(lines), String(writeBytes)], {
        stdio,
      });
      closeSync(writeEnd);
      // A variable: the types of net do not know `onread` here, though its documentation does.
      const options = {
        fd: readEnd,
        readable: true,
        writable: false,
        onread: {
          buffer: BUFFER,
          callback: (bytes: number, buffer: Uint8Array) => {
            log.write(id, stream, buffer.subarray(0, bytes));
            return true;
          },
        },
      };
      const socket = new net.Socket(options);
      socket.resume();
      await Promise.all([once(socket, 'end'), once(child, 'exit')]);
      log.endOf(id, stream);
    }),
  );
}

/** Reads all files, oldest first: the lines of each stream must be all there, in order, whole. */
function check(expected: readonly number[]): { files: number; wrong: string[] } {
  const names = [...rotatedFiles(folder, 'photos.log')].reverse().map(({ number }) => `photos.log.${number}`);
  names.push('photos.log');
  const next = expected.map(() => 0);
  const wrong: string[] = [];
  for (const name of names) {
    const file = path.join(folder, name);
    if (statSync(file).size > 10 * MIB) wrong.push(`${name} is larger than it may be`);
    const text = readFileSync(file, 'latin1');
    if (!text.endsWith('\n')) wrong.push(`${name} ends in a line`);
    for (let at = 0; at < text.length; at += 64) {
      const stream = Number(text[at]) - 1;
      const number = next[stream] ?? -1;
      const line = `${stream + 1} ${number} `.padEnd(63, 'x');
      if (text.slice(at, at + 64) !== `${line}\n` && wrong.push(`${name} at ${at}: not '${line.slice(0, 20)}'`) > 5)
        break;
      next[stream] = number + 1;
    }
  }
  next.forEach((count, stream) => {
    if (count !== expected[stream]) wrong.push(`stream ${stream + 1}: ${count} lines`);
  });
  return { files: names.length, wrong };
}
