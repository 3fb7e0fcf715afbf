import { rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { isLive } from '../../src/supervisor/lifecycle/state.ts';
import { kill, untilSaved } from '../support/adoption.ts';
import { need, type Need } from '../support/needs.ts';
import { isAlive, send } from '../support/processes.ts';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

const here: Need = { missing: false, note: '' };
const LANGUAGES = [
  { language: 'sh', extension: 'sh', need: here },
  { language: 'Node', extension: 'mjs', need: here },
  { language: 'PHP', extension: 'php', need: need('php', 'php-cli') },
  { language: 'Python', extension: 'py', need: need('python3', 'python3') },
];
const loop = (extension: string): string =>
  path.join(import.meta.dirname, `../fixtures/daemons/plain-loop.${extension}`);

describe.for(['SIGTERM', 'SIGINT'] as const)(
  '%s to supervise is forwarded to loops that know nothing of us',
  (signal) => {
    test.for(LANGUAGES)(
      '$language finishes its iteration',
      async ({ extension, need: { missing, note } }, { rig, skip }) => {
        skip(missing, note);
        const supervise = await startLoops(rig, [extension]);
        supervise.signal(signal);
        await waitFor(
          'it has heard of the stop',
          () => rig.read(`ledger.${extension}`),
          (it) => it.includes('heard'),
        );
        expect(supervise.over).toBe(false);
        rmSync(path.join(rig.work, `hold.${extension}`));
        const { code, out } = await supervise.ended;
        const lines = rig.read(`ledger.${extension}`).split('\n');
        const [last] = lines.filter((line) => line.startsWith('end')).slice(-1);
        expect(lines).toContain(`heard ${signal}`);
        expect(lines.filter((line) => line.startsWith('begin')).length).toBe(
          lines.filter((line) => line.startsWith('end')).length,
        );
        expect(lines.slice(-3)).toEqual([last, 'left the loop', '']);
        // It said nothing, so nobody can know where it was: it is never called a boundary.
        expect({ code, last: lastLine(out) }).toEqual({ code: 0, last: 'boundary 0 · ended by itself 1 · cut 0' });
      },
    );
  },
);

test('the stop takes as long as the slowest, and all drain at once', async ({ rig }) => {
  const extensions = LANGUAGES.filter(({ need: { missing } }) => !missing).map(({ extension }) => extension);
  const supervise = await startLoops(rig, extensions);
  supervise.signal('SIGTERM');
  for (const extension of extensions)
    await waitFor(
      `${extension} has heard`,
      () => rig.read(`ledger.${extension}`),
      (it) => it.includes('heard SIGTERM'),
    );
  const ended = async (): Promise<readonly (string | null)[]> =>
    (await rig.events()).filter(({ type }) => type === 'ended').map(({ id }) => id);
  const order = [...extensions].reverse();
  for (const [index, extension] of order.entries()) {
    expect(await ended()).toEqual(order.slice(0, index));
    expect(supervise.over).toBe(false);
    rmSync(path.join(rig.work, `hold.${extension}`));
    if (index < order.length - 1) await waitFor('it has ended', ended, (ids) => ids.includes(extension));
  }
  const { code, out } = await supervise.ended;
  expect({ code, last: lastLine(out) }).toEqual({
    code: 0,
    last: `boundary 0 · ended by itself ${extensions.length} · cut 0`,
  });
});

test('what depends on a daemon is stopped before it', async ({ rig }) => {
  const stage = await rig.stage();
  rig.list([puppet('web', { depends_on: ['api'], ready: '50ms' }), puppet('api', { ready: '50ms' })]);
  const supervise = await rig.start();
  const api = await stage.enter('api');
  const web = await stage.enter('web');
  supervise.signal('SIGTERM');
  await web.heard('SIGTERM');
  expect(api.signals).toEqual([]);
  expect((await rig.ask('why', { names: ['api'] }))[0]?.words.join(' ')).toContain('stopped after what needs it: web');
  await web.exit(0);
  await api.heard('SIGTERM');
  await api.exit(0);
  expect((await supervise.ended).code).toBe(0);
});

describe('what is said of the end', () => {
  test('a handler that exits 0 in mid-iteration is `unknown` where nothing was said', async ({ rig }) => {
    const daemon = await onStage(rig);
    await daemon.exitOn('SIGTERM', 0);
    const { ends, code } = await stop(rig);
    expect(ends).toMatchObject([{ exit: { kind: 'asked', code: 0, cut: 'unknown' } }]);
    expect(ends[0]?.exit.words).toMatch(/^ended by itself, exit 0, \d+\.\d s after SIGTERM$/);
    expect(code).toBe(0);
  });

  test('a handler that exits 0 in mid-iteration is `cut: yes` where BUSY was said, and the stop exits 1', async ({
    rig,
  }) => {
    const daemon = await onStage(rig);
    await daemon.say('BUSY=1');
    await daemon.exitOn('SIGTERM', 0);
    const supervise = rig.programs[0];
    await rig.until('p', 'is busy', ({ busy }) => busy === true);
    supervise?.signal('SIGTERM');
    const outcome = await supervise?.ended;
    expect(outcome).toMatchObject({ code: 1 });
    expect(lastLine(outcome?.out ?? '')).toBe('boundary 0 · ended by itself 0 · cut 1');
  });

  test('an iteration that is reported done after the signal ends at its boundary', async ({ rig }) => {
    const daemon = await onStage(rig);
    await daemon.say('BUSY=1');
    const stopping = stop(rig);
    await daemon.heard('SIGTERM');
    await rig.until('p', 'has had time to notice the stop', ({ since }) => Date.now() - Date.parse(since) > 100);
    await daemon.say('ITERATION=1');
    await daemon.exit(0);
    expect(await stopping).toMatchObject({ boundary: 1, ended: 0, cut: 0, code: 0, ends: [{ exit: { cut: 'no' } }] });
  });

  test('one without a handler dies of the signal: `unknown`, and it is named', async ({ rig }) => {
    const daemon = await onStage(rig);
    await daemon.unhandle('SIGTERM');
    expect(await stop(rig)).toMatchObject({
      ended: 1,
      ends: [{ exit: { signal: 'SIGTERM', cut: 'unknown', words: 'died of SIGTERM: it has no handler' } }],
    });
    expect((await rig.instance('p')).flags).toContain('no_drain');
  });

  test('one that ends itself by the signal that it has caught is not said to have no handler', async ({ rig }) => {
    rig.file(
      'worker.mjs',
      "process.once('SIGTERM', () => process.kill(process.pid, 'SIGTERM'));\nsetInterval(() => {}, 1_000);\n",
    );
    rig.list([{ name: 'w', script: './worker.mjs', cwd: '.' }]);
    await rig.start();
    await rig.untilState('w', 'running');
    const { out } = await rig.run('stop', 'w');
    expect(out).toMatch(/^w: died of SIGTERM, \d\.\d s after it was sent\. Whether work was cut, nobody knows$/m);
    await rig.event('w', /died of SIGTERM at once, though it catches it/);
    expect((await rig.events()).filter(({ words }) => words.includes('no handler'))).toEqual([]);
  });

  test('a command that stops several without a handler says that nobody knows whether work was cut', async ({
    rig,
  }) => {
    rig.list(['a', 'b'].map((name) => ({ name, shell: 'exec sleep 600', ready: '10ms' })));
    await rig.start();
    await rig.untilState('a', 'running');
    await rig.untilState('b', 'running');
    const lines = (await rig.run('stop', 'a', 'b')).out.trim().split('\n');
    expect(lines.pop()).toBe('boundary 0 · ended by itself 2 · cut 0');
    for (const line of lines) expect(line).toMatch(/: died of SIGTERM.*\. Whether work was cut, nobody knows$/);
    expect(lines.flatMap((line) => line.split(':')[0]?.split(', ') ?? []).sort()).toEqual(['a', 'b']);
  });

  test('one that ignores SIGTERM gets SIGKILL after its grace: cut, exit 1', async ({ rig }) => {
    const daemon = await onStage(rig, { stop: '300ms' });
    const result = await rig.run('stop', 'p');
    expect(result).toMatchObject({ code: 1 });
    expect(lastLine(result.out)).toBe('boundary 0 · ended by itself 0 · cut 1');
    expect(result.out).toMatch(/p: an iteration was cut: killed by supervise \(SIGKILL, \d\.\d s after SIGTERM\)/);
    expect(daemon.signals).toEqual(['SIGTERM']);
  });

  test('one that is busy is waited for far beyond its grace, and its grace counts from the boundary', async ({
    rig,
  }) => {
    const daemon = await onStage(rig, { stop: '200ms' });
    await daemon.say('BUSY=1');
    const stopping = stop(rig);
    await daemon.heard('SIGTERM');
    const drained = await rig.until(
      'p',
      'drains for a second',
      ({ state, since }) => state === 'draining' && Date.now() - Date.parse(since) > 1_000,
    );
    expect(drained).toMatchObject({ kill_at: null, busy: true });
    expect((await rig.ask('why', { names: ['p'] }))[0]?.words.join(' ')).toContain('is waited for as long as it takes');
    await daemon.say('IDLE=1');
    expect(await stopping).toMatchObject({ cut: 0, boundary: 1, ends: [{ exit: { signal: 'SIGKILL', cut: 'no' } }] });
  });

  test('`stop --now` cuts at once, and says so', async ({ rig }) => {
    const daemon = await onStage(rig);
    const { code, out } = await rig.run('stop', '--now', 'p');
    expect({ code, last: lastLine(out) }).toEqual({ code: 1, last: 'boundary 0 · ended by itself 0 · cut 1' });
    expect(daemon.signals).toEqual([]);
  });

  test('`stop --now` of the list cuts whoever has no handler, too', async ({ rig }) => {
    rig.list([
      { name: 's', shell: 'exec sleep 1000' },
      { name: 't', shell: 'exec sleep 1000' },
    ]);
    const supervise = await rig.start();
    await rig.untilState('t', 'running');
    const stopped = await rig.run('stop', '--now');
    expect({ code: stopped.code, last: lastLine(stopped.out) }).toEqual({
      code: 1,
      last: 'boundary 0 · ended by itself 0 · cut 2',
    });
    expect(await supervise.ended).toMatchObject({ code: 1 });
  });
});

describe('whom a stop signal reaches', () => {
  test('the main process only: its helpers finish what they do', async ({ rig }) => {
    const daemon = await onStage(rig);
    const helper = await daemon.helper("trap 'exit 9' TERM; while [ ! -e go ]; do sleep 0.02; done");
    const stopping = stop(rig);
    await daemon.heard('SIGTERM');
    rig.file('go', '');
    await waitFor(
      'the helper has ended',
      () => daemon.ended,
      (ended) => ended.has(helper),
    );
    expect(daemon.ended.get(helper)).toBe(0);
    await daemon.exit(0);
    expect((await stopping).cut).toBe(0);
  });

  test('`to: group` reaches its process group', async ({ rig }) => {
    const daemon = await onStage(rig, { stop: { to: 'group', grace: '10s' } });
    const helper = await daemon.helper("trap 'exit 9' TERM; echo here; while :; do sleep 0.02; done");
    await waitUntil('the helper has its handler', () => rig.log('p.log').includes('here'));
    const stopping = stop(rig);
    await daemon.heard('SIGTERM');
    await waitFor(
      'the helper has ended',
      () => daemon.ended,
      (ended) => ended.has(helper),
    );
    expect(daemon.ended.get(helper)).toBe(9);
    await daemon.exit(0);
    await stopping;
  });

  test('`shell:` gets it as a group, so that what the shell runs is told', async ({ rig }) => {
    rig.file('worker.sh', '#!/bin/sh\ntrap "echo told; exit 0" TERM\necho here\nwhile :; do sleep 0.02; done\n');
    rig.list([{ name: 's', shell: './worker.sh | cat; echo never' }]);
    await rig.start();
    await waitUntil('the worker has its handler', () => rig.log('s.log').includes('here'));
    await rig.ask('stop', { names: ['s'], wait: true, now: false });
    expect(rig.daemons()).toEqual([]);
    expect(rig.log('s.log')).not.toContain('never');
  });

  test('a helper that outlives the stop is ended before the stop is done', async ({ rig }) => {
    const daemon = await onStage(rig);
    const helper = await daemon.helper('sleep 1000', { quiet: true });
    await daemon.exitOn('SIGTERM', 0);
    await stop(rig);
    expect(isAlive(helper)).toBe(false);
    await rig.event('p', /left behind: pid \d+ \(.*sleep 1000\); ending them/);
  });

  test('what works behind a wrapper and gets our SIGKILL was cut, and the stop says so', async ({ rig }) => {
    rig.file('worker.sh', '#!/bin/sh\ntrap "" TERM\necho begin > ledger\nwhile :; do sleep 0.02; done\n');
    rig.file('run.sh', '#!/bin/sh\n./worker.sh\necho over >> ledger\n');
    rig.list([{ name: 'w', script: './run.sh', cwd: '.', stop: '1s' }]);
    const supervise = await rig.start();
    await waitUntil('it is at its job', () => rig.read('ledger').includes('begin'));
    const { code, out } = await rig.run('stop');
    expect(rig.read('ledger')).toBe('begin\n');
    expect(out).toMatch(
      /w: an iteration was cut: its main process died of SIGTERM.*; what lived on behind it \(pid \d+ \(.*worker\.sh\).*\) was sent SIGKILL/,
    );
    expect({ code, last: lastLine(out) }).toEqual({ code: 1, last: 'boundary 0 · ended by itself 0 · cut 1' });
    await supervise.ended;
  });

  test('a worker of the SDK behind a wrapper drains as a leftover: what it says decides', async ({ rig }) => {
    rig.file(
      'worker.sh',
      workerOfSdk('echo begin >> ledger; while [ ! -e go ]; do sleep 0.02; done; echo end >> ledger'),
    );
    rig.file('run.sh', '#!/bin/sh\n./worker.sh\necho over >> ledger\n');
    rig.list([{ name: 'w', script: './run.sh', cwd: '.' }]);
    const supervise = await rig.start();
    await waitUntil('it is at its job', () => rig.read('ledger').includes('begin'));
    const stopping = rig.run('stop');
    await rig.untilState('w', 'draining');
    await rig.until('w', 'waits for what is left', ({ waiting_for }) => waiting_for[0]?.kind === 'leftovers');
    rig.file('go', '');
    const { code, out } = await stopping;
    expect(rig.read('ledger')).toBe('begin\nend\n');
    expect({ code, last: lastLine(out) }).toEqual({ code: 0, last: 'boundary 1 · ended by itself 0 · cut 0' });
    await supervise.ended;
  });

  test('a worker of the SDK behind an entrypoint that somebody kills at work is told at once, and a stop does not wait for its word', async ({
    rig,
  }) => {
    rig.file('run.sh', '#!/bin/sh\ntrap : TERM\n./worker.sh &\nwhile [ ! -e over ]; do sleep 0.02; done\n');
    rig.list([{ name: 'w', script: './run.sh', cwd: '.', stop: '1s' }]);
    const supervise = await startAndKillAtWork(rig);
    const { code, out } = await rig.run('stop');
    expect({ code, last: lastLine(out) }).toEqual({ code: 1, last: 'boundary 0 · ended by itself 0 · cut 1' });
    await supervise.ended;
  });

  test('where another one takes its place, that cut is counted all the same, and the stop comes to its boundary', async ({
    rig,
  }) => {
    rig.file('run.sh', '#!/bin/sh\nwhile :; do ./worker.sh; done\n');
    rig.list([{ name: 'w', script: './run.sh', cwd: '.' }]);
    const supervise = await startAndKillAtWork(rig);
    await rig.until('w', 'has another worker', ({ cuts, busy }) => cuts === 1 && busy === true);
    const stopping = rig.run('stop');
    await rig.untilState('w', 'draining');
    rig.file('go', '');
    const { code, out } = await stopping;
    expect({ code, last: lastLine(out) }).toEqual({ code: 0, last: 'boundary 1 · ended by itself 0 · cut 0' });
    await supervise.ended;
  });

  test('two workers of the SDK behind one shell: what one says is not taken for the other, also after a death of the supervisor', async ({
    rig,
  }) => {
    rig.file('idle.sh', workerOfSdk('supervise_idle 1000'));
    rig.file('busy.sh', workerOfSdk('echo begin >> ledger; while :; do sleep 0.02; done'));
    rig.list([{ name: 'w', shell: './busy.sh & ./idle.sh & wait; wait', stop: '1s' }]);
    const first = await rig.start();
    await rig.event('w', /several processes of it speak on fd 3 \(pid \d+ and pid \d+\)/);
    await waitUntil('one is at its job', () => rig.read('ledger').includes('begin'));
    await untilSaved(rig, 'w', 'has several that speak', ({ state }) => isLive(state) && state.run.talk.several);
    await kill(first);
    const supervise = await rig.start();
    const { code, out } = await rig.run('stop');
    expect({ code, last: lastLine(out) }).toEqual({ code: 1, last: 'boundary 0 · ended by itself 0 · cut 1' });
    await supervise.ended;
  });

  test('a signal of the list takes the place of the one that was sent', async ({ rig }) => {
    const daemon = await onStage(rig, { stop: { signal: 'SIGUSR2', grace: '10s' } });
    rig.programs[0]?.signal('SIGINT');
    await daemon.heard('SIGUSR2');
    expect(daemon.signals).toEqual(['SIGUSR2']);
    await daemon.exit(0);
  });
});

function workerOfSdk(job: string): string {
  return `#!/bin/sh\n. ${path.join(import.meta.dirname, '../../sdk/shell/supervise.sh')}\nrun() {\n  ${job}\n}\nsupervise_run\n`;
}

/**
 * Starts the list, whose entrypoint starts `worker.sh`, and kills that once it has worked long enough to be known; resolves once that is
 * reported.
 */
async function startAndKillAtWork(rig: Rig): ReturnType<Rig['start']> {
  rig.file('worker.sh', workerOfSdk('echo $$ > worker; while [ ! -e go ]; do sleep 0.02; done'));
  const supervise = await rig.start();
  await rig.until('w', 'is at its job', ({ iteration_ms: open }) => (open ?? 0) > 2_500);
  send(Number(rig.read('worker')), 'SIGKILL');
  await rig.event('w', /pid \d+, which told of its iterations, has ended in the middle of one: that was cut/);
  return supervise;
}

interface Stopped {
  readonly code: 0 | 1;
  readonly boundary: number;
  readonly ended: number;
  readonly cut: number;
  readonly ends: readonly { readonly exit: { readonly words: string } }[];
}

async function stop(rig: Rig): Promise<Stopped> {
  const deed = await rig.ask('stop', { names: ['p'], wait: true, now: false });
  return { ...deed, code: deed.cut > 0 ? 1 : 0 };
}

function puppet(name: string, more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return { name, script: PUPPET, cwd: '.', ...more };
}

/** A list of one puppet, `p`, which is running. */
async function onStage(rig: Rig, more: Readonly<Record<string, unknown>> = {}): Promise<Puppet> {
  const stage = await rig.stage();
  rig.list([puppet('p', more)]);
  await rig.start();
  const daemon = await stage.enter('p');
  await rig.untilState('p', 'running');
  return daemon;
}

/** Plain loops, each in its first iteration. */
async function startLoops(rig: Rig, extensions: readonly string[]): ReturnType<Rig['start']> {
  rig.list(extensions.map((extension) => ({ name: extension, script: `${loop(extension)} ${extension}`, cwd: '.' })));
  for (const extension of extensions) rig.file(`hold.${extension}`, '');
  const supervise = await rig.start();
  for (const extension of extensions)
    await waitFor(
      `${extension} is in an iteration`,
      () => rig.read(`ledger.${extension}`),
      (it) => it.includes('begin 1'),
    );
  return supervise;
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';
