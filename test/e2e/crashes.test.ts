import { describe, expect } from 'vitest';
import type { InstanceView } from '../../src/control/view.ts';
import { need } from '../support/needs.ts';
import { isAlive, send } from '../support/processes.ts';
import { PUPPET } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

const timeout = need('timeout', 'coreutils');
const setsid = need('setsid', 'util-linux');
const SOON = { delay: '100ms', max_delay: '100ms', jitter: 0 };

describe('a daemon that is killed at work', () => {
  test('is started again, and its open iteration was cut', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([puppet({ restart: SOON })]);
    await rig.start();
    const first = await stage.enter('p');
    await first.say('BUSY=1');
    await rig.until('p', 'is busy', ({ busy }) => busy === true);
    process.kill(first.pid, 'SIGKILL');
    const second = await stage.enter('p');
    expect(await rig.instance('p')).toMatchObject({
      pid: second.pid,
      starts: 2,
      cuts: 1,
      last_exit: { signal: 'SIGKILL', kind: 'crash', cut: 'yes' },
    });
    await rig.event('p', /died of SIGKILL, which supervise did not send, inside an iteration.*An iteration was cut/);
  });

  test('is started again after a death without a word, of which nobody knows what it cut', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([puppet({ restart: SOON })]);
    await rig.start();
    process.kill((await stage.enter('p')).pid, 'SIGKILL');
    await stage.enter('p');
    expect(await rig.instance('p')).toMatchObject({ cuts: 0, last_exit: { kind: 'crash', cut: 'unknown' } });
  });

  test.for<[string, string, boolean]>([
    ['in its process group', 'exec sleep 1000', false],
    ['with its output elsewhere', 'exec sleep 1000', true],
    ['in the background of a shell', 'sleep 1000 & sleep 1000', false],
    [`under timeout, in a process group of its own${timeout.note}`, 'exec timeout 1000 sleep 1000', true],
  ])('its helpers do not survive beside the new one: %s', async ([, command, quiet], { rig, skip }) => {
    skip(command.includes('timeout') && timeout.missing);
    const stage = await rig.stage();
    rig.list([puppet({ restart: SOON })]);
    await rig.start();
    const first = await stage.enter('p');
    await first.helper(command, { quiet });
    await waitUntil('the helper is at work', () => rig.daemons().some((it) => it.command.startsWith('sleep 1000')));
    process.kill(first.pid, 'SIGKILL');
    const second = await stage.enter('p');
    expect(rig.daemons().map(({ pid }) => pid)).toEqual([second.pid]);
    await rig.event('p', /left behind: pid \d+ .*sleep 1000/);
  });

  test.skipIf(setsid.missing)(
    `a helper that has left the session is named, and left alone${setsid.note}`,
    async ({ rig }) => {
      const stage = await rig.stage();
      rig.list([puppet({ restart: SOON })]);
      await rig.start();
      const first = await stage.enter('p');
      await first.helper('setsid sleep 1000 & echo away');
      const escaped = await sleeper(rig);
      await waitUntil('its shell has ended', () => first.ended.size === 1);
      await first.exit(3);
      await stage.enter('p');
      const { words } = await rig.event('p', /has left the session of its run and lives on/);
      expect(words).toContain(`pid ${escaped} (sleep 1000)`);
      expect(isAlive(escaped)).toBe(true);
      send(escaped, 'SIGKILL');
    },
  );

  test.skipIf(setsid.missing).for([
    ['and closed all', 'setsid sleep 1000 </dev/null >/dev/null 2>&1 3>&- &'],
    // A process that sets its title (setproctitle) overwrites its environment.
    ['without its environment', 'env -i setsid sleep 1000 &'],
  ])(
    `a helper that has left the session %s is named at the end of its run, by why and status, after the stop and at the next start${setsid.note}`,
    async ([, command], { rig }) => {
      const stage = await rig.stage();
      rig.list([puppet({ restart: { ...SOON, reset_after: '1h' } })]);
      const supervisor = await rig.start();
      const first = await stage.enter('p');
      await first.helper(`${command} echo $! > ${rig.work}/pid`);
      await waitUntil('the helper is at work', () => rig.read(`/proc/${rig.read('pid').trim()}/comm`) === 'sleep\n');
      const escaped = Number(rig.read('pid'));
      rig.closers.push(() => {
        if (isAlive(escaped)) send(escaped, 'SIGKILL');
      });
      const name = `pid ${escaped} (sleep 1000)`;
      await waitUntil('its shell has ended', () => first.ended.size === 1);
      await first.exit(3);
      const { words } = await rig.event('p', /has left the session of its run and lives on/);
      expect(words).toContain(name);
      await stage.enter('p');
      const why = await rig.run('why', 'p');
      expect(why.out).toContain(`${name} of its earlier runs lives on beside it`);
      expect(why.out).toContain(`in the foreground`);
      const { problems } = (await rig.status()).supervisor ?? {};
      expect(problems).toEqual([expect.stringContaining(`p: ${name} of its earlier runs lives on`)]);
      const stop = await rig.run('stop', '--now');
      expect(stop.out).toContain(`${name} was left behind by a run and lives on after the stop`);
      await supervisor.ended;
      const again = await rig.start();
      await again.says(`${name} was started by a run that has ended, and lives on`);
      send(escaped, 'SIGKILL');
    },
  );
});

describe('leftovers', () => {
  test('`wait`: the slot does not start again before the helper has ended by itself', async ({ rig }) => {
    const { helper, ended } = await leaveHelper(rig, 'wait', 'while [ ! -e go ]; do sleep 0.02; done');
    await ended;
    const waiting = await rig.untilState('p', 'draining');
    expect(waiting.waiting_for).toMatchObject([
      { kind: 'leftovers', name: expect.stringContaining(`pid ${helper}`) as string },
    ]);
    expect((await rig.ask('why', { names: ['p'] }))[0]?.words[0]).toMatch(
      /The main process of p has ended and left behind pid \d+/,
    );
    expect(isAlive(helper)).toBe(true);
    rig.file('go', '');
    await (await rig.stage()).enter('p');
    expect(isAlive(helper)).toBe(false);
  });

  test('`ignore`: the slot starts again beside them, and they are named once', async ({ rig }) => {
    const { helper } = await leaveHelper(rig, 'ignore', 'exec sleep 1000');
    await (await rig.stage()).enter('p');
    expect(isAlive(helper)).toBe(true);
    const named = (await rig.events()).filter(({ words }) => words.includes(`pid ${helper} `));
    expect(named.map(({ words }) => words)).toEqual([
      expect.stringMatching(/^left behind, and ignored as the list says/),
    ]);
    const { out } = await rig.run('stop', '--now');
    expect(out).toContain(`pid ${helper} (sleep 1000) was left behind by a run and lives on after the stop`);
    expect(out).not.toContain('session');
    send(helper, 'SIGKILL');
  });

  test('`end`: one that ignores the stop signal gets SIGKILL after five seconds', async ({ rig }) => {
    const { helper, ended } = await leaveHelper(rig, 'end', "trap '' TERM; echo deaf; while :; do sleep 0.05; done");
    await ended;
    await rig.until('p', 'drains', ({ state, kill_at }) => state === 'draining' && kill_at !== null);
    await (await rig.stage()).enter('p');
    expect(isAlive(helper)).toBe(false);
    const events = await rig.events();
    const at = (type: string): number => Date.parse(events.find((event) => event.type === type)?.at ?? '');
    expect(at('killing') - at('leftovers')).toBeGreaterThanOrEqual(4_900);
    // Nothing has said whether that was a helper or the worker: it counts as cut, and is named.
    const { cuts, last_exit } = await rig.instance('p');
    expect({ cuts, cut: last_exit?.cut }).toEqual({ cuts: 1, cut: 'yes' });
    expect(last_exit?.words).toMatch(new RegExp(`behind it \\(pid ${helper} .* was sent SIGKILL, .*nobody knows$`));
  });

  test('without leftovers the next run is not held up by who still holds a pipe', async ({ rig, skip }) => {
    skip(setsid.missing);
    const { ended } = await leaveHelper(
      rig,
      'end',
      'setsid sh -c "while [ ! -e go ]; do sleep 0.02; done; echo from the old run" & echo deaf',
    );
    await ended;
    const second = await (await rig.stage()).enter('p');
    await second.print('from the new run');
    rig.file('go', '');
    await waitUntil('both have been written', () => /from the new run[^]*from the old run/.test(rig.log('p.log')));
  });

  async function leaveHelper(
    rig: Rig,
    leftovers: string,
    command: string,
  ): Promise<{ helper: number; ended: Promise<void> }> {
    const stage = await rig.stage();
    rig.list([puppet({ leftovers, restart: SOON })]);
    await rig.start();
    const daemon = await stage.enter('p');
    await rig.untilState('p', 'running');
    const helper = await daemon.helper(command);
    if (command.includes('deaf')) await waitUntil('the helper is deaf', () => rig.log('p.log').includes('deaf'));
    return { helper, ended: daemon.exit(1) };
  }
});

describe('one that dies again and again', () => {
  test(
    'is started at most six times in twenty seconds, and is `looping` where everybody looks',
    { timeout: 60_000 },
    async ({ rig }) => {
      rig.list([{ name: 'p', shell: 'exit 255' }]);
      await rig.start();
      const looping = await waitFor(
        'p is looping',
        () => rig.instance('p'),
        ({ flags }) => flags.includes('looping'),
        40_000,
      );
      const starts = (await rig.events()).filter(({ type }) => type === 'started').map(({ at }) => Date.parse(at));
      expect(starts).toHaveLength(5);
      expect(Date.parse(looping.next_start_at ?? '') - (starts[0] ?? 0)).toBeGreaterThan(20_000);
      expect(looping).toMatchObject({ state: 'backoff', quick_ends: 5, last_exit: { code: 255, kind: 'crash' } });
      expect(await rig.status()).toMatchObject({
        supervisor: { check: 'trouble', problems: ['p loops: 5 quick ends in a row'] },
      });
      const check = await rig.run('status', '--check');
      expect(check.code).toBe(1);
      expect(check.out).toMatch(/p .*crash 5: exit 255, again in \d+/);
      expect((await rig.run('why', 'p')).out).toMatch(
        /will be started again in .*exit 255[^]*It loops: 5 quick ends in a row/,
      );
      // A person does not wait for the gap.
      await rig.ask('start', { names: ['p'], wait: false });
      await rig.until('p', 'was started by hand', (it) => it.starts === 6);
    },
  );

  test('loops with exit 0, too: the gap stays, then grows, and it is said', async ({ rig }) => {
    rig.list([{ name: 'p', shell: 'exit 0', restart: { delay: '900ms', jitter: 0 } }]);
    await rig.start();
    await rig.event('p', /quick end 6 in a row; again in 2[6-9]s, and the gap grows/);
    const backoffs = (await rig.events()).filter(({ type }) => type === 'backoff').map(({ words }) => words);
    expect(backoffs.slice(0, 5)).toEqual(
      [1, 2, 3, 4, 5].map(
        (row) => expect.stringMatching(new RegExp(`^quick end ${row} in a row; again in 0\\.\\ds$`)) as string,
      ),
    );
    expect((await rig.instance('p')).flags).toEqual(['looping']);
  });

  test('gives up after `attempts`, and at once with a fatal code', async ({ rig }) => {
    rig.list([
      { name: 'tries', shell: 'exit 3', restart: { ...SOON, attempts: 3 } },
      { name: 'fatal', shell: 'exit 78' },
      { name: 'never', shell: 'exit 1', restart: 'never' },
      { name: 'other', shell: 'exec sleep 1000' },
    ]);
    await rig.start();
    await rig.untilState('tries', 'failed');
    const { instances, supervisor } = await rig.status();
    expect(instances.map(({ state, starts, words }) => [state, starts, words])).toMatchObject([
      ['failed', 3, 'gave up after 3 crashes in a row'],
      ['failed', 1, expect.stringContaining('exit 78 is fatal')],
      ['failed', 1, 'failed, and its list says restart: never'],
      [expect.any(String), 1, null],
    ]);
    expect(supervisor).toMatchObject({
      check: 'trouble',
      problems: ['tries has failed', 'fatal has failed', 'never has failed'],
    });
  });

  test('forty that die at once keep to the start rate', { timeout: 60_000 }, async ({ rig }) => {
    const names = Array.from({ length: 40 }, (_, index) => ({ name: `d${index}`, shell: 'exit 1', restart: SOON }));
    rig.list({ supervisor: { start_rate: '10/s' }, daemons: names });
    await rig.start();
    const starts = await waitFor(
      'seventy starts',
      async () => (await rig.status()).instances.flatMap(startsOf).sort((a, b) => a - b),
      (all) => all.length >= 70,
      40_000,
    );
    const tooMany = starts.flatMap((from, index) =>
      starts.slice(index).flatMap((to, further) => {
        // A burst of ten, then ten a second; the milliseconds of the times are rounded.
        const allowed = 10 + (10 * (to - from + 20)) / 1_000;
        return further + 1 > allowed ? [`${further + 1} starts within ${to - from} ms`] : [];
      }),
    );
    expect(tooMany).toEqual([]);
    // None is passed over.
    const counts = (await rig.status()).instances.map((it) => it.starts);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });
});

describe('a list whose daemons have all ended for good ends by itself, and counts no stop that nobody asked for', () => {
  test.for([
    [0, ''],
    [1, '; failed: report'],
  ] as const)('exit %i', async ([code, failed], { rig }) => {
    rig.list([
      { name: 'migrate', shell: 'echo done', restart: 'on-failure' },
      { name: 'report', shell: `exit ${code}`, restart: 'never', depends_on: { migrate: 'completed' } },
    ]);
    expect(await rig.run('start')).toMatchObject({
      code,
      out: expect.stringMatching(new RegExp(`supervise all daemons have ended for good${failed}\\n$`)) as string,
    });
  });
});

const startsOf = ({ started_at, runs = [] }: InstanceView): readonly number[] =>
  [started_at, ...runs.map((run) => run.started_at)].flatMap((at) => (at === null ? [] : Date.parse(at)));

/** The pid of the helper, once it is at work. */
async function sleeper(rig: Rig): Promise<number> {
  const helper = await waitFor(
    'the helper is at work',
    () => rig.daemons().find((it) => it.command === 'sleep 1000'),
    (it) => it !== undefined,
  );
  return helper?.pid ?? 0;
}

function puppet(more: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { name: 'p', script: PUPPET, cwd: '.', ...more };
}

test('no command waits for ever for one that ends at once and is begun anew at once', async ({ rig }) => {
  rig.list([
    { name: 'p', shell: 'exit 3', restart: { delay: '0s', max_delay: '0s' } },
    { name: 'q', shell: 'exec sleep 1000' },
  ]);
  await rig.start();
  await rig.until('p', 'loops', ({ flags }) => flags.includes('looping'));
  for (const command of ['start', 'restart']) {
    const { code, out } = await rig.run(command, 'p');
    expect([command, code]).toEqual([command, 1]);
    expect(out).toMatch(/p does not come up: .*exit 3/);
  }
});
