/** What is known about the instances, and what comes in. Pure. */
import type { InstanceView } from '../control/view.ts';
import type { Instance } from './model.ts';

/** What a process uses. Nothing reports it as a change: it has to be requested. */
export type Usage = Pick<InstanceView, 'id' | 'pid' | 'memory_bytes' | 'cpu_percent'>;

/** Changed ones in place, new ones at the end. */
export function withChanged(
  known: readonly Instance[],
  changed: readonly InstanceView[],
  now: number,
): readonly Instance[] {
  if (changed.length === 0) return known;
  const news = new Map(changed.map((instance) => [instance.id, instance]));
  const merged = known.map((instance) => {
    const next = news.get(instance.id);
    if (next === undefined) return instance;
    news.delete(instance.id);
    return { ...next, ...usageStill(instance, next), heardAt: now };
  });
  return [...merged, ...Array.from(news.values(), (instance) => ({ ...instance, heardAt: now }))];
}

/** The last known usage of the same process. */
function usageStill(before: Instance, next: InstanceView): Partial<Usage> {
  if (before.pid === null || before.pid !== next.pid || next.memory_bytes !== null) return {};
  return { memory_bytes: before.memory_bytes, cpu_percent: before.cpu_percent };
}

/** A measurement of another process does not count. */
export function withUsage(known: readonly Instance[], usages: readonly Usage[]): readonly Instance[] {
  const news = new Map(usages.map((usage) => [usage.id, usage]));
  const isNews = (instance: Instance): boolean => {
    const usage = news.get(instance.id);
    if (usage?.pid !== instance.pid) return false;
    return usage.memory_bytes !== instance.memory_bytes || usage.cpu_percent !== instance.cpu_percent;
  };
  if (!known.some(isNews)) return known;
  return known.map((instance) => {
    const usage = news.get(instance.id);
    if (usage === undefined || !isNews(instance)) return instance;
    return { ...instance, memory_bytes: usage.memory_bytes, cpu_percent: usage.cpu_percent };
  });
}
