/** `status --watch` in a real terminal: what it shows, and what it leaves behind. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { isAlive, send } from '../support/processes.ts';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { test, type Program, type Rig } from '../support/supervise.ts';
import { expectWhole, Pane, PLAIN, planted, pressing, sending, tmux, type PaneOptions } from '../support/tmux.ts';
import { waitUntil } from '../support/wait-for.ts';

const DRAWN = { alternate: true, cursor: false, mouse: false, keypad: false };

describe.skipIf(tmux.missing)(`status --watch${tmux.note}`, () => {
  test.for([
    ['q', 0, pressing('q')],
    ['Ctrl-C', 130, pressing('C-c')],
    ['Ctrl-\\', 143, pressing('C-\\')],
    ['SIGTERM', 143, sending('SIGTERM')],
    ['SIGHUP', 143, sending('SIGHUP')],
    ['SIGQUIT', 143, sending('SIGQUIT')],
  ] as const)(
    'gives the terminal back after %s, exit %d, and what was seen last stays',
    async ([, code, leave], { rig }) => {
      const { pane } = await watched(rig);
      expect(pane.modes()).toEqual(DRAWN);
      leave(pane);
      expect(await pane.ended()).toBe(code);
      await expectWhole(rig, pane);
      expect(pane.show('#{wrap_flag}')).toBe('1');
      expect(pane.screen()).toMatch(/● +p +running/);
    },
  );

  test('gives it back while it is stopped by Ctrl-Z, and takes it again after fg, in the size of then', async ({
    rig,
  }) => {
    const { pane } = await watched(rig, { jobs: true });
    const { pid } = pane;
    pane.press('C-z');
    await pane.until('shows the prompt of the shell', (rows) => rows.some((each) => each.startsWith('$')));
    await waitUntil('it is stopped', () => stateOf(pid) === 'T');
    expect(pane.modes()).toEqual(PLAIN);
    expect(keyModes(pane)).toEqual(['echo', 'icanon', 'isig']);
    pane.resize(60, 12);
    pane.type('fg\n');
    await pane.until('shows the picture again', (rows) => pane.modes().alternate && row(/● +p +running/)(rows));
    expect(row('$')(pane.rows())).toBe(false);
    expect(keyModes(pane)).toEqual([]);
    pane.press('C-c');
    await waitUntil('it has ended', () => !isAlive(pid));
    pane.type('echo $? >exit; stty -g >after\n');
    expect(await pane.ended()).toBe(130);
    await expectWhole(rig, pane);
  });

  test('shows nothing of what is typed', async ({ rig }) => {
    const { pane, daemon } = await watched(rig);
    expect(keyModes(pane)).toEqual([]);
    pane.type('zzz\n\x1b[A');
    await daemon.say('STATUS=after it');
    await pane.until('is drawn anew', row('after it'));
    expect(row('zzz')(pane.rows())).toBe(false);
  });

  test('where nobody could continue it, Ctrl-Z leaves it as it is', async ({ rig }) => {
    const { pane, daemon } = await watched(rig);
    pane.press('C-z');
    await daemon.say('STATUS=after it');
    await pane.until('is drawn anew', (rows) => pane.modes().alternate && row('after it')(rows));
    pane.press('q');
    expect(await pane.ended()).toBe(0);
    await expectWhole(rig, pane);
  });

  test('after a bug of ours: its stack stands on the normal screen, exit 70', async ({ rig }) => {
    const { pane } = await watched(rig, { env: planted('throw new Error("planted")') });
    send(pane.pid, 'SIGUSR2');
    expect(await pane.ended()).toBe(70);
    await expectWhole(rig, pane);
    expect(pane.screen()).toMatch(/met a bug of its own:\nError: planted\n {4}at /);
  });

  test('in the background it waits for the terminal, and has it after fg', async ({ rig }) => {
    const { pane } = await watched(rig, { jobs: true });
    const { pid } = pane;
    pane.press('C-z');
    await waitUntil('it is stopped', () => stateOf(pid) === 'T');
    pane.type('bg\n');
    await pane.until('tells that it wants the terminal', (rows) => {
      pane.type('jobs\n');
      return row('(tty output)')(rows);
    });
    expect(pane.modes()).toEqual(PLAIN);
    pane.type('fg\n');
    await pane.until('shows the picture', (rows) => pane.modes().alternate && row(/● +p +running/)(rows));
    expect(keyModes(pane)).toEqual([]);
    pane.press('q');
    await waitUntil('it has ended', () => !isAlive(pid));
    expect(keyModes(pane)).toEqual(['echo', 'icanon', 'isig']);
  });

  test('after a SIGSTOP and fg it draws all anew', async ({ rig }) => {
    const { pane } = await watched(rig, { jobs: true });
    send(pane.pid, 'SIGSTOP');
    pane.type(`tput rmcup; printf 'shell-%s\\n' here\n`);
    await pane.until('shows what the shell says', row('shell-here'));
    pane.type('fg\n');
    await pane.until('shows the picture again', (rows) => row(/● +p +running/)(rows) && !row('shell')(rows));
    expect(pane.modes()).toEqual(DRAWN);
  });

  test('follows each size without debris, and where not all fit those in trouble come first', async ({ rig }) => {
    rig.list([
      { name: 'w', instances: 40, command: 'sleep 600' },
      { name: 'bad', shell: 'exit 78', restart: { fatal_codes: [78] } },
    ]);
    await rig.start();
    await rig.untilState('bad', 'failed');
    const pane = new Pane(rig, ['status', '--watch'], { width: 100, height: 50 });
    await pane.until('shows all', (rows) => row(/w:40 /)(rows) && row(/bad +failed/)(rows));
    for (const [width, height] of [
      [100, 12],
      [60, 9],
      [30, 8],
      [120, 20],
      [50, 8],
    ] as const) {
      pane.resize(width, height);
      const rows = await pane.until(
        `has drawn ${width}x${height}`,
        (seen) => seen.length === height && row('NAME')(seen) && /^… \d+ more/.test(seen.at(-1) ?? ''),
      );
      expect(rows.filter((each) => each.includes('NAME'))).toHaveLength(1);
      const [first, ...others] = rows.slice(rows.findIndex((each) => each.includes('NAME')) + 1, -1);
      expect(first).toMatch(/^✗ +bad/);
      expect(rows.at(-1)).toContain(`… ${40 - others.length} more below`);
    }
    pane.resize(100, 50);
    await pane.until('shows all again', (rows) => row(/w:40 /)(rows) && !row(/more below/)(rows));
  });

  test('hostile words do nothing to the terminal', async ({ rig }) => {
    const { pane, daemon } = await watched(rig, { width: 60 });
    const title = pane.show('#{pane_title}');
    await daemon.say('STATUS=\x1b[2J\x1b]0;owned\x07\x1b[?1049l\x9b31m写真\tafter');
    const rows = await pane.until('shows the words', row(/写真 after/));
    expect(row(/● +p +running/)(rows)).toBe(true);
    expect(pane.modes()).toEqual(DRAWN);
    expect(pane.show('#{pane_title}')).toBe(title);
  });

  test('a lost supervisor: the last picture stays, faint, with since when; and the next one is found', async ({
    rig,
  }) => {
    const { pane, supervisor } = await watched(rig);
    send(supervisor.pid, 'SIGKILL');
    const lost = await pane.until('says so', row(/^no answer for \d/));
    expect(row(/● +p +running/)(lost)).toBe(true);
    await pane.untilColoured('is faint', (text) => /\x1b\[2m[^]*p +running/.test(text));
    const age = () => /no answer for ([\d.]+)s/.exec(pane.rows()[0] ?? '')?.[1];
    const first = age();
    await pane.until('counts on', () => age() !== first);
    await rig.start();
    await pane.until('is current again', (rows) => row(/● +p +running/)(rows) && !row('no answer')(rows));
    await pane.untilColoured('is faint no more', (text) => !text.includes('\x1b[2m'));
  });

  test('a supervisor that hangs is told to be silent, and is current when it goes on', async ({ rig }) => {
    const { pane, supervisor } = await watched(rig);
    send(supervisor.pid, 'SIGSTOP');
    // The first words stay only for two seconds, until that answer is given up.
    await pane.until('says so', row(/^no answer for [\d.]+s.*(has not said anything yet|did not answer)/));
    send(supervisor.pid, 'SIGCONT');
    await pane.until('is current again', (rows) => row(/● +p +running/)(rows) && !row('no answer')(rows));
  });

  test('a terminal that takes nothing is current when it does again, and holds up no end', async ({ rig }) => {
    const { pane, daemon } = await watched(rig);
    const { pid } = pane;
    const thaw = pane.freeze();
    const from = Date.now();
    await daemon.say('STATUS=while it was frozen');
    // Several pictures, most of which it cannot be given.
    await rig.until('p', 'has been frozen for a while', () => Date.now() - from > 4_000);
    await daemon.say('STATUS=the last word');
    await rig.until('p', 'has told it', ({ status }) => status === 'the last word');
    thaw();
    await pane.until('is current', row('the last word'));
    pane.freeze();
    send(pid, 'SIGTERM');
    await waitUntil('it has ended', () => !isAlive(pid));
  });

  test('pictures that a terminal cannot take are left out, not kept for it', async ({ rig }) => {
    rig.list([{ name: 'w', instances: 50, command: 'sleep 600' }]);
    await rig.start();
    await rig.untilState('w:50', 'running');
    const pane = new Pane(rig, ['status', '--watch'], { width: 120, height: 62 });
    await pane.until('is drawn', row(/w:50 +running/));
    const { pid } = pane;
    pane.tmux('pipe-pane', `cat >'${path.join(rig.work, 'drawn')}'`);
    const thaw = pane.freeze();
    // A continued program redraws: ten times what the terminal holds (64 kB).
    for (let picture = 0; picture < 150; picture += 1) {
      send(pid, 'SIGCONT');
      await sleep(15);
    }
    thaw();
    await rig.run('stop', 'w:1');
    await pane.until('is current', row(/w:1 +stopped/));
    const pictures = rig.read('drawn').split('\x1b[1;1H').length - 1;
    expect(pictures).toBeGreaterThan(1);
    expect(pictures).toBeLessThan(40);
  });

  test('a dumb terminal gets block after block, and no control sequence', async ({ rig }) => {
    const { pane } = await watched(rig, { env: ['TERM=dumb'] });
    expect(pane.modes()).toEqual(PLAIN);
    await pane.until('shows a second block', (rows) => rows.filter((each) => /● +p +running/.test(each)).length > 1);
    pane.press('C-c');
    expect(await pane.ended()).toBe(130);
    await expectWhole(rig, pane);
  });
});

test('status --watch into a pipe prints block after block, until nobody reads', async ({ rig }) => {
  await puppet(rig);
  const program = rig.launch(['status', '--watch']);
  await program.says(/p +running[^]*p +running/);
  expect(program.out).not.toContain('\x1b');
  program.stopReading();
  expect((await program.ended).code).toBe(0);
});

const row =
  (what: string | RegExp) =>
  (rows: readonly string[]): boolean =>
    rows.some((each) => (typeof what === 'string' ? each.includes(what) : what.test(each)));

/** A list of one running puppet. */
async function puppet(rig: Rig): Promise<{ daemon: Puppet; supervisor: Program }> {
  const stage = await rig.stage();
  rig.list([{ name: 'p', script: PUPPET, cwd: '.' }]);
  const supervisor = await rig.start();
  const daemon = await stage.enter('p');
  await rig.untilState('p', 'running');
  return { daemon, supervisor };
}

async function watched(
  rig: Rig,
  options: PaneOptions = {},
): Promise<{ pane: Pane; daemon: Puppet; supervisor: Program }> {
  const { daemon, supervisor } = await puppet(rig);
  const pane = new Pane(rig, ['status', '--watch'], options);
  await pane.until('is drawn', row(/● +p +running/));
  return { pane, daemon, supervisor };
}

/** The letter of its state: `T` is stopped. */
const stateOf = (pid: number): string => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] ?? '';

/** Which of a terminal's own key treatments are on. */
function keyModes(pane: Pane): readonly string[] {
  const all = execFileSync('stty', ['-F', pane.show('#{pane_tty}'), '-a'], { encoding: 'utf8' }).split(/[ ;\n]+/);
  return ['echo', 'icanon', 'isig'].filter((mode) => all.includes(mode));
}
