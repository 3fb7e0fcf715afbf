import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Client } from '../../../src/control/client.ts';
import { connect } from '../../../src/control/client.ts';
import { find } from '../../../src/control/find.ts';
import { deed, fakeApi, instance, serveFake, serveLines, statusOf, tempFolder } from '../../support/fake-api.ts';
import { test as rigged } from '../../support/supervise.ts';
import { waitUntil } from '../../support/wait-for.ts';

const versionOf = (id: string): object => ({ version: '1', pid: 1, id, list: '/l' });
const replyLine = (id: unknown, result: unknown): string => `${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`;

const whyReply = (id: number, name: string): string =>
  replyLine(id, [{ id: name, state: 'running', reasons: [], words: `${name} runs` }]);
// Of every shape that a command looks for, and all about another instance.
const aboutA = (id: number): string => {
  const words = 'only a has this';
  const view = statusOf([instance({ id: words, words })]);
  return replyLine(id, { ...versionOf(words), ...view, ...deed({ instances: [words] }), version: words });
};
const itemAboutA = (id: number): string =>
  `${JSON.stringify({ jsonrpc: '2.0', method: 'item', params: { id, item: { id: 'a', at: null, stream: 'out', text: 'only a has this' } } })}\n`;

async function connected(folder: string): Promise<Client> {
  const client = await connect(folder);
  if (!client.ok) throw new Error(client.error.words);
  return client.value;
}

const HOSTILE: [string, (id: number, socket: Socket) => void][] = [
  ['another id', (id, socket) => socket.write(replyLine(id + 1, versionOf('B')))],
  ['its id as a string', (id, socket) => socket.write(replyLine(String(id), versionOf('B')))],
  ['no id', (_id, socket) => socket.write(`{"jsonrpc":"2.0","result":${JSON.stringify(versionOf('B'))}}\n`)],
  ['garbage', (_id, socket) => socket.write('hello\n')],
  ['another JSON-RPC', (id, socket) => socket.write(`{"id":${id},"result":{"id":"B"}}\n`)],
  [
    'result and error',
    (id, socket) => socket.write(`{"jsonrpc":"2.0","id":${id},"result":{},"error":{"code":1,"message":""}}\n`),
  ],
  ['a number', (id, socket) => socket.write(replyLine(id, 5))],
  ['an item', (id, socket) => socket.write(`{"jsonrpc":"2.0","method":"item","params":{"id":${id},"item":{}}}\n`)],
  ['half a line and the end', (id, socket) => socket.end(replyLine(id, versionOf('B')).slice(0, 20))],
  ['nothing and the end', (_id, socket) => socket.end()],
  ['3 MB without an end', (_id, socket) => socket.write('x'.repeat(3_000_000))],
];

test.each(HOSTILE)('a server that answers with %s is not believed', async (_, answer) => {
  const folder = await serveLines((request, socket) => {
    answer(request.id, socket);
  });
  const client = await connected(folder);
  expect(await client.call('version', {})).toMatchObject({ ok: false, error: { tag: 'broken' } });
});

test('an answer that comes too late finds its connection closed, and nothing more was asked on it', async () => {
  const asked: string[] = [];
  const closed: Promise<unknown>[] = [];
  const folder = await serveLines((request, socket) => {
    asked.push(request.method);
    closed.push(once(socket, 'close'));
  });
  const client = await connected(folder);
  const late = {
    ok: false,
    error: { tag: 'broken', words: "the supervisor did not answer 'version' within 20 ms" },
  };
  expect(await client.call('version', {}, { timeoutMs: 20 })).toEqual(late);
  expect(await client.call('status', {})).toEqual(late);
  await waitUntil('the server has read the question', () => closed.length > 0);
  await Promise.all(closed);
  expect(asked).toEqual(['version']);
});

test('a second answer to the first question is not taken for the answer to the second', async () => {
  let first = 0;
  const folder = await serveLines((request, socket) => {
    if (request.method === 'version') {
      first = request.id;
      socket.write(replyLine(request.id, versionOf('A')));
    } else socket.write(replyLine(first, versionOf('A again')) + replyLine(request.id, { instances: [] }));
  });
  const client = await connected(folder);
  expect(await client.call('version', {})).toMatchObject({ ok: true, value: { id: 'A' } });
  expect(await client.call('status', {})).toMatchObject({
    ok: false,
    error: { tag: 'broken', words: 'the supervisor answered something that was not asked' },
  });
});

test('two answers at once break the connection for what is asked next', async () => {
  const folder = await serveLines((request, socket) => {
    socket.write(replyLine(request.id, versionOf('A')) + replyLine(request.id, versionOf('A')));
  });
  const client = await connected(folder);
  expect(await client.call('version', {})).toMatchObject({ ok: true });
  expect(await client.call('version', {})).toMatchObject({ ok: false, error: { tag: 'broken' } });
});

test('an answer to a question that is not asked yet is not kept for it', async () => {
  const folder = await serveLines((request, socket) => {
    socket.write(replyLine(request.id, versionOf('A')) + replyLine(request.id + 1, versionOf('A')));
  });
  const client = await connected(folder);
  expect(await client.call('version', {})).toMatchObject({ ok: true });
  expect(await client.call('version', {})).toMatchObject({
    ok: false,
    error: { tag: 'broken', words: 'the supervisor answered something that was not asked' },
  });
});

test('an answer for another connection does not fit by chance: two connections do not count alike', async () => {
  let first: number | null = null;
  const folder = await serveLines((request, socket) => {
    socket.write(replyLine((first ??= request.id), versionOf('A')));
  });
  expect(await (await connected(folder)).call('version', {})).toMatchObject({ ok: true, value: { id: 'A' } });
  expect(await (await connected(folder)).call('version', {})).toMatchObject({ ok: false, error: { tag: 'broken' } });
});

/** What a server may do with a question. It owes what it holds back, and gives it with the next question, wherever that comes from. */
const MISCHIEF = ['right', 'late', 'twice', 'out of order', 'another id', 'the last one again'] as const;

const QUESTIONS = ['version', 'status', 'start', 'stop'] as const;

/** A server that does one mischief after the other, then answers correctly. Its answers name the method that was asked. */
async function serveMischief(order: readonly (typeof MISCHIEF)[number][]): Promise<string> {
  const left = [...order];
  let owed = '';
  let last = '';
  return serveLines(({ id, method }, socket) => {
    const answer = replyLine(id, { of: method });
    const held = owed;
    owed = '';
    switch (left.shift() ?? 'right') {
      case 'right':
        socket.write(held + answer);
        break;
      case 'late':
        owed = held + answer;
        break;
      case 'twice':
        socket.write(held + answer + answer);
        break;
      case 'out of order':
        socket.write(answer + held);
        break;
      case 'another id':
        socket.write(held + replyLine(id + 1, { of: 'another' }));
        break;
      case 'the last one again':
        socket.write(held + last);
        break;
    }
    last = answer;
  });
}

test('late, twice, out of order, for another: whatever is believed is the answer to what was asked', async () => {
  for (const one of MISCHIEF) {
    for (const two of MISCHIEF) {
      const folder = await serveMischief([one, two]);
      let client = await connected(folder);
      const believed: string[] = [];
      for (const method of QUESTIONS) {
        const answer = await client.call(method, {}, { timeoutMs: 50 });
        if (answer.ok) {
          expect(answer.value, `${method}, after ${one} and ${two}`).toEqual({ of: method });
          believed.push(method);
        } else client = await connected(folder); // As every command does: nothing is asked on that one again.
      }
      client.close();
      if (one === 'right' && two === 'right') expect(believed).toEqual(QUESTIONS);
    }
  }
});

const COMMANDS = [
  ['why', 'b'],
  ['status', 'b'],
  ['logs', 'b'],
  ['stop', 'b'],
  ['restart', 'b'],
] as const;
const ABOUT_A: [string, (id: number, socket: Socket) => void][] = [
  ['for another id', (id, socket) => socket.write(aboutA(id + 1))],
  ['of an earlier question', (id, socket) => socket.write(aboutA(id - 1))],
  ['of an earlier question, before its own', (id, socket) => socket.write(aboutA(id - 1) + whyReply(id, 'b'))],
  ['as an item of another stream', (id, socket) => socket.write(itemAboutA(id + 1))],
];

rigged.for(ABOUT_A)('no command shows an answer %s', async ([, answer], { rig }) => {
  const folder = await serveLines(({ id }, socket) => {
    answer(id, socket);
  });
  for (const command of COMMANDS) {
    const { code, out, err } = await rig.run(...command, '--state-dir', folder);
    expect(out + err, command.join(' ')).not.toContain('only a has this');
    expect(code, command.join(' ')).not.toBe(0);
  }
});

test('items of another stream are not believed', async () => {
  const folder = await serveLines((request, socket) => {
    socket.write(`{"jsonrpc":"2.0","method":"item","params":{"id":${request.id + 1},"item":{"text":"B"}}}\n`);
  });
  const client = await connected(folder);
  const items: unknown[] = [];
  const result = await client.stream('logs', {}, (item) => void items.push(item), new AbortController().signal);
  expect(result).toMatchObject({ ok: false, error: { tag: 'broken' } });
  expect(items).toEqual([]);
});

test('an aborted stream ends without an error, and the server hears of it', async () => {
  const end = new AbortController();
  let signal: AbortSignal | undefined;
  const { folder } = await serveFake(
    fakeApi({
      logs: (_ask, emit, aborted) => {
        signal = aborted;
        emit({ id: 'photos', at: null, stream: 'out', text: 'one' });
        return new Promise((resolve) => {
          aborted.addEventListener('abort', () => {
            resolve({ ok: true, value: { notes: [] } });
          });
        });
      },
    }),
  );
  const client = await connected(folder);
  const result = await client.stream(
    'logs',
    { follow: true },
    () => {
      end.abort();
    },
    end.signal,
  );
  expect(result).toEqual({ ok: true, value: null });
  if (signal?.aborted !== true)
    await new Promise((resolve) => {
      signal?.addEventListener('abort', resolve);
    });
});

test('a refusal arrives with its reason and its words', async () => {
  const { folder } = await serveFake(
    fakeApi({ why: () => ({ ok: false, error: { reason: 'no-match', words: 'nothing matches' } }) }),
  );
  const client = await connected(folder);
  expect(await client.call('why', { names: ['x'] })).toEqual({
    ok: false,
    error: { tag: 'refused', reason: 'no-match', words: 'nothing matches' },
  });
  expect(await client.call('version', {})).toMatchObject({ ok: true });
});

test('asking twice at once is a bug of the caller', async () => {
  const { folder } = await serveFake(fakeApi());
  const client = await connected(folder);
  const first = client.call('version', {});
  await expect(client.call('version', {})).rejects.toThrow('another request waits');
  expect(await first).toMatchObject({ ok: true });
});

test('nobody: no folder, no socket, a file in its place, a file for a folder', async () => {
  const folder = await tempFolder();
  await writeFile(path.join(folder, 'file'), '');
  await mkdir(path.join(folder, 'odd'));
  await writeFile(path.join(folder, 'odd', 'control.sock'), '');
  for (const name of ['none', '.', 'odd', 'file', 'z'.repeat(150)])
    expect(await connect(path.join(folder, name)), name).toMatchObject({ ok: false, error: { tag: 'nobody' } });
});

test('find takes the first folder where somebody answers', async () => {
  const empty = await tempFolder();
  const { folder } = await serveFake(fakeApi());
  expect(await find([empty, folder])).toMatchObject({ ok: true, value: { folder } });
  expect(await find([empty])).toMatchObject({ ok: false, error: { tag: 'nobody' } });
});
