import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Fields } from '../../../src/systemd/notifier.ts';
import { Report } from '../../../src/systemd/report.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A service in the hands of the test. */
function rig(watchdogMs: number | null = null) {
  const sent: Fields[] = [];
  const service = { text: 'a', isStopping: false, worth: true, turns: 0, hangs: false };
  const report = new Report(
    { socket: '@x', watchdogMs },
    {
      words: () => service.text,
      get isStopping() {
        return service.isStopping;
      },
      isWorthWaiting: () => service.worth,
      turn: () => {
        service.turns += 1;
        return service.hangs ? new Promise(() => undefined) : Promise.resolve();
      },
    },
    (fields) => {
      if (Object.keys(fields).length > 0) sent.push(fields);
    },
  );
  return { sent, service, report };
}

test('it is ready with the first status; without a watchdog no timer is armed', () => {
  const { sent, report } = rig();
  report.ready();
  expect(sent).toEqual([{ READY: '1', STATUS: 'a' }]);
  expect(vi.getTimerCount()).toBe(0);
});

test('the status is written when its words change, and once a second at most', () => {
  const { sent, service, report } = rig();
  report.ready();
  sent.length = 0;
  for (const text of ['b', 'c', 'd']) {
    service.text = text;
    report.changed();
  }
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(1_000);
  expect(sent).toEqual([{ STATUS: 'd' }]);
  report.changed();
  vi.advanceTimersByTime(10_000);
  expect(sent).toEqual([{ STATUS: 'd' }]);
  service.text = 'e';
  report.changed();
  expect(sent).toEqual([{ STATUS: 'd' }, { STATUS: 'e' }]);
  vi.advanceTimersByTime(10_000);
  expect(vi.getTimerCount()).toBe(0);
});

test('a sign of life is sent at a third of the time, each after a turn of the engine', async () => {
  const { sent, service, report } = rig(3_000);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(sent).toEqual([{ WATCHDOG: '1' }, { WATCHDOG: '1' }, { WATCHDOG: '1' }]);
  expect(service.turns).toBe(3);
  report.close();
  await vi.advanceTimersByTimeAsync(9_000);
  expect(service.turns).toBe(3);
});

test('an engine that does not turn is not spoken for, nor asked a second time', async () => {
  const { sent, service } = rig(3_000);
  service.hangs = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect({ sent, turns: service.turns }).toEqual({ sent: [], turns: 1 });
});

test('a stop asks for patience at once, and each 5 s as long as it is worth it', async () => {
  const { sent, service, report } = rig();
  report.ready();
  sent.length = 0;
  service.isStopping = true;
  service.text = 'stopping';
  report.changed();
  report.changed();
  const more = { EXTEND_TIMEOUT_USEC: '30000000' };
  expect(sent).toEqual([{ STOPPING: '1', ...more, STATUS: 'stopping' }]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sent.slice(1)).toEqual([more, more]);
  service.worth = false;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(sent.length).toBe(3);
  service.worth = true;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(sent.length).toBe(4);
  report.close();
  expect(vi.getTimerCount()).toBe(0);
});

test('a stop is not told to be patient while the engine hangs', async () => {
  const { sent, service, report } = rig();
  service.isStopping = true;
  report.changed();
  service.hangs = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent.length).toBe(1);
});
