/** Why an instance is where it is, kept current while somebody reads it: asked again when what it is about, or a time in it, has changed. */
import type { Result } from '../base/result.ts';
import type { WhyView } from '../control/view.ts';
import type { Request } from './message.ts';
import { instanceOf, type Model, type Reading } from './model.ts';

type ReadWhy = Extract<Reading, { about: 'why' }>;

/** It is asked again at most so often: a second, less what a tick of the clock may be early. */
const PAUSE_MS = 950;
const MINUTE_MS = 60_000;
/** Seconds that are told (`again in 3.2s`) are others each second; hours and minutes (`3h4m`, `2d1h`) each minute. */
const SECONDS = /\d+s\b/;
const MINUTES = /\d+[mhd]\b/;

/** To be asked at once. */
export const newWhy = (model: Model, id: string): ReadWhy => ({
  ...{ about: 'why', id, why: null },
  asked: { at: model.now, of: factsOf(model, id), isAnswered: false },
});

const SECOND_MS = 1_000;
/** Whether it is asked again within a second. */
export function isWhyDue(model: Model): boolean {
  const at = dueAt(model);
  return at !== null && at <= model.now + SECOND_MS;
}

/** When what it says is no longer sure; null: it is, as far as is known. */
function dueAt(model: Model): number | null {
  const what = readWhy(model);
  // Where no answer came so far, it comes, or that there is none.
  if (what === null || model.connection.is !== 'up' || !what.asked.isAnswered) return null;
  const { at, of } = what.asked;
  // A clock that was set back shall not stop it.
  if (at > model.now) return model.now;
  const isChanged = factsOf(model, what.id).some((fact, index) => fact !== of[index]);
  const afterMs = isChanged ? PAUSE_MS : freshMs(what.why);
  return afterMs === null ? null : at + afterMs;
}

/** For how long the times in these words are right. */
function freshMs(why: ReadWhy['why']): number | null {
  if (why?.ok !== true) return null;
  if (why.value.words.some((words) => SECONDS.test(words))) return PAUSE_MS;
  return why.value.words.some((words) => MINUTES.test(words)) ? MINUTE_MS : null;
}

export function withWhyKept(model: Model): readonly [Model, readonly Request[]] {
  const what = readWhy(model);
  const at = dueAt(model);
  if (what === null || at === null || at > model.now) return [model, []];
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
