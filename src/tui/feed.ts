/** The screen's side of the control socket: turns what the supervisor says into messages, and carries out requests. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail, ok, type Result } from '../base/result.ts';
import { find } from '../control/find.ts';
import type { Client, ClientError } from '../control/client.ts';
import type { DeedView, EventView, LineView } from '../control/view.ts';
import { gathering } from './gathering.ts';
import { labelOf } from './keys.ts';
import { measuring } from './measuring.ts';
import type { Message, Request } from './message.ts';
import { withClient } from './one-request.ts';
import { toldOf, toldOfReload, type DeedKind, type Told } from './told.ts';
import { watch } from './watching.ts';

/** Requests to a supervisor; leaving and suspending are not among them. */
export type Asked = Exclude<Request, { do: 'leave' | 'suspend' }>;

/** Makes a request on its own connection. */
type Ask = <T>(use: (client: Client) => Promise<Result<T, ClientError>>) => Promise<Result<T, ClientError>>;
type DeedRequest = Extract<Asked, { do: DeedKind | 'reload' }>;

export interface Feed {
  /** Never waits and never throws: the outcome is a message. */
  perform(request: Asked): void;
  /** These are on the screen: their usage becomes a message, once per call. None: nothing is requested. */
  measure(ids: readonly string[]): void;
  /** Asks the supervisor to drain everything and end; resolves with the result when it has. */
  stopAll(): Promise<Told>;
  /** What was requested continues without us. */
  close(): void;
}

/** `folders`: where the state of the list may be, as for `find`. */
export function openFeed(folders: readonly string[], tell: (message: Message) => void): Feed {
  const end = new AbortController();
  // Each connection listens for the end; Node would print a warning onto the screen.
  setMaxListeners(0, end.signal);
  let following = new AbortController();
  let hearing = new AbortController();
  let resting = new AbortController();
  const watching = watch(folders, tell, end.signal);
  // A supervisor that does not hear a request is gone, whatever the connection that follows it says.
  const ask: Ask = (use) => withClient(folders, use, end.signal, watching.doubt);
  let inWork = 0;
  const hear = (message: Message): void => {
    if (!end.signal.aborted) tell(message);
  };
  const meter = measuring(ask, (usages) => {
    hear({ is: 'usage', usages });
  });
  const perform = async (request: DeedRequest): Promise<void> => {
    inWork += 1;
    hear(inWork > MOST_IN_WORK ? TOO_MUCH : await carryOut(ask, request));
    inWork -= 1;
  };
  return {
    perform(request) {
      switch (request.do) {
        case 'follow':
          following.abort();
          following = new AbortController();
          void follow(folders, request.id, tell, AbortSignal.any([following.signal, end.signal]));
          return;
        case 'why':
          void why(ask, request.id).then(hear);
          return;
        case 'follow-events':
        case 'leave-events':
          hearing.abort();
          if (request.do === 'leave-events') return;
          hearing = new AbortController();
          void followEvents(folders, request.since, tell, AbortSignal.any([hearing.signal, end.signal]));
          return;
        case 'detail':
          resting.abort();
          resting = new AbortController();
          void detail(ask, request.id, AbortSignal.any([resting.signal, end.signal])).then((message) => {
            if (message !== null) hear(message);
          });
          return;
        case 'plan':
          void ask((client) => client.call('plan', {})).then((plan) => {
            hear({ is: 'plan', plan: plan.ok ? plan : fail(plan.error.words) });
          });
          return;
        case 'reload':
          void perform(request);
          return;
        case 'start':
        case 'stop':
        case 'restart':
        case 'cut':
          // No names would mean all.
          if (request.of.length > 0) void perform(request);
      }
    },
    measure(ids) {
      meter.want(ids);
    },
    async stopAll() {
      const told = await ask((client) => client.call('shutdown', {}, { timeoutMs: null }));
      return told.ok ? toldOf('stop', told.value) : { level: 'bad', words: told.error.words };
    },
    close() {
      end.abort();
      meter.close();
      following.abort();
      hearing.abort();
      resting.abort();
    },
  };
}

/** Each waits on its own connection, and others need some, too. */
const MOST_IN_WORK = 32;
const TOO_MUCH: Message = {
  is: 'told',
  level: 'bad',
  words: `${MOST_IN_WORK} things that were asked are not done yet: nothing more was asked`,
};

const FOLLOWED_LINES = 500;

async function follow(
  folders: readonly string[],
  id: string,
  tell: (message: Message) => void,
  end: AbortSignal,
): Promise<void> {
  const take = gathering<LineView>(
    (all) => {
      // A daemon could have this name by now, with instances that have logs of their own.
      const lines = all.filter((line) => line.id === id);
      if (!end.aborted && lines.length > 0) tell({ is: 'lines', id, lines });
    },
    (count) => {
      tell({ is: 'lines-dropped', id, count });
    },
  );
  const ask = { names: [id], lines: FOLLOWED_LINES, follow: true };
  const result = await onConnection(folders, (client) => client.stream('logs', ask, take, end));
  if (result?.ok === false && result.error.tag === 'refused')
    tell({ is: 'told', level: 'bad', words: result.error.words });
}

async function followEvents(
  folders: readonly string[],
  since: number,
  tell: (message: Message) => void,
  end: AbortSignal,
): Promise<void> {
  const take = gathering<EventView>(
    (events) => {
      if (!end.aborted) tell({ is: 'events', events });
    },
    (count) => {
      tell({ is: 'events-dropped', count });
    },
  );
  await onConnection(folders, (client) => client.stream('events', { since, follow: true }, take, end));
}

/** A stream ends with its connection: when the supervisor is back, the model asks anew. null: no answer, which the watcher reports. */
async function onConnection<T>(folders: readonly string[], use: (client: Client) => Promise<T>): Promise<T | null> {
  const found = await find(folders);
  if (!found.ok) return null;
  const { client } = found.value;
  const result = await use(client);
  client.close();
  return result;
}

/** Walking through the list rests on nothing. */
const REST_MS = 150;

/** null: another instance is asked about by now, or there is no answer, which the status watcher reports. */
async function detail(ask: Ask, id: string, end: AbortSignal): Promise<Message | null> {
  const isOver = (): boolean => end.aborted;
  await sleep(REST_MS, undefined, { signal: end }).catch(() => undefined); // Aborted: another one is asked about.
  if (isOver()) return null;
  const result = await ask((client) => client.call('status', { names: [id], runs: true }));
  const instance = result.ok ? result.value.instances.find((each) => each.id === id) : undefined;
  return instance === undefined || isOver() ? null : { is: 'detail', instance };
}

async function why(ask: Ask, id: string): Promise<Message> {
  const result = await ask((client) => client.call('why', { names: [id] }));
  if (!result.ok) return { is: 'why', id, why: fail(result.error.words) };
  // A daemon could have this name by now.
  const answer = result.value.find((each) => each.id === id);
  return { is: 'why', id, why: answer === undefined ? fail(`the supervisor knows no ${id}`) : ok(answer) };
}

/** Waits for the outcome, which may take as long as an iteration. */
async function carryOut(ask: Ask, request: DeedRequest): Promise<Message> {
  const told = await outcomeOf(ask, request);
  return { is: 'told', ...(told.ok ? told.value : { level: 'bad', words: firstLine(told.error.words) }) };
}

async function outcomeOf(ask: Ask, request: DeedRequest): Promise<Result<Told, ClientError>> {
  const patience = { timeoutMs: null };
  switch (request.do) {
    case 'reload': {
      const result = await ask((client) => client.call('reload', { print: request.print }, patience));
      return result.ok ? ok(toldOfReload(result.value)) : result;
    }
    case 'cut': {
      const how = { names: request.of, now: true };
      const result = await ask((client) => client.call('stop', how, patience));
      return result.ok ? ok(toldOf('cut', result.value)) : result;
    }
    case 'start':
    case 'stop': {
      const result = await ask<DeedView>((client) => client.call(request.do, { names: request.of }, patience));
      return result.ok ? ok(toldOf(request.do, result.value)) : result;
    }
    case 'restart': {
      const how = request.how === undefined ? {} : { how: request.how };
      const result = await ask((client) => client.call('restart', { names: request.of, ...how }, patience));
      return result.ok ? ok(toldOf('restart', result.value)) : result;
    }
  }
}

/** A list broken meanwhile is refused with a page of text, which the plan key shows. */
function firstLine(words: string): string {
  const [first = '', ...more] = words.split('\n');
  return more.length === 0 ? first : `nothing was changed: ${first} (${labelOf('list', 'plan')} shows all of it)`;
}
