import { expect, test } from 'vitest';
import { measureFor } from '../../../src/base/width.ts';
import { colourer } from '../../../src/cli/print/colour.ts';
import { statusLines } from '../../../src/cli/print/status.ts';
import { exit, instance, statusOf } from '../../support/fake-api.ts';

const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 31, 12, 0, seconds)).toISOString();
const now = Date.parse(at(60));

const view = statusOf([
  instance({ id: 'photos:1', iterations: 12408, busy: true, iteration_ms: 3200, cpu_percent: 12, memory_bytes: 84e6 }),
  instance({ id: 'photos:2', state: 'draining', since: at(39), kill_at: at(99), cpu_percent: 9, memory_bytes: 82e6 }),
  instance({
    id: 'mailer',
    state: 'failed',
    pid: null,
    starts: 6,
    words: 'gave up: 5 crashes in a row, exit 1',
    last_exit: exit({ code: 1 }),
  }),
  instance({ id: '映画', state: 'running', flags: ['looping'], status: 'evil \u001b[2J\u0007 text' }),
]);
const style = (width: number | null) => ({ width, colour: colourer(false), now });

test('a line for each instance, what it does now and until when', async () => {
  const lines = await statusLines(view, style(null));
  expect(lines).toEqual([
    `shop  /srv/daemons.yaml  pid ${process.pid}  up 1m`,
    '1 looping · 1 failed · 2 running · 1 draining',
    '',
    '   NAME      STATE     NOW                                          CPU  MEM  UP  RE',
    '●  photos:1  running   #12,408  busy 3.2s                           12%  84M  1m   0',
    '◐  photos:2  draining  draining 21s  grace 39s, then SIGKILL         9%  82M  1m   0',
    '✗  mailer    failed    gave up: 5 crashes in a row, exit 1, 1m ago                 5',
    '!  映画      running   evil ␇ text · looping                                  1m   0',
  ]);
});

test.each([
  [80, 'CPU  MEM  UP  RE'],
  [72, 'CPU  MEM  UP  RE'],
  [67, 'CPU  MEM  UP'],
  [63, 'CPU  MEM'],
  [58, 'CPU'],
  [53, 'NOW'],
  [40, 'NOW'],
])('in %i columns the table ends with %s, and no line is wider', async (width, last) => {
  const lines = await statusLines(view, style(width));
  const table = lines.slice(3);
  expect(table[0]?.endsWith(last)).toBe(true);
  expect(table[0]).toContain('NAME');
  const measure = await measureFor(table);
  for (const line of table) expect(measure(line)).toBeLessThanOrEqual(width);
});

test('the line of counts has what is stuck or loops first, and resources that are down', async () => {
  const down = [
    { name: 'database', state: 'down' as const, since: at(48), error: null, waiting: 2 },
    { name: 'mail', state: 'up' as const, since: at(0), error: null, waiting: 0 },
  ];
  const [, counts] = await statusLines({ ...view, resources: down }, style(80));
  expect(counts).toBe('1 looping · 1 failed · 2 running · 1 draining · ✗ database down 12s');
});

test.each([
  [8, ['mailer', '映画', 'photos:2', 'photos:1'], null],
  [7, ['映画', 'mailer'], 2],
  [6, ['映画'], 3],
  [2, ['映画'], 3],
])('in %i rows those in trouble come first, and the others are counted', async (rows, ids, hidden) => {
  const lines = await statusLines(view, { ...style(80), rows });
  const shown = lines.slice(4).flatMap((line) => /^[^… ] +(\S+)/.exec(line)?.[1] ?? []);
  expect(shown.toSorted()).toEqual(ids.toSorted());
  if (hidden !== null) expect(shown).toEqual(ids);
  expect(lines.at(-1)?.startsWith('…')).toBe(hidden !== null);
  if (hidden !== null) expect(lines.at(-1)).toContain(`${hidden} more below`);
});

test('runs are shown where they were asked for', async () => {
  const runs = [{ ...exit({ cut: 'yes', at: at(0) }), run: 3, pid: 1, started_at: null, iterations: null }];
  const lines = await statusLines(statusOf([instance({ runs })]), style(80));
  expect(lines.join('\n')).toContain('last runs of photos');
  expect(lines.join('\n')).toContain('1m ago  asked  yes');
});

test('without a supervisor there is nothing to draw', async () => {
  expect(await statusLines({ supervisor: null, instances: [], resources: [] }, style(80))).toEqual([]);
});
