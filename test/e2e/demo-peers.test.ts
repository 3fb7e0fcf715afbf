/** `supervise demo --with`: the same deeds under another program. What it says is compared with its ledger, counted here in another way. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, inject } from 'vitest';
import { figure, folders, livesOfJobs, processes } from '../support/demo.ts';
import { needPeer } from '../support/needs.ts';
import { as, belongsTo, otherUsers, SHOP } from '../support/other-users.ts';
import { send } from '../support/processes.ts';
import { test, type HowToRun, type Rig } from '../support/supervise.ts';
import { test as systemdTest } from '../support/systemd-test.ts';
import { needSystemd } from '../support/systemd.ts';
import { waitUntil } from '../support/wait-for.ts';

const LONG = { timeout: 240_000 };
const supervisord = needPeer('supervisord', 'apt-get install supervisor');
const pm2 = needPeer('pm2', 'npm install -g pm2');
const systemd = needSystemd();

/** With separate temporary folders; whatever a failing test leaves is ended. */
function how(rig: Rig): HowToRun & { readonly env: Readonly<Record<string, string>> } {
  rig.closers.push(() => {
    for (const pid of processes(rig)) send(pid, 'SIGKILL');
  });
  return { env: { SUPERVISE_DEMO_JOB: '1s', TMPDIR: rig.folder } };
}

/** The tally of a demo that kept its folder, from its ledger. */
function counted(rig: Rig): Readonly<Record<string, number>> {
  const ways = [...livesOfJobs(rig).values()];
  const isWhole = (way: string): boolean => way === ' begin helper-begin helper-end end';
  const lacks = (way: string): boolean => !way.endsWith(' end') || !way.includes('helper-end');
  return { 'done once': ways.filter(isWhole).length, cut: ways.filter(lacks).length };
}

function expectAll(rig: Rig, out: string): void {
  expect(out).toMatch(/deploy +release 2: .* 6 of 6 have it/);
  expect(out.replace(/\n {22}/g, ' ')).toMatch(/stop +in the middle of \d+ jobs/);
  const expected = counted(rig);
  expect(Object.fromEntries(Object.keys(expected).map((words) => [words, figure(out, words)]))).toEqual(expected);
  expect(expected['done once']).toBeGreaterThan(5);
  // Nothing was promised for it.
  expect(out).not.toMatch(/promised/);
  expect(processes(rig)).toEqual([]);
}

describe.skipIf(supervisord.missing)(`supervisord${supervisord.note}`, () => {
  test('all deeds with its defaults, and the tally is what the ledger says; exit 0', LONG, async ({ rig }) => {
    const { code, out, err } = await rig.launch(['demo', '--with', 'supervisord', '--keep'], how(rig)).ended;
    expect({ code, err, out }).toMatchObject({ code: 0, err: '' });
    expect(out).toMatch(/^6 workers do jobs of 1 s under supervisord [\d.]+, with its defaults, /);
    expect(out.replace(/\n {22}/g, ' ')).toMatch(
      /kill -9 .*: started again as its service manager would; .* 0 were done by/,
    );
    expectAll(rig, out);
  });

  test('Ctrl-C in the middle: all of it is ended, and it says so', LONG, async ({ rig }) => {
    const demo = rig.launch(['demo', '--with', 'supervisord', '--tuned'], how(rig));
    await demo.says(/start +6 workers/);
    demo.signal('SIGINT');
    const { code, err } = await demo.ended;
    expect({ code, err }).toEqual({ code: 130, err: expect.stringMatching(/no process of it is left\n$/) as string });
    expect([folders(rig), processes(rig)]).toEqual([[], []]);
  });

  test('one that is killed leaves its workers: the next one says so, and how to end them', LONG, async ({ rig }) => {
    const killed = rig.launch(['demo', '--with', 'supervisord'], how(rig));
    await killed.says(/start +6 workers/);
    killed.signal('SIGKILL');
    await killed.ended;
    const next = rig.launch(['demo', '--with', 'supervisord'], how(rig));
    await next.says(/a demo that was killed has left \d+ processes.* End them: .*\n/);
    next.signal('SIGINT');
    const { err } = await next.ended;
    const [, line = ''] = /End them: (.*) && rm -r .*\n/.exec(err) ?? [];
    expect(line).toMatch(/^cd \S+; supervisorctl -c supervisord.conf shutdown$/);
    execFileSync('sh', ['-c', line]);
    await waitUntil('nobody is left', () => processes(rig).length === 0);
  });
});

describe.skipIf(pm2.missing)(`pm2${pm2.note}`, () => {
  test('all deeds, and the tally is what the ledger says; exit 0', LONG, async ({ rig }) => {
    const { code, out, err } = await rig.launch(['demo', '--with', 'pm2', '--keep'], how(rig)).ended;
    expect({ code, err, out }).toMatchObject({ code: 0, err: '' });
    expect(out).toMatch(/^6 workers do jobs of 1 s under pm2 [\d.]+, with its defaults, /);
    expectAll(rig, out);
  });
});

describe.skipIf(systemd.missing)(`systemd${systemd.note}`, () => {
  systemdTest.for<[string, readonly string[], number]>([
    // With its defaults the helper of each job gets the signal of a stop, too.
    ['with its defaults', [], 6],
    ['--tuned', ['--tuned'], 0],
  ])('%s: all deeds, and no unit is left', LONG, async ([, words, cut], { rig, systemd: own }) => {
    const { env } = how(rig);
    const { code, out, err } = await own.runFor(
      '200',
      'env',
      ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
      ...[process.execPath, inject('program'), 'demo', '--with', 'systemd', '--keep', ...words],
    );
    expect({ code, err, out }).toMatchObject({ code: 0, err: '' });
    expect(out).toMatch(/kill -9 +not done: systemd is pid 1/);
    expectAll(rig, out);
    expect(figure(out, 'cut')).toBeGreaterThanOrEqual(cut);
    if (words.length > 0) expect(figure(out, 'cut')).toBe(0);
    const units = (await own.sh('ls /run/systemd/system; systemctl list-units --all --no-legend')).split('\n');
    // A dash in a name becomes \x2d in that of a slice.
    expect(units.filter((line) => /supervise.*demo/.test(line))).toEqual([]);
  });
});

describe('a command line that means nothing: a sentence, exit 2, and nothing is left', () => {
  test.for<[string, readonly string[], RegExp]>([
    [
      'a tool that is not in PATH',
      ['--with', 'pm2'],
      /^supervise: pm2 is not in PATH, and a demo downloads nothing: npm install -g pm2\n$/,
    ],
    [
      'a tool that it does not know',
      ['--with', 'runit'],
      /^supervise: --with takes pm2, supervisord, systemd, and not runit\n$/,
    ],
    ['--tuned alone', ['--tuned'], /^supervise: --tuned is for another program: --with TOOL --tuned\n$/],
  ])('%s', async ([, words, said], { rig }) => {
    const env = { ...how(rig).env, PATH: rig.home };
    expect(await rig.launch(['demo', '--keep', ...words], { env }).ended).toEqual({
      code: 2,
      signal: null,
      out: '',
      err: expect.stringMatching(said) as string,
    });
    expect(folders(rig)).toEqual([]);
  });
});

test('one that starts something and has no version to tell: its words, exit 2, and nothing is left', async ({
  rig,
}) => {
  rig.file('pm2', '#!/bin/sh\nsleep 60 </dev/null >/dev/null 2>&1 &\necho "no home" >&2; exit 3\n');
  const { env } = how(rig);
  const demo = rig.launch(['demo', '--with', 'pm2'], {
    env: { ...env, PATH: `${rig.work}:${process.env.PATH ?? ''}` },
  });
  expect(await demo.ended).toMatchObject({ code: 2, err: 'supervise: pm2 --version has ended with 3: no home\n' });
  expect([folders(rig), processes(rig)]).toEqual([[], []]);
});

test.skipIf(otherUsers.missing)(
  `--with systemd without root: it says so, exit 2, and nothing is left${otherUsers.note}`,
  async ({ rig }) => {
    const { uid, gid } = SHOP;
    belongsTo(rig, uid);
    // However the machine was booted.
    const booted = 'mount -t tmpfs none /run && mkdir -p /run/systemd/system && exec "$@"';
    const under = ['unshare', '-m', 'sh', '-c', booted, 'sh', ...as(uid, gid)];
    expect(await rig.launch(['demo', '--with', 'systemd'], { ...how(rig), under }).ended).toEqual({
      ...{ code: 2, signal: null, out: '' },
      err: 'supervise: a demo --with systemd takes root, for its units are those of the machine\n',
    });
    expect([folders(rig), processes(rig)]).toEqual([[], []]);
  },
);

test.skipIf(existsSync('/run/systemd/system'))(
  '--with systemd where the machine has none: it says so',
  async ({ rig }) => {
    expect(await rig.launch(['demo', '--with', 'systemd'], how(rig)).ended).toMatchObject({
      code: 2,
      err: 'supervise: this machine was not booted with systemd, so nothing can run under it\n',
    });
  },
);
