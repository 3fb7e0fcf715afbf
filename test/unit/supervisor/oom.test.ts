import { expect, test } from 'vitest';
import { OomScore } from '../../../src/supervisor/world/oom.ts';

/** A kernel that refuses these scores. */
function rig(refused: readonly number[] = []) {
  const kernel = { now: -500, notes: [] as string[] };
  const set = (score: number): void => {
    if (refused.includes(score)) throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
    kernel.now = score;
  };
  const oom = new OomScore({ score: -500, set }, (words) => kernel.notes.push(words));
  return { kernel, oom };
}

test('our score is 0 while something forks, and ours again after it, also after a failure', () => {
  const { kernel, oom } = rig();
  expect(oom.lifted(() => kernel.now)).toBe(0);
  expect(kernel.now).toBe(-500);
  const failing = (): never => {
    throw new Error('no fork');
  };
  expect(() => oom.lifted(failing)).toThrow('no fork');
  expect(kernel.now).toBe(-500);
});

test.for([
  [0, -500, 'daemons are spared like the supervisor'],
  [-500, 0, 'the supervisor is no longer spared'],
] as const)('a kernel that refuses %i is told of once, and forks go on', ([refused, stays, words]) => {
  const { kernel, oom } = rig([refused]);
  for (const turn of [1, 2, 3]) expect(oom.lifted(() => turn)).toBe(turn);
  expect(kernel.now).toBe(stays);
  expect(kernel.notes).toEqual([expect.stringContaining(words)]);
});

test('where nothing spares us nothing is done', () => {
  const oom = new OomScore(null, () => expect.unreachable());
  expect(oom.lifted(() => 'done')).toBe('done');
});
