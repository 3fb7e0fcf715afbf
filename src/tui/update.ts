/** (model, message) -> model, requests. Pure: the only place where the model changes. */
import { never } from '../base/never.ts';
import type { Result } from '../base/result.ts';
import { isUnchanged } from '../control/describe-plan.ts';
import type { EventView, InstanceView, PlanView } from '../control/view.ts';
import { step, tell, type Step } from './acts.ts';
import { addEvents } from './event-buffer.ts';
import { withChanged, withUsage } from './facts.ts';
import { withWhyAnswer } from './kept-why.ts';
import { layout } from './layout.ts';
import { addDropped, addLines, newLog } from './log-buffer.ts';
import type { Message } from './message.ts';
import type { Model } from './model.ts';
import { useMouse } from './mouse.ts';
import { linesOf } from './panels/events.ts';
import { pressKey } from './press.ts';
import { settle } from './settle.ts';

/** `now` is wall time in ms. */
export function update(model: Model, message: Message, now: number): Step {
  return settle(model, react({ ...model, now }, message));
}

function react(model: Model, message: Message): Step {
  switch (message.is) {
    case 'connected':
      return step({
        ...model,
        connection: { is: 'up' },
        supervisor: message.supervisor,
        resources: message.resources ?? [],
        instances: message.instances.map((instance) => ({ ...instance, heardAt: model.now })),
        // The new stream repeats earlier lines.
        log: newLog(null, model.log.search),
        // It may be another supervisor, which counts anew; known events are recognized.
        events: { ...model.events, isFollowed: false, seq: 0 },
        asked: { ...model.asked, for: null },
      });
    case 'changed':
      return step({
        ...model,
        supervisor: message.supervisor,
        resources: message.resources ?? model.resources,
        instances: withChanged(model.instances, message.instances, model.now),
      });
    case 'usage':
      return step({ ...model, instances: withUsage(model.instances, message.usages) });
    case 'lost':
      // Further failed attempts do not make it younger.
      return step({
        ...model,
        connection: {
          is: 'lost',
          since: model.connection.is === 'lost' ? model.connection.since : model.now - (message.silentMs ?? 0),
          words: message.words,
        },
      });
    case 'lines':
      return step(message.id === model.log.id ? { ...model, log: addLines(model.log, message.lines) } : model);
    case 'lines-dropped':
      return step(message.id === model.log.id ? { ...model, log: addDropped(model.log, message.count) } : model);
    case 'why':
      return step(withWhyAnswer(model, message.id, message.why));
    case 'events':
      return step(withEvents(model, message.events));
    case 'detail':
      return step(withDetail(model, message.instance));
    case 'events-dropped':
      return step({ ...model, events: { ...model.events, dropped: model.events.dropped + message.count } });
    case 'plan':
      return step(withPlan(model, message.plan));
    case 'told':
      return step(tell(model, message.level, message.words));
    case 'key':
      return pressKey(model, message.key);
    case 'mouse':
      return step(useMouse(model, message));
    case 'resized':
      return step({ ...model, size: message.size });
    case 'tick':
      return step(forgetTold(model));
    default:
      return never(message);
  }
}

/** An answer about an instance no longer selected is late. */
function withDetail(model: Model, instance: InstanceView): Model {
  return instance.id === model.asked.for?.id ? { ...model, asked: { ...model.asked, answer: instance } } : model;
}

/** The reading position stays, even while the oldest rows go. */
function withEvents(model: Model, events: readonly EventView[]): Model {
  const after = { ...model, events: addEvents(model.events, events) };
  const { mode } = model;
  if (mode.is !== 'reading' || mode.what.about !== 'events' || mode.top === Infinity) return after;
  const kept = new Set(after.events.rows);
  const gone = model.events.rows.filter((row) => !kept.has(row));
  const width = layout(model).find(({ panel }) => panel === 'reading')?.width ?? 0;
  const top = Math.max(0, mode.top - linesOf(model, gone, mode.what.of, width).length);
  return { ...after, mode: { ...mode, top } };
}

function withPlan(model: Model, plan: Result<PlanView>): Model {
  const { mode } = model;
  if (mode.is !== 'reading' || mode.what.about !== 'plan' || mode.what.plan !== null) return model;
  if (!mode.what.toReload || !plan.ok || isUnchanged(plan.value))
    return { ...model, mode: { ...mode, what: { ...mode.what, plan } } };
  const question = { about: 'reload', plan: plan.value, top: 0 } as const;
  // It opens by itself: someone typing goes on for a moment and has not read it.
  return { ...model, lastKeyAt: model.now, mode: { is: 'asking', question, isHeard: false } };
}

/** Good news goes by itself; bad news stays until a key is pressed. */
const INFO_STAYS_MS = 10_000;

function forgetTold(model: Model): Model {
  const { told, now } = model;
  return told?.level === 'info' && now - told.at >= INFO_STAYS_MS ? { ...model, told: null } : model;
}
