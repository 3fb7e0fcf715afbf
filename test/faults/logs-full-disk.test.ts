import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { PUPPET } from '../support/puppet.ts';
import { test } from '../support/supervise.ts';
import { waitFor } from '../support/wait-for.ts';

const canMount = spawnSync('unshare', ['-m', 'true']).status === 0;
if (!canMount) process.stderr.write('skipped: a full disk under the logs (it mounts a tmpfs, as root)\n');

/** The logs are on a disk of 256 KiB. */
const MOUNT = `mkdir -p "$SUPERVISE_STATE_DIR/logs" && mount -t tmpfs -o size=256k tmpfs "$SUPERVISE_STATE_DIR/logs" && exec "$@"`;
const SMALL_DISK = ['unshare', '-m', 'sh', '-c', MOUNT, 'sh'] as const;

const LINE = `${'x'.repeat(999)}\n`;

test.skipIf(!canMount)(
  'a full disk never stops a daemon: lines are dropped whole, counted in the log, and writing resumes by itself',
  async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ name: 'p', script: PUPPET, cwd: '.' }]);
    const supervise = await rig.start([], { under: SMALL_DISK });
    const logs = `/proc/${supervise.pid}/root${rig.state}/logs`;
    const ballast = `${logs}/ballast`;
    const log = (): string => readFileSync(`${logs}/p.log`, 'utf8');
    const daemon = await stage.enter('p');
    await rig.untilState('p', 'running');
    await daemon.print('before');
    await waitFor('it is written', log, (text) => text.includes('before'));
    writeFileSync(ballast, Buffer.alloc(100_000));

    for (let n = 0; n < 20; n += 1) await daemon.print(LINE.repeat(20).trimEnd());
    await supervise.says(/cannot write .*p\.log: no space left on device \(ENOSPC\)/);
    expect(await rig.instance('p')).toMatchObject({ state: 'running', pid: daemon.pid, starts: 1 });
    expect((await rig.status()).supervisor?.check).toBe('trouble');

    rmSync(ballast);
    // Nothing more need be printed for that.
    await waitFor('it is told', log, (all) => /^supervise: \d+ lines were dropped here/m.test(all));
    await daemon.print('after');
    const text = await waitFor('it is written again', log, (all) => all.includes('after'));
    expect(text.endsWith('\n')).toBe(true);
    const lines = text.trimEnd().split('\n');
    const dropped = Number(/^supervise: (\d+) lines were dropped here between /m.exec(text)?.[1]);
    expect(lines.filter((line) => `${line}\n` === LINE).length + dropped).toBe(400);
    expect(lines.filter((line) => `${line}\n` !== LINE)).toEqual([
      'before',
      expect.stringContaining('lines were dropped'),
      'after',
    ]);
    await waitFor(
      'the trouble is over',
      () => rig.status(),
      ({ supervisor }) => supervisor?.check === 'ok',
    );
  },
);

test.skipIf(!canMount)(
  'while the count of dropped lines cannot be written, nothing is handed on that would forget it; who deletes the log to make room finds it in the next',
  async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ name: 'p', script: PUPPET, cwd: '.' }]);
    const supervise = await rig.start([], { under: SMALL_DISK });
    const file = `/proc/${supervise.pid}/root${rig.state}/logs/p.log`;
    const daemon = await stage.enter('p');
    await rig.untilState('p', 'running');
    await daemon.print(LINE.trimEnd());
    await waitFor(
      'it is written',
      () => existsSync(file) && readFileSync(file, 'utf8'),
      (text) => text === LINE,
    );
    fill(path.join(path.dirname(file), 'ballast'));
    // So short that there is no room for any word about them.
    for (let n = 0; n < 20; n += 1) await daemon.print('short\n'.repeat(500).trimEnd());
    await supervise.says(/cannot write .*p\.log: no space left on device \(ENOSPC\)/);

    const refused = await rig.run('upgrade');
    expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/the log of p cannot be written/) as string });

    const before = readFileSync(file, 'utf8');
    rmSync(file);
    const after = await waitFor(
      'it is told in a new file',
      () => (existsSync(file) ? readFileSync(file, 'utf8') : ''),
      (text) => text.endsWith('\n'),
    );
    expect(after).toMatch(/^supervise: \d+ lines were dropped here between .*\n$/);
    const dropped = [...`${before}${after}`.matchAll(/^supervise: (\d+) lines? w/gm)].map(([, count]) => Number(count));
    const written = [...before.matchAll(/^short$/gm)].length;
    expect(dropped.reduce((sum, count) => sum + count, written)).toBe(10_000);
    expect(await rig.run('upgrade')).toMatchObject({ code: 0 });
  },
);

/** Takes everything that is left of a disk. */
function fill(file: string): void {
  const fd = openSync(file, 'w');
  try {
    for (;;) writeSync(fd, Buffer.alloc(4096));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    closeSync(fd);
  }
}
