/** The order of the list. Pure. */
import { never } from '../base/never.ts';
import { writtenMegabytes } from '../control/amounts.ts';
import { pressureOf } from '../control/looks.ts';
import { passes } from './filter.ts';
import type { Instance, Model } from './model.ts';

export type SortKey = 'list' | 'name' | 'state' | 'cpu' | 'memory' | 'up' | 'restarts';

export interface Sort {
  readonly by: SortKey;
  readonly isReversed: boolean;
}

/** The order of the file. */
export const LIST_ORDER: Sort = { by: 'list', isReversed: false };

const ORDER: readonly SortKey[] = ['list', 'name', 'state', 'cpu', 'memory', 'up', 'restarts'];

export function sortByNext(model: Model): Model {
  const next = ORDER[ORDER.indexOf(model.sort.by) + 1] ?? 'list';
  return { ...model, sort: { by: next, isReversed: false } };
}

export const reverseSort = (model: Model): Model => ({
  ...model,
  sort: { ...model.sort, isReversed: !model.sort.isReversed },
});

/** Choosing the same column again reverses it. */
export const sortBy = (model: Model, by: SortKey): Model =>
  model.sort.by === by ? reverseSort(model) : { ...model, sort: { by, isReversed: false } };

/** Does the least come first? Names do; for counts and trouble the most is of interest. */
export const isRising = ({ by, isReversed }: Sort): boolean => (by === 'list' || by === 'name') !== isReversed;

/** Those that pass the filter, in order. Most changes do not affect the order: then each keeps its place and nothing is compared. */
export function arranged(before: Model, model: Model): readonly Instance[] {
  const { instances, filter, sort } = model;
  const isAsBefore = before.filter === filter && before.sort === sort;
  if (isAsBefore && before.instances === instances) return model.shown;
  if (isAsBefore && before.instances.length === instances.length) {
    const news = changesOf(before.instances, model);
    if (news !== null) return model.shown.map((instance) => news.get(instance) ?? instance);
  }
  const shown = filter === '' ? instances : instances.filter((instance) => passes(filter, instance));
  return inOrder(shown, sort);
}

/** Maps old to new, if none has changed its place or its answer to the filter; else null. */
function changesOf(
  before: readonly Instance[],
  { instances, filter, sort }: Model,
): ReadonlyMap<Instance, Instance> | null {
  const news = new Map<Instance, Instance>();
  for (const [index, next] of instances.entries()) {
    const was = before[index];
    if (was === next) continue;
    if (was?.id !== next.id || keyOf(was, sort.by) !== keyOf(next, sort.by)) return null;
    if (filter !== '' && passes(filter, was) !== passes(filter, next)) return null;
    news.set(was, next);
  }
  return news;
}

function inOrder(instances: readonly Instance[], sort: Sort): readonly Instance[] {
  if (sort.by === 'list') return sort.isReversed ? instances.toReversed() : instances;
  const sign = isRising(sort) ? 1 : -1;
  return instances
    .map((instance) => ({ instance, key: keyOf(instance, sort.by) }))
    .toSorted((a, b) => compare(a.key, b.key, sign))
    .map(({ instance }) => instance);
}

type Key = number | string | null;

/** Unknown values come last in either direction; equal ones stay in list order. */
function compare(a: Key, b: Key, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'string' || typeof b === 'string') return sign * NAMES.compare(String(a), String(b));
  return sign * (a - b);
}

/** `photos:10` comes after `photos:9`. */
const NAMES = new Intl.Collator('en', { numeric: true });

function keyOf(instance: Instance, by: SortKey): Key {
  switch (by) {
    case 'list':
      return null;
    case 'name':
      return instance.id;
    case 'state':
      return pressureOf(instance);
    // As displayed: what looks equal does not change places.
    case 'cpu':
      return instance.cpu_percent === null ? null : Math.round(instance.cpu_percent);
    case 'memory':
      return instance.memory_bytes === null ? null : writtenMegabytes(instance.memory_bytes);
    case 'up':
      return instance.pid === null || instance.started_at === null ? null : -Date.parse(instance.started_at);
    case 'restarts':
      return Math.max(0, instance.starts - 1);
    default:
      return never(by);
  }
}
