import { fail, ok } from '../../src/base/result.ts';
import type { EventView, InstanceView, LineView, PlanView } from '../../src/control/view.ts';
import type { Message } from '../../src/tui/message.ts';
import type { newModel } from '../../src/tui/model.ts';
import {
  ago,
  connected,
  crash,
  daemon,
  down,
  event,
  keys,
  line,
  plan,
  resource,
  resting,
  typed,
  supervisor,
} from './screens.ts';

/** What is on the screen, and how it got there. */
export interface Situation {
  readonly messages: readonly Message[];
  readonly given?: Partial<Parameters<typeof newModel>[0]>;
}

export const SITUATIONS: Readonly<Record<string, Situation>> = {
  connecting: { messages: [{ is: 'tick' }] },
  'all calm': { messages: [connected(calm()), ...keys('j'), logged('photos:1')] },
  'detail open': { messages: [connected(calm()), ...keys('j', 'enter'), logged('photos:1')] },
  'crash loop': {
    messages: [connected([...calm(), ...looping()], { check: 'trouble' }), ...keys('G', 'k'), crashLog('reports')],
  },
  'crash loop opened': {
    messages: [
      connected([...calm(), ...looping()], { check: 'trouble' }),
      ...keys('G', 'k', 'enter'),
      crashLog('reports'),
    ],
  },
  'mass drain': { messages: [connected(draining(), { state: 'stopping' }), ...keys('j'), logged('photos:1')] },
  'resource down': {
    messages: [
      connected(
        resourceDown(),
        { check: 'trouble', problems: ['database is down (connection refused): 2 wait for it'] },
        [resource('mail'), down('database', 12), down('queue', 3)],
      ),
      ...keys('j'),
    ],
  },
  'broken deploy': { messages: [connected(brokenDeploy(), { check: 'trouble' }), ...keys('j')] },
  stuck: { messages: [connected(stuck(), { check: 'trouble' }), ...keys('j'), logged('photos:1')] },
  'waiting for a dependency': { messages: [connected(waiting()), ...keys('j')] },
  failed: { messages: [connected(failed(), { check: 'trouble' }), ...keys('G'), crashLog('mailer')] },
  'failed why': {
    messages: [
      connected(failed(), { check: 'trouble' }),
      ...keys('G', 'w'),
      {
        is: 'why',
        id: 'mailer',
        why: ok({
          id: 'mailer',
          state: 'failed',
          reasons: [],
          words: [
            'mailer gave up: exit 78, which its list calls fatal (fatal_codes), 12:40:58.',
            'Its log: supervise logs mailer',
            'Once mended: supervise start mailer',
          ],
        }),
      },
    ],
  },
  filtered: { messages: [connected(calm()), logged('api'), ...keys('/'), ...typed('mov'), ...keys('enter')] },
  'filter without a match': { messages: [connected(calm()), logged('api'), ...keys('/'), ...typed('photso')] },
  help: { messages: [connected(calm()), ...keys('?')] },
  'stop question': { messages: [connected(calm()), logged('api'), ...keys('j', 's')] },
  'stop question of one that cannot drain': { messages: [connected(noDrain()), ...keys('s')] },
  'kill question': { messages: [connected(calm()), ...keys('j', 'X'), ...typed('phot')] },
  'detail with all that is known': {
    messages: [connected(calm()), ...keys('j', 'j', 'j', 'enter'), ...worked(), asked()],
  },
  'detail read': {
    messages: [connected(calm()), ...keys('j', 'j', 'j', 'enter'), ...worked(), asked(), ...keys('enter')],
  },
  events: { messages: [connected(calm()), ...keys('j', 'e'), happened()] },
  'events of one': { messages: [connected(calm()), ...keys('j', 'e'), happened(), ...keys('e')] },
  'events scrolled back': { messages: [connected(calm()), ...keys('j', 'e'), happened(), ...keys('pageup')] },
  plan: { messages: [connected(calm()), ...keys('p'), { is: 'plan', plan: ok(changedPlan()) }] },
  'plan asked for': { messages: [connected(calm()), ...keys('p')] },
  'plan of an unchanged list': {
    messages: [connected(calm()), ...keys('p'), { is: 'plan', plan: ok(plan({ unchanged: ['api', 'photos'] })) }],
  },
  'plan of a broken list': { messages: [connected(calm()), ...keys('p'), { is: 'plan', plan: fail(brokenList()) }] },
  'reload question': { messages: [connected(calm()), ...keys('L'), { is: 'plan', plan: ok(changedPlan()) }] },
  'reload question scrolled': {
    messages: [connected(calm()), ...keys('L'), { is: 'plan', plan: ok(changedPlan()) }, ...keys('pagedown')],
  },
  marks: { messages: [connected(calm()), logged('api'), ...keys('j', ' ', ' ')] },
  'stop question of many': { messages: [connected([...calm(), ...noDrain().slice(0, 1)]), ...keys('*', 's')] },
  'kill question of many': { messages: [connected(calm()), ...keys('*', 'X'), ...typed('kill')] },
  'leave question': { messages: [connected(noDrain()), ...keys('q')], given: { ownsSupervisor: true } },
  'supervisor lost': {
    messages: [
      connected([...calm(), ...failed().slice(3)]),
      logged('api'),
      { is: 'lost', words: 'connect ENOENT /var/lib/supervise/shop/control.sock' },
      ...Array.from({ length: 12 }, (): Message => ({ is: 'tick' })),
      ...keys('s'),
    ],
  },
  'nobody runs': {
    messages: [
      { is: 'lost', words: 'no supervisor runs this list; start one with: supervise start -d' },
      { is: 'tick' },
      ...keys('s'),
    ],
  },
  sorted: {
    messages: [connected(measured()), ...keys('j', 'o', 'o', 'o', 'O', 'O'), logged('photos:1')],
  },
  'sorted by what has no column': {
    messages: [connected([...calm(), ...looping()]), ...keys('o', 'o', 'o', 'o', 'o', 'o')],
  },
  'one alone': { messages: [connected(calm().slice(1, 2)), logged('photos:1')] },
  'an empty list': { messages: [connected([])] },
  'supervisor ended': {
    messages: [
      connected(calm()),
      { is: 'lost', words: 'the supervisor has ended as it was asked to; start it again with: supervise start' },
    ],
  },
  'problems of the supervisor': {
    messages: [
      connected(calm(), {
        check: 'trouble',
        problems: ['state.json cannot be written: no space left on device (ENOSPC)', 'photos.log: 12 lines were lost'],
      }),
      { is: 'told', level: 'bad', words: 'photos:1 does not come up (exit 255); its log says why' },
    ],
  },
  'a thousand instances': { messages: [connected(thousand()), ...keys('pagedown', 'pagedown', 'j')] },
  'log scrolled back': {
    messages: [
      connected(calm()),
      ...keys('j', 'tab'),
      manyLines('photos:1', 300),
      ...keys('pageup', 'k'),
      manyLines('photos:1', 7),
      { is: 'lines-dropped', id: 'photos:1', count: 12 },
    ],
  },
  'log searched': {
    messages: [...photosLog(), ...keys('/'), ...typed('exif'), ...keys('enter', 'n'), ...photosLines()],
  },
  'log search being typed': { messages: [...photosLog(), ...keys('/'), ...typed('exif')] },
  'log search without a match': { messages: [...photosLog(), ...keys('/'), ...typed('EXIv'), ...keys('enter')] },
  'log search that began anew at the other end': {
    messages: [...photosLog(), ...keys('/'), ...typed('exif'), ...keys('enter', 'N')],
  },
  'log of stderr alone': { messages: [...photosLog(), ...keys('[')] },
  'log without lines of stderr': { messages: [...photosLog(), manyLines('photos:1', 2_000), ...keys('[')] },
  'log wrapped': { messages: [...photosLog(), longLine('photos:1'), ...keys('W')] },
  'log sideways': { messages: [...photosLog(), longLine('photos:1'), ...keys('right', 'right')] },
  'log over the whole screen': {
    messages: [connected(calm()), ...keys('j'), ...photosLines(), longLine('photos:1'), ...keys('l', 't')],
  },
  'hostile log': { messages: [connected(calm()), hostileLog('api')] },
  'hostile log searched and wrapped': {
    messages: [connected(calm()), hostileLog('api'), ...keys('l', 'W', '/'), ...typed('e')],
  },
  'hostile log sideways': { messages: [connected(calm()), hostileLog('api'), ...keys('l', 'right')] },
  ascii: {
    messages: [connected([...calm(), ...looping(), ...failed().slice(3)]), hostileLog('api')],
    given: { glyphs: 'ascii' },
  },
};

/** A minute of work by movies:1, faster and faster. */
function worked(): readonly Message[] {
  return Array.from({ length: 60 }, (_, second) => ({
    ...{ is: 'changed', supervisor: supervisor(), resources: [] },
    instances: calm()
      .filter(({ id }) => id === 'movies:1')
      .map((one) => ({ ...one, iterations: 231 + Math.floor((second * second) / 40) })),
  }));
}

function asked(): Message {
  const [one = daemon('movies:1')] = calm().filter(({ id }) => id === 'movies:1');
  const run = { run: 2, pid: 4_711, started_at: ago(20_000), iterations: 228 };
  return {
    is: 'detail',
    instance: {
      ...one,
      runs: [
        {
          ...crash({ at: ago(7_205), code: 0, kind: 'asked', cut: 'no', words: 'ended by itself at a boundary' }),
          ...run,
        },
        { ...crash({ at: ago(20_001) }), ...run, run: 1, iterations: 230 },
      ],
      needs: [
        { kind: 'dependency', name: 'migrate', until: 'completed', state: 'met', since: null },
        { kind: 'resource', name: 'database', state: 'down', since: ago(12) },
      ],
      limits: {
        ...{ iteration_ms: 300_000, iterations: 10_000, memory_bytes: 512e6, age_ms: 86_400_000 },
        ...{ grace_ms: 60_000, restart: 'always', run_iterations: 3 },
      },
    },
  };
}

function happened(): Message {
  const facts: readonly (readonly [words: string, facts?: Partial<EventView>])[] = [
    ['supervise 0.1.0 supervises 8 instances'],
    ['started, pid 5008', { id: 'photos:1' }],
    ['ready', { id: 'photos:1' }],
    ['exit 255 in the middle of iteration #231, an iteration was cut', { id: 'movies:1', level: 'warning' }],
    ['again in 400ms (crash 1)', { id: 'movies:1' }],
    ['started, pid 5108', { id: 'movies:1' }],
    ['stop asked: SIGTERM sent, waiting for iteration #9,120', { id: 'photos:1' }],
    ['gave up: 5 crashes in a row', { id: 'mailer', level: 'error' }],
    ['list reloaded: added mail; changed photos (env.QUEUE), replaced; removed thumbs'],
    ['replaced: pid 5211', { id: 'photos:1' }],
    ['stopped by hand', { id: 'cleanup' }],
  ];
  return { is: 'events', events: facts.map(([words, more], index) => event(index + 1, words, more)) };
}

/** As in docs/reload.md, plus one warning. */
function changedPlan(): PlanView {
  return plan({
    added: ['mail'],
    removed: ['thumbs'],
    changed: [
      { name: 'photos', keys: ['env.QUEUE'], restarts: true, instances: ['photos:1', 'photos:2'] },
      { name: 'movies', keys: ['limits.memory', 'stop.grace'], restarts: false, instances: [] },
    ],
    unchanged: ['api', 'mirror', 'migrate', 'cleanup'],
    list: ['supervisor.start_rate'],
    starts: ['mail'],
    stops: ['thumbs'],
    warnings: [
      '/srv/shop/daemons.yaml:12:5: mail: stop: 1s is short for a worker\n  its grace is what an iteration may take',
    ],
  });
}

function brokenList(): string {
  return `/srv/shop/daemons.yaml:3:5: photos: unknown key "shel"
  3 |     shel: php photos.php
    |     ^^^^
  did you mean shell?

/srv/shop/daemons.yaml:9:13: mailer: script ./nowhere.sh does not exist
  9 |     script: ./nowhere.sh
    |             ^^^^^^^^^^^^

2 problems in /srv/shop/daemons.yaml

Nothing was changed: the list runs on as it was.`;
}

function calm(): readonly InstanceView[] {
  return [
    daemon('api', { iterations: 88_210, started_at: ago(3 * 86_400), memory_bytes: 61e6, cpu_percent: 1 }),
    daemon('photos:1', { busy: true, iteration_ms: 1_200, tags: ['media'], memory_bytes: 84e6, cpu_percent: 12 }),
    daemon('photos:2', { tags: ['media'], status: 'waiting for photos', memory_bytes: 82e6, cpu_percent: 0 }),
    daemon('movies:1', {
      tags: ['media'],
      busy: true,
      iterations: 231,
      iteration_ms: 41_000,
      progress: { done: 12, total: 40 },
      memory_bytes: 312e6,
      cpu_percent: 98,
      starts: 3,
      last_exit: {
        at: ago(7_205),
        code: 0,
        signal: null,
        kind: 'asked',
        cut: 'no',
        fault: null,
        resource: null,
        words: 'ended by itself, exit 0, 3.1 s after SIGTERM, at a boundary (it had said ITERATION=228)',
      },
    }),
    daemon('movies:2', { tags: ['media'], iterations: 228, memory_bytes: 290e6, cpu_percent: 97 }),
    daemon('mirror', { iterations: null, busy: null, memory_bytes: 4e6, cpu_percent: 0 }),
    resting('migrate', {
      state: 'exited',
      iterations: null,
      last_exit: crash({ code: 0, cut: 'unknown', at: ago(7_300) }),
      since: ago(7_300),
    }),
    resting('cleanup', { state: 'stopped', wanted: 'down', words: 'stopped by hand', since: ago(400), iterations: 9 }),
  ];
}

function looping(): readonly InstanceView[] {
  return [
    resting('reports', {
      state: 'backoff',
      flags: ['looping'],
      quick_ends: 6,
      starts: 7,
      cuts: 2,
      iterations: 231,
      since: ago(3),
      next_start_at: ago(-28),
      last_exit: crash(),
    }),
    resting('imports', {
      state: 'backoff',
      quick_ends: 1,
      starts: 2,
      iterations: null,
      since: ago(0.4),
      next_start_at: ago(-0.6),
      last_exit: crash({ code: null, signal: 'SIGSEGV', cut: 'unknown', words: 'killed by SIGSEGV' }),
    }),
  ];
}

function draining(): readonly InstanceView[] {
  return [
    daemon('api', { wanted: 'down', waiting_for: [{ kind: 'dependency', name: 'photos', since: ago(21) }] }),
    daemon('photos:1', {
      state: 'draining',
      wanted: 'down',
      busy: true,
      iteration_ms: 21_000,
      since: ago(21),
      kill_at: ago(-39),
      progress: { done: 12, total: 40 },
    }),
    daemon('photos:2', {
      state: 'draining',
      wanted: 'down',
      busy: true,
      iteration_ms: 400,
      since: ago(21),
      kill_at: null,
    }),
    daemon('movies:1', { state: 'killing', wanted: 'down', since: ago(2) }),
    daemon('movies:2', {
      state: 'draining',
      wanted: 'down',
      busy: false,
      since: ago(21),
      kill_at: ago(-9),
      flags: ['no_drain'],
    }),
    resting('cleanup', { state: 'stopped', wanted: 'down', words: 'stopped with the list', since: ago(14) }),
  ];
}

function resourceDown(): readonly InstanceView[] {
  const gate = (name: string, seconds: number) => ({ kind: 'resource', name, since: ago(seconds) }) as const;
  return [
    ...calm().slice(0, 3),
    resting('imports', { state: 'waiting', since: ago(12), starts: 2, waiting_for: [gate('database', 12)] }),
    resting('mailer', { state: 'waiting', since: ago(9), waiting_for: [gate('database', 12), gate('queue', 3)] }),
  ];
}

/** The one that goes first with a change does not come up; the others keep running, and one that is down waits for it. */
function brokenDeploy(): readonly InstanceView[] {
  const since = ago(40);
  return [
    daemon('api', { flags: ['adopted'] }),
    resting('photos:1', {
      state: 'backoff',
      flags: ['scout'],
      quick_ends: 2,
      starts: 4,
      next_start_at: ago(-6),
      last_exit: crash(),
    }),
    daemon('photos:2', { words: 'runs as the list was', busy: true, iteration_ms: 800 }),
    daemon('photos:3', { words: 'runs as the list was' }),
    resting('photos:4', { state: 'waiting', since, waiting_for: [{ kind: 'scout', name: 'photos:1', since }] }),
  ];
}

function stuck(): readonly InstanceView[] {
  return calm().map((each) =>
    each.id === 'photos:1'
      ? {
          ...each,
          state: 'draining',
          flags: ['stuck'],
          iterations: 9_876,
          iteration_ms: 369_000,
          kill_at: ago(-39),
          words: 'over its limit of 5m',
        }
      : each,
  );
}

function waiting(): readonly InstanceView[] {
  const since = ago(12);
  return [
    daemon('migrate', { iterations: null, busy: null, started_at: ago(12), since: ago(11) }),
    resting('photos:1', {
      state: 'waiting',
      since,
      starts: 0,
      iterations: null,
      waiting_for: [
        { kind: 'dependency', name: 'migrate', until: 'completed', since },
        { kind: 'dependency', name: 'api', until: 'ready', since },
      ],
    }),
    resting('photos:2', {
      state: 'waiting',
      since,
      starts: 0,
      iterations: null,
      waiting_for: [{ kind: 'scout', name: 'photos:1', since }],
    }),
    resting('movies', {
      state: 'waiting',
      since,
      starts: 0,
      iterations: null,
      waiting_for: [{ kind: 'turn', name: 'start_rate', since }],
    }),
    resting('imports', {
      state: 'waiting',
      since,
      starts: 2,
      waiting_for: [{ kind: 'resource', name: 'database', since }],
    }),
    daemon('api', {
      state: 'starting',
      started_at: ago(4),
      since: ago(4),
      iterations: null,
      busy: null,
      status: 'loading 40 models',
    }),
  ];
}

function failed(): readonly InstanceView[] {
  return [
    ...calm().slice(0, 3),
    resting('mailer', {
      state: 'failed',
      starts: 6,
      quick_ends: 5,
      cuts: 1,
      since: ago(9),
      words: 'gave up: exit 78 is fatal',
      last_exit: crash({ at: ago(9), code: 78, kind: 'fatal' }),
    }),
  ];
}

function noDrain(): readonly InstanceView[] {
  return [
    daemon('legacy', { flags: ['no_drain'], iterations: null, busy: null }),
    daemon('photos:1', { flags: ['adopted'] }),
  ];
}

/** Their usage is known. */
function measured(): readonly InstanceView[] {
  return [...calm(), ...looping()].map((instance, index) =>
    instance.pid === null
      ? instance
      : { ...instance, memory_bytes: (61 + index * 7) * 1e6, cpu_percent: [1, 12, 0, 9, 41][index % 5] ?? 0 },
  );
}

function thousand(): readonly InstanceView[] {
  return Array.from({ length: 1_000 }, (_, index) => {
    const id = `worker-with-a-long-name:${index + 1}`;
    if (index % 97 === 41) return resting(id, { state: 'failed', words: null, last_exit: crash(), since: ago(60) });
    return daemon(id, {
      busy: index % 3 === 0,
      iteration_ms: index % 3 === 0 ? index * 10 : null,
      iterations: index * 7,
    });
  });
}

function logged(id: string): Message {
  return {
    is: 'lines',
    id,
    lines: [
      line(id, 'photo 4120.jpg: 3 sizes written', { at: ago(9) }),
      line(id, 'warning: no EXIF in 4121.jpg', { at: ago(6), stream: 'err' }),
      line(id, 'photo 4122.jpg: 3 sizes written', { at: ago(4) }),
      line(id, `{"level":"info","msg":"${'a line that is longer than any terminal is wide, '.repeat(7)}"}`),
    ],
  };
}

/** With the keys in the log. */
function photosLog(): readonly Message[] {
  return [connected(calm()), ...keys('j', 'tab'), ...photosLines()];
}

function photosLines(): readonly Message[] {
  const lines: readonly LineView[] = Array.from({ length: 60 }, (_, index) =>
    index % 7 === 3
      ? line('photos:1', `warning: no EXIF in ${4_100 + index}.jpg, exif of its folder taken`, { stream: 'err' })
      : line('photos:1', `photo ${4_100 + index}.jpg: 3 sizes written`),
  );
  return [{ is: 'lines', id: 'photos:1', lines }];
}

function longLine(id: string): Message {
  const sizes = Array.from({ length: 40 }, (_, index) => `${index} of 写真 4122.jpg`);
  return { is: 'lines', id, lines: [line(id, `{"sizes":"${sizes.join(', ')}"}`)] };
}

function crashLog(id: string): Message {
  const trace = [
    'PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [2002] Connection refused in /srv/shop/src/Database.php:41',
    'Stack trace:',
    '#0 /srv/shop/src/Database.php(41): PDO->__construct()',
    '#1 /srv/shop/workers/reports.php(12): Database::connect()',
    '#2 {main}',
    '  thrown in /srv/shop/src/Database.php on line 41',
  ];
  return { is: 'lines', id, lines: trace.map((text) => line(id, text, { stream: 'err' })) };
}

function manyLines(id: string, count: number): Message {
  const lines: readonly LineView[] = Array.from({ length: count }, (_, index) =>
    line(id, `line ${index + 1} of ${count}`),
  );
  return { is: 'lines', id, lines };
}

function hostileLog(id: string): Message {
  const texts = [
    '\x1b[2J\x1b[H\x1b]0;owned\x07cleared the screen and set the title',
    '\x1b[31mred\x1b[0m, a bell \x07, a carriage\rreturn, a backspace \b, C1 \x9b31m here',
    '写真 4122.jpg を縮小しました: 三つの大きさ',
    'emoji 🎉👍🏽 family 👨‍👩‍👧‍👦 flag 🇩🇪 keycap 1️⃣ heart ❤️ end',
    'combining e\u0301 a\u0308 o\u0302, zero\u200bwidth, soft\u00adhyphen, right to left \u202egnp.exe',
    'tab\tstops\t|\tline',
    'lone surrogate \ud83d end',
  ];
  return { is: 'lines', id, lines: texts.map((text) => line(id, text)) };
}
