/** `ulimit -f`: a file may grow no further. The kernel sends SIGXFSZ to the writer, which ends any program that does not handle it. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { messages } from '../support/detached.ts';
import { isAlive, send } from '../support/processes.ts';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { test, type Program, type Rig } from '../support/supervise.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

const LIMIT = 40_000;
const LINE = 'x'.repeat(999);

test('a log is rotated before it may grow no further, and loses nothing', async ({ rig }) => {
  const { daemon } = await limited(rig);
  for (let n = 0; n < 50; n += 1) await daemon.print(LINE);
  await daemon.print('the last');
  const all = await waitFor(
    'all of it is written',
    () => rig.log('p.log.1') + rig.log('p.log'),
    (text) => text.endsWith('the last\n'),
  );
  expect(all.split('\n').filter((line) => line === LINE)).toHaveLength(50);
});

test('what does not fit is as on a full disk: the daemon and the supervisor live on, and lines are counted', async ({
  rig,
}) => {
  const { supervise, daemon } = await limited(rig);
  await daemon.print(LINE.repeat(60));
  await supervise.says(/cannot write .*p\.log: file too large \(EFBIG\)/);
  expect(rig.log('p.log').length).toBeLessThanOrEqual(LIMIT);
  expect(await rig.instance('p')).toMatchObject({ state: 'running', pid: daemon.pid, starts: 1 });
  // Daemons do not inherit our treatment of signals.
  expect(masks((await rig.instance('s')).pid ?? 0)).toEqual({ ignored: 0n, blocked: 0n });
});

test('a guard whose messages may grow no further starts its supervisor again all the same', async ({ rig }) => {
  rig.list([{ name: 'p', shell: 'exec sleep 1000' }]);
  rig.file('../state/supervise.log', `${LINE}\n`.repeat(LIMIT / 1000));
  await rig.launch(['start', '-d'], { under: ['prlimit', `--fsize=${LIMIT}`] }).ended;
  const { supervisor, instances } = await rig.status();
  const pid = supervisor?.pid ?? 0;
  send(pid, 'SIGKILL');
  const next = await waitFor(
    'another one answers',
    () => rig.status(),
    (status) => status.supervisor !== null && status.supervisor.pid !== pid,
  );
  expect(next.instances).toMatchObject([{ pid: instances[0]?.pid, starts: 1 }]);
  expect(messages(rig)).not.toContain('has died');
  await rig.run('stop');
  await waitUntil('both have ended', () => !isAlive(next.supervisor?.pid ?? 0) && rig.guards().length === 0);
});

async function limited(rig: Rig): Promise<{ readonly supervise: Program; readonly daemon: Puppet }> {
  const stage = await rig.stage();
  rig.list([
    { name: 'p', script: PUPPET, cwd: '.' },
    { name: 's', shell: 'exec sleep 1000' },
  ]);
  const supervise = await rig.start([], { under: ['prlimit', `--fsize=${LIMIT}`] });
  const daemon = await stage.enter('p');
  await rig.untilState('p', 'running');
  return { supervise, daemon };
}

function masks(pid: number): { readonly ignored: bigint; readonly blocked: bigint } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mask = (name: string): bigint =>
    BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)`, 'm').exec(status)?.[1] ?? 'f'}`);
  return { ignored: mask('SigIgn'), blocked: mask('SigBlk') };
}
