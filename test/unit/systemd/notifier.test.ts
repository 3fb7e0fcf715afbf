import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Notifier } from '../../../src/systemd/notifier.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A way to systemd that takes a message when the test says so: null, or why not. */
function rig() {
  const sent: string[] = [];
  const answers: ((refusal: string | null) => void)[] = [];
  const troubles: (string | null)[] = [];
  const deliver = (text: string): Promise<string | null> => {
    sent.push(text);
    return new Promise((resolve) => answers.push(resolve));
  };
  const news = { note: vi.fn(), trouble: (words: string | null) => troubles.push(words) };
  const answer = async (refusal: string | null): Promise<void> => {
    answers.shift()?.(refusal);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { sent, troubles, answer, notifier: new Notifier(deliver, news) };
}

test('one message is under way at a time, and what comes meanwhile is one message with the latest words', async () => {
  const { sent, answer, notifier } = rig();
  notifier.send({ READY: '1' });
  notifier.send({ STATUS: 'a' });
  notifier.send({ WATCHDOG: '1' });
  notifier.send({ STATUS: 'b' });
  expect(sent).toEqual(['READY=1']);
  await answer(null);
  expect(sent).toEqual(['READY=1', 'STATUS=b\nWATCHDOG=1']);
});

test('nothing to send does not stand in the way of what comes after it', () => {
  const { sent, notifier } = rig();
  notifier.send({});
  notifier.send({ READY: '1' });
  expect(sent).toEqual(['READY=1']);
});

test('what was refused and still holds is sent again after 5 s; a sign of life is not', async () => {
  const { sent, troubles, answer, notifier } = rig();
  notifier.send({ READY: '1', STATUS: 'a', WATCHDOG: '1' });
  await answer('nobody reads');
  expect(troubles).toEqual(['nobody reads']);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(sent.slice(1)).toEqual(['READY=1\nSTATUS=a']);
  await answer(null);
  expect(troubles).toEqual(['nobody reads', null]);
  expect(vi.getTimerCount()).toBe(0);
});

test('the next message takes along what was refused', async () => {
  const { sent, answer, notifier } = rig();
  notifier.send({ READY: '1', STATUS: 'a' });
  await answer('no');
  notifier.send({ STATUS: 'b' });
  expect(sent.slice(1)).toEqual(['READY=1\nSTATUS=b']);
});

test('a close waits for what is under way, and sends nothing after it', async () => {
  const { sent, answer, notifier } = rig();
  notifier.send({ STATUS: 'a' });
  let closed = false;
  const closing = notifier.close().then(() => (closed = true));
  notifier.send({ STATUS: 'b' });
  await vi.advanceTimersByTimeAsync(0);
  expect(closed).toBe(false);
  await answer('no');
  await closing;
  expect(sent).toEqual(['STATUS=a']);
  expect(vi.getTimerCount()).toBe(0);
});
