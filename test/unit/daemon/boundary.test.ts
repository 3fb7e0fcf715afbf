import { beforeEach, describe, expect, test } from 'vitest';
import { createBoundary, type Boundary } from '../../../src/daemon/boundary.ts';

let now: number;
let full: boolean;
let said: string[];
let boundary: Boundary;

beforeEach(() => {
  now = 0;
  full = false;
  said = [];
  boundary = createBoundary(
    (key, value) => {
      if (!full) said.push(`${key}=${value}`);
      return !full;
    },
    () => now,
  );
});

function iterate(times: number, eachMs: number): void {
  for (let i = 0; i < times; i++) {
    boundary.begin();
    now += eachMs;
    boundary.iterationDone();
  }
}

describe('the words of the loop', () => {
  test('slow iterations are all told', () => {
    iterate(3, 100);
    expect(said).toEqual(['BUSY=1', 'ITERATION=1', 'BUSY=1', 'ITERATION=2', 'BUSY=1', 'ITERATION=3']);
  });

  test('fast ones ten times a second, and BUSY is not repeated', () => {
    iterate(1000, 1);
    expect(said.filter((word) => word.startsWith('ITERATION'))).toHaveLength(10);
    expect(said.slice(0, 4)).toEqual(['BUSY=1', 'ITERATION=1', 'BUSY=1', 'ITERATION=101']);
  });

  test('the last one is told before an idle wait and before the end, once', () => {
    iterate(5, 1);
    boundary.begin();
    boundary.idle();
    boundary.busy();
    boundary.leave();
    boundary.leave();
    expect(said).toEqual(['BUSY=1', 'ITERATION=1', 'BUSY=1', 'ITERATION=5', 'IDLE=1', 'BUSY=1', 'IDLE=1']);
  });

  test('the loop is left idle: after the last iteration, after a failed one, without any', () => {
    boundary.leave();
    expect(said.splice(0)).toEqual(['IDLE=1']);
    iterate(2, 1);
    boundary.leave();
    expect(said.splice(0)).toEqual(['BUSY=1', 'ITERATION=1', 'BUSY=1', 'ITERATION=2', 'IDLE=1']);
    boundary.begin();
    boundary.leave();
    expect(said).toEqual(['BUSY=1', 'IDLE=1']);
  });

  test('a wait outside an iteration is not told: it would open one', () => {
    const wait = () => {
      boundary.idle();
      boundary.busy();
    };
    wait();
    iterate(1, 1);
    wait();
    boundary.leave();
    wait();
    expect(said).toEqual(['BUSY=1', 'ITERATION=1', 'IDLE=1']);
  });

  test('a word that was lost is said again at the next chance', () => {
    full = true;
    iterate(3, 1);
    full = false;
    iterate(1, 1);
    expect(said).toEqual(['BUSY=1', 'ITERATION=4']);
  });
});
