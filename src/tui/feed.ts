/** The screen's side of the control socket: what the supervisor tells becomes messages, requests are carried out. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ClientError } from '../control/client.ts';
import { find } from '../control/find.ts';
import type { Dropped } from '../control/api.ts';
import type { ChangeView, DeedView, InstanceView, LineView } from '../control/view.ts';
import type { Result } from '../base/result.ts';
import type { Message, Request } from './message.ts';
import { toldOf, type DeedKind, type Told } from './told.ts';

/** What is asked of a supervisor; leaving and suspending are not. */
export type Asked = Exclude<Request, { do: 'leave' | 'suspend' }>;

type DeedRequest = Extract<Asked, { do: DeedKind }>;

export interface Feed {
  /** Never waits and never throws: what came of it is a message. */
  perform(request: Asked): void;
  /** Asks the supervisor to drain all and end; resolves when it has, with what that came to. */
  stopAll(): Promise<Told>;
  /** What was asked goes on without us. */
  close(): void;
}

/** `folders`: where the state of the list may live, as for `find`. */
export function openFeed(folders: readonly string[], tell: (message: Message) => void): Feed {
  const end = new AbortController();
  // Each connection hears of the end; Node would print a warning, onto the screen.
  setMaxListeners(0, end.signal);
  let following = new AbortController();
  void keepWatching(folders, tell, end.signal);
  let inWork = 0;
  const hear = (message: Message): void => {
    if (!end.signal.aborted) tell(message);
  };
  const ask = async (request: DeedRequest): Promise<void> => {
    inWork += 1;
    hear(inWork > MOST_IN_WORK ? TOO_MUCH : await carryOut(folders, request, end.signal));
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
          void why(folders, request.id, end.signal).then(hear);
          return;
        case 'start':
        case 'stop':
        case 'restart':
          // Nobody named would mean everybody.
          if (request.ids.length > 0) void ask(request);
          return;
        case 'cut':
          void ask(request);
      }
    },
    async stopAll() {
      const told = await withClient(folders, (client) => client.call('shutdown', {}, { timeoutMs: null }), end.signal);
      return told.ok ? toldOf('stop', told.value) : { level: 'bad', words: told.error.words };
    },
    close() {
      end.abort();
      following.abort();
    },
  };
}

/** Each waits on a connection of its own, and others want some, too. */
const MOST_IN_WORK = 32;
const TOO_MUCH: Message = {
  is: 'told',
  level: 'bad',
  words: `${MOST_IN_WORK} things that were asked are not done yet: nothing more was asked`,
};

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

/** Follows the status for as long as we live, over one supervisor after the other. */
async function keepWatching(
  folders: readonly string[],
  tell: (message: Message) => void,
  end: AbortSignal,
): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  const hear = (message: Message): void => {
    pauseMs = FIRST_PAUSE_MS;
    tell(message);
  };
  let hasEnded = false;
  while (!end.aborted) {
    const over = await watchOne(folders, hear, end);
    if (over === null) return;
    // That nobody runs is no news after one that has ended, and says less.
    hasEnded = over.is === 'ended' || (over.is === 'nobody' && hasEnded);
    tell({ is: 'lost', words: hasEnded ? ENDED : over.words });
    await sleep(pauseMs, undefined, { signal: end }).catch(() => undefined); // Aborted: the loop ends.
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

const OTHER_VERSION =
  'the supervisor that runs is of another version, which cannot be shown here: supervise status --watch can';
const ENDED = 'the supervisor has ended as it was asked to; start it again with: supervise start';

/** Follows one supervisor; resolves with why that is over, null where we have left. */
async function watchOne(
  folders: readonly string[],
  tell: (message: Message) => void,
  end: AbortSignal,
): Promise<{ readonly is: 'ended' | ClientError['tag']; readonly words: string } | null> {
  const result = await withClient(
    folders,
    async (client) => {
      const picture = collect(tell);
      return client.stream(
        'changes',
        {},
        (item) => {
          // Without what was dropped the picture is not true: it is asked for anew.
          if ('dropped' in item) client.close();
          else picture(item);
        },
        end,
      );
    },
    end,
  );
  if (end.aborted) return null;
  if (result.ok) return { is: 'ended', words: ENDED };
  const { tag, words } = result.error;
  return { is: tag, words: tag === 'refused' ? `${OTHER_VERSION} (${words})` : words };
}

/** Puts the parts of a picture together again. */
function collect(tell: (message: Message) => void): (item: ChangeView) => void {
  let whole = false;
  let parts: InstanceView[] = [];
  return (item) => {
    whole ||= item.whole;
    parts.push(...item.instances);
    if (item.more) return;
    tell({ is: whole ? 'connected' : 'changed', supervisor: item.supervisor, instances: parts });
    whole = false;
    parts = [];
  };
}

const FOLLOWED_LINES = 500;
/** Lines of so long are one message: a screen has no use for more. */
const GATHER_MS = 50;
/** More than anybody could see pass by in that time: what comes then is left to the supervisor, which counts it. */
const ENOUGH_LINES = 1000;

/** Ends with the connection: when the supervisor is back, the model asks anew. */
async function follow(
  folders: readonly string[],
  id: string,
  tell: (message: Message) => void,
  end: AbortSignal,
): Promise<void> {
  const found = await find(folders);
  if (!found.ok) return; // Whoever watches the status tells of it.
  const { client } = found.value;
  let lines: LineView[] = [];
  let gathering: Promise<void> | null = null;
  const pass = (): void => {
    gathering = null;
    const taken = lines;
    lines = [];
    if (taken.length > 0 && !end.aborted) tell({ is: 'lines', id, lines: taken });
  };
  const take = (item: LineView | Dropped): void | Promise<void> => {
    if ('dropped' in item) {
      pass();
      tell({ is: 'lines-dropped', id, count: item.dropped });
      return;
    }
    lines.push(item);
    gathering ??= sleep(GATHER_MS).then(pass);
    return lines.length >= ENOUGH_LINES ? gathering : undefined;
  };
  const result = await client.stream('logs', { names: [id], lines: FOLLOWED_LINES, follow: true }, take, end);
  client.close();
  if (!result.ok && result.error.tag === 'refused') tell({ is: 'told', level: 'bad', words: result.error.words });
}

async function why(folders: readonly string[], id: string, end: AbortSignal): Promise<Message> {
  const result = await withClient(folders, (client) => client.call('why', { names: [id] }), end);
  if (!result.ok) return { is: 'told', level: 'bad', words: result.error.words };
  const [answer] = result.value;
  return answer === undefined
    ? { is: 'told', level: 'bad', words: `the supervisor knows no ${id}` }
    : { is: 'why', why: answer };
}

/** Waits for the outcome, which may take as long as an iteration does. */
async function carryOut(folders: readonly string[], request: DeedRequest, end: AbortSignal): Promise<Message> {
  const patience = { timeoutMs: null };
  const result = await withClient<DeedView>(
    folders,
    (client) => {
      switch (request.do) {
        case 'start':
        case 'stop':
        case 'restart':
          return client.call(request.do, { names: request.ids }, patience);
        case 'cut':
          return client.call('stop', { names: [request.id], now: true, pids: [request.pid] }, patience);
      }
    },
    end,
  );
  return {
    is: 'told',
    ...(result.ok ? toldOf(request.do, result.value) : { level: 'bad', words: result.error.words }),
  };
}

/**
 * A connection of its own for one request, so that none waits for another; closed when we leave. One that hangs is found out
 * before anything is asked.
 */
async function withClient<T>(
  folders: readonly string[],
  use: (client: Client) => Promise<Result<T, ClientError>>,
  end: AbortSignal,
): Promise<Result<T, ClientError>> {
  const found = await find(folders);
  if (!found.ok) return found;
  const { client } = found.value;
  const close = (): void => {
    client.close();
  };
  end.addEventListener('abort', close, { once: true });
  const awake = await client.call('version', {});
  const result = awake.ok ? await use(client) : awake;
  end.removeEventListener('abort', close);
  client.close();
  return result;
}
