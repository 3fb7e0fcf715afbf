/** Marks: by id, so that they survive filters and changes, and go with their instance. */
import { moveSelection } from './scroll.ts';
import { selectedOf, selectedRow, type Instance, type Model } from './model.ts';

/** Marks or unmarks the selected instance and moves on to the next. */
export function turnMark(model: Model): Model {
  const selected = selectedOf(model);
  if (selected === null) return model;
  const marked = new Set(model.marked);
  if (!marked.delete(selected.id)) marked.add(selected.id);
  return moveSelection({ ...model, marked }, selectedRow(model) + 1);
}

/** Marks everything shown; if all of it is marked already, unmarks it. */
export function turnAllMarks(model: Model): Model {
  const marked = new Set(model.marked);
  const all = model.shown.every(({ id }) => marked.has(id));
  for (const { id } of model.shown)
    if (all) marked.delete(id);
    else marked.add(id);
  return { ...model, marked };
}

export const dropMarks = (model: Model): Model => ({ ...model, marked: new Set() });

/** Drops those no longer in the list. */
export function withMarks(before: Model, model: Model): Model {
  if (model.marked.size === 0 || before.instances === model.instances) return model;
  const marked = markedIn(model);
  return marked.length === model.marked.size ? model : { ...model, marked: new Set(marked.map(({ id }) => id)) };
}

/** In list order, shown or not. */
export const markedIn = ({ instances, marked }: Model): readonly Instance[] =>
  marked.size === 0 ? [] : instances.filter(({ id }) => marked.has(id));
