import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect } from 'vitest';
import { foreground, stop } from '../support/detached.ts';
import { need } from '../support/needs.ts';
import type { Puppet } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitFor } from '../support/wait-for.ts';

const prlimit = need('prlimit', 'util-linux');

const asStop = (more: object): string => JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'stop', ...more });

const HOSTILE: readonly (readonly [string, string | Buffer])[] = [
  ['bytes that mean nothing', Buffer.from(Array.from({ length: 200_000 }, (_, n) => (n * 7_919) % 256))],
  ['a request of a browser', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n{}\n'],
  ['a line of 3 MB', `${'x'.repeat(3_000_000)}\n`],
  ['a stop in a line of 3 MB', `${asStop({ params: { names: ['p'], wait: false } })}${' '.repeat(3_000_000)}\n`],
  ['a stop that is cut short', asStop({ params: { names: ['p'] } })],
  ['a stop without an id', `${JSON.stringify({ jsonrpc: '2.0', method: 'stop', params: { names: ['p'] } })}\n`],
  ['an id that is a list', `${asStop({ id: [1], params: { names: ['p'] } })}\n`],
  ['an id that is no whole number', `${asStop({ id: 0.5, params: { names: ['p'] } })}\n`],
  ['names that are no list', `${asStop({ params: { names: 'p' } })}\n`],
  ['names that are no texts', `${asStop({ params: { names: [{ p: 1 }, null, 1] } })}\n`],
  ['a parameter that is not known', `${asStop({ params: { names: ['p'], force: true } })}\n`],
  ['a method of every object', `${asStop({ method: 'constructor', params: { names: ['p'] } })}\n`],
  ['a list of requests', `[${asStop({ params: { names: ['p'] } })}]\n`],
  ['brackets without an end', `${'['.repeat(900_000)}\n`],
];

describe('whatever comes over the socket, the daemons run on and the next command is answered', () => {
  test('garbage, lines of 3 MB, wrong types, wrong ids', async ({ rig }) => {
    const { daemon } = await foreground(rig);
    for (const [what, bytes] of HOSTILE) {
      const socket = await dial(rig);
      socket.resume().write(bytes);
      await unharmed(rig, daemon, what);
    }
    await stop(rig, daemon);
    expect(daemon.signals).toEqual(['SIGTERM']);
  });

  test('one that closes its half and reads on gets its answer', async ({ rig }) => {
    const { daemon } = await foreground(rig);
    const socket = await dial(rig);
    const lines = createInterface({ input: socket });
    socket.end(`${JSON.stringify({ jsonrpc: '2.0', id: 4, method: 'version' })}\n`);
    const [answer] = (await once(lines, 'line')) as [string];
    expect(JSON.parse(answer)).toMatchObject({ id: 4, result: { version: expect.any(String) as string } });
    await unharmed(rig, daemon);
  });

  test.skipIf(prlimit.missing)(`500 that say nothing, and few descriptors${prlimit.note}`, async ({ rig }) => {
    const { daemon, supervise } = await foreground(rig, { under: ['prlimit', '--nofile=400'] });
    for (let count = 0; count < 500; count += 1) await dial(rig);
    await unharmed(rig, daemon);
    expect(supervise.out).not.toMatch(/EMFILE/);
  });

  test('one that asks, and never reads: it hears later how many lines it has missed, and that is all', async ({
    rig,
  }) => {
    const { daemon } = await foreground(rig);
    const socket = await dial(rig);
    const params = { names: ['p'], lines: 1, follow: true };
    socket.pause().write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'logs', params })}\n`);
    await daemon.print('the first');
    await waitFor(
      'it is being told',
      () => socket.readableLength,
      (length) => length > 0,
    );
    const blocks = 40;
    const block = Array.from({ length: 1_000 }, () => 'x'.repeat(999)).join('\n');
    for (let count = 0; count < blocks; count += 1) await daemon.print(block);
    await daemon.print('the last');
    await waitFor(
      'all of it is in the logs',
      async () => (await rig.run('logs', 'p', '-n', '1')).out,
      (out) => out.includes('the last'),
    );
    await unharmed(rig, daemon);
    let [seen, dropped] = [0, 0];
    createInterface({ input: socket }).on('line', (line) => {
      const { params: got } = JSON.parse(line) as { params?: { item: { dropped?: number } } };
      if (got === undefined) return;
      if (got.item.dropped === undefined) seen += 1;
      else dropped += got.item.dropped;
    });
    await waitFor(
      'it has been told of each line, be it by number',
      () => seen + dropped,
      (lines) => lines === blocks * 1_000 + 2,
    );
    expect(dropped).toBeGreaterThan(0);
  });
});

/** A client that speaks no language of ours; it stays until the test is over. */
async function dial(rig: Rig): Promise<Socket> {
  const socket = connect({ path: path.join(rig.state, 'control.sock'), allowHalfOpen: true });
  socket.on('error', () => undefined); // The other end may hang up while we write.
  rig.closers.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

async function unharmed(rig: Rig, daemon: Puppet, by = 'it'): Promise<void> {
  const { code, out } = await rig.run('status', '--json');
  expect(code, by).toBe(0);
  expect(JSON.parse(out), by).toMatchObject({
    supervisor: { state: 'running', check: 'ok' },
    instances: [{ id: 'p', state: 'running', pid: daemon.pid, starts: 1 }],
  });
  expect(daemon.signals, by).toEqual([]);
}
