/** Acts on all marked instances, and on a whole daemon: always after a question that says how many and which. */
import { listed } from '../base/listed.ts';
import { seen, startOrStop, type Seen } from '../control/seen.ts';
import { ask, refuseStart, step, tell, type Step } from './acts.ts';
import { markedIn } from './marks.ts';
import { isStopping, type Instance, type ManyQuestion, type Model } from './model.ts';
import { stillMeant, type Deed } from './still.ts';

const NAMED = 3;
/** What those are that no longer qualify. */
export const CHANGED = 'gone, stopped, ended or replaced';
/** How a deed counts its targets: `stop 5: a, b, c and 2 more`. */
export const countedWords = (deed: string, ids: readonly string[]): string =>
  ids.length === 1 ? `${deed} ${ids[0] ?? ''}` : `${deed} ${ids.length}: ${listed(ids, NAMED)}`;

/** If any of them are running, those are stopped and the others left alone; if none is, all are started. */
export function startOrStopMany(model: Model): Step {
  const marked = markedIn(model);
  const running = marked.filter((one) => startOrStop(one) === 'stop');
  if (running.length > 0) return askMany(model, 'stop', running);
  return isStopping(model) ? refuseStart(model) : askMany(model, 'start', marked);
}

export function restartMany(model: Model): Step {
  return isStopping(model) ? refuseStart(model) : askMany(model, 'restart', markedIn(model));
}

/** All instances of their daemons; those that are to stay down, or have ended for good, are left alone. */
export function rollOut(model: Model, of: readonly Instance[]): Step {
  if (isStopping(model)) return refuseStart(model);
  const daemons = new Set(of.map(({ daemon }) => daemon));
  const up = model.instances.filter((one) => daemons.has(one.daemon) && startOrStop(one) === 'stop');
  if (up.length > 0) return askMany(model, 'roll', up);
  const words = `nothing of ${listed([...daemons], NAMED)} runs: there is nothing to restart one by one`;
  return step(tell(model, 'bad', words));
}

export function killMany(model: Model): Step {
  const targets = markedIn(model).flatMap((one) => (one.pid === null ? [] : [{ ...seen(one), pid: one.pid }]));
  if (targets.length === 0)
    return step(tell(model, 'bad', 'none of the marked has a process: there is nothing to kill'));
  return ask(model, { about: 'cut-many', targets, typed: '' });
}

/** What has to be typed: the number shows that the question was read. */
export const phraseOf = ({ targets }: { readonly targets: readonly unknown[] }): string => `kill ${targets.length}`;

/** The question was answered with yes. Those now gone, or with another process, are not meant. */
export function carryOutMany(model: Model, question: ManyQuestion): Step {
  if (question.about === 'cut-many') {
    const still = stillMeant('cut', question.targets, model);
    if (still.length === 0)
      return step(tell(model, 'bad', 'all of them have ended meanwhile: there is nothing to kill'));
    const asked = tell(model, 'info', `asked: ${countedWords('kill', idsOf(still))}`);
    return step(asked, { do: 'cut', of: still });
  }
  const { deed, targets } = question;
  if (deed !== 'stop' && isStopping(model)) return refuseStart(model);
  const still = stillMeant(deed, targets, model);
  if (still.length === 0) return step(tell(model, 'bad', `all of them are ${CHANGED} meanwhile: nothing was asked`));
  const left = targets.length - still.length;
  const others = left === 0 ? '' : `; ${left} left alone: ${CHANGED} meanwhile`;
  const asked = tell(
    model,
    'info',
    `asked: ${countedWords(deed === 'roll' ? 'restart one by one' : deed, idsOf(still))}${others}`,
  );
  return deed === 'roll'
    ? step(asked, { do: 'restart', of: still, how: 'one-by-one' })
    : step(asked, { do: deed, of: still });
}

const askMany = (model: Model, deed: Deed, of: readonly Instance[]): Step =>
  ask(model, { about: 'many', deed, targets: of.map(seen) });

const idsOf = (of: readonly Seen[]): readonly string[] => of.map(({ id }) => id);
