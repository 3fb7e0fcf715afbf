import { chmod, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import type { Socket } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { ok } from '../../../src/base/result.ts';
import type { Dropped } from '../../../src/control/api.ts';
import { connect } from '../../../src/control/client.ts';
import { serve } from '../../../src/control/server.ts';
import type { LineView } from '../../../src/control/view.ts';
import { fakeApi, instance, serveFake, statusOf, tempFolder } from '../../support/fake-api.ts';

/** A client without our client: writes text, reads parsed lines, knows when it was closed. */
function rawClient(folder: string): { socket: Socket; lines: AsyncIterator<string>; closed: Promise<void> } {
  const socket = connectSocket(path.join(folder, 'control.sock'));
  socket.on('error', () => undefined);
  onTestFinished(() => {
    socket.destroy();
  });
  const closed = new Promise<void>((resolve) =>
    socket.once('close', () => {
      resolve();
    }),
  );
  return { socket, closed, lines: createInterface({ input: socket })[Symbol.asyncIterator]() };
}

async function reply(lines: AsyncIterator<string>): Promise<unknown> {
  const next = await lines.next();
  if (next.done === true) throw new Error('closed without a line');
  return JSON.parse(next.value);
}

const request = (id: number, method: string, params: unknown = {}): string =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;

const line = (text: string): LineView => ({ id: 'photos', at: null, stream: 'out', text });

test('each reply carries the id of its request, whatever order they are ready in', async () => {
  const gate = manual();
  const api = fakeApi({
    status: async () => {
      await gate.promise;
      return ok(statusOf([instance({ id: 'slow' })]));
    },
  });
  const { folder } = await serveFake(api);
  const { socket, lines } = rawClient(folder);
  socket.write(request(7, 'status') + request(8, 'version'));
  expect(await reply(lines)).toMatchObject({ id: 8, result: { id: 'shop' } });
  gate.resolve();
  expect(await reply(lines)).toMatchObject({ id: 7, result: { instances: [{ id: 'slow' }] } });
});

test('what is no JSON is answered once, and the connection is closed', async () => {
  const { folder } = await serveFake(fakeApi());
  const { socket, lines, closed } = rawClient(folder);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n' + request(1, 'version'));
  expect(await reply(lines)).toMatchObject({ id: null, error: { code: -32700 } });
  await closed;
  expect((await lines.next()).done).toBe(true);
});

test.each([
  ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"version"}]', -32700],
  ['no version', '{"id":1,"method":"version"}', -32600],
  ['no id', '{"jsonrpc":"2.0","method":"stop","params":{"names":[]}}', -32600],
  ['an id that is a fraction', '{"jsonrpc":"2.0","id":1.5,"method":"version"}', -32600],
  ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"version"}', -32600],
  ['a method that is a number', '{"jsonrpc":"2.0","id":1,"method":5}', -32600],
  ['bytes', '\u0000\u0001\ufffd{"', -32700],
  ['deep nesting', '['.repeat(200_000), -32700],
])('%s is refused, and nothing is asked of the supervisor', async (_, text, code) => {
  const api = fakeApi();
  const { folder } = await serveFake(api);
  const { socket, lines, closed } = rawClient(folder);
  socket.write(`${text}\n`);
  expect(await reply(lines)).toMatchObject({ id: null, error: { code } });
  await closed;
  expect(api.asked).toEqual([]);
});

test('wrong methods and parameters are named, nothing changes, and the connection goes on', async () => {
  const api = fakeApi();
  const { folder } = await serveFake(api);
  const { socket, lines } = rawClient(folder);
  const cases: [string, unknown, number, string][] = [
    ['stopp', {}, -32601, "did you mean 'stop'?"],
    ['__proto__', {}, -32601, 'no method'],
    ['reload', { print: 'x' }, -32602, '"print" must be a whole number or null'],
    ['stop', {}, -32602, '"names" must be a list of names'],
    ['stop', { names: 'photos' }, -32602, '"names" must be'],
    ['stop', { names: [1] }, -32602, '"names" must be'],
    ['stop', { nams: ['photos'] }, -32602, 'did you mean "names"?'],
    ['stop', { names: ['photos'], now: 'yes' }, -32602, '"now" must be true or false'],
    ['stop', { names: [{ id: 'photos', pid: 0, wanted: 'up' }] }, -32602, '"names" must be'],
    ['start', { names: [{ id: 'photos', pid: 7 }] }, -32602, 'or of { id, pid, wanted }'],
    ['restart', { names: ['photos', { id: '', pid: 7, wanted: 'up' }] }, -32602, '"names" must be'],
    ['signal', { names: [{ id: 'photos', pid: 7, wanted: 'up' }], signal: 'HUP' }, -32602, '"names" must be'],
    ['stop', ['photos'], -32602, 'must be an object'],
    ['logs', { lines: -1 }, -32602, '"lines" must be'],
    ['logs', { since: 'yesterday' }, -32602, '"since" must be'],
    ['signal', { names: ['photos'] }, -32602, '"signal" must be'],
  ];
  for (const [index, [method, params, code, words]] of cases.entries()) {
    socket.write(request(index, method, params));
    const answer = await reply(lines);
    expect(answer).toMatchObject({ id: index, error: { code } });
    expect(JSON.stringify(answer)).toContain(words.replaceAll('"', '\\"'));
  }
  expect(api.asked).toEqual([]);
  socket.write(request(99, 'version'));
  expect(await reply(lines)).toMatchObject({ id: 99, result: { id: 'shop' } });
});

test('a message over 1 MiB is refused before it is held', async () => {
  const { folder } = await serveFake(fakeApi());
  const { socket, lines, closed } = rawClient(folder);
  const before = process.memoryUsage().rss;
  socket.write(Buffer.alloc(3_000_000, 'x'));
  expect(await reply(lines)).toMatchObject({ id: null, error: { code: -32600 } });
  await closed;
  expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000);
});

test('a message that comes a byte at a time is one message', async () => {
  const { folder } = await serveFake(fakeApi());
  const { socket, lines } = rawClient(folder);
  for (const letter of request(1, 'version')) {
    socket.write(letter);
    await new Promise(setImmediate);
  }
  expect(await reply(lines)).toMatchObject({ id: 1 });
});

test('an id that is still in work is refused without an id, so that nobody takes it for the answer', async () => {
  const api = fakeApi({ status: () => new Promise(() => undefined) });
  const { folder } = await serveFake(api);
  const { socket, lines } = rawClient(folder);
  socket.write(request(1, 'status') + request(1, 'version'));
  expect(await reply(lines)).toMatchObject({ id: null, error: { code: -32600 } });
});

test('more requests at once than are served are refused, each under its id', async () => {
  const api = fakeApi({ status: () => new Promise(() => undefined) });
  const { folder } = await serveFake(api, { requests: 2 });
  const { socket, lines } = rawClient(folder);
  socket.write(request(1, 'status') + request(2, 'status') + request(3, 'status'));
  expect(await reply(lines)).toMatchObject({ id: 3, error: { code: -32002 } });
});

test('an Api that throws is a bug that is told, and the server goes on', async () => {
  const { folder, bugs } = await serveFake(
    fakeApi({
      why: () => {
        throw new Error('boom');
      },
    }),
  );
  const { socket, lines } = rawClient(folder);
  socket.write(request(1, 'why') + request(2, 'version'));
  const answers = [await reply(lines), await reply(lines)];
  expect(answers).toContainEqual(expect.objectContaining({ id: 1, error: { code: -32603, message: 'boom' } }));
  expect(answers).toContainEqual(expect.objectContaining({ id: 2 }));
  expect(bugs).toHaveLength(1);
});

test('an answer over 1 MiB is refused in words', async () => {
  const api = fakeApi({ status: () => Promise.resolve(ok(statusOf([instance({ status: 'x'.repeat(1_100_000) })]))) });
  const { folder } = await serveFake(api);
  const { socket, lines } = rawClient(folder);
  socket.write(request(1, 'status'));
  expect(await reply(lines)).toMatchObject({ id: 1, error: { code: -32001 } });
});

test('a client that never reads holds a bounded queue, loses items with a count, and others are served', async () => {
  const emitted = 20_000;
  const signals: AbortSignal[] = [];
  let emit: ((item: LineView | Dropped) => void) | undefined;
  const streaming = manual();
  const api = fakeApi({
    logs: (_ask, out, end) => {
      emit = out;
      signals.push(end);
      streaming.resolve();
      return new Promise((resolve) => {
        end.addEventListener('abort', () => {
          resolve(ok({ notes: [] }));
        });
      });
    },
  });
  const { folder } = await serveFake(api, { streamBytes: 100_000 });
  const { socket, lines } = rawClient(folder);
  socket.pause();
  socket.write(request(1, 'logs', { follow: true }));
  await streaming.promise;
  const before = process.memoryUsage().heapUsed;
  for (let n = 0; n < emitted; n++) emit?.(line(`${n} ${'x'.repeat(1000)}`));
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000_000);
  const other = rawClient(folder);
  other.socket.write(request(1, 'version'));
  expect(await reply(other.lines)).toMatchObject({ id: 1 });

  // Once it reads again it learns how much it missed, and no further line is missing.
  socket.resume();
  let seen = 0;
  let dropped = 0;
  while (seen + dropped < emitted) {
    const { params } = (await reply(lines)) as { params: { item: LineView | Dropped } };
    if ('dropped' in params.item) dropped += params.item.dropped;
    else seen++;
  }
  expect(seen + dropped).toBe(emitted);
  expect(dropped).toBeGreaterThan(0);

  socket.destroy();
  await aborted(signals[0]);
});

test('history awaits room and loses nothing', async () => {
  const api = fakeApi({
    logs: async (_ask, emit, _end, room) => {
      for (let n = 0; n < 20_000; n++) {
        emit(line('x'.repeat(200)));
        if (n % 100 === 0) await room?.();
      }
      return ok({ notes: [] });
    },
  });
  const { folder } = await serveFake(api, { streamBytes: 100_000 });
  const client = await connect(folder);
  if (!client.ok) throw new Error(client.error.words);
  let seen = 0;
  await client.value.stream(
    'logs',
    { follow: false },
    (item) => {
      if (!('dropped' in item)) seen++;
    },
    new AbortController().signal,
  );
  expect(seen).toBe(20_000);
  client.value.close();
});

test('a client that asks and never reads is given up, with bounded memory', async () => {
  const big = statusOf([instance({ status: 'x'.repeat(500_000) })]);
  const { folder } = await serveFake(fakeApi({ status: () => Promise.resolve(ok(big)) }), { queueBytes: 2_000_000 });
  const { socket, closed } = rawClient(folder);
  socket.pause();
  const ask = (id: number): void => {
    if (socket.writable) socket.write(request(id, 'status'), () => setImmediate(ask, id + 1));
  };
  ask(1);
  socket.once('error', () => socket.resume());
  const timer = setInterval(() => {
    if (!socket.writable) socket.resume();
  }, 10);
  await closed;
  clearInterval(timer);
});

test('a half-open client gets its answers, and its following ends', async () => {
  const gate = manual();
  let signal: AbortSignal | undefined;
  const api = fakeApi({
    status: async () => {
      await gate.promise;
      return ok(statusOf([]));
    },
    logs: (_ask, _emit, end) => {
      signal = end;
      return new Promise((resolve) => {
        end.addEventListener('abort', () => {
          resolve(ok({ notes: [] }));
        });
      });
    },
  });
  const { folder } = await serveFake(api);
  const { socket, lines, closed } = rawClient(folder);
  socket.end(request(1, 'logs', { follow: true }) + request(2, 'status'));
  expect(await reply(lines)).toMatchObject({ id: 1 });
  expect(signal?.aborted).toBe(true);
  gate.resolve();
  expect(await reply(lines)).toMatchObject({ id: 2 });
  await closed;
});

test('500 idle clients keep nobody out: the longest idle one makes place, and hears why', async () => {
  const { folder } = await serveFake(fakeApi(), { connections: 100 });
  const idle = [];
  for (let n = 0; n < 500; n++) {
    const client = rawClient(folder);
    await new Promise((resolve) => client.socket.once('connect', resolve));
    idle.push(client);
  }
  expect(JSON.stringify(await reply(idle[0]?.lines ?? rawClient(folder).lines))).toContain('connect again');
  const late = rawClient(folder);
  late.socket.write(request(1, 'version'));
  expect(await reply(late.lines)).toMatchObject({ id: 1 });
});

test('clients that have gone while their request is in work keep nobody out', async () => {
  const asked = manual();
  const api = fakeApi({
    status: () => {
      asked.resolve();
      return new Promise(() => undefined);
    },
  });
  const { folder } = await serveFake(api, { connections: 1 });
  const gone = rawClient(folder);
  gone.socket.write(request(1, 'status'));
  await asked.promise;
  gone.socket.destroy();
  await gone.closed;
  const late = rawClient(folder);
  late.socket.write(request(2, 'version'));
  expect(await reply(late.lines)).toMatchObject({ id: 2 });
});

test('when all clients have a request in work, one more is refused in words', async () => {
  const api = fakeApi({ status: () => new Promise(() => undefined) });
  const { folder } = await serveFake(api, { connections: 1 });
  const busy = rawClient(folder);
  busy.socket.write(request(1, 'status') + request(2, 'version'));
  await reply(busy.lines);
  expect(await reply(rawClient(folder).lines)).toMatchObject({ id: null, error: { code: -32002 } });
});

test('the socket may be used by its owner only, also when its path is too long for the kernel', async () => {
  const base = await tempFolder();
  const folder = path.join(base, 'x'.repeat(100), 'y'.repeat(100));
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  const { server } = await serveFake(fakeApi(), {}, folder);
  expect((await stat(path.join(folder, 'control.sock'))).mode & 0o777).toBe(0o600);
  const client = await connect(folder);
  if (!client.ok) throw new Error(client.error.words);
  expect(await client.value.call('version', {})).toMatchObject({ ok: true, value: { id: 'shop' } });
  await server.close();
  await expect(stat(path.join(folder, 'control.sock'))).rejects.toThrow('ENOENT');
});

test('a socket that was removed is not made again where the folder is not ours any more', async () => {
  const folder = await tempFolder();
  const asked = manual();
  const isOurs = (): boolean => {
    asked.resolve();
    return false;
  };
  const server = await serve(folder, { api: fakeApi(), isOurs, onBug: () => undefined });
  if (!server.ok) throw new Error(server.error);
  await rm(path.join(folder, 'control.sock'));
  await asked.promise;
  // It would be there by now.
  await expect(stat(path.join(folder, 'control.sock'))).rejects.toThrow('ENOENT');
  await server.value.close();
});

test('a socket that a dead supervisor left is replaced; a file in its place is not', async () => {
  const { folder, server } = await serveFake(fakeApi());
  // As after a SIGKILL: the socket file stays.
  const { link } = await import('node:fs/promises');
  await link(path.join(folder, 'control.sock'), path.join(folder, 'kept'));
  await server.close();
  await link(path.join(folder, 'kept'), path.join(folder, 'control.sock'));
  expect(await connect(folder)).toMatchObject({ ok: false, error: { tag: 'nobody' } });
  await serveFake(fakeApi(), {}, folder);
  expect(await connect(folder)).toMatchObject({ ok: true });

  const other = await tempFolder();
  await writeFile(path.join(other, 'control.sock'), 'mine');
  const refused = await serve(other, { api: fakeApi(), isOurs: () => true, onBug: () => undefined });
  expect(refused).toMatchObject({ ok: false });
});

test('closing flushes the last answers, ends streams with their reply, and a silent client does not keep it', async () => {
  const api = fakeApi({
    logs: (_ask, _emit, end) =>
      new Promise((resolve) => {
        end.addEventListener('abort', () => {
          resolve(ok({ notes: ['the end'] }));
        });
      }),
  });
  const { folder, server } = await serveFake(api);
  const follower = rawClient(folder);
  follower.socket.write(request(1, 'logs', { follow: true }) + request(2, 'version'));
  await reply(follower.lines);
  const silent = rawClient(folder);
  await new Promise((resolve) => silent.socket.once('connect', resolve));
  silent.socket.pause();
  await server.close(50);
  expect(await reply(follower.lines)).toMatchObject({ id: 1, result: { notes: ['the end'] } });
});

function manual(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

async function aborted(signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) throw new Error('the stream never began');
  if (!signal.aborted)
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
    });
}
