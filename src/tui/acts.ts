/** What `s`, `r`, `X` and `q` lead to: a request, a question before it, or a refusal in words. */
import { notMeant, seen, startOrStop, type Seen } from '../control/seen.ts';
import { newWhy } from './kept-why.ts';
import { carryOutMany, rollOut } from './many.ts';
import { markedIn } from './marks.ts';
import type { Request } from './message.ts';
import { instanceOf, isStopping, selectedOf, type Instance, type Model, type Question, type Reading } from './model.ts';

/** The next model, and the requests to the world. */
export interface Step {
  readonly model: Model;
  readonly requests: readonly Request[];
}

export const step = (model: Model, ...requests: readonly Request[]): Step => ({ model, requests });

export const tell = (model: Model, level: 'info' | 'bad', words: string): Model => ({
  ...model,
  told: { level, words, at: model.now },
});

export const pressStartOrStop = (model: Model): Step =>
  onSelected(model, (instance) => {
    if (startOrStop(instance) === 'stop') return askOfOne(model, 'stop', instance);
    return isStopping(model) ? refuseStart(model) : request(model, 'start', seen(instance));
  });

/** Marks take precedence over the selection. */
export function onMarked(model: Model, many: (model: Model) => Step, one: (model: Model) => Step): Step {
  if (model.marked.size === 0) return one(model);
  return model.connection.is === 'up' ? many(model) : refuseLost(model);
}

/** The daemons of the marked instances, else that of the selected one. */
export const pressRoll = (model: Model): Step =>
  onMarked(
    model,
    (marked) => rollOut(marked, markedIn(marked)),
    () => onSelected(model, (instance) => rollOut(model, [instance])),
  );

export const pressRestart = (model: Model): Step =>
  onSelected(model, (instance) => {
    if (isStopping(model)) return refuseStart(model);
    // Without a living process there is nothing to cut.
    if (instance.pid === null) return request(model, 'restart', seen(instance));
    return askOfOne(model, 'restart', instance);
  });

export const pressKill = (model: Model): Step =>
  onSelected(model, (instance) => {
    const { id, pid } = instance;
    if (pid === null) return step(tell(model, 'bad', `${id} has no process: there is nothing to kill`));
    return ask(model, { about: 'cut', of: { ...seen(instance), pid }, typed: '' });
  });

/** The text opens at once and is filled by its answer: nothing opens by itself, later. */
export const pressWhy = (model: Model): Step =>
  onSelected(model, ({ id }) => step(read(model, newWhy(model, id)), { do: 'why', id }));

export function pressPlan(model: Model): Step {
  if (model.connection.is !== 'up') return refuseLost(model);
  return step(read(model, { about: 'plan', plan: null, toReload: false }), { do: 'plan' });
}

export function pressReload(model: Model): Step {
  if (model.connection.is !== 'up') return refuseLost(model);
  if (isStopping(model)) return refuseReload(model);
  return step(read(model, { about: 'plan', plan: null, toReload: true }), { do: 'plan' });
}

/** First those of all instances; again, those of the selected one, and back. */
export function readEvents(model: Model): Model {
  const { mode } = model;
  const isAll = mode.is === 'reading' && mode.what.about === 'events' && mode.what.of === 'all';
  const what = { about: 'events', of: isAll ? 'selected' : 'all' } as const;
  return { ...model, mode: { is: 'reading', what, top: Infinity } };
}

export const read = (model: Model, what: Reading): Model => ({ ...model, mode: { is: 'reading', what, top: 0 } });

/** A user who started the supervisor for this screen is asked what to do with it. */
export function pressLeave(model: Model): Step {
  const decides = model.ownsSupervisor && model.connection.is === 'up' && !isStopping(model);
  return decides ? ask(model, { about: 'leave' }) : step(model, { do: 'leave', how: 'detach' });
}

/** The question was answered with yes. Its subject may have changed meanwhile. */
export function carryOut(model: Model, question: Question): Step {
  const answered: Model = { ...model, mode: { is: 'browsing' } };
  if (model.connection.is !== 'up') return refuseLost(answered);
  switch (question.about) {
    case 'leave':
      return step(tell(answered, 'info', 'asked: all stop at their boundaries'), { do: 'leave', how: 'stop-all' });
    case 'stop':
    case 'restart':
      if (question.about === 'restart' && isStopping(model)) return refuseStart(answered);
      return stopOrRestart(answered, question);
    case 'cut':
      return cut(answered, question);
    case 'many':
    case 'cut-many':
      return carryOutMany(answered, question);
    case 'reload':
      if (isStopping(model)) return refuseReload(answered);
      return step(tell(answered, 'info', 'asked: reload the list'), { do: 'reload', print: question.plan.print });
  }
}

function stopOrRestart(model: Model, { about: deed, of }: Extract<Question, { about: 'stop' | 'restart' }>): Step {
  const words = notMeant(deed, of, instanceOf(model, of.id));
  return words === null ? request(model, deed, of) : step(tell(model, 'bad', `${words}: nothing was asked`));
}

function cut(model: Model, { of }: Extract<Question, { about: 'cut' }>): Step {
  const { id, pid } = of;
  const instance = instanceOf(model, id);
  if (instance?.pid === pid) return step(tell(model, 'info', `asked: kill ${id} now`), { do: 'cut', of: [of] });
  const words =
    instance?.pid == null
      ? `${id} has ended meanwhile: there is nothing to kill`
      : `${id} was not killed: pid ${pid}, which the question named, has ended, and pid ${instance.pid} is new`;
  return step(tell(model, 'bad', words));
}

function onSelected(model: Model, act: (instance: Instance) => Step): Step {
  if (model.connection.is !== 'up') return refuseLost(model);
  const instance = selectedOf(model);
  return instance === null ? step(tell(model, 'bad', 'nothing is selected')) : act(instance);
}

export const ask = (model: Model, question: Question): Step =>
  step({ ...model, mode: { is: 'asking', question, isHeard: false } });

/** Its limits are requested anew: they may have changed, and the question says how long it is waited for. */
const askOfOne = (model: Model, about: 'stop' | 'restart', instance: Instance): Step =>
  ask({ ...model, asked: { ...model.asked, for: null } }, { about, of: seen(instance) });

const request = (model: Model, deed: 'start' | 'stop' | 'restart', of: Seen): Step =>
  step(tell(model, 'info', `asked: ${deed} ${of.id}`), { do: deed, of: [of] });

export const refuseStart = (model: Model): Step =>
  step(tell(model, 'bad', 'the supervisor is stopping: nothing is started any more'));

const refuseReload = (model: Model): Step =>
  step(tell(model, 'bad', 'the supervisor is stopping: nothing is reloaded any more'));

const refuseLost = (model: Model): Step =>
  step(tell(model, 'bad', 'no supervisor answers: nothing was asked. Try again when it is back'));
