/** The screen in a real terminal, driven by keys, against a real supervisor. */
import { describe, expect } from 'vitest';
import { answer } from '../support/answer.ts';
import { isAlive, send } from '../support/processes.ts';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { seeded } from '../support/random.ts';
import { test, type Program, type Rig } from '../support/supervise.ts';
import { expectWhole, Pane, tmux, type PaneOptions } from '../support/tmux.ts';
import { waitUntil } from '../support/wait-for.ts';

describe.skipIf(tmux.missing)(`the screen${tmux.note}`, () => {
  test('stops the selected one after a question, says what that came to, and starts it again', async ({ rig }) => {
    const { pane, daemon } = await open(rig);
    pane.press('s');
    await pane.shows('stop p?');
    expect(daemon.signals).toEqual([]);
    await answer(pane, 'y', () => daemon.signals.length > 0);
    await pane.until('shows the drain', row(/p +draining/));
    await daemon.exit(0);
    await pane.until('says what it came to', row('stopped p: boundary 0 · ended by itself 1 · cut 0'));
    await pane.until('shows it stopped', row(/p +stopped +stopped by hand/));
    pane.press('s');
    await (await rig.stage()).enter('p');
    await pane.until('shows it running', row(/p +running/));
    await pane.until('says that it was started', row('started p'));
  });

  test('restarts the selected one, and shows its new process', async ({ rig }) => {
    const { pane, daemon } = await open(rig);
    pane.press('r');
    await pane.shows('restart p?');
    await answer(pane, 'y', () => daemon.signals.length > 0);
    await daemon.exit(0);
    const next = await (await rig.stage()).enter('p');
    await pane.until('says what it came to', row('restarted p: boundary 0 · ended by itself 1 · cut 0'));
    expect(next.run).toBe(2);
  });

  test('kills only after its name was typed', async ({ rig }) => {
    const { pane, daemon } = await open(rig);
    await daemon.say('BUSY=1');
    await pane.until('shows that it is busy', row(/busy/));
    pane.press('X');
    await pane.shows('kill p now?');
    await typeInto(pane, 'q');
    pane.press('Enter');
    await pane.until('refuses', row('nothing was killed'));
    expect(isAlive(daemon.pid)).toBe(true);
    pane.press('BSpace', 'p', 'Enter');
    await daemon.gone();
    await rig.event('p', /killed by supervise/);
  });

  test('filters while one types, and knows why one is where it is', async ({ rig }) => {
    rig.list([
      { name: 'photos', instances: 3, command: 'sleep 600', tags: ['media'] },
      { name: 'mailer', shell: 'exit 1' },
    ]);
    await rig.start();
    const pane = new Pane(rig, ['tui']);
    await pane.until('shows all', (rows) => row(/mailer/)(rows) && row(/photos:3/)(rows));
    pane.press('/');
    await pane.until('asks for a filter', () => pane.modes().cursor);
    pane.type('mai');
    await pane.until('shows one', (rows) => row(/mailer +backoff/)(rows) && !row(/photos/)(rows));
    pane.press('Enter', 'w');
    await pane.until('shows why', row(/supervise start mailer|again/));
    pane.press('Escape');
    await pane.until('is back', row(/quit/));
    pane.press('Escape');
    await pane.until('shows all again', row(/photos:3/));
  });

  test('follows the log of the selected one, and of another as soon as that is selected', async ({ rig }) => {
    const stage = await rig.stage();
    rig.list(['a', 'b'].map((name) => ({ name, script: PUPPET, cwd: '.' })));
    await rig.start();
    const [a, b] = [await stage.enter('a'), await stage.enter('b')];
    for (let line = 1; line <= 600; line += 1) await a.print(`old ${line}`);
    await b.print('of b, before');
    const pane = new Pane(rig, ['tui']);
    await pane.until('shows the end of the log', row('old 600'));
    await a.print('new one');
    await pane.until('shows the new line', row('new one'));
    pane.press('Down');
    await pane.until('shows the log of b', (rows) => row('of b, before')(rows) && !row('new one')(rows));
    await a.print('unheard');
    await b.print('of b, now');
    await pane.until('goes on with b', (rows) => row('of b, now')(rows) && !row('unheard')(rows));
  });

  test('fits into every terminal, and follows each change of its size', async ({ rig }) => {
    const { pane } = await open(rig);
    for (const [width, height] of [
      [80, 24],
      [40, 8],
      [300, 100],
      [20, 4],
      [120, 40],
      [41, 9],
    ] as const) {
      pane.resize(width, height);
      const met = width < 40 ? row('needed') : row(/\bp\b.*(running|up )/);
      const rows = await pane.until(`is drawn in ${width}x${height}`, (seen) => seen.length === height && met(seen));
      expect(rows.filter((each) => Array.from(each).length > width)).toEqual([]);
    }
  });

  test('shows hostile bytes of a log as text', async ({ rig }) => {
    const { pane, daemon } = await open(rig);
    const title = pane.show('#{pane_title}');
    for (const text of [
      '\x1b]0;owned\x07after a title',
      '\x1b[?1049lafter the alternate screen',
      '\x1b[2J\x1b[Hafter a clear',
      '\x1b[?25hafter a cursor',
      '\x1b[?1000lafter the mouse',
      '\x1b[31;5mafter a colour',
      '\x9b31mafter a C1 colour \x90q\x9c',
      '\x1bPunterminated device control',
      '\x1b]52;c;b3duZWQ=\x07after the clipboard',
      '\x07after a bell',
      '\x0e\x1b(0after another alphabet',
      '\x1b[6nafter a question',
      '\r\x1b[Kafter a return',
      `${'a'.repeat(20_000)} long`,
      '\u202eafter a turn \u2066',
    ])
      await daemon.print(text);
    await daemon.print('the end');
    const rows = await pane.until('shows the last', row('the end'));
    for (const what of ['a title', 'a clear', 'a colour', 'a bell', 'a question'])
      expect(rows.join('\n')).toContain(`after ${what}`);
    expect(pane.modes()).toEqual({ alternate: true, cursor: false, mouse: true, keypad: true });
    expect(pane.show('#{pane_title}')).toBe(title);
    expect(row(/p +running/)(rows)).toBe(true);
    // None of its keys has been answered by something else.
    expect(rows.at(-1)).toContain('quit');
  });

  test('a paste touches no daemon and does not leave; it can be pasted into the filter', async ({ rig }) => {
    const { pane, daemon } = await open(rig);
    const text = 'systemctl restart q; yes\ry\rXp\rq';
    for (const told of [true, false]) {
      pane.paste(text, told);
      await answer(pane, '?', () => row('this help')(pane.rows()));
      await answer(pane, 'Escape', () => row('quit')(pane.rows()));
    }
    expect(daemon.signals).toEqual([]);
    expect(isAlive(pane.pid)).toBe(true);
    pane.press('/');
    await pane.until('asks for a filter', () => pane.modes().cursor);
    pane.paste('no such\r', true);
    await pane.until('has taken the text', row('no such'));
    expect(pane.modes().cursor).toBe(true);
  });

  test('the mouse selects and scrolls; with --no-mouse it is left to the terminal', async ({ rig }) => {
    rig.list(Array.from({ length: 3 }, (_, at) => ({ name: `d${at}`, command: 'sleep 600' })));
    await rig.start();
    const pane = new Pane(rig, ['tui'], { width: 200, height: 30 });
    const rows = await pane.until('is drawn', row(/d2 +running/));
    const y = rows.findIndex((each) => /d2 +running/.test(each));
    // Beyond column 95, where an old encoding ends.
    pane.type(`\x1b[<0;110;${y + 1}M\x1b[<0;110;${y + 1}m`);
    pane.type(`\x1b[<0;10;${y + 1}M`);
    await pane.until('has selected it', row(/▸.*d2 +running/));
    pane.press('q');
    expect(await pane.ended()).toBe(0);

    rig.file('exit', '');
    const without = new Pane(rig, ['tui', '--no-mouse']);
    await without.until('is drawn', row(/d2 +running/));
    expect(without.modes().mouse).toBe(false);
  });

  test('two of them show the same, and one that leaves takes nothing from the other', async ({ rig }) => {
    const { pane, daemon } = await open(rig);
    const other = new Pane(rig, ['tui'], { width: 120, height: 40 });
    await other.until('is drawn', row(/p +running/));
    await daemon.say('ITERATION=41');
    for (const each of [pane, other]) await each.until('shows the iteration', row('#41'));
    pane.press('q');
    await pane.ended();
    await daemon.say('ITERATION=42');
    await other.until('goes on', row('#42'));
  });
});

describe.skipIf(tmux.missing)(`whatever becomes of the screen${tmux.note}`, () => {
  test.for(['SIGKILL', 'SIGSTOP'] as const)(
    '%s to it is nothing to daemons and supervisor',
    async (signal, { rig }) => {
      const { pane, daemon } = await open(rig);
      const { pid } = pane;
      send(pid, signal);
      await expectAtWork(rig, daemon);
      send(pid, 'SIGKILL');
      send(pid, 'SIGCONT');
    },
  );

  test('a terminal that takes nothing is nothing to daemons and supervisor, and is current when it does again', async ({
    rig,
  }) => {
    const { pane, daemon } = await open(rig);
    const thaw = pane.freeze();
    await expectAtWork(rig, daemon);
    thaw();
    await pane.until('shows the last', row('#5,000'));
    await pane.until('has the last of the log', row('line 300 of many'));
  });

  test('a lost supervisor is told of, and the next one of the list is found', async ({ rig }) => {
    const { pane, daemon, supervisor } = await open(rig);
    send(supervisor.pid, 'SIGKILL');
    await pane.until('says that nobody answers', row('no answer for'));
    await pane.untilColoured('is dim', (text) => text.includes('\x1b[38;5;244m'));
    pane.press('s');
    await pane.until('asks nobody', row('nothing was asked'));
    await daemon.exit(0);
    await rig.start();
    const next = await (await rig.stage()).enter('p');
    await next.print('of the next life');
    await pane.until('is back', (rows) => row(/p +running/)(rows) && row('of the next life')(rows));
    expect(pane.rows().join('')).toMatch(new RegExp(`pid ${(await rig.status()).supervisor?.pid ?? 0}`));
  });

  test('a supervisor that ends as it was asked to is said to have ended', async ({ rig }) => {
    const { pane, daemon } = await open(rig);
    const stopping = rig.ask('shutdown', { now: false, wait: true });
    await pane.until('shows the stop', row(/p +draining/));
    await daemon.exit(0);
    await stopping;
    await pane.until('says that it has ended', row('the supervisor has ended'));
    pane.press('q');
    expect(await pane.ended()).toBe(0);
  });
});

/** Seconds of random keys and sizes. */
const MONKEY_SECONDS = Number(process.env.SUPERVISE_MONKEY_SECONDS ?? 15);

describe.skipIf(tmux.missing)(`whatever is typed${tmux.note}`, () => {
  test(
    'random keys and sizes: no exception, and the terminal is whole at the end',
    { timeout: (MONKEY_SECONDS + 60) * 1000 },
    async ({ rig }) => {
      const seed = Number(process.env.SUPERVISE_MONKEY_SEED ?? Math.floor(Math.random() * 1e9));
      process.stderr.write(`SUPERVISE_MONKEY_SEED=${seed}\n`);
      const random = seeded(seed);
      rig.list([
        {
          name: 'photos',
          instances: 20,
          shell: 'n=0; while :; do n=$((n+1)); echo "picture $n 漢字 \\033[31m"; sleep 0.3; done',
          tags: ['media'],
        },
        { name: 'mailer', shell: 'exit 1' },
        { name: 'late', command: 'sleep 600', depends_on: { mailer: 'ready' } },
      ]);
      await rig.start();
      const pane = new Pane(rig, ['tui']);
      await pane.until('is drawn', row('quit'));
      const { pid } = pane;
      const until = performance.now() + MONKEY_SECONDS * 1000;
      while (performance.now() < until) {
        if (random.hit(0.1)) pane.resize(random.int(10, 200), random.int(2, 60));
        else if (random.hit(0.1))
          pane.type(`\x1b[<${random.pick([0, 64, 65])};${random.int(1, 200)};${random.int(1, 60)}M`);
        else pane.press(...Array.from({ length: random.int(1, 4) }, () => random.pick(KEYS)));
        if (!isAlive(pid)) break;
      }
      const text = pane.screen();
      expect(text).not.toContain('bug of its own');
      expect(isAlive(pid)).toBe(true);
      send(pid, 'SIGTERM');
      expect(await pane.ended()).toBe(143);
      await expectWhole(rig, pane);
      expect((await rig.status()).supervisor?.state).toBe('running');
    },
  );
});

/** All but those that leave. */
const KEYS = [
  ...[
    'Up',
    'Down',
    'PageUp',
    'PageDown',
    'Home',
    'End',
    'Enter',
    'Tab',
    'BTab',
    'Escape',
    'BSpace',
    'Space',
    'F1',
    'F5',
  ],
  ...[
    'j',
    'k',
    'g',
    'G',
    's',
    'r',
    'X',
    'e',
    'w',
    'L',
    'f',
    '/',
    '?',
    'n',
    'y',
    'd',
    'p',
    'h',
    'o',
    't',
    'l',
    'W',
    'N',
    '[',
    ']',
    '1',
    ':',
    '@',
    '*',
    '漢',
    '👍',
  ],
  ...['C-z', 'C-u', 'C-l', 'C-f', 'C-b', 'M-x', 'Left', 'Right', 'Delete'],
] as unknown as readonly [string, ...string[]]; // It is not empty.

const row =
  (what: string | RegExp) =>
  (rows: readonly string[]): boolean =>
    rows.some((each) => (typeof what === 'string' ? each.includes(what) : what.test(each)));

interface Opened {
  readonly pane: Pane;
  readonly daemon: Puppet;
  readonly supervisor: Program;
}

/** The screen of a list of one puppet. */
async function open(rig: Rig, options: PaneOptions = {}): Promise<Opened> {
  const stage = await rig.stage();
  rig.list([{ name: 'p', script: PUPPET, cwd: '.' }]);
  const supervisor = await rig.start();
  const daemon = await stage.enter('p');
  await rig.untilState('p', 'running');
  const pane = new Pane(rig, ['tui'], options);
  await pane.until('is drawn', (rows) => row(/p +running/)(rows) && row('quit')(rows));
  return { pane, daemon, supervisor };
}

/** As `answer`, for a name. */
async function typeInto(pane: Pane, letter: string): Promise<void> {
  await answer(pane, letter, () => row(`name: ${letter}`)(pane.rows()));
}

/** The daemon works, prints, and is stopped and started as if there were no screen. */
async function expectAtWork(rig: Rig, daemon: Puppet): Promise<void> {
  for (let line = 1; line <= 300; line += 1) {
    await daemon.print(`line ${line} of many ${'x'.repeat(500)}`);
    await daemon.say(`ITERATION=${line}`);
  }
  await daemon.say('ITERATION=5000');
  await rig.until('p', 'has told it', ({ iterations }) => iterations === 5000);
  await waitUntil('all is in the log', () => rig.log('p.log').includes('line 300 of many'));
  expect(daemon.signals).toEqual([]);
  expect((await rig.status()).supervisor).toMatchObject({ state: 'running', check: 'ok' });
}
