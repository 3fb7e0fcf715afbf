import { describe, expect, it } from 'vitest';
import type { InstanceView } from '../../../src/control/view.ts';
import { measuredIds } from '../../../src/tui/measured.ts';
import type { Message } from '../../../src/tui/message.ts';
import { instanceOf, type Model } from '../../../src/tui/model.ts';
import { connected, daemon, freshModel, keys, resting, supervisor, use } from '../../support/screens.ts';

const LIST = [...Array.from({ length: 200 }, (_, at) => daemon(`w:${at + 1}`)), resting('mailer', { state: 'failed' })];

const after = (width: number, ...messages: readonly Message[]): Model =>
  use(freshModel({ size: { width, height: 24 } }), [connected(LIST), ...messages]).model;

describe('who is measured', () => {
  it('those that can be seen, where there is room for it', () => {
    const model = after(100, ...keys('pagedown', 'pagedown'));
    const seen = measuredIds(model);
    expect(seen.length).toBeGreaterThan(4);
    expect(seen.length).toBeLessThan(20);
    expect(seen).toEqual(model.shown.slice(model.top, model.top + seen.length).map(({ id }) => id));
    expect(measuredIds(after(50))).toEqual([]);
  });

  it('the selected one beside the list, and in its place', () => {
    expect(measuredIds(after(120, ...keys('j')))).toEqual(['w:2']);
    expect(measuredIds(after(60, ...keys('j', 'enter')))).toEqual(['w:2']);
  });

  it('nobody without a process', () => {
    expect(measuredIds(after(60, ...keys('G', 'enter')))).toEqual([]);
  });

  it('all, where that is the order; not while something else is read over the list', () => {
    expect(measuredIds(after(100, ...keys('o', 'o', 'o')))).toHaveLength(200);
    expect(measuredIds(after(100, ...keys('o', 'o', 'o', 'o')))).toHaveLength(200);
    expect(measuredIds(after(100, ...keys('o', 'o', 'o', 'l')))).toEqual([]);
    expect(measuredIds(after(100, ...keys('?')))).toEqual([]);
  });

  it('nobody while nobody answers', () => {
    expect(measuredIds(after(100, { is: 'lost', words: 'gone' }))).toEqual([]);
  });
});

describe('what is told of use', () => {
  const usage = (facts: Partial<InstanceView> = {}): Message => ({
    is: 'usage',
    usages: [{ id: 'w:2', pid: LIST[1]?.pid ?? null, memory_bytes: 5e6, cpu_percent: 7, ...facts }],
  });
  const changed = (facts: Partial<InstanceView> = {}): Message => ({
    is: 'changed',
    supervisor: supervisor(),
    instances: [daemon('w:2', facts)],
  });
  const useOf = (model: Model): unknown => {
    const { memory_bytes: bytes, cpu_percent: cpu, iterations } = instanceOf(model, 'w:2') ?? daemon('none');
    return [bytes, cpu, iterations];
  };

  it('stays when something else of the same process changes', () => {
    expect(useOf(after(100, usage(), changed({ iterations: 9 })))).toEqual([5e6, 7, 9]);
  });

  it('goes with its process', () => {
    expect(useOf(after(100, usage(), changed({ pid: 1, iterations: 9 })))).toEqual([null, null, 9]);
    expect(useOf(after(100, usage({ pid: 1 })))).toEqual([null, null, 12_408]);
  });

  it('is no change where it is the same', () => {
    const before = after(100, usage());
    expect(use(before, [usage()]).model.instances).toBe(before.instances);
  });
});
