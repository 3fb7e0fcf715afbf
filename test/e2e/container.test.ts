/** examples/container: runs what its Dockerfile says, in separate namespaces, with the built package. */
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { describe, expect } from 'vitest';
import { Container, EXAMPLE, readDockerfile } from '../support/container.ts';
import { asRoot, koffi, need, unshared } from '../support/needs.ts';
import { childrenOf, isAlive, send } from '../support/processes.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

const namespaces = unshared('a pid and a mount namespace', '--pid', '--mount', '--fork', '--mount-proc');
const missing = asRoot.missing || namespaces.missing;
const note = `${asRoot.note}${namespaces.note}`;
const tini = need('tini', 'tini');

const file = readDockerfile(path.join(EXAMPLE, 'Dockerfile'));
const [init = '', separator = '', ...supervise] = file.entrypoint;
const belowInit = [init, separator, ...supervise, ...file.cmd];
const asFirst = [...supervise, ...file.cmd];

function start(rig: Rig, command: readonly string[], list?: unknown): Container {
  cpSync(EXAMPLE, rig.work, { recursive: true });
  if (list !== undefined) rig.list(list);
  return new Container(rig, file, command);
}

test('its words are those of the other files beside it', () => {
  expect([init, separator, ...supervise]).toEqual(['tini', '--', 'supervise']);
  const read = (name: string): unknown => parse(readFileSync(path.join(EXAMPLE, name), 'utf8'));
  const [state = ''] = file.env.map((line) => line.replace('SUPERVISE_STATE_DIR=', ''));
  const list = read('daemons.yaml');
  const compose = read('compose.yaml');
  expect(list).toMatchObject({ supervisor: { stop_within: '60s' }, defaults: { log: 'stdout' } });
  expect(compose).toMatchObject({
    services: {
      workers: {
        stop_grace_period: '60s',
        read_only: true,
        tmpfs: expect.arrayContaining([`${state}:uid=1000,gid=1000,mode=0700`]) as string[],
      },
    },
  });
});

describe.skipIf(missing)(`a container of it${note}`, () => {
  describe.each([
    ['as pid 1', asFirst, { missing: false, note: '' }],
    ['below its init', belowInit, tini],
  ] as const)('%s', (_, command, needed) => {
    test.skipIf(needed.missing)(
      `has the lines on stdout, is healthy, and drains on its stop signal${needed.note}`,
      async ({ rig }) => {
        const container = start(rig, command);
        const { program } = container;
        await program.says('worker:1 | iteration 1 is done');
        await program.says('worker:2 | iteration 1 is done');
        expect(await container.exec(...file.health)).toMatchObject({ code: 0 });
        expect((await container.exec('sh', '-c', 'id -u; touch here')).out).toMatch(/^1000\n.*Read-only file system/);
        expect((await container.exec('supervise', 'logs', '-n', '2')).out).toMatch(/^worker:\d \| iteration/);
        send(await container.first(), file.stopSignal);
        const { code, signal, out } = await program.ended;
        expect([code, signal]).toEqual([0, null]);
        for (const id of ['worker:1', 'worker:2']) {
          const lines = out.split('\n').filter((line) => line.startsWith(`${id} | `));
          const done = lines.length - 1;
          // The open iteration was finished, and no other was begun.
          expect(lines.at(-1)).toBe(`${id} | stopped after ${done} iterations`);
          expect(lines.at(-2)).toBe(`${id} | iteration ${done} is done`);
        }
        expect(out).toMatch(/boundary 0 · ended by itself 2 · cut 0\n$/);
      },
    );

    test.skipIf(needed.missing || (koffi.missing && command === asFirst))(
      `takes leave of processes that have lost their parent${needed.note}${command === asFirst ? koffi.note : ''}`,
      async ({ rig }) => {
        const container = start(rig, command);
        await container.program.says('worker:1 | iteration 1 is done');
        const first = await container.first();
        const before = childrenOf(first).length;
        for (let count = 0; count < 5; count += 1)
          await container.exec('sh', '-c', '(sh -c "sleep 0.1; echo" >/dev/null &)');
        await waitUntil('none of them is left, not as a zombie either', () => {
          const children = childrenOf(first);
          return children.length === before && children.every(isAlive);
        });
        send(first, file.stopSignal);
        expect((await container.program.ended).code).toBe(0);
      },
    );
  });

  test('is not healthy when a daemon has failed; as pid 1 its lines are on stdout though the list says nothing of logs', async ({
    rig,
  }) => {
    const failing = { name: 'broken', shell: 'echo no; exit 1', restart: 'never' };
    const container = start(rig, asFirst, [failing, { name: 'fine', shell: 'exec sleep 1000' }]);
    await container.program.says(/broken failed/);
    expect(container.program.out).toContain('broken | no\n');
    const { code, out } = await container.exec(...file.health);
    expect([code, out]).toEqual([1, expect.stringContaining('broken has failed')]);
    send(await container.first(), 'SIGTERM');
    await container.program.ended;
  });

  test('is not healthy when nobody supervises in it', async ({ rig }) => {
    const container = start(rig, ['sleep', '1000']);
    expect(await container.exec(...file.health)).toMatchObject({ code: 3 });
    send(await container.first(), 'SIGKILL');
    await container.program.ended;
  });
});
