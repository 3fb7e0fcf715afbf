import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fail, ok } from '../../src/base/result.ts';
import type { InstanceView, StateName } from '../../src/control/view.ts';
import { lineWidth } from '../../src/tui/cells.ts';
import { KEYS } from '../../src/tui/keys.ts';
import type { Message, Request } from '../../src/tui/message.ts';
import type { Line } from '../../src/tui/screen.ts';
import { update } from '../../src/tui/update.ts';
import { isMoving, view } from '../../src/tui/view.ts';
import {
  ago,
  connected,
  crash,
  daemon,
  event,
  freshModel,
  keys,
  line,
  NOW,
  plan,
  supervisor,
  use,
} from '../support/screens.ts';

const IDS = [
  'api',
  'photos:1',
  'photos:2',
  'a-name-that-is-as-long-as-it-may-be-and-then-a-little-longer:12',
  'mailer',
];
const STATES: readonly StateName[] = [
  'stopped',
  'waiting',
  'starting',
  'running',
  'draining',
  'killing',
  'backoff',
  'exited',
  'failed',
];

/** Any text, and what programs and attackers really print. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.constantFrom('\x1b[2J\x1b[H', '写真 を縮小', '👨‍👩‍👧‍👦🇩🇪', '\ud83d', 'tab\ttab', 'e\u0301\u0308', 'x'.repeat(5_000)),
);
const maybe = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(one);
const time = fc.integer({ min: -90_000, max: 4_000_000 }).map(ago);
const size = fc.record({ width: fc.integer({ min: 0, max: 300 }), height: fc.integer({ min: 0, max: 100 }) });

const instance: fc.Arbitrary<InstanceView> = fc
  .record({
    id: fc.constantFrom(...IDS),
    tags: fc.subarray(['media', 'slow']),
    state: fc.constantFrom(...STATES),
    flags: fc.subarray(['stuck', 'looping', 'no_drain', 'adopted'] as const),
    wanted: fc.constantFrom('up' as const, 'down' as const),
    pid: maybe(fc.integer({ min: 2, max: 4_000_000 })),
    started_at: maybe(time),
    since: time,
    iterations: maybe(fc.nat()),
    busy: maybe(fc.boolean()),
    status: maybe(text),
    progress: maybe(fc.record({ done: fc.nat(), total: fc.nat() })),
    iteration_ms: maybe(fc.nat()),
    next_start_at: maybe(time),
    kill_at: maybe(time),
    waiting_for: fc.array(
      fc.record({ kind: fc.constantFrom('dependency', 'resource', 'leftovers'), name: text, since: time }),
      {
        maxLength: 3,
      },
    ),
    last_exit: maybe(text.map((words) => crash({ words }))),
    memory_bytes: maybe(fc.nat()),
    cpu_percent: maybe(fc.double({ min: 0, max: 6_400, noNaN: true })),
    words: maybe(text),
  })
  .map((facts) => daemon(facts.id, facts));
const instances = fc.uniqueArray(instance, { selector: ({ id }) => id });

const key = fc.oneof(
  fc.constantFrom(...KEYS.flatMap(({ keys }) => keys)),
  fc.constantFrom(...Array.from('photos:1syXqrjwepL')),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
);

const message: fc.Arbitrary<Message> = fc.oneof(
  { weight: 6, arbitrary: key.map((pressed): Message => ({ is: 'key', key: pressed })) },
  instances.map((some): Message => connected(some)),
  fc
    .record({
      some: instances,
      state: fc.constantFrom('running' as const, 'stopping' as const),
      problems: fc.array(text),
    })
    .map(({ some, ...facts }): Message => ({ is: 'changed', supervisor: supervisor(facts), instances: some })),
  text.map((words): Message => ({ is: 'lost', words })),
  fc
    .record({ id: fc.constantFrom(...IDS), texts: fc.array(text, { maxLength: 40 }) })
    .map(({ id, texts }): Message => ({ is: 'lines', id, lines: texts.map((each) => line(id, each)) })),
  fc
    .record({ id: maybe(fc.constantFrom(...IDS)), texts: fc.array(text, { maxLength: 40 }), first: fc.nat(9) })
    .map(({ id, texts, first }): Message => ({
      is: 'events',
      events: texts.map((each, index) => event(first + index, each, { id })),
    })),
  fc.constant<Message>({ is: 'events-dropped', count: 3 }),
  fc.constantFrom(...IDS).map((id): Message => ({ is: 'lines-dropped', id, count: 3 })),
  fc
    .record({ id: fc.constantFrom(...IDS), words: fc.array(text, { maxLength: 5 }) })
    .map(({ id, words }): Message => ({ is: 'why', id, why: ok({ id, state: 'running', reasons: [], words }) })),
  fc
    .record({ words: fc.array(text, { maxLength: 9 }), warnings: fc.array(text, { maxLength: 3 }) })
    .map(({ words, warnings }): Message => ({ is: 'plan', plan: ok(plan({ added: words, starts: words, warnings })) })),
  text.map((words): Message => ({ is: 'plan', plan: fail(`${words}\n  1 | x\n    | ^\n\n${words}`) })),
  text.map((words): Message => ({ is: 'told', level: 'bad', words })),
  fc
    .record({
      act: fc.constantFrom('click' as const, 'wheel-up' as const, 'wheel-down' as const),
      x: fc.integer({ min: -1, max: 300 }),
      y: fc.integer({ min: -1, max: 100 }),
    })
    .map((mouse): Message => ({ is: 'mouse', ...mouse })),
  size.map((to): Message => ({ is: 'resized', size: to })),
  fc.constant<Message>({ is: 'tick' }),
);

/** With the keys in the log, and a search done. */
const IN_LOG: readonly Message[] = [
  connected([daemon('api')]),
  ...keys('tab'),
  {
    is: 'lines',
    id: 'api',
    lines: ['写真 e\u0301 \x1b[2J'.repeat(90), 'e', 'x'.repeat(5_000)].map((each) => line('api', each)),
  },
  ...keys('W', '/', 'e', 'enter'),
];

const PRINTABLE = /^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$/;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** Rows that are not as wide as the terminal, or contain what it must not get. */
const wrongRows = (lines: readonly Line[], width: number, allowed: RegExp): readonly Line[] =>
  lines.filter((row) => (row.length > 0 && lineWidth(row) !== width) || row.some((part) => !allowed.test(part.text)));

it('whatever comes, the screen is as large as the terminal and gives it nothing to obey', () => {
  const life = fc.record({
    size,
    glyphs: fc.constantFrom('unicode' as const, 'ascii' as const),
    list: text,
    ownsSupervisor: fc.boolean(),
    begun: fc.constantFrom([], IN_LOG, [...IN_LOG, ...keys('/', 'a')]),
    messages: fc.array(fc.tuple(message, fc.constantFrom(0, 50, 1_000)), { maxLength: 60 }),
  });
  fc.assert(
    fc.property(life, ({ begun, messages, ...given }) => {
      let { model } = use(freshModel(given), begun);
      let now = NOW;
      for (const [one, gap] of messages) {
        now += gap;
        model = update(model, one, now).model;
        const { lines, cursor } = view(model);

        expect(lines).toHaveLength(model.size.height);
        expect(wrongRows(lines, model.size.width, model.glyphs === 'ascii' ? PRINTABLE_ASCII : PRINTABLE)).toEqual([]);
        if (cursor !== null) {
          expect(cursor.x).toBeLessThan(model.size.width);
          expect(cursor.y).toBeLessThan(model.size.height);
        }
      }
      isMoving(model);
    }),
    { numRuns: 150 },
  );
});

it('nothing that can cut is asked for without a question that stood open, whatever is pasted', () => {
  const harmful = (request: Request): boolean => ['stop', 'restart', 'cut', 'leave'].includes(request.do);
  const paste = fc.array(
    key.filter((each) => !each.startsWith('C-')),
    { maxLength: 80 },
  );
  fc.assert(
    fc.property(instances, paste, (some, pasted) => {
      let model = update(freshModel(), connected(some.map((one) => ({ ...one, pid: 77 }))), NOW).model;
      // The first key of a paste may look like one of a hand; it never suffices.
      for (const [index, each] of pasted.entries()) {
        const next = update(model, { is: 'key', key: each }, NOW + 60_000);
        model = next.model;
        expect(next.requests.filter(harmful)).toEqual(
          index === 0 && each === 'q' ? [{ do: 'leave', how: 'detach' }] : [],
        );
      }
    }),
    { numRuns: 300 },
  );
});
