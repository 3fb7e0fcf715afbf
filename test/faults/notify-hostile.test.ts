import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { foreground } from '../support/detached.ts';
import { PUPPET } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

/** Writes this on fd 3 until the FIFO is full, and goes on with the next one; then makes a file `written`, and ends when asked to. */
const writer = (rig: Rig, ...lines: readonly string[]): string =>
  rig.file(
    'writer.mjs',
    `import { existsSync, writeFileSync, writeSync } from 'node:fs';
process.on('SIGTERM', () => process.exit(0));
const fill = (text) => {
  try {
    for (let count = 0; count < 100_000; count += 1) writeSync(3, text);
  } catch (error) {
    if (error.code !== 'EAGAIN') throw error;
  }
};
let begun = false;
setInterval(() => {
  if (begun || !existsSync('go')) return;
  begun = true;
  for (const text of ${JSON.stringify(lines)}) fill(text);
  writeFileSync('written', '');
}, 10);
writeSync(3, 'IDLE=1\\n');
`,
  );

describe('whatever is written to fd 3, nothing is harmed, and a cut is called no only where that is known', () => {
  test('a flood of nonsense: the daemon runs on, others are heard, and its own words still count', async ({ rig }) => {
    const stage = await rig.stage();
    const nonsense = ['\u0000\u0001', 'BUSY=2\n', 'x'.repeat(3_000), '=\n', 'MAINPID=1\n', 'ITERATION=-1\n'];
    const script = writer(rig, ...nonsense);
    rig.list([
      { name: 'p', script },
      { name: 'q', script: PUPPET, cwd: '.' },
    ]);
    await rig.start();
    const other = await stage.enter('q');
    const { pid } = await rig.until('p', 'is idle', ({ busy, state }) => busy === false && state === 'running');
    rig.file('go', '');
    await waitUntil('all of it is written', () => existsSync(path.join(rig.work, 'written')));
    await other.say('ITERATION=5');
    await rig.until('q', 'is heard', ({ iterations }) => iterations === 5);
    expect(await rig.instance('p')).toMatchObject({ state: 'running', pid, starts: 1, iterations: 0 });
    expect((await rig.status()).supervisor?.check).toBe('ok');
    // Reported, so that whoever meant something by it learns of it; once, since it is a flood.
    const { out } = await rig.run('logs', '--events');
    expect(out.split('\n').filter((line) => line.includes('said on fd 3 what nobody understands'))).toHaveLength(1);
  });

  test('words that a full FIFO did not take: the cut is unknown, although the last one heard was IDLE', async ({
    rig,
  }) => {
    const script = writer(rig, 'STATUS=the queue is long\n', 'BUSY=1\n');
    rig.list([{ name: 'p', script }]);
    const supervise = await rig.start();
    await rig.until('p', 'is idle', ({ busy, state }) => busy === false && state === 'running');
    // It does not read, so the FIFO is certainly full.
    supervise.signal('SIGSTOP');
    rig.file('go', '');
    await waitUntil('the FIFO is full', () => existsSync(path.join(rig.work, 'written')));
    supervise.signal('SIGCONT');
    await rig.until('p', 'is heard', ({ status }) => status === 'the queue is long');
    await rig.ask('stop', { names: ['p'], wait: true, now: false });
    const { last_exit: end } = await rig.instance('p');
    expect(end).toMatchObject({ code: 0, kind: 'asked', cut: 'unknown' });
    expect(end?.words).toContain('some of its reports were lost');
  });

  test('a BUSY behind what no newline has ended, or without its own: the cut is unknown', async ({ rig }) => {
    const never = { restart: 'never' };
    rig.list([
      { name: 'glued', shell: "printf 'IDLE=1\\nIDLE=1' >&3; echo BUSY=1 >&3; exit 3", ...never },
      { name: 'half', shell: "printf 'IDLE=1\\nBUSY=1' >&3; exit 3", ...never },
      { name: 'whole', shell: "printf 'IDLE=1\\nBUSY=1\\nIDLE=1\\n' >&3; exit 3", ...never },
      { name: 'p', shell: 'exec sleep 1000' },
    ]);
    await rig.start();
    for (const [name, cut] of [
      ['glued', 'unknown'],
      ['half', 'unknown'],
      ['whole', 'no'],
    ] as const)
      expect((await rig.untilState(name, 'failed')).last_exit).toMatchObject({ code: 3, cut });
  });

  test('a helper that says IDLE after the daemon has died in an iteration: the cut stays a cut', async ({ rig }) => {
    const stage = await rig.stage();
    const leftovers = { leftovers: 'wait', restart: 'never', stop: '60s' };
    rig.list([
      { name: 'p', script: PUPPET, cwd: '.', ...leftovers },
      { name: 'q', shell: 'exec sleep 1000' },
    ]);
    await rig.start();
    const daemon = await stage.enter('p');
    await daemon.say('BUSY=1');
    await rig.until('p', 'is busy', ({ busy, state }) => busy === true && state === 'running');
    const fd = `/proc/${daemon.pid}/fd/3`;
    await daemon.helper(`exec 4>${fd}; echo open; while [ ! -e go ]; do sleep 0.02; done; echo IDLE=1 >&4; sleep 0.3`);
    await waitFor(
      'the helper has it open',
      () => rig.log('p.log'),
      (log) => log.includes('open'),
    );
    await daemon.exit(1);
    await rig.until('p', 'waits for the helper', ({ state }) => state === 'draining');
    rig.file('go', '');
    const { last_exit: end } = await rig.until('p', 'has ended', ({ state }) => state === 'failed');
    expect(end).toMatchObject({ code: 1, cut: 'yes' });
  });

  test('a daemon that asks for more time for ever is killed at last', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list([{ name: 'p', script: PUPPET, cwd: '.', stop: '200ms' }]);
    await rig.start();
    const daemon = await stage.enter('p');
    await rig.untilState('p', 'running');
    const stopping = rig.ask('stop', { names: ['p'], wait: true, now: false });
    await daemon.heard('SIGTERM');
    let asks = true;
    const ask = async (): Promise<void> => {
      while (asks) await daemon.say('EXTEND_TIMEOUT_USEC=999999999999999');
    };
    const asking = ask().catch(() => undefined); // It has been killed.
    expect(await stopping).toMatchObject({ cut: 1 });
    asks = false;
    await asking;
    expect((await rig.instance('p')).last_exit?.words).toMatch(/^killed by supervise/);
  });

  test('escapes and endless words reach no table and no terminal', async ({ rig }) => {
    const { daemon } = await foreground(rig);
    await daemon.say(`STATUS=\u001b]0;mine\u0007\u001b[2J${'wide '.repeat(500)}`);
    const { status } = await rig.until('p', 'has a status', (p) => p.status !== null);
    expect(status?.length).toBeLessThanOrEqual(200);
    const { out } = await rig.run('status');
    expect(out).toContain('wide');
    expect(out).not.toContain('\u001b');
  });
});
