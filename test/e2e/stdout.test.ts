/** `log: stdout`: the lines of all daemons on the stdout of the supervisor. */
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { PUPPET } from '../support/puppet.ts';
import { test, type HowToRun, type Rig } from '../support/supervise.ts';
import { Pane, tmux } from '../support/tmux.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

const puppet = { script: PUPPET, cwd: '.', log: 'stdout', restart: { delay: '10ms' } };

/** The stdout of a supervisor as a pipe that is read when the test wants. */
class SlowReader {
  readonly how: HowToRun;
  text = '';
  readonly #fd: number;
  #isOpen = true;

  constructor(rig: Rig) {
    const fifo = path.join(rig.folder, 'stdout');
    execFileSync('mkfifo', [fifo]);
    this.#fd = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    this.how = { under: ['sh', '-c', `exec "$@" >'${fifo}'`, 'sh'] };
    rig.closers.push(() => {
      this.close();
    });
  }

  /** Reads what is there now, one portion of the pipe. */
  read(): boolean {
    const buffer = Buffer.allocUnsafe(64 * 1024);
    try {
      const bytes = readSync(this.#fd, buffer);
      this.text += buffer.toString('latin1', 0, bytes);
      return bytes > 0;
    } catch {
      return false; // EAGAIN: nothing is there now.
    }
  }

  /** Reads on until this has come. */
  until(what: string, met: (text: string) => boolean): Promise<string> {
    const readAll = (): string => {
      while (this.read());
      return this.text;
    };
    return waitFor(what, readAll, met);
  }

  close(): void {
    if (this.#isOpen) closeSync(this.#fd);
    this.#isOpen = false;
  }
}

const problemsOf = async (rig: Rig): Promise<string> => (await rig.status()).supervisor?.problems.join('\n') ?? '';

const linesOf = (text: string, id: string): readonly string[] =>
  text.split('\n').flatMap((line) => (line.startsWith(`${id} | `) ? [line.slice(id.length + 3)] : []));

describe('no line is lost, cut or mixed', () => {
  test('of twenty daemons that print as fast as they can, in halves of lines, on both streams', async ({ rig }) => {
    const flood =
      'i=0; while [ $i -lt 400 ]; do printf "%s: the line %s" $SUPERVISE_NAME $i; echo " has ended"; echo "$i" >&2; i=$((i+1)); done; printf "no newline"';
    rig.list({
      defaults: { log: 'stdout', restart: 'never', instances: 2 },
      daemons: Array.from({ length: 10 }, (_, index) => ({ name: `d${index}`, shell: flood })),
    });
    const { out, code } = await rig.run('start');
    expect(code).toBe(0);
    for (let daemon = 0; daemon < 10; daemon += 1)
      for (const instance of [1, 2]) {
        const lines = linesOf(out, `d${daemon}:${instance}`);
        expect(lines.filter((line) => line.includes('the line'))).toEqual(
          Array.from({ length: 400 }, (_, index) => `d${daemon}: the line ${index} has ended`),
        );
        expect(lines.filter((line) => /^\d+$/.test(line))).toEqual(
          Array.from({ length: 400 }, (_, index) => `${index}`),
        );
        expect(lines.filter((line) => line === 'no newline')).toHaveLength(1);
        expect(lines).toHaveLength(801);
      }
    expect(rig.log('d1.log')).toBe('');
  });

  test('with --log-format json each line is one object, and so is what the supervisor says', async ({ rig }) => {
    rig.list([
      { name: 'p', instances: 2, shell: 'printf "one\\n\\033[1mtwo"; echo three >&2', restart: 'never', log: 'stdout' },
    ]);
    const { out } = await rig.run('start', '--log-format', 'json');
    const objects = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const time = expect.stringMatching(/^\d{4}-.*Z$/) as string;
    const printed = objects.filter((object) => 'line' in object && object.instance === 'p:2');
    const about = { time, daemon: 'p', instance: 'p:2', run: 1 };
    expect(printed).toHaveLength(3);
    expect(printed).toEqual(
      expect.arrayContaining([
        { ...about, stream: 'out', line: 'one' },
        { ...about, stream: 'out', line: '\u001b[1mtwo' },
        { ...about, stream: 'err', line: 'three' },
      ]),
    );
    const events = objects.filter((object) => 'event' in object);
    expect(events).toContainEqual({
      time,
      daemon: 'p',
      instance: 'p:2',
      level: 'info',
      event: 'ended',
      words: 'ended by itself, exit 0',
    });
    expect(events.at(-1)).toMatchObject({ daemon: null, event: 'stopping', words: 'all daemons have ended for good' });
    expect(objects).toHaveLength(events.length + 6);
  });

  test('a line of more than 1 MiB comes in parts, cut between characters, and all but the last say that it goes on', async ({
    rig,
  }) => {
    rig.list([
      { name: 'p', shell: 'printf a; yes é | head -n 1500000 | tr -d "\\n"', restart: 'never', log: 'stdout' },
    ]);
    const { out } = await rig.run('start', '--log-format', 'json');
    const parts = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { line?: string; partial?: boolean })
      .filter(({ line }) => line !== undefined);
    expect(parts.map(({ partial }) => partial)).toEqual([true, true, undefined]);
    expect(parts.map(({ line }) => line).join('') === `a${'é'.repeat(1_500_000)}`).toBe(true);
  });
});

describe('a reader that is slow', () => {
  test('is waited for by those who print, in bounded memory; the supervisor and all others go on, and in the end all is there', async ({
    rig,
  }) => {
    const reader = new SlowReader(rig);
    const stage = await rig.stage();
    const flood =
      'x=$(cat x); i=0; while [ $i -lt 4000 ]; do echo "$i $x"; i=$((i+1)); done; touch done; exec sleep 1000';
    rig.file('x', 'x'.repeat(2000));
    rig.list([
      { name: 'flood', shell: flood, log: 'stdout' },
      { ...puppet, name: 'p', log: {} },
    ]);
    const supervise = rig.launch(['start'], reader.how);
    const daemon = await stage.enter('p');
    await waitUntil('it is told that nobody reads', async () => (await problemsOf(rig)).includes('nobody has read on'));
    expect(rig.read('done')).toBe('');
    // Nothing reads, and everything else goes on.
    await daemon.exit(1);
    await (await stage.enter('p')).print('still here');
    const rss = Number(
      /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${(await rig.status()).supervisor?.pid}/status`, 'utf8'))?.[1],
    );
    expect(rss).toBeLessThan(150_000);
    const text = await reader.until('all lines are there', (all) => all.includes('flood | 3999 '));
    expect(linesOf(text, 'flood').map((line) => Number(line.split(' ')[0]))).toEqual(
      Array.from({ length: 4000 }, (_, index) => index),
    );
    await waitUntil('the trouble is over', async () => (await rig.status()).supervisor?.check === 'ok');
    await rig.ask('shutdown', { now: true, wait: false });
    await reader.until('it has ended', () => supervise.over);
  });

  test('and stands still: a stop goes on to its end, and what nobody was given is counted on stderr', async ({
    rig,
  }) => {
    const reader = new SlowReader(rig);
    const stage = await rig.stage();
    rig.list([{ ...puppet, name: 'p' }]);
    const supervise = rig.launch(['start'], reader.how);
    const daemon = await stage.enter('p');
    await rig.untilState('p', 'running');
    // More than may wait: its last writes do not return before something reads.
    let isStuck = true;
    const printing = (async () => {
      for (let count = 0; count < 60; count += 1) await daemon.print('x'.repeat(99_999));
      isStuck = false;
    })();
    await waitUntil(
      'its pipe is full, and it is waited for',
      async () => (await rig.status()).supervisor?.check === 'trouble',
    );
    expect(isStuck).toBe(true);
    supervise.signal('SIGTERM');
    await daemon.heard('SIGTERM');
    await printing;
    await daemon.exit(0);
    const { code, err } = await supervise.ended;
    expect(code).toBe(0);
    expect(err).toMatch(/the last \d+ lines for stdout reached nobody/);
  });
});

test('a reload to a file frees who waits for a reader that stands still', async ({ rig }) => {
  const reader = new SlowReader(rig);
  const stage = await rig.stage();
  rig.list([{ ...puppet, name: 'p' }]);
  rig.launch(['start'], reader.how);
  const daemon = await stage.enter('p');
  await rig.untilState('p', 'running');
  const printing = Promise.all(Array.from({ length: 60 }, () => daemon.print('x'.repeat(99_999))));
  await waitUntil('it waits', async () => (await problemsOf(rig)).includes('nobody has read on'));
  rig.list([{ ...puppet, name: 'p', log: {} }]);
  await rig.ask('reload', { wait: false, print: null });
  await printing;
  await daemon.print('in the file');
  await waitUntil('it is there', () => rig.log('p.log').endsWith('\nin the file\n'));
  expect(await problemsOf(rig)).toBe('');
});

test('a reader that has gone: daemons run on, and it is told what they have printed to nobody', async ({ rig }) => {
  const reader = new SlowReader(rig);
  const stage = await rig.stage();
  rig.list([{ ...puppet, name: 'p' }]);
  const supervise = rig.launch(['start'], reader.how);
  const daemon = await stage.enter('p');
  await reader.until('it supervises', (text) => text.includes('p started'));
  reader.close();
  for (let count = 0; count < 40; count += 1) await daemon.print('x'.repeat(99_999));
  expect((await rig.status()).supervisor?.problems).toEqual([
    expect.stringMatching(/^stdout: nobody reads it any more \(EPIPE\)/),
  ]);
  await daemon.print('still in memory');
  expect((await rig.run('logs', '-n', '1')).out).toBe('p | still in memory\n');
  await daemon.exit(1);
  const second = await stage.enter('p');
  supervise.signal('SIGTERM');
  await second.heard('SIGTERM');
  await second.exit(0);
  const { code, err } = await supervise.ended;
  expect(code).toBe(0);
  // Everything it printed, plus what we said.
  expect(Number(/the last (\d+) lines for stdout reached nobody/.exec(err)?.[1])).toBeGreaterThan(41);
});

test('a full disk behind stdout stops no daemon: lines are dropped whole, which is told', async ({ rig }) => {
  const stage = await rig.stage();
  rig.list([{ ...puppet, name: 'p' }]);
  const supervise = rig.launch(['start'], { under: ['sh', '-c', 'exec "$@" >/dev/full', 'sh'] });
  const daemon = await stage.enter('p');
  for (let count = 0; count < 40; count += 1) await daemon.print('x'.repeat(99_999));
  expect((await rig.status()).supervisor?.problems).toEqual([expect.stringContaining('no space left on device')]);
  await rig.ask('shutdown', { now: true, wait: false });
  expect((await supervise.ended).err).toMatch(
    /the last \d+ lines for stdout reached nobody: no space left on device \(ENOSPC\)\n/,
  );
});

test('`logs` shows the newest lines from memory, and says where the rest is', async ({ rig }) => {
  const stage = await rig.stage();
  rig.list([{ ...puppet, name: 'p' }]);
  await rig.start();
  const daemon = await stage.enter('p');
  for (const word of ['one', 'two']) await daemon.print(word);
  const all = await rig.run('logs');
  expect(all.out).toBe('p | one\np | two\n');
  expect(all.err).toMatch(/p: its lines go to the stdout of the supervisor .* the rest is where that leads/);
  expect(await rig.run('logs', '-n', '1')).toMatchObject({ out: 'p | two\n', err: '' });
  await rig.ask('shutdown', { now: true, wait: false });
  await Promise.all(rig.programs.map(({ ended }) => ended));
  expect((await rig.run('logs', '--file', path.join(rig.work, 'daemons.yaml'))).err).toContain('docker logs');
});

test('a reload sends its lines from a file to stdout and back, at the end of a line', async ({ rig }) => {
  const stage = await rig.stage();
  const list = (log: unknown): string => rig.list([{ ...puppet, name: 'p', log }]);
  list({});
  const supervise = await rig.start();
  const daemon = await stage.enter('p');
  await daemon.print('in the file');
  list('stdout');
  expect((await rig.run('reload')).out).toContain('p: log: holds from now on');
  await daemon.print('on stdout');
  await supervise.says('p | on stdout\n');
  list({});
  await rig.run('reload');
  await daemon.print('in the file again');
  await waitUntil('it is in the file', () => rig.log('p.log') === 'in the file\nin the file again\n');
  expect(supervise.out).not.toContain('in the file');
  expect((await rig.instance('p')).starts).toBe(1);
});

describe('in the background, where nobody reads stdout', () => {
  test('start -d and --log-format json are refused, with the mend', async ({ rig }) => {
    rig.list([{ ...puppet, name: 'p' }]);
    const refused = await rig.run('start', '-d');
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toMatch(
      /^supervise: p would print to stdout \(log: stdout\), which nobody reads in the background\. Start it in the foreground/,
    );
    rig.list([{ ...puppet, name: 'p', log: {} }]);
    expect(await rig.run('start', '-d', '--log-format', 'json')).toMatchObject({ code: 2 });
    expect(await rig.run('start', '--log-format', 'xml')).toMatchObject({ code: 2 });
  });

  test('a reload to it is refused and changes nothing; after a death of the supervisor the lines go to files, which is a trouble', async ({
    rig,
  }) => {
    const stage = await rig.stage();
    rig.list([{ ...puppet, name: 'p', log: {} }]);
    await rig.run('start', '-d');
    const daemon = await stage.enter('p');
    rig.list([{ ...puppet, name: 'p' }]);
    const { code, err } = await rig.run('reload');
    expect([code, err]).toEqual([
      expect.any(Number),
      expect.stringContaining('nothing was done: p would print to stdout'),
    ]);
    expect(code).not.toBe(0);
    const pid = (await rig.status()).supervisor?.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    await waitUntil(
      'another one is there',
      async () => (await rig.status().catch(() => null))?.supervisor?.pid !== pid,
    );
    await daemon.print('not lost');
    await waitUntil('it is in the file', () => rig.log('p.log').includes('not lost'));
    expect((await rig.status()).supervisor?.problems.join()).toContain('their lines go to files');
  });
});

test('under systemd each line has a priority: that of stderr is a warning', async ({ rig }) => {
  rig.list([{ name: 'p', shell: 'echo one; echo two >&2; exec sleep 1000', log: 'stdout' }]);
  const script = 'exec >journal 2>&1; export JOURNAL_STREAM=$(stat -c %d:%i journal); exec "$@"';
  rig.launch(['start'], { under: ['sh', '-c', script, '-'] });
  await waitUntil('both are there', () => /one[^]*two|two[^]*one/.test(rig.read('journal')));
  expect(rig.read('journal')).toMatch(/^<6>p \| one$/m);
  expect(rig.read('journal')).toMatch(/^<4>p \| two$/m);
});

test.skipIf(tmux.missing)(`on a terminal, what it prints cannot command that${tmux.note}`, async ({ rig }) => {
  const stage = await rig.stage();
  rig.list([{ ...puppet, name: 'p' }]);
  const pane = new Pane(rig, ['start']);
  const daemon = await stage.enter('p');
  await daemon.print('\u001b[2J\u001b[Hbad\u0007 line');
  await pane.shows('p | bad␇ line');
  pane.press('C-c');
  await daemon.heard('SIGINT');
  await daemon.exit(0);
  expect(await pane.ended()).toBe(0);
});

test('an upgrade loses, cuts and doubles no line', async ({ rig }) => {
  const stage = await rig.stage();
  const count =
    'i=0; while [ ! -e stop ]; do printf "%s " $i; sleep 0.002; echo has ended; i=$((i+1)); done; echo the end; exec sleep 1000';
  rig.list([
    { ...puppet, name: 'p' },
    { name: 'count', shell: count, log: 'stdout' },
  ]);
  const supervise = await rig.start();
  const daemon = await stage.enter('p');
  await daemon.print('begun');
  for (let times = 0; times < 3; times += 1) expect(await rig.run('upgrade')).toMatchObject({ code: 0 });
  rig.file('stop', '');
  await supervise.says('the end');
  const lines = linesOf(supervise.out, 'count');
  expect(lines).toEqual([...Array.from({ length: lines.length - 1 }, (_, index) => `${index} has ended`), 'the end']);
  expect(lines.length).toBeGreaterThan(20);
});

test('an upgrade while the reader stands still is refused, since what waits would be lost, and all goes on', async ({
  rig,
}) => {
  const reader = new SlowReader(rig);
  const stage = await rig.stage();
  rig.list([{ ...puppet, name: 'p' }]);
  const supervise = rig.launch(['start'], reader.how);
  const daemon = await stage.enter('p');
  await reader.until('it supervises', (text) => text.includes('p started'));
  for (let count = 0; count < 3; count += 1) await daemon.print('x'.repeat(99_999));
  const { code, err } = await rig.run('upgrade');
  expect([code, err]).toEqual([1, expect.stringContaining('what waits for the reader of stdout would be lost')]);
  await daemon.print('after');
  const text = await reader.until('all is there', (all) => all.includes('p | after'));
  expect(linesOf(text, 'p').map((line) => line.length)).toEqual([99_999, 99_999, 99_999, 'after'.length]);
  expect(await rig.run('upgrade')).toMatchObject({ code: 0 });
  await daemon.print('and after');
  await reader.until('the next one prints there', (all) => all.includes('p | and after'));
  await rig.ask('shutdown', { now: true, wait: false });
  await reader.until('it has ended', () => supervise.over);
});
