import { connect as connectSocket } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { ok } from '../../../src/base/result.ts';
import { connect } from '../../../src/control/client.ts';
import type { ChangeView, InstanceView } from '../../../src/control/view.ts';
import { followChanges } from '../../../src/supervisor/changes.ts';
import { policy } from '../../unit/lifecycle/policies.ts';
import { fakeApi, serveFake } from '../../support/fake-api.ts';
import { PostedFleet } from '../../support/posted-fleet.ts';
import { waitFor, waitUntil } from '../../support/wait-for.ts';

test('a client that never reads holds one picture at most, and has the newest one soon after it reads again', async () => {
  const { fleet, folder } = await serveFleet(400);
  const socket = connectSocket(path.join(folder, 'control.sock'));
  onTestFinished(() => {
    socket.destroy();
  });
  socket.pause();
  socket.write('{"jsonrpc":"2.0","id":1,"method":"changes","params":{}}\n');
  const quick = await follow(folder);
  for (let done = 1; done <= 30; done += 1) {
    workAll(fleet, done);
    await waitUntil(`the quick one has seen ${done}`, () => quick.instances.get('many:400')?.iterations === done);
  }

  let bytes = 0;
  const slow = new Map<string, InstanceView>();
  socket.on('data', (chunk) => (bytes += chunk.length));
  createInterface({ input: socket }).on('line', (line) => {
    const { params } = JSON.parse(line) as { params: { item: ChangeView } };
    for (const instance of params.item.instances) slow.set(instance.id, instance);
  });
  socket.resume();
  await waitFor(
    'the slow one has seen the last',
    () => slow.get('many:400')?.iterations,
    (seen) => seen === 30,
  );
  // Thirty pictures are ten times as much.
  expect(bytes).toBeLessThan(1_500_000);
});

test('two followers see the same, and when both have gone nobody listens', async () => {
  const { fleet, folder } = await serveFleet(3);
  const both = [await follow(folder), await follow(folder)];
  workAll(fleet, 7);
  for (const { instances } of both)
    await waitUntil('each has seen it', () => [...instances.values()].every(({ iterations }) => iterations === 7));
  expect(fleet.listeners).toBe(2);
  both[0]?.leave();
  await waitUntil('one listens', () => fleet.listeners === 1);
  workAll(fleet, 8);
  await waitUntil('the other goes on', () => both[1]?.instances.get('many:1')?.iterations === 8);
  both[1]?.leave();
  await waitUntil('nobody listens', () => fleet.listeners === 0);
});

async function serveFleet(instances: number): Promise<{ fleet: PostedFleet; folder: string }> {
  const fleet = new PostedFleet([policy('many', { instances })]);
  const changes = async (
    ...[, emit, end, room = () => undefined]: Parameters<ReturnType<typeof fakeApi>['changes']>
  ): Promise<ReturnType<typeof ok<Record<string, never>>>> => {
    await followChanges(fleet.picture(), { emit, end, room });
    return ok({});
  };
  const { folder } = await serveFake(fakeApi({ changes }));
  fleet.post({ is: 'boot', ids: fleet.ids });
  return { fleet, folder };
}

/** Each instance says that it has done this many iterations. */
function workAll(fleet: PostedFleet, done: number): void {
  for (const id of fleet.ids)
    fleet.post({ is: 'said', id, run: 1, word: { key: 'ITERATION', done }, sinceSignal: false });
}

async function follow(folder: string): Promise<{ instances: Map<string, InstanceView>; leave: () => void }> {
  const client = await connect(folder);
  if (!client.ok) throw new Error(client.error.words);
  const instances = new Map<string, InstanceView>();
  const end = new AbortController();
  const leave = (): void => {
    end.abort();
  };
  onTestFinished(leave);
  const take = (item: object): void => {
    if ('instances' in item) for (const each of (item as ChangeView).instances) instances.set(each.id, each);
  };
  void client.value.stream('changes', {}, take, end.signal);
  await waitUntil('the first picture is there', () => instances.size > 0);
  return { instances, leave };
}
