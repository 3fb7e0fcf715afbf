/** What daemons share and the list does not run: probed before a start, after a crash, and while it is down. */
import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTcp } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { PUPPET } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitFor } from '../support/wait-for.ts';

function listOf(rig: Rig, database: object, restart: object = {}): void {
  rig.list({
    resources: { database: { interval: '250ms', ...database } },
    daemons: [
      { name: 'w', script: PUPPET, cwd: '.', instances: 3, depends_on: { database: 'up' }, restart },
      { name: 'free', script: PUPPET, cwd: '.' },
    ],
  });
}
const isDown = (rig: Rig): string => path.join(rig.work, 'down');
/** A probe that says what a file says, as `mysqladmin ping` would. */
const byFile = { exec: ['sh', '-c', 'if test -e down; then echo "Too many connections" >&2; exit 1; fi'] };

describe('a resource that is down', () => {
  test('keeps back those that need it, with its reason, and nobody else; when it is up they start', async ({ rig }) => {
    await rig.stage();
    listOf(rig, byFile);
    writeFileSync(isDown(rig), '');
    await rig.start();
    await rig.untilState('free', 'running');
    const waits = await rig.until('w:1', 'waits for it', ({ waiting_for: [first] }) => first?.state === 'down');
    expect(waits).toMatchObject({ state: 'waiting', starts: 0, waiting_for: [{ kind: 'resource', name: 'database' }] });
    expect(await rig.status()).toMatchObject({
      supervisor: { check: 'trouble' },
      resources: [{ name: 'database', state: 'down', error: 'sh: exit 1: Too many connections', waiting: 3 }],
    });
    expect((await rig.run('why', 'w:1')).out).toMatch(/database is down, .* now \(sh: exit 1: Too many connections\)/);

    rmSync(isDown(rig));
    for (const id of ['w:1', 'w:2', 'w:3']) await rig.untilState(id, 'running');
    expect(await rig.status()).toMatchObject({
      supervisor: { check: 'ok' },
      resources: [{ state: 'up', error: null }],
    });
  });

  test('makes no crash of those that die of it, and when it is up again one goes first', async ({ rig }) => {
    const stage = await rig.stage();
    listOf(rig, byFile, { reset_after: '3s', attempts: 1 });
    await rig.start();
    const workers = await Promise.all(['w:1', 'w:2', 'w:3'].map((id) => stage.enter(id)));
    for (const id of ['w:1', 'w:2', 'w:3']) await rig.untilState(id, 'running');
    writeFileSync(isDown(rig), '');
    for (const worker of workers) await worker.exit(1);
    for (const id of ['w:1', 'w:2', 'w:3'])
      expect(await rig.until(id, 'waits', ({ last_exit: end }) => end?.kind === 'resource')).toMatchObject({
        state: 'waiting',
        starts: 1,
        quick_ends: 0,
      });

    rmSync(isDown(rig));
    const scout = await waitFor(
      'one is started',
      () => rig.status(),
      ({ instances }) => instances.some(({ daemon, starts }) => daemon === 'w' && starts === 2),
    );
    const others = scout.instances.filter(({ daemon, starts }) => daemon === 'w' && starts === 1);
    expect(others.map(({ waiting_for: [first] }) => first?.kind)).toEqual(['scout', 'scout']);
    for (const id of ['w:1', 'w:2', 'w:3'])
      await rig.until(id, 'is back', ({ state, starts }) => state === 'running' && starts === 2);
  });

  test.for([
    { policy: 'on-failure', code: 0, becomes: 'exited' },
    { policy: 'never', code: 0, becomes: 'exited' },
    { policy: 'never', code: 1, becomes: 'failed' },
  ] as const)('starts no job again: $policy, exit $code', async ({ policy, code, becomes }, { rig }) => {
    const stage = await rig.stage();
    listOf(rig, byFile, { policy });
    await rig.start();
    const job = await stage.enter('w:1');
    writeFileSync(isDown(rig), '');
    await job.exit(code);
    await rig.until('w:1', 'has ended', ({ last_exit: end }) => end !== null);
    expect(await rig.untilState('w:1', becomes)).toMatchObject({ starts: 1, last_exit: { code } });
  });

  test('that is up makes a crash of a crash', async ({ rig }) => {
    const stage = await rig.stage();
    listOf(rig, byFile);
    await rig.start();
    const worker = await stage.enter('w:2');
    await worker.exit(1);
    const back = await rig.until('w:2', 'is back', ({ state, starts }) => state === 'running' && starts === 2);
    expect(back.last_exit).toMatchObject({ kind: 'crash', code: 1 });
  });
});

test('a worker that says WAITING= and exits 75 has not crashed: it is believed, and tried again in its gap', async ({
  rig,
}) => {
  const stage = await rig.stage();
  rig.list([{ name: 'w', script: PUPPET, cwd: '.', restart: { delay: '300ms', attempts: 1 } }]);
  await rig.start();
  const worker = await stage.enter('w');
  await worker.say('WAITING=database');
  await worker.exit(75);
  const back = await rig.until('w', 'is back', ({ starts }) => starts === 2);
  expect(back).toMatchObject({ quick_ends: 0, last_exit: { kind: 'resource', code: 75 } });
});

describe('probes', () => {
  test('of a port, of a page and of a file see what is there', async ({ rig }) => {
    let code = 503;
    const web: Server = createServer((_, answer) => answer.writeHead(code).end());
    const port = createTcp((socket) => socket.end());
    rig.closers.push(
      () => web.close(),
      () => port.close(),
    );
    await once(web.listen(0, '127.0.0.1'), 'listening');
    await once(port.listen(0, '127.0.0.1'), 'listening');
    const portOf = (server: Pick<Server, 'address'>): number => {
      const address = server.address();
      return typeof address === 'object' ? (address?.port ?? 0) : 0;
    };
    await rig.stage();
    const tcp = portOf(port);
    rig.list({
      resources: {
        page: { http: `http://127.0.0.1:${portOf(web)}/health`, interval: '200ms' },
        port: { tcp: `127.0.0.1:${tcp}`, interval: '200ms' },
        mount: { file: './mounted', interval: '200ms' },
        hangs: { exec: ['sleep', '60'], interval: '200ms', timeout: '300ms' },
      },
      daemons: ['page', 'port', 'mount', 'hangs'].map((name) => ({
        ...{ name: `d-${name}`, script: PUPPET, cwd: '.', depends_on: { [name]: 'up' } },
      })),
    });
    await rig.start();
    await rig.untilState('d-port', 'running');
    const status = await waitFor(
      'all have been asked',
      () => rig.status(),
      ({ resources }) => resources.every(({ state }) => state !== 'unknown'),
    );
    expect(status.resources.map(({ name, error }) => [name, error])).toEqual([
      ['page', expect.stringMatching(/answers 503/)],
      ['port', null],
      ['mount', expect.stringMatching(/mounted is not there/)],
      ['hangs', 'no answer within 300ms'],
    ]);
    code = 302;
    writeFileSync(path.join(rig.work, 'mounted'), '');
    await rig.untilState('d-page', 'running');
    await rig.untilState('d-mount', 'running');
  });

  test('are not made while nobody needs an answer', async ({ rig }) => {
    const stage = await rig.stage();
    listOf(rig, { exec: ['sh', '-c', 'echo asked >> asked'], interval: '100ms' });
    await rig.start();
    for (const id of ['w:1', 'w:2', 'w:3']) await rig.untilState(id, 'running');
    await (await stage.enter('free')).exitOn('SIGTERM', 0);
    const asked = rig.read('asked');
    await rig.run('restart', 'free');
    expect(rig.read('asked')).toBe(asked);
  });
});
