import { expect, onTestFinished, test } from 'vitest';
import { fail, ok } from '../../../src/base/result.ts';
import type { Refusal } from '../../../src/control/api.ts';
import type { Usage } from '../../../src/tui/facts.ts';
import { openFeed, type Feed } from '../../../src/tui/feed.ts';
import { FRESH_MS, USAGE_MS } from '../../../src/tui/measuring.ts';
import { fakeApi, instance, serveFake, statusOf } from '../../support/fake-api.ts';
import { waitUntil } from '../../support/wait-for.ts';

test('what is wanted is asked for, and only that is told', async () => {
  const { feed, asked, told } = await measured();
  feed.measure(['a', 'b']);
  await waitUntil('it was told', () => told.length === 1);
  expect(asked.map(({ names }) => names)).toEqual([['a', 'b']]);
  expect(told[0]).toEqual([
    { id: 'a', pid: 4243, memory_bytes: 1e6, cpu_percent: 12 },
    { id: 'b', pid: 4243, memory_bytes: 1e6, cpu_percent: 12 },
  ]);
});

test('the same are asked about every few seconds, others soon, and nobody once nobody wants to know', async () => {
  const { feed, asked, told } = await measured();
  feed.measure(['a']);
  await waitUntil('it was told', () => told.length === 1);
  feed.measure(['a']);
  feed.measure(['a', 'b']);
  await waitUntil('the other one was told', () => told.length === 2);
  feed.measure(['a']);
  await waitUntil('it was told again', () => told.length === 3);
  const [first = 0, soon = 0, later = 0] = asked.map(({ at }) => at);
  expect(asked.map(({ names }) => names.join(' '))).toEqual(['a', 'a b', 'a']);
  // Timers may come a millisecond early.
  expect(soon - first).toBeGreaterThan(FRESH_MS - 50);
  expect(soon - first).toBeLessThan(USAGE_MS);
  expect(later - soon).toBeGreaterThan(USAGE_MS - 50);
  feed.measure(['a', 'b', 'c']);
  feed.measure([]);
  // If it had been asked, then before this one: each question takes the same way.
  feed.perform({ do: 'why', id: 'a' });
  feed.measure(['z']);
  await waitUntil('the next one was told', () => told.length === 4);
  expect(asked.map(({ names }) => names.join(' '))).toEqual(['a', 'a b', 'a', 'z']);
});

test('of very many it is asked in parts, and told at once', async () => {
  const { feed, asked, told } = await measured();
  const ids = Array.from({ length: 1_000 }, (_, index) => `worker:${index}`);
  feed.measure(ids);
  await waitUntil('it was told', () => told.length === 1);
  expect(told[0]?.map(({ id }) => id)).toEqual(ids);
  expect(Math.max(...asked.map(({ names }) => names.length))).toBeLessThan(500);
});

test('one that the supervisor does not know takes nothing with it but this answer', async () => {
  const { feed, asked, told } = await measured();
  feed.measure(['gone']);
  await waitUntil('it was asked', () => asked.length === 1);
  feed.measure(['a']);
  await waitUntil('it was told', () => told.length === 1);
  expect(told[0]?.map(({ id }) => id)).toEqual(['a']);
});

interface Measured {
  readonly feed: Feed;
  readonly asked: readonly { readonly names: readonly string[]; readonly at: number }[];
  readonly told: readonly (readonly Usage[])[];
}

async function measured(): Promise<Measured> {
  const asked: { names: readonly string[]; at: number }[] = [];
  const told: (readonly Usage[])[] = [];
  const { folder } = await serveFake(
    fakeApi({
      status: ({ names }) => {
        asked.push({ names, at: performance.now() });
        if (names.includes('gone'))
          return Promise.resolve(fail<Refusal>({ reason: 'no-match', words: 'there is no gone' }));
        return Promise.resolve(
          ok(statusOf(names.map((id) => instance({ id, memory_bytes: 1e6, cpu_percent: 12, words: 'x'.repeat(200) })))),
        );
      },
    }),
  );
  const feed = openFeed([folder], (message) => {
    if (message.is === 'usage') told.push(message.usages);
  });
  onTestFinished(() => {
    feed.close();
  });
  return { feed, asked, told };
}
