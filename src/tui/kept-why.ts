/** Why an instance is where it is, kept current while somebody reads it: asked again when what it is about has changed. */
import type { Result } from '../base/result.ts';
import type { WhyView } from '../control/view.ts';
import type { Request } from './message.ts';
import { instanceOf, type Model, type Reading } from './model.ts';

type ReadWhy = Extract<Reading, { about: 'why' }>;

/** It is asked again at most so often. */
const PAUSE_MS = 1_000;

/** To be asked at once. */
export const newWhy = (model: Model, id: string): ReadWhy => ({
  ...{ about: 'why', id, why: null },
  asked: { at: model.now, of: factsOf(model, id), isAnswered: false },
});

/** What it says is no longer sure, and it is asked again as soon as it may be. */
export function isWhyDue(model: Model): boolean {
  const what = readWhy(model);
  // Where no answer came so far, it comes, or that there is none.
  if (what === null || model.connection.is !== 'up' || !what.asked.isAnswered) return false;
  return factsOf(model, what.id).some((fact, index) => fact !== what.asked.of[index]);
}

export function withWhyKept(model: Model): readonly [Model, readonly Request[]] {
  const what = readWhy(model);
  if (what === null || !isWhyDue(model)) return [model, []];
  const inMs = model.now - what.asked.at;
  // A clock that was set back shall not stop it.
  if (inMs >= 0 && inMs < PAUSE_MS) return [model, []];
  const { asked } = newWhy(model, what.id);
  return [withReading(model, { ...what, asked }), [{ do: 'why', id: what.id }]];
}

/** An answer fills the text that was opened for it; what is typed, asked or read meanwhile is not pushed aside. */
export function withWhyAnswer(model: Model, id: string, why: Result<WhyView>): Model {
  const what = readWhy(model);
  if (what?.id !== id) return model;
  return withReading(model, { ...what, why, asked: { ...what.asked, isAnswered: true } });
}

const readWhy = ({ mode }: Model): ReadWhy | null =>
  mode.is === 'reading' && mode.what.about === 'why' ? mode.what : null;

const withReading = (model: Model, what: ReadWhy): Model =>
  model.mode.is === 'reading' ? { ...model, mode: { ...model.mode, what } } : model;

/** What is known of it, and of what it waits for: each of it is another object when it has changed. */
function factsOf(model: Model, id: string): readonly unknown[] {
  const instance = instanceOf(model, id);
  const names = new Set(instance?.waiting_for.map(({ name }) => name));
  return [
    instance,
    ...model.instances.filter((each) => names.has(each.daemon) || names.has(each.id)),
    ...model.resources.filter(({ name }) => names.has(name)),
  ];
}
