import { describe, expect, it, onTestFinished, test } from 'vitest';
import { fail, ok } from '../../../src/base/result.ts';
import type { Api } from '../../../src/control/api.ts';
import type { Seen } from '../../../src/control/seen.ts';
import type { ChangeView, EventView, LineView } from '../../../src/control/view.ts';
import { openFeed, type Feed } from '../../../src/tui/feed.ts';
import type { Message } from '../../../src/tui/message.ts';
import {
  deed,
  exit,
  fakeApi,
  NO_PLAN,
  instance,
  serveFake,
  serveLines,
  statusOf,
  tempFolder,
  type FakeApi,
} from '../../support/fake-api.ts';
import { event } from '../../support/screens.ts';
import { waitFor, waitUntil } from '../../support/wait-for.ts';

const { supervisor } = statusOf([]);
/** As it was seen. */
const was = (id: string): Seen => ({ id, pid: 4243, wanted: 'up' });

test('the first picture is put together from its parts, and what changes comes after it', async () => {
  const source = pictures();
  const { until } = await watch(source.api);
  source.emit({ whole: true, more: true, instances: ['a', 'b'] });
  source.emit({ whole: false, more: false, instances: ['c'] });
  source.emit({ whole: false, more: false, instances: ['b'] });
  const messages = await until('both came', (all) => all.length === 2);
  expect(messages.map(summary)).toEqual(['connected a b c', 'changed b']);
});

test('resources come with the picture in which one of them has changed', async () => {
  const source = pictures();
  const { until } = await watch(source.api);
  const resources = [{ name: 'database', state: 'down', since: null, error: 'refused', waiting: 1 }] as const;
  source.emit({ whole: true, more: true, instances: ['a'], resources });
  source.emit({ whole: false, more: false, instances: ['b'] });
  source.emit({ whole: false, more: false, instances: ['b'] });
  const [whole, change] = await until('both came', (all) => all.length === 2);
  expect(whole).toMatchObject({ is: 'connected', resources });
  expect(change).not.toHaveProperty('resources');
});

test('a picture of which something was dropped is asked for anew', async () => {
  const source = pictures();
  const { until } = await watch(source.api);
  source.emit({ whole: true, more: false, instances: ['a'] });
  await until('it is there', (all) => all.some(({ is }) => is === 'connected'));
  source.drop();
  await waitUntil('it was asked for again', () => source.asked === 2);
  source.emit({ whole: true, more: false, instances: ['b'] });
  await until('it is there again', (all) => summary(all.at(-1)) === 'connected b');
});

test('a supervisor that has ended is said to have ended for as long as none runs, and the next one is found', async () => {
  const folder = await tempFolder();
  const first = pictures();
  const { server } = await serveFake(fakeApi(first.api), {}, folder);
  const { messages, until } = await watch(null, folder);
  await waitUntil('somebody watches', () => first.asked === 1);
  await server.close();
  await until('three attempts have failed', (all) => all.filter(({ is }) => is === 'lost').length >= 3);
  expect(new Set(messages.map(summary))).toEqual(
    new Set(['lost the supervisor has ended as it was asked to; start it again with: supervise start']),
  );
  const second = pictures();
  await serveFake(fakeApi(second.api), {}, folder);
  await waitUntil('it was found', () => second.asked === 1);
  second.emit({ whole: true, more: false, instances: ['a'] });
  await until('it is there', (all) => summary(all.at(-1)) === 'connected a');
});

test('lines come together, another log ends the first one, and what was missed is counted', async () => {
  const followed: { id: string; emit: (item: LineView | { dropped: number }) => void; end: AbortSignal }[] = [];
  const api = fakeApi({
    ...pictures().api,
    logs: (ask, emit, end) => {
      expect(ask).toMatchObject({ lines: 500, follow: true });
      followed.push({ id: ask.names.join(), emit, end });
      return new Promise((resolve) => {
        end.addEventListener('abort', () => {
          resolve(ok({ notes: [] }));
        });
      });
    },
  });
  const { feed, until } = await watch(api);
  feed.perform({ do: 'follow', id: 'a' });
  await waitUntil('a is followed', () => followed.length === 1);
  for (let line = 0; line < 30; line += 1) followed[0]?.emit({ id: 'a', at: null, stream: 'out', text: String(line) });
  followed[0]?.emit({ id: 'a:2', at: null, stream: 'out', text: 'of an instance of a daemon a' });
  followed[0]?.emit({ dropped: 7 });
  const heard = await until('what was missed is told', (all) => all.some(({ is }) => is === 'lines-dropped'));
  const lines = heard.flatMap((message) => (message.is === 'lines' ? message.lines.map(({ text }) => text) : []));
  expect(lines).toEqual(Array.from({ length: 30 }, (_, line) => String(line)));
  expect(heard.filter(({ is }) => is === 'lines').length).toBeLessThan(10);
  expect(heard.at(-1)).toEqual({ is: 'lines-dropped', id: 'a', count: 7 });
  feed.perform({ do: 'follow', id: 'b' });
  await waitUntil('a is followed no more', () => followed[0]?.end.aborted === true);
  await waitUntil('b is', () => followed[1]?.id === 'b');
});

test('each deed is asked under its names, and its outcome is told; a refusal too', async () => {
  const api = fakeApi({
    ...pictures().api,
    stop: (ask) =>
      Promise.resolve(ok(deed({ instances: ['a'], ends: [{ id: 'a', exit: exit({}) }], cut: ask.now ? 1 : 0 }))),
    start: () => Promise.resolve(fail({ reason: 'stopping', words: 'the list is stopping' })),
  });
  const { feed, until } = await watch(api);
  feed.perform({ do: 'cut', of: [was('a')] });
  await until(
    'it is told',
    (all) => summary(all.at(-1)) === 'told info killed a: boundary 0 · ended by itself 0 · cut 1',
  );
  feed.perform({ do: 'start', of: [was('b')] });
  await until('it is told', (all) => summary(all.at(-1)) === 'told bad the list is stopping');
  // No names would mean all.
  feed.perform({ do: 'stop', of: [] });
  feed.perform({ do: 'restart', of: [was('c')] });
  await until('it is told', (all) => summary(all.at(-1)) === 'told info restarted photos');
  expect(api.asked).toEqual([
    { method: 'stop', ask: { names: [was('a')], wait: true, now: true, within_ms: null } },
    { method: 'start', ask: { names: [was('b')], wait: true } },
    { method: 'restart', ask: { names: [was('c')], wait: true, how: 'scout' } },
  ]);
});

test('events are followed from a number on, until they are left', async () => {
  const asked: { since: number; emit: (item: EventView | { dropped: number }) => void; end: AbortSignal }[] = [];
  const api = fakeApi({
    ...pictures().api,
    events: ({ since, follow }, emit, end) => {
      expect(follow).toBe(true);
      asked.push({ since, emit, end });
      return new Promise((resolve) => {
        end.addEventListener('abort', () => {
          resolve();
        });
      });
    },
  });
  const { feed, until } = await watch(api);
  feed.perform({ do: 'follow-events', since: 7 });
  await waitUntil('they are asked for', () => asked.length === 1);
  for (const seq of [8, 9]) asked[0]?.emit(event(seq, 'x'));
  asked[0]?.emit({ dropped: 3 });
  const heard = await until('all is told', (all) => all.at(-1)?.is === 'events-dropped');
  expect(heard.slice(-2)).toEqual([
    { is: 'events', events: [event(8, 'x'), event(9, 'x')] },
    { is: 'events-dropped', count: 3 },
  ]);
  expect(asked[0]?.since).toBe(7);
  feed.perform({ do: 'leave-events' });
  await waitUntil('nobody follows', () => asked[0]?.end.aborted === true);
});

describe('the detail of an instance', () => {
  it('is asked for when somebody rests on it, and of the last one only', async () => {
    const { feed, asked, until } = await detailed();
    for (const id of ['a', 'b', 'c']) feed.perform({ do: 'detail', id });
    (await asked(1)).answer('c');
    await until('c is told', (all) => all.some(({ is }) => is === 'detail'));
    feed.perform({ do: 'detail', id: 'd' });
    expect((await asked(2)).names).toEqual(['c', 'd']);
  });

  it('that comes late, or is one of another, is not told', async () => {
    const { feed, asked, messages, until } = await detailed();
    feed.perform({ do: 'detail', id: 'a' });
    const first = await asked(1);
    feed.perform({ do: 'detail', id: 'b' });
    (await asked(2)).answer('a');
    first.answer('a');
    // What is asked after that is answered only when those have been handled.
    feed.perform({ do: 'why', id: 'b' });
    await until('why is told', (all) => all.some(({ is }) => is === 'why'));
    feed.perform({ do: 'detail', id: 'c' });
    (await asked(3)).answer('c');
    await until('c is told', (all) => all.some(({ is }) => is === 'detail'));
    expect(messages.filter(({ is }) => is === 'detail')).toMatchObject([{ instance: { id: 'c' } }]);
  });

  it('that never comes is no trouble: the next one does', async () => {
    const { feed, asked, messages, until } = await detailed();
    feed.perform({ do: 'detail', id: 'a' });
    (await asked(1)).refuse();
    feed.perform({ do: 'detail', id: 'b' });
    (await asked(2)).answer('b');
    await until('b is told', (all) => all.some(({ is }) => is === 'detail'));
    expect(messages.map(summary)).toEqual(['detail']);
  });
});

test('a plan is asked for and carried out under its number, and a refusal of many lines is told in one', async () => {
  const planned = { ...NO_PLAN, added: ['mail'], starts: ['mail'], print: 77 };
  const refused = 'daemons.yaml:1:1: x\n  1 | x\n\nNothing was changed: the list runs on as it was.';
  let isBroken = false;
  const api = fakeApi({
    ...pictures().api,
    plan: () => Promise.resolve(isBroken ? fail({ reason: 'invalid', words: refused }) : ok(planned)),
    reload: () =>
      Promise.resolve(
        isBroken
          ? fail({ reason: 'invalid', words: refused })
          : ok({ ...deed({ instances: ['mail'] }), plan: planned }),
      ),
  });
  const { feed, until } = await watch(api);
  feed.perform({ do: 'plan' });
  expect((await until('it is there', (all) => all.at(-1)?.is === 'plan')).at(-1)).toEqual({
    is: 'plan',
    plan: ok(planned),
  });
  feed.perform({ do: 'reload', print: 77 });
  await until('it is told', (all) => summary(all.at(-1)) === 'told info reloaded: started mail');
  expect(api.asked).toEqual([{ method: 'reload', ask: { wait: true, print: 77 } }]);
  isBroken = true;
  feed.perform({ do: 'plan' });
  await until(
    'it is shown',
    (all) => JSON.stringify(all.at(-1)) === JSON.stringify({ is: 'plan', plan: fail(refused) }),
  );
  feed.perform({ do: 'reload', print: 77 });
  await until(
    'it is told',
    (all) => summary(all.at(-1)) === 'told bad nothing was changed: daemons.yaml:1:1: x (p shows all of it)',
  );
});

test('deeds that take long are waited for beside each other, and not without end', async () => {
  const api = fakeApi({ ...pictures().api, stop: () => new Promise(() => undefined) });
  const { feed, until } = await watch(api);
  for (let count = 0; count < 33; count += 1) feed.perform({ do: 'stop', of: [was(`a${count}`)] });
  await until('one is refused', (all) => summary(all.at(-1)).startsWith('told bad 32 things'));
  await waitUntil('the others are asked', () => api.asked.length === 32);
});

test('a supervisor that says nothing is asked whether it is there, and is lost where it does not answer', async () => {
  const { open, asked } = await deafAfter(1);
  const { messages, until } = open;
  await until('it is lost', (all) => all.some(({ is }) => is === 'lost'));
  expect(messages[1]).toMatchObject({ is: 'lost', words: expect.stringContaining('did not answer') as string });
  // Since it was last heard, not only since that was noticed.
  expect(messages[1]).toHaveProperty(
    'silentMs',
    expect.toSatisfy((ms: number) => ms > 0),
  );
  expect(asked.filter((method) => method === 'version').length).toBeGreaterThan(1);
});

test('one that shows pictures and hears no deed is lost, too', async () => {
  const { open } = await deafAfter(1, 'and goes on');
  const { feed, until } = open;
  await until('a picture is there', (all) => all.length > 0);
  feed.perform({ do: 'start', of: [was('a')] });
  const messages = await until('it is lost', (all) => all.some(({ is }) => is === 'lost'));
  expect(messages.some(({ is }) => is === 'changed')).toBe(true);
});

/** A supervisor whose answers to `status` are given by the test, one after the other. */
async function detailed() {
  const asks: { id: string; answer: (id: string) => void; refuse: () => void }[] = [];
  const api = fakeApi({
    ...pictures().api,
    status: ({ names, runs }) => {
      expect(runs).toBe(true);
      return new Promise((resolve) => {
        asks.push({
          id: names.join(),
          answer: (id) => {
            resolve(ok(statusOf([instance({ id })])));
          },
          refuse: () => {
            resolve(fail({ reason: 'no-match', words: 'no such' }));
          },
        });
      });
    },
  });
  const watched = await watch(api);
  /** The n-th request, once it was made; and the subjects of all. */
  const asked = async (count: number) => {
    await waitUntil(`${count} were asked for`, () => asks.length >= count);
    const last = asks[count - 1];
    if (last === undefined) throw new Error('nothing was asked');
    return { ...last, names: asks.map(({ id }) => id) };
  };
  return { ...watched, asked };
}

/** A supervisor that answers `version` this many times and shows a picture; then nothing, or pictures only. */
async function deafAfter(
  count: number,
  then: 'silence' | 'and goes on' = 'silence',
): Promise<{ open: Watched; asked: string[] }> {
  const asked: string[] = [];
  const folder = await serveLines(({ id, method }, socket) => {
    asked.push(method);
    const reply = (message: object): unknown => socket.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    if (method === 'version' && asked.filter((each) => each === method).length <= count) reply({ id, result: {} });
    if (method !== 'changes') return;
    const show = (whole: boolean): unknown =>
      reply({ method: 'item', params: { id, item: { whole, more: false, supervisor, instances: [] } } });
    show(true);
    if (then === 'silence') return;
    const timer = setInterval(() => show(false), 100);
    socket.on('close', () => {
      clearInterval(timer);
    });
  });
  return { open: await watch(null, folder), asked };
}

/** A supervisor whose pictures the test emits. */
function pictures(): {
  api: Partial<Api>;
  emit: (change: Omit<ChangeView, 'supervisor' | 'instances'> & { instances: readonly string[] }) => void;
  drop: () => void;
  readonly asked: number;
} {
  const emits: ((item: ChangeView | { dropped: number }) => void)[] = [];
  return {
    api: {
      changes: (_ask, emit, end) => {
        emits.push(emit);
        return new Promise((resolve) => {
          end.addEventListener('abort', () => {
            resolve(ok({}));
          });
        });
      },
    },
    emit: ({ instances, ...rest }) => {
      if (supervisor === null) throw new Error('no supervisor');
      emits.at(-1)?.({ ...rest, supervisor, instances: instances.map((id) => instance({ id })) });
    },
    drop: () => emits.at(-1)?.({ dropped: 1 }),
    get asked() {
      return emits.length;
    },
  };
}

interface Watched {
  readonly feed: Feed;
  readonly messages: readonly Message[];
  readonly until: (what: string, met: (messages: readonly Message[]) => boolean) => Promise<readonly Message[]>;
}

/** A feed from this supervisor, or (null) from the one that the folder has. */
async function watch(api: Partial<Api> | FakeApi | null, folder?: string): Promise<Watched> {
  let asked = 0;
  const where =
    api === null
      ? (folder ?? '')
      : (
          await serveFake({
            ...('asked' in api ? api : fakeApi(api)),
            changes: (...args) => {
              asked += 1;
              return api.changes?.(...args) ?? Promise.resolve(ok({}));
            },
          })
        ).folder;
  const messages: Message[] = [];
  const feed = openFeed([where], (message) => messages.push(message));
  onTestFinished(() => {
    feed.close();
  });
  if (api !== null) await waitUntil('it watches', () => asked > 0);
  return { feed, messages, until: (what, met) => waitFor(what, () => messages, met) };
}

function summary(message: Message | undefined): string {
  if (message === undefined) return '';
  if ('instances' in message) return [message.is, ...message.instances.map(({ id }) => id)].join(' ');
  if (message.is === 'lost') return `lost ${message.words}`;
  return message.is === 'told' ? `told ${message.level} ${message.words}` : message.is;
}
