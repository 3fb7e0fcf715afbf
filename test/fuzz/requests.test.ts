/** Whatever a client sends: an answer to that very request, an error, or the end of that connection; the others are still served. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../src/control/client.ts';
import { METHODS, paramsOf, type MethodName } from '../../src/control/protocol.ts';
import { serve, type ControlServer } from '../../src/control/server.ts';
import { parseRequest, parseServerMessage } from '../../src/control/wire.ts';
import { fakeApi } from '../support/fake-api.ts';
import { runs } from './runs.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sv-fuzz-'));
const bugs: unknown[] = [];
let server: ControlServer;
beforeAll(async () => {
  const served = await serve(folder, { api: fakeApi(), isOurs: () => true, onBug: (error) => bugs.push(error) });
  if (!served.ok) throw new Error(served.error);
  server = served.value;
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const method = fc.oneof(fc.constantFrom(...Object.keys(METHODS)), fc.string());
const request = fc
  .record(
    {
      jsonrpc: fc.oneof(fc.constant('2.0'), fc.anything()),
      id: fc.oneof(fc.nat(), fc.string(), fc.anything()),
      method: fc.oneof(method, fc.anything()),
      params: fc.oneof(
        fc.dictionary(fc.constantFrom('names', 'wait', 'now', 'since', '__proto__', 'x'), fc.anything()),
        fc.anything(),
      ),
    },
    { requiredKeys: [] },
  )
  .map((value) => safeJson(value));
const line = fc.oneof(request, fc.json(), fc.string({ unit: 'binary' }), fc.constant('['.repeat(10_000)));

function safeJson(value: unknown): string {
  try {
    return JSON.stringify([value]).slice(1, -1); // For what JSON has no words it is null.
  } catch {
    return 'null'; // A bigint, a circle.
  }
}

test('a line is a request or an error, and never an exception', () => {
  fc.assert(
    fc.property(line, (text) => {
      const parsed = parseRequest(text);
      if (!parsed.ok) expect(parsed.error.message).not.toBe('');
      parseServerMessage(text);
    }),
    runs(2_000),
  );
});

test('parameters are those of the table, or a sentence says what is wrong', () => {
  const names = Object.keys(METHODS) as MethodName[];
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.anything(), (name, params) => {
      const checked = paramsOf(name, params);
      if (checked.ok) expect(Object.keys(checked.value).sort()).toEqual(Object.keys(METHODS[name].params).sort());
      else expect(checked.error).toContain(name);
    }),
    runs(2_000),
  );
});

test('a real server answers the next client, whatever came before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 5 }), fc.boolean(), async (lines, cutShort) => {
      const socket = connectSocket(path.join(folder, 'control.sock'));
      socket.on('error', () => undefined); // It may hang up on us.
      await once(socket, 'connect');
      socket.resume();
      const text = lines.map((each) => each.replaceAll('\n', ' ')).join('\n');
      socket.write(cutShort ? text : `${text}\n`);
      const client = await connect(folder);
      if (!client.ok) throw new Error(client.error.words);
      expect(await client.value.call('version', {})).toMatchObject({ ok: true });
      client.value.close();
      socket.destroy();
    }),
    runs(100),
  );
  expect(bugs).toEqual([]);
});
