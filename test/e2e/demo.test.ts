/** `supervise demo`, with shorter jobs. What it says is compared with its ledger, counted here in another way. */
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject } from 'vitest';
import { figure, folders, livesOfJobs, processes } from '../support/demo.ts';
import { send, withCommand, withEnvironmentLine } from '../support/processes.ts';
import { test, type HowToRun, type Program, type Rig } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

const QUICK = { timeout: 240_000 };
const ZEROS = ['cut', 'done or begun twice', 'lost', 'processes left', 'starts while the database was away'];

/** With separate temporary folders. */
function how(rig: Rig): HowToRun & { readonly env: Readonly<Record<string, string>> } {
  return { env: { SUPERVISE_DEMO_JOB: '2s', TMPDIR: rig.folder } };
}

const guards = (rig: Rig): readonly number[] =>
  withEnvironmentLine(`SUPERVISE_GUARDS=${rig.folder}`).map(({ pid }) => pid);

test('all deeds, and all as promised; --keep keeps the ledger, which says the same', QUICK, async ({ rig }) => {
  const { code, out, err } = await rig.launch(['demo', '--keep'], how(rig)).ended;
  expect({ code, err, out }).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringContaining('\nall as promised\n') as string,
  });
  for (const words of [
    /start +6 workers are at work/,
    /deploy +release 2: 1 went first and held, then the rest: 6 of 6 have it/,
    /broken deploy +release 3 exits 255: restart says so \(exit 1\); down: 1, untouched: 5/,
    /mended +release 4: [12] went first and held, then the rest: 6 of 6 have it/,
    /database away +for 5 s: 6 workers ended for want of it, 0 were started/,
    /kill -9 +of the supervisor, in the middle of 6 jobs: .* 6 were\s+done by who had begun them, 0 workers were started/,
    /stop +in the middle of 6 jobs, with \d helpers at work: 6 were done first/,
  ])
    expect(out.replace(/\n {22}/g, ' ')).toMatch(words);
  expect(ZEROS.map((words) => figure(out, words))).toEqual(ZEROS.map(() => 0));

  const [folder = ''] = folders(rig);
  expect(out).toContain(path.join(rig.folder, folder));
  const lives = livesOfJobs(rig);
  expect(new Set(lives.values())).toEqual(new Set([' begin helper-begin helper-end end']));
  expect(figure(out, 'done once')).toBe(lives.size);
  expect(readdirSync(path.join(rig.folder, folder, 'work'))).toEqual([]);
  expect(processes(rig)).toEqual([]);
});

test('workers that do not wait for the end of their job: it says what was cut, exit 1', QUICK, async ({ rig }) => {
  const dist = path.join(rig.folder, 'dist');
  cpSync(path.dirname(path.dirname(inject('program'))), dist, { recursive: true });
  const worker = path.join(dist, 'demo/worker.mjs');
  writeFileSync(worker, `process.once('SIGTERM', () => process.exit(0));\n${readFileSync(worker, 'utf8')}`);
  const { code, out } = await rig.launch(['demo'], { ...how(rig), program: path.join(dist, 'cli/main.js') }).ended;
  expect(code).toBe(1);
  expect(figure(out, 'cut')).toBeGreaterThan(6);
  expect(out).toMatch(/^not as promised:\n(?: {2}.*\n)* {2}cut: \d+, and 0 was promised\n/m);
  expect([folders(rig), processes(rig)]).toEqual([[], []]);
});

describe('Ctrl-C', () => {
  test.for<[string, (demo: Program, rig: Rig) => Promise<void>]>([
    ['while it comes up', (_, rig) => waitUntil('a guard is there', () => guards(rig).length > 0)],
    ['in the middle', (demo) => demo.says(/start +6 workers/)],
    [
      'in the moment after the death of the supervisor',
      async (demo, rig) => {
        await demo.says(/start +6 workers/);
        const [folder = ''] = folders(rig);
        for (const pid of withCommand(['start', path.join(rig.folder, folder, 'state')])) send(pid, 'SIGKILL');
      },
    ],
  ])('%s: all is ended, and it says so', QUICK, async ([, moment], { rig }) => {
    const demo = rig.launch(['demo'], how(rig));
    await moment(demo, rig);
    demo.signal('SIGINT');
    const { code, err } = await demo.ended;
    expect({ code, err }).toEqual({
      code: 130,
      err: expect.stringMatching(/broken off; .* is ended now.*\n.*no process of it is left\n$/) as string,
    });
    expect([folders(rig), processes(rig), guards(rig)]).toEqual([[], [], []]);
  });
});

test('Ctrl-\\ is one more way to end it', QUICK, async ({ rig }) => {
  const demo = rig.launch(['demo'], how(rig));
  await demo.says(/start +6 workers/);
  demo.signal('SIGQUIT');
  const { code, err } = await demo.ended;
  expect({ code, err }).toEqual({ code: 143, err: expect.stringMatching(/no process of it is left\n$/) as string });
  expect([folders(rig), processes(rig), guards(rig)]).toEqual([[], [], []]);
});

test('one that is killed leaves its workers: the next one says so, and how to end them', QUICK, async ({ rig }) => {
  const killed = rig.launch(['demo'], how(rig));
  await killed.says(/start +6 workers/);
  killed.signal('SIGKILL');
  await killed.ended;
  const next = rig.launch(['demo'], how(rig));
  await next.says(/a demo that was killed has left \d+ processes.* End them: .*\n/);
  next.signal('SIGINT');
  const { err } = await next.ended;
  const [, stop = '', folder = ''] = /End them: supervise (stop .*) && rm -r (.*)\n/.exec(err) ?? [];
  expect(folders(rig)).toEqual([path.basename(folder)]);
  await rig.run(...stop.split(' '));
  await waitUntil('nobody is left', () => processes(rig).length + guards(rig).length === 0);
});

describe('disturbed from outside it ends all, in a sentence', () => {
  test.for<[string, RegExp, (rig: Rig, folder: string) => unknown]>([
    [
      'its folder is removed',
      /^supervise: .*: somebody has removed its folder \S+, or a part of it\n$/,
      (_, folder) => {
        // The workers keep making files in it.
        rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
      },
    ],
    [
      'its list is stopped',
      /^supervise: .*: its supervisor is gone: somebody has stopped it\n$/,
      (rig, folder) =>
        rig.run(
          'stop',
          '--now',
          '--file',
          path.join(folder, 'daemons.yaml'),
          '--state-dir',
          path.join(folder, 'state'),
        ),
    ],
  ])('%s', QUICK, async ([, words, disturb], { rig }) => {
    const demo = rig.launch(['demo'], how(rig));
    await demo.says(/deploy +/);
    await demo.says(/database away|mended +/);
    const [folder = ''] = folders(rig);
    await disturb(rig, path.join(rig.folder, folder));
    const { code, err } = await demo.ended;
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(words) as string });
    expect([processes(rig), guards(rig)]).toEqual([[], []]);
  });
});

test.for<[string, Readonly<Record<string, string>>, number, RegExp]>([
  ['no room for its folder', { TMPDIR: '/proc/nowhere' }, 1, /^supervise: cannot make a folder for the demo: .*TMPDIR/],
  ['a job that is too short', { SUPERVISE_DEMO_JOB: '0s' }, 2, /^supervise: SUPERVISE_DEMO_JOB: .* 1s/],
])('%s: it says so', async ([, env, code, words], { rig }) => {
  expect(await rig.launch(['demo'], { env: { ...how(rig).env, ...env } }).ended).toEqual({
    code,
    signal: null,
    out: '',
    err: expect.stringMatching(words) as string,
  });
});

test('--show prints the list, which is accepted; nothing is run', async ({ rig }) => {
  const { code, out } = await rig.launch(['demo', '--show'], how(rig)).ended;
  expect(code).toBe(0);
  rig.file('current/worker.mjs', '');
  rig.file('daemons.yaml', out);
  expect(await rig.run('check')).toMatchObject({ code: 0 });
  expect([folders(rig), existsSync(rig.state)]).toEqual([[], false]);
});

test('that nobody can read ends by itself, says why, and is no success', QUICK, async ({ rig }) => {
  const full = rig.launch(['demo'], { ...how(rig), under: ['sh', '-c', 'exec "$0" "$@" > /dev/full'] });
  const { code, err } = await full.ended;
  expect(code).toBe(1);
  expect(err).toMatch(/does not reach anybody any more \(stdout\), so the demo is broken off.*ENOSPC/s);
  await waitUntil('nobody is left', () => processes(rig).length + guards(rig).length === 0);
});

test('without a place for its folder it says so', async ({ rig }) => {
  const { code, err } = await rig.launch(['demo'], { env: { TMPDIR: '/nowhere' } }).ended;
  expect([code, err]).toEqual([
    1,
    expect.stringMatching(
      /^supervise: cannot make a folder for the demo: ENOENT.*TMPDIR names a place where it can\n$/,
    ),
  ]);
});
