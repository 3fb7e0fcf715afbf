import { describe, expect, it } from 'vitest';
import { notMeant, startOrStop, type Present, type Seen, type SeenDeed } from '../../../src/control/seen.ts';

const up: Seen = { id: 'p', pid: 7, wanted: 'up' };
const resting: Seen = { id: 'p', pid: null, wanted: 'up' };
const down: Seen = { id: 'p', pid: null, wanted: 'down' };

const runs = (pid: number): Present => ({ state: 'running', pid, wanted: 'up' });
const drains: Present = { state: 'draining', pid: 7, wanted: 'down' };
const backoff: Present = { state: 'backoff', pid: null, wanted: 'up' };
const failed: Present = { state: 'failed', pid: null, wanted: 'up' };
const stopped: Present = { state: 'stopped', pid: null, wanted: 'down' };

describe('whom a deed still means', () => {
  const gone = 'p is not in the list any more';
  const replaced = 'p has been replaced meanwhile';
  const ended = 'p has ended meanwhile';
  const wasStopped = 'p was stopped meanwhile';
  const wasStarted = 'p was started meanwhile';
  const isDown = 'p is stopped or has ended meanwhile';
  const cases: readonly (readonly [SeenDeed, string, Seen, Present | null, string | null])[] = [
    ['start', 'one that rests', resting, failed, null],
    ['start', 'one that was down', down, stopped, null],
    ['start', 'one that has ended its drain', { ...up, wanted: 'down' }, stopped, null],
    ['start', 'one that runs by now', down, runs(8), null],
    ['start', 'one that had failed and was stopped', resting, stopped, wasStopped],
    ['start', 'one that is gone', down, null, gone],
    ['stop', 'the same', up, runs(7), null],
    ['stop', 'another process', up, runs(8), replaced],
    ['stop', 'one that has crashed', up, backoff, null],
    ['stop', 'one that has come again', resting, runs(8), null],
    ['stop', 'one that drains to stop', up, drains, isDown],
    ['stop', 'one that is down', up, stopped, isDown],
    ['stop', 'one that is gone', up, null, gone],
    ['restart', 'the same', up, runs(7), null],
    ['restart', 'another process', up, runs(8), replaced],
    ['restart', 'one that has crashed', up, backoff, ended],
    ['restart', 'one that had no process, and has one', resting, runs(8), wasStarted],
    ['restart', 'one that waits for its gap', resting, backoff, null],
    ['restart', 'one that waited for its gap and was stopped', resting, stopped, wasStopped],
    ['restart', 'one that drains, since it was stopped', up, drains, wasStopped],
    ['restart', 'one that was down', down, stopped, null],
    ['restart', 'one that was down and was started', down, backoff, wasStarted],
    ['restart', 'one that was down and runs', down, runs(8), wasStarted],
    ['restart', 'one that is gone', up, null, gone],
    ['cut', 'the same', up, runs(7), null],
    ['cut', 'the same, which drains', up, drains, null],
    ['cut', 'another process', up, runs(8), replaced],
    ['cut', 'one that has ended', up, backoff, ended],
    ['cut', 'one that is gone', up, null, gone],
  ];
  it.each(cases)('%s: %s', (deed, _, was, now, words) => {
    expect(notMeant(deed, was, now)).toBe(words);
  });
});

it('one that is to stay down, or has ended for good, is started; all others are stopped', () => {
  expect([runs(7), backoff].map(startOrStop)).toEqual(['stop', 'stop']);
  expect([drains, failed, stopped].map(startOrStop)).toEqual(['start', 'start', 'start']);
});
