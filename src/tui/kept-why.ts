/** Why an instance is in its state, kept current while it is read: requested again when the facts, or a time in the text, have changed. */
import type { Result } from '../base/result.ts';
import type { WhyView } from '../control/view.ts';
import type { Request } from './message.ts';
import { instanceOf, type Model, type Reading } from './model.ts';

type ReadWhy = Extract<Reading, { about: 'why' }>;

/** The shortest gap between requests: a second, less what a clock tick may be early. */
const PAUSE_MS = 950;
const MINUTE_MS = 60_000;
/** Displayed seconds (`again in 3.2s`) change every second; hours and minutes (`3h4m`, `2d1h`) every minute. */
const SECONDS = /\d+s\b/;
const MINUTES = /\d+[mhd]\b/;

/** To be requested at once. */
export const newWhy = (model: Model, id: string): ReadWhy => ({
  ...{ about: 'why', id, why: null },
  asked: { at: model.now, of: factsOf(model, id), isAnswered: false },
});

const SECOND_MS = 1_000;
/** Is it due again within a second? */
export function isWhyDue(model: Model): boolean {
  const at = dueAt(model);
  return at !== null && at <= model.now + SECOND_MS;
}

/** When its text becomes uncertain; null: it is current, as far as is known. */
function dueAt(model: Model): number | null {
  const what = readWhy(model);
  // Without an answer so far, either it or the news that there is none will come.
  if (what === null || model.connection.is !== 'up' || !what.asked.isAnswered) return null;
  const { at, of } = what.asked;
  // A clock that was set back must not stop it.
  if (at > model.now) return model.now;
  const isChanged = factsOf(model, what.id).some((fact, index) => fact !== of[index]);
  const afterMs = isChanged ? PAUSE_MS : freshMs(what.why);
  return afterMs === null ? null : at + afterMs;
}

/** How long the times in these words remain right. */
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

/** An answer fills the text opened for it; it does not replace what is typed, asked or read meanwhile. */
export function withWhyAnswer(model: Model, id: string, why: Result<WhyView>): Model {
  const what = readWhy(model);
  if (what?.id !== id) return model;
  return withReading(model, { ...what, why, asked: { ...what.asked, isAnswered: true } });
}

const readWhy = ({ mode }: Model): ReadWhy | null =>
  mode.is === 'reading' && mode.what.about === 'why' ? mode.what : null;

const withReading = (model: Model, what: ReadWhy): Model =>
  model.mode.is === 'reading' ? { ...model, mode: { ...model.mode, what } } : model;

/** What is known about it and about what it waits for: a changed fact is a different object. */
function factsOf(model: Model, id: string): readonly unknown[] {
  const instance = instanceOf(model, id);
  const names = new Set(instance?.waiting_for.map(({ name }) => name));
  return [
    instance,
    ...model.instances.filter((each) => names.has(each.daemon) || names.has(each.id)),
    ...model.resources.filter(({ name }) => names.has(name)),
  ];
}
