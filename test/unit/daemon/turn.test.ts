import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { createTurn, type Turn } from '../../../src/daemon/turn.ts';

let stop: AbortController;
let said: string[];
let turn: Turn;

beforeEach(() => {
  stop = new AbortController();
  said = [];
  turn = createTurn(stop.signal, { busy: () => said.push('BUSY'), idle: () => said.push('IDLE') });
});

describe('idle', () => {
  test('hands on what the wait found', async () => {
    expect(await turn.idle(() => Promise.resolve('job 7'))).toBe('job 7');
    expect(said).toEqual(['IDLE', 'BUSY']);
  });

  test('does not begin when a stop was asked before', async () => {
    stop.abort();
    expect(await turn.idle(() => 'job 7')).toBeUndefined();
    expect(said).toEqual([]);
  });

  test('a stop ends what listens to the signal: timers, events, fetch', async () => {
    const waits = [
      turn.idle((signal) => delay(3_600_000, 'late', { signal })),
      turn.idle((signal) => once(new EventEmitter(), 'job', { signal })),
      turn.idle(
        (signal) =>
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              reject(signal.reason as Error);
            });
          }),
      ),
      turn.sleep(3_600_000),
    ];
    stop.abort();
    expect(await Promise.all(waits)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('a wait that ignores the stop keeps what it took', async () => {
    const job = turn.idle(async () => {
      await delay(1);
      return 'job 7';
    });
    stop.abort();
    expect(await job).toBe('job 7');
  });

  test.for([
    ['another error', new Error('the queue is gone')],
    ['an AbortError of somebody else', new DOMException('timed out', 'TimeoutError')],
    [
      'an AbortError for another reason',
      Object.assign(new Error('aborted', { cause: 'mine' }), { name: 'AbortError' }),
    ],
  ] as const)('%s is thrown on, also while a stop is asked', async ([, error]) => {
    const wait = turn.idle(async () => {
      await delay(1);
      throw error;
    });
    stop.abort();
    await expect(wait).rejects.toBe(error);
    expect(said).toEqual(['IDLE', 'BUSY']);
  });

  test('an AbortError without a stop is an error', async () => {
    const error = new DOMException('aborted', 'AbortError');
    await expect(turn.idle(() => Promise.reject(error))).rejects.toBe(error);
  });

  test('a sleep within a wait is told once', async () => {
    await turn.idle(async () => {
      await turn.sleep(1);
      await Promise.all([turn.sleep(1), turn.sleep(2)]);
    });
    expect(said).toEqual(['IDLE', 'BUSY']);
  });
});
