import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Compressor } from '../../../src/logs/compressor.ts';
import { DaemonLog } from '../../../src/logs/pump.ts';
import { rotatedFiles } from '../../../src/logs/rotated.ts';
import { gzipFile } from '../../../src/supervisor/world/gzip.ts';
import { waitFor } from '../../support/wait-for.ts';
import { logOptions } from '../../support/log-options.ts';

/** SUPERVISE_LOG_VOLUME_MIB=1024 asks for 1 GiB. */
const MIB = Number(process.env.SUPERVISE_LOG_VOLUME_MIB ?? 64);
const LINE_BYTES = 64;
const LINES = (MIB * 1024 * 1024) / LINE_BYTES;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'logs-volume-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const PRINTER = `
  const [count] = process.argv.slice(1).map(Number);
  for (let n = 0; n < count;) {
    let text = '';
    for (const end = Math.min(count, n + 1021); n < end; n++) text += String(n).padEnd(${LINE_BYTES - 1}, '.') + '\\n';
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;) at += require('fs').writeSync(1, bytes, at);
  }
`;

it(`${MIB} MiB of numbered lines are whole after being rotated and compressed`, { timeout: 600_000 }, async () => {
  const compressor = new Compressor(gzipFile);
  const log = new DaemonLog(logOptions(path.join(folder, 'photos.log'), { maxFiles: 1000, compressor }));
  const printer = spawn(process.execPath, ['-e', PRINTER, String(LINES)], { stdio: ['ignore', 'pipe', 'inherit'] });
  printer.stdout.on('data', (chunk: Buffer) => {
    log.write('photos', 'out', chunk);
  });
  await once(printer, 'close');
  await waitFor(
    'all that was rotated is compressed',
    () => rotatedFiles(folder, 'photos.log'),
    (files) => files.every(({ gz }) => gz),
    500_000,
  );
  log.close();
  compressor.close();

  const files = [...rotatedFiles(folder, 'photos.log')].reverse().map(({ number }) => `photos.log.${number}.gz`);
  expect(readdirSync(folder).sort()).toEqual([...files, 'photos.log'].sort());
  let next = 0;
  const wrong: string[] = [];
  for (const name of [...files, 'photos.log']) {
    const bytes = createReadStream(path.join(folder, name));
    const input = name.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
    for await (const line of createInterface({ input })) {
      if (line !== String(next).padEnd(LINE_BYTES - 1, '.') && wrong.length < 5) wrong.push(`${name}: ${line}`);
      next += 1;
    }
  }
  expect(wrong).toEqual([]);
  expect(next).toBe(LINES);
});
