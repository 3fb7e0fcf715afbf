/** Marks: by id, so that they stay through filter and changes, and go with their instance. */
import { moveSelection } from './scroll.ts';
import { selectedOf, selectedRow, type Instance, type Model } from './model.ts';

/** Marks the selected one, or takes its mark away, and goes on to the next. */
export function turnMark(model: Model): Model {
  const selected = selectedOf(model);
  if (selected === null) return model;
  const marked = new Set(model.marked);
  if (!marked.delete(selected.id)) marked.add(selected.id);
  return moveSelection({ ...model, marked }, selectedRow(model) + 1);
}

/** Marks all that are shown; where they are marked already, takes their marks away. */
export function turnAllMarks(model: Model): Model {
  const marked = new Set(model.marked);
  const all = model.shown.every(({ id }) => marked.has(id));
  for (const { id } of model.shown)
    if (all) marked.delete(id);
    else marked.add(id);
  return { ...model, marked };
}

export const dropMarks = (model: Model): Model => ({ ...model, marked: new Set() });

/** Without those that the list does not have any more. */
export function withMarks(before: Model, model: Model): Model {
  if (model.marked.size === 0 || before.instances === model.instances) return model;
  const marked = markedIn(model);
  return marked.length === model.marked.size ? model : { ...model, marked: new Set(marked.map(({ id }) => id)) };
}

/** In the order of the list, shown or not. */
export const markedIn = ({ instances, marked }: Model): readonly Instance[] =>
  marked.size === 0 ? [] : instances.filter(({ id }) => marked.has(id));
