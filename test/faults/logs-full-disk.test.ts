import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { PUPPET } from '../support/puppet.ts';
import { test } from '../support/supervise.ts';
import { waitFor } from '../support/wait-for.ts';

const canMount = spawnSync('unshare', ['-m', 'true']).status === 0;
if (!canMount) process.stderr.write('skipped: a full disk under the logs (it mounts a tmpfs, as root)\n');

const LINE = `${'x'.repeat(999)}\n`;

test.skipIf(!canMount)(
  'a full disk never stops a daemon: lines are dropped whole, counted in the log, and writing resumes by itself',
  async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ name: 'p', script: PUPPET, cwd: '.' }]);
    const mounted = `mkdir -p "$SUPERVISE_STATE_DIR/logs" && mount -t tmpfs -o size=256k tmpfs "$SUPERVISE_STATE_DIR/logs" && exec "$@"`;
    const supervise = await rig.start([], { under: ['unshare', '-m', 'sh', '-c', mounted, 'sh'] });
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
