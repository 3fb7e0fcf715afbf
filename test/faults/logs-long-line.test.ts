import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { test } from '../support/supervise.ts';

/** SUPERVISE_LONG_LINE_MIB=1024 asks for a line of 1 GB. */
const MIB = Number(process.env.SUPERVISE_LONG_LINE_MIB ?? 128);

test(`a line of ${MIB} MiB of NUL bytes, and half an escape, are written to the last byte, in files and memory of bounded size`, async ({
  rig,
}) => {
  rig.list([
    {
      name: 'p',
      shell: `head -c ${MIB * 1024 * 1024} /dev/zero; printf '\\nnext\\n\\033[3'; grep VmHWM /proc/$PPID/status >memory; exit 1`,
      restart: 'never',
      log: { max_size: '8MiB', max_files: 1000 },
    },
  ]);
  await rig.launch(['start']).ended;
  const folder = path.join(rig.state, 'logs');
  let nuls = 0;
  for (const name of readdirSync(folder)) {
    const { zeros, bytes } = count(path.join(folder, name));
    nuls += zeros;
    expect(bytes).toBeLessThanOrEqual(9 * 1024 * 1024 + 65_536);
  }
  expect(nuls).toBe(MIB * 1024 * 1024);
  expect(rig.log('p.log').endsWith('\nnext\n\x1b[3\n')).toBe(true);
  expect(Number(/\d+/.exec(rig.read('memory'))?.[0])).toBeLessThan(200_000);
  const shown = await rig.run('logs', '-n', '2', '--json');
  expect(
    shown.out
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { text: string }).text),
  ).toEqual(['next', '\x1b[3']);
});

function count(file: string): { zeros: number; bytes: number } {
  const block = Buffer.alloc(1024 * 1024);
  const fd = openSync(file, 'r');
  let [zeros, bytes] = [0, 0];
  for (let read = readSync(fd, block); read > 0; read = readSync(fd, block)) {
    bytes += read;
    for (const byte of block.subarray(0, read)) if (byte === 0) zeros += 1;
  }
  closeSync(fd);
  return { zeros, bytes };
}
