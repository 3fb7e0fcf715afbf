/** What the screen leaves behind: nothing, whichever way it goes. */
import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { isAlive, send } from '../support/processes.ts';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { expectWhole, Pane, PLAIN, planted, pressing, sending, tmux, type PaneOptions } from '../support/tmux.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

const OURS = { alternate: true, cursor: false, mouse: true, keypad: true };

describe.skipIf(tmux.missing)(`the screen gives the terminal back${tmux.note}`, () => {
  test.for([
    ['q', 0, pressing('q')],
    ['Ctrl-C', 0, pressing('C-c')],
    ['SIGINT', 130, sending('SIGINT')],
    ['SIGTERM', 143, sending('SIGTERM')],
    ['SIGQUIT', 143, sending('SIGQUIT')],
    ['SIGHUP', 143, sending('SIGHUP')],
  ] as const)('after %s, exit %d', async ([, code, leave], { rig }) => {
    const pane = await open(rig);
    expect(pane.modes()).toEqual(OURS);
    leave(pane);
    expect(await pane.ended()).toBe(code);
    await expectWhole(rig, pane);
    expect((await rig.status()).supervisor?.state).toBe('running');
  });

  test('after a bug of ours: its stack stands on the normal screen, exit 70', async ({ rig }) => {
    const pane = await open(rig, ['tui'], { env: planted('throw new Error("planted")') });
    send(pane.pid, 'SIGUSR2');
    expect(await pane.ended()).toBe(70);
    await expectWhole(rig, pane);
    expect(pane.screen()).toMatch(/met a bug of its own:\nError: planted\n {4}at /);
  });

  test('after a bug within a promise, likewise', async ({ rig }) => {
    const pane = await open(rig, ['tui'], { env: planted('Promise.reject(new Error("planted"))') });
    send(pane.pid, 'SIGUSR2');
    expect(await pane.ended()).toBe(70);
    await expectWhole(rig, pane);
    expect(pane.screen()).toContain('Error: planted');
  });

  test.for([
    ['Ctrl-Z', pressing('C-z')],
    ['a SIGTSTP of somebody else', sending('SIGTSTP')],
  ] as const)('while it is stopped by %s, and takes it again after fg', async ([, stop], { rig }) => {
    const pane = await open(rig, ['tui'], { jobs: true });
    const { pid } = pane;
    stop(pane);
    await pane.until('shows the prompt of the shell', (rows) => rows.some((row) => row.startsWith('$')));
    expect(pane.modes()).toEqual(PLAIN);
    expect(stateOf(pid)).toBe('T');
    pane.type('stty -g >stopped\n');
    await waitUntil('the shell has looked', () => rig.read('stopped') !== '');

    // It has a different size when it comes back.
    pane.resize(70, 20);
    pane.type('fg\n');
    await pane.until('shows all of the screen again', isDrawn(70, 20));
    expect(pane.modes()).toEqual(OURS);
    pane.press('?');
    await pane.until('shows the help', (rows) => rows.join().includes('── help ──'));
    pane.press('Escape');
    await pane.until('is drawn again', isDrawn(70, 20));
    pane.press('q');
    await waitUntil('it has ended', () => !isAlive(pid));
    pane.type('echo $? >exit; stty -g >after\n');
    expect(await pane.ended()).toBe(0);
    await expectWhole(rig, pane);
  });

  test('a SIGSTOP cannot be prepared for; after fg the terminal is taken again, as the shell has left it', async ({
    rig,
  }) => {
    const pane = await open(rig, ['tui'], { jobs: true });
    const { pid } = pane;
    send(pid, 'SIGSTOP');
    await waitUntil('it is stopped', () => stateOf(pid) === 'T');
    // Like a shell that edits its lines.
    pane.type(`stty sane; printf 'shell-%s\\n' here\n`);
    await pane.until('shows what the shell says', (rows) => rows.some((row) => row.includes('shell-here')));
    pane.type('fg\n');
    await pane.until(
      'shows all of the screen again',
      (rows) => isDrawn(100, 30)(rows) && !rows.join().includes('shell'),
    );
    expect(pane.modes()).toEqual(OURS);
    pane.press('?');
    await pane.until('shows the help', (rows) => rows.join().includes('── help ──'));
    pane.press('Escape');
    await pane.until('is drawn again', isDrawn(100, 30));
    pane.press('q');
    await waitUntil('it has ended', () => !isAlive(pid));
    await waitFor(
      'the terminal is as it was',
      () => pane.modes(),
      (modes) => !modes.alternate && !modes.mouse,
    );
  });

  test('Ctrl-Z where nobody could continue it changes nothing', async ({ rig }) => {
    const pane = await open(rig);
    pane.press('C-z');
    await pane.until('is drawn again', isDrawn(100, 30));
    pane.press('?');
    await pane.until('shows the help', (rows) => rows.join().includes('── help ──'));
    pane.press('Escape');
    await pane.until('is drawn again', isDrawn(100, 30));
    pane.press('q');
    expect(await pane.ended()).toBe(0);
    await expectWhole(rig, pane);
  });

  test('when the terminal goes away it ends, and nobody else does', async ({ rig }) => {
    const pane = await open(rig);
    const { pid } = pane;
    pane.close();
    await waitUntil('the screen has ended', () => !isAlive(pid));
    expect((await rig.instance('p')).state).toBe('running');
  });

  test('a terminal that takes nothing any more keeps it from nothing: it ends when it is told to', async ({ rig }) => {
    const { daemon } = await puppet(rig);
    const pane = new Pane(rig, ['tui']);
    await pane.until('is drawn', isDrawn(100, 30));
    const { pid } = pane;
    const thaw = pane.freeze();
    await waitUntil('it writes no more', async () => {
      const before = writtenBy(pid);
      // Each of them is a different picture.
      for (let count = 0; count < 20; count += 1) await daemon.print(`${Math.random()} `.repeat(20));
      return writtenBy(pid) === before;
    });
    expect((await rig.instance('p')).state).toBe('running');
    send(pid, 'SIGTERM');
    await waitUntil('the screen has ended', () => !isAlive(pid));
    thaw();
    expect(await pane.ended()).toBe(143);
  });
});

describe.skipIf(tmux.missing)(`where there can be no screen${tmux.note}`, () => {
  test('without a terminal it is refused in words', async ({ rig }) => {
    await start(rig);
    const { code, err } = await rig.run('tui');
    expect(code).toBe(2);
    expect(err).toContain('supervise status --watch');
  });

  test.for(['dumb', ''])('with TERM=%s it is refused in words', async (term, { rig }) => {
    await start(rig);
    const pane = new Pane(rig, ['tui'], { env: [`TERM=${term}`] });
    expect(await pane.ended()).toBe(2);
    expect(pane.screen()).toContain('supervise status --watch');
    expect(pane.modes()).toEqual(PLAIN);
  });

  test('without a supervisor it says so, exit 3', async ({ rig }) => {
    rig.list([{ name: 'p', command: 'sleep 600' }]);
    const pane = new Pane(rig, ['tui']);
    expect(await pane.ended()).toBe(3);
    expect(pane.screen()).toContain('supervise start');
  });

  test('`supervise` alone is the screen where a supervisor runs, else the first help', async ({ rig }) => {
    rig.list([{ name: 'p', command: 'sleep 600' }]);
    const before = new Pane(rig, []);
    expect(await before.ended()).toBe(0);
    expect(before.screen()).toContain('supervise help');
    rig.file('exit', '');
    await rig.start();
    const pane = new Pane(rig, []);
    await pane.until('is drawn', isDrawn(100, 30));
    pane.press('q');
    expect(await pane.ended()).toBe(0);
  });
});

describe.skipIf(tmux.missing)(`what the terminal can show${tmux.note}`, () => {
  test('outside of a UTF-8 locale there is only ASCII, whatever the logs have', async ({ rig }) => {
    rig.list([{ name: 'p', shell: "printf 'gr\\303\\274n \\346\\274\\242\\n'; exec sleep 600" }]);
    await rig.start();
    const pane = new Pane(rig, ['tui'], { env: ['LC_ALL=C'] });
    await pane.until('shows the log', (rows) => rows.some((row) => row.includes('gr?n ??')));
    expect(pane.rows().join('')).toMatch(/^[\x20-\x7e]*$/);
  });

  test('with NO_COLOR nothing has a colour, and what is selected is drawn inverse', async ({ rig }) => {
    const pane = await open(rig, ['tui'], { env: ['NO_COLOR=1'] });
    expect(pane.coloured()).not.toMatch(/\x1b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9\d|10\d)[;m]/);
    expect(pane.coloured()).toMatch(/\x1b\[[0-9;]*7m/);
  });

  test('wide letters, emoji and marks leave every border where it is', async ({ rig }) => {
    const odd = ['漢字かな', 'e\u0301cole', '👩‍👩‍👧 family', '❤️ heart', '👍🏽 thumb', '🇩🇪 flag', 'ｶﾞ half'];
    const { daemon } = await puppet(rig);
    for (const line of odd) await daemon.print(line);
    const pane = new Pane(rig, ['tui'], { width: 120, height: 40 });
    await pane.until('shows the last of them', (rows) => rows.some((row) => row.includes('half')));
    const borders = pane.rows().flatMap((row) => {
      const at = row.indexOf('│');
      return at < 0 ? [] : [cellsBefore(row, at)];
    });
    expect(new Set(borders).size).toBe(1);
    expect(borders.length).toBeGreaterThan(20);
  });
});

/** Left of the border are names and words of ours: one cell per letter. */
const cellsBefore = (row: string, at: number): number => Array.from(row.slice(0, at)).length;

/** A list of one that runs. */
async function start(rig: Rig): Promise<void> {
  rig.list([{ name: 'p', command: 'sleep 600' }]);
  await rig.start();
  await rig.untilState('p', 'running');
}

async function puppet(rig: Rig): Promise<{ daemon: Puppet }> {
  const stage = await rig.stage();
  rig.list([{ name: 'p', script: PUPPET, cwd: '.' }]);
  await rig.start();
  return { daemon: await stage.enter('p') };
}

async function open(rig: Rig, args: readonly string[] = ['tui'], options: PaneOptions = {}): Promise<Pane> {
  await start(rig);
  const pane = new Pane(rig, args, options);
  await pane.until('is drawn', isDrawn(options.width ?? 100, options.height ?? 30));
  return pane;
}

/** The head is in the first row, the foot in the last, and the list in between. */
const isDrawn =
  (width: number, height: number) =>
  (rows: readonly string[]): boolean =>
    rows.length === height &&
    rows[0]?.includes('daemons.yaml') === true &&
    rows.at(-1)?.includes('quit') === true &&
    rows.some((row) => /\bp +running/.test(row)) &&
    rows.every((row) => row.length <= width);

function stateOf(pid: number): string {
  return /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
}

/** Bytes that a process has written. */
const writtenBy = (pid: number): number => Number(/^wchar: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
