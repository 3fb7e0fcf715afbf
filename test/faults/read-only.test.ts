import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';
import { otherUsers as mounts } from '../support/other-users.ts';
import { PUPPET } from '../support/puppet.ts';
import { test } from '../support/supervise.ts';
import { waitFor } from '../support/wait-for.ts';

test.skipIf(mounts.missing)(
  `a state folder that becomes read-only ends nothing: it is told, daemons run on and are started again, and it mends itself${mounts.note}`,
  async ({ rig }) => {
    const stage = await rig.stage();
    const [p, late] = [{ name: 'p', script: PUPPET, cwd: '.', restart: { delay: '10ms' } }, { name: 'late' }];
    rig.list([
      { ...p, log: { max_size: '1KB' } },
      { ...p, ...late, autostart: false },
    ]);
    const supervise = await rig.start([], { under: ['unshare', '-m'] });
    const first = await stage.enter('p');
    await first.print('before');
    await rig.untilState('p', 'running');
    const inside = (...command: readonly string[]): unknown =>
      execFileSync('nsenter', ['-t', String(supervise.pid), '-m', ...command]);
    const problems = async (): Promise<string> => (await rig.status()).supervisor?.problems.join('\n') ?? '';

    inside('mount', '--bind', '-o', 'ro', rig.state, rig.state);
    await first.exit(1);
    const second = await stage.enter('p');
    await supervise.says(/cannot write .*state\.json.*(read-only|EROFS)/i);
    await rig.ask('start', { names: ['late'], wait: false });
    const silent = await stage.enter('late');
    await silent.print('nobody can write this down');
    await waitFor(
      'status says so, of both',
      problems,
      (text) => text.includes('state.json') && text.includes('late.log'),
    );
    // More than the file may have: it cannot be rotated.
    for (let count = 0; count < 5; count += 1) await second.print(`${count} ${'x'.repeat(500)}`);
    await rig.until('late', 'runs', ({ state }) => state === 'running');
    expect(await rig.instance('p')).toMatchObject({ pid: second.pid, starts: 2 });
    expect(supervise.over).toBe(false);

    inside('mount', '-o', 'remount,bind,rw', rig.state);
    await silent.print('now it can');
    await waitFor('the state is written, and nobody had to help', problems, (text) => !text.includes('state.json'));
    // As much again: then rotation is tried again.
    for (let count = 5; count < 9; count += 1) await second.print(`${count} ${'x'.repeat(500)}`);
    await second.print('after');
    await waitFor('all is mended', problems, (text) => text === '');
    const lines = await waitFor(
      'what came after is in the log',
      () => ['p.log.5', 'p.log.4', 'p.log.3', 'p.log.2', 'p.log.1', 'p.log'].map((file) => rig.log(file)).join(''),
      (text) => text.includes('after\n'),
    );
    const printed = lines.split('\n').filter((line) => !line.startsWith('supervise:'));
    const dropped = Number(/(\d+) lines were dropped/.exec(lines)?.[1] ?? 0);
    expect(printed.slice(0, -1).length + dropped).toBe(11);
    expect(rig.log('late.log')).toMatch(/^supervise: 1 lines? (was|were) dropped.*\nnow it can\n$/);
    supervise.signal('SIGTERM');
    for (const each of [second, silent]) {
      await each.heard('SIGTERM');
      await each.exit(0);
    }
    expect(await supervise.ended).toMatchObject({ code: 0 });
  },
);
