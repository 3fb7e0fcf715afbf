/** Whose usage is requested: of those with a row or detail on the screen; of all if it determines the order. Pure. */
import { layout, showsDetail } from './layout.ts';
import { selectedOf, type Instance, type Model } from './model.ts';
import { hasUsageRoom, rowsIn } from './panels/list.ts';

export function measuredIds(model: Model): readonly string[] {
  if (model.connection.is !== 'up') return [];
  return [...new Set([...listed(model), ...opened(model)])].filter(({ pid }) => pid !== null).map(({ id }) => id);
}

function listed(model: Model): readonly Instance[] {
  const { shown, instances, sort, top } = model;
  const list = layout(model).find(({ panel }) => panel === 'list');
  if (list === undefined) return [];
  if (sort.by === 'cpu' || sort.by === 'memory') return instances;
  return hasUsageRoom(model, list.width) ? shown.slice(top, top + rowsIn(model, list.height)) : [];
}

function opened(model: Model): readonly Instance[] {
  const selected = selectedOf(model);
  return selected !== null && showsDetail(model) ? [selected] : [];
}
