import type {
  EventView,
  ExitView,
  InstanceView,
  LineView,
  PlanView,
  ResourceView,
  SupervisorView,
} from '../../src/control/view.ts';
import type { Message, Request } from '../../src/tui/message.ts';
import { newModel, type Model } from '../../src/tui/model.ts';
import { update } from '../../src/tui/update.ts';
import { exit, instance, NO_PLAN } from './fake-api.ts';

/** The time at which all screens of the tests are viewed. */
export const NOW = Date.parse('2026-01-31T12:41:07.000Z');

/** This many seconds before now, or (below 0) after it. */
export const ago = (seconds: number): string => new Date(NOW - seconds * 1_000).toISOString();

export const supervisor = (facts: Partial<SupervisorView> = {}): SupervisorView => ({
  pid: 4242,
  version: '0.1.0',
  list: '/srv/shop/daemons.yaml',
  id: 'shop',
  started_at: ago(3 * 86_400 + 4 * 3_600),
  state: 'running',
  check: 'ok',
  problems: [],
  ...facts,
});

/** A running instance that speaks the protocol and is idle, unless the facts say otherwise. */
export function daemon(id: string, facts: Partial<InstanceView> = {}): InstanceView {
  const [name = id, number = '1'] = id.split(':');
  return instance({
    id,
    daemon: name,
    number: Number(number),
    pid: 5_000 + id.length,
    started_at: ago(7_200),
    since: ago(7_199),
    iterations: 12_408,
    busy: false,
    ...facts,
  });
}

/** One without a process. */
export const resting = (id: string, facts: Partial<InstanceView>): InstanceView =>
  daemon(id, { pid: null, started_at: null, busy: null, ...facts });

export const crash = (facts: Partial<ExitView> = {}): ExitView =>
  exit({
    at: ago(3),
    code: 255,
    kind: 'crash',
    cut: 'yes',
    words: 'exit 255 in the middle of iteration #231',
    ...facts,
  });

export const line = (id: string, text: string, facts: Partial<LineView> = {}): LineView => ({
  id,
  at: ago(2),
  stream: 'out',
  text,
  ...facts,
});

export const event = (seq: number, words: string, facts: Partial<EventView> = {}): EventView => ({
  ...{ seq, at: ago(2_000 - seq), level: 'info', id: null, type: 'state', words },
  ...facts,
});

export const plan = (facts: Partial<PlanView> = {}): PlanView => ({ ...NO_PLAN, ...facts });

/** A model in use: its messages come a second apart, as from a hand. */
export interface Used {
  readonly model: Model;
  readonly requests: readonly Request[];
}

export function use(start: Model, messages: readonly Message[], gapMs = 1_000): Used {
  const requests: Request[] = [];
  let model = start;
  // The last one comes now.
  let now = NOW - gapMs * Math.max(0, messages.length - 1);
  for (const message of messages) {
    const next = update(model, message, now);
    model = next.model;
    requests.push(...next.requests);
    now += gapMs;
  }
  return { model, requests };
}

export const keys = (...names: readonly string[]): readonly Message[] => names.map((key) => ({ is: 'key', key }));

/** The letters of a text, each as a key. */
export const typed = (text: string): readonly Message[] => keys(...Array.from(text));

export const connected = (
  instances: readonly InstanceView[],
  facts: Partial<SupervisorView> = {},
  resources: readonly ResourceView[] = [],
): Extract<Message, { is: 'connected' }> => ({ is: 'connected', supervisor: supervisor(facts), instances, resources });

export const resource = (name: string, facts: Partial<ResourceView> = {}): ResourceView => ({
  name,
  state: 'up',
  since: ago(3_600),
  error: null,
  waiting: 0,
  ...facts,
});

/** Down for this many seconds. */
export const down = (name: string, seconds: number): ResourceView =>
  resource(name, { state: 'down', since: ago(seconds), error: 'connection refused', waiting: 2 });

export const freshModel = (facts: Partial<Parameters<typeof newModel>[0]> = {}): Model =>
  newModel({ size: { width: 80, height: 24 }, now: NOW - 60_000, glyphs: 'unicode', list: 'daemons.yaml', ...facts });
