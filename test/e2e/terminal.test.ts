import { describe, expect } from 'vitest';
import { isAlive } from '../support/processes.ts';
import { PUPPET, type Puppet } from '../support/puppet.ts';
import { test, type Rig } from '../support/supervise.ts';
import { Pane, tmux } from '../support/tmux.ts';
import { waitFor, waitUntil } from '../support/wait-for.ts';

describe.skipIf(tmux.missing)(`a foreground start in a real terminal${tmux.note}`, () => {
  test('Ctrl-C waits for an iteration that works in a helper, says so, and counts the boundary', async ({ rig }) => {
    const { pane, daemon } = await inTerminal(rig);
    await daemon.say('BUSY=1');
    await rig.until('p', 'is busy', ({ busy }) => busy === true);
    const helper = await daemon.helper(
      "trap 'echo signalled >helper; exit 9' INT TERM HUP; echo convert at work; while [ ! -e go ]; do sleep 0.05; done; echo done >helper",
    );
    await pane.shows('p | convert at work');
    pane.press('C-c');
    await daemon.heard('SIGINT');
    await pane.shows(/waiting for 1: p \(.*\)\. Ctrl-C again cuts them/);
    // Long enough that a cut, or a signal to the terminal's group, would have shown.
    await rig.until(
      'p',
      'drains for three seconds',
      ({ state, since }) => state === 'draining' && Date.now() - Date.parse(since) > 3_000,
    );
    expect(isAlive(helper)).toBe(true);
    expect(rig.read('helper')).toBe('');
    rig.file('go', '');
    await waitFor(
      'the helper has ended',
      () => daemon.ended,
      (ended) => ended.get(helper) === 0,
    );
    expect(rig.read('helper')).toBe('done\n');
    await daemon.say('ITERATION=1');
    await daemon.exit(0);
    expect(await pane.ended()).toBe(0);
    expect(lines(pane).at(-1)).toBe('boundary 1 · ended by itself 0 · cut 0');
    expect(daemon.signals).toEqual(['SIGINT']);
    expect(rig.daemons()).toEqual([]);
  });

  test('two Ctrl-C at once are one', async ({ rig }) => {
    const { pane, daemon } = await inTerminal(rig);
    pane.press('C-c', 'C-c');
    await daemon.heard('SIGINT');
    await pane.shows('waiting for 1');
    expect(isAlive(daemon.pid)).toBe(true);
    await daemon.exit(0);
    expect(await pane.ended()).toBe(0);
  });

  test('a second Ctrl-C cuts, says what it cut, and exits 130', async ({ rig }) => {
    const { pane, daemon } = await inTerminal(rig);
    await daemon.say('BUSY=1');
    await rig.until('p', 'is busy', ({ busy }) => busy === true);
    pane.press('C-c');
    await rig.until(
      'p',
      'drains for a second',
      ({ state, since }) => state === 'draining' && Date.now() - Date.parse(since) > 1_200,
    );
    pane.press('C-c');
    expect(await pane.ended()).toBe(130);
    expect(pane.screen()).toMatch(/p: killed by supervise \(SIGKILL, .* after SIGINT\).*An iteration was cut/);
    expect(lines(pane).at(-1)).toBe('boundary 0 · ended by itself 0 · cut 1');
    expect(rig.daemons()).toEqual([]);
  });

  test('closing the terminal is a first stop: it drains', async ({ rig }) => {
    const { pane, daemon, pid } = await inTerminal(rig);
    pane.close();
    await daemon.heard('SIGTERM');
    expect((await rig.status()).supervisor?.state).toBe('stopping');
    expect(isAlive(daemon.pid)).toBe(true);
    await daemon.exit(0);
    await waitUntil('supervise has ended', () => !isAlive(pid));
  });

  test('a terminal that goes away during a stop is no second request', async ({ rig }) => {
    const { pane, daemon, pid } = await inTerminal(rig);
    pane.press('C-c');
    await rig.until(
      'p',
      'drains for a second',
      ({ state, since }) => state === 'draining' && Date.now() - Date.parse(since) > 1_200,
    );
    pane.close();
    await waitUntil('nobody but us talks to it', async () => (await rig.status()).supervisor?.state === 'stopping');
    await rig.until(
      'p',
      'drains on',
      ({ state, since }) => state === 'draining' && Date.now() - Date.parse(since) > 2_000,
    );
    expect(isAlive(daemon.pid)).toBe(true);
    await daemon.exit(0);
    await waitUntil('supervise has ended', () => !isAlive(pid));
    expect(daemon.signals).toEqual(['SIGINT']);
  });

  test('a terminal that is halted (Ctrl-S) freezes nothing', async ({ rig }) => {
    const { pane, daemon, pid } = await inTerminal(rig);
    pane.press('C-s');
    // Far more than a stopped terminal takes.
    const line = 'x'.repeat(1_000);
    for (let count = 0; count < 400; count += 1) await daemon.print(line);
    await waitFor(
      'all of it is in the log',
      () => rig.log('p.log').length,
      (length) => length === 400 * 1_001,
    );
    expect((await rig.instance('p')).state).toBe('running');
    const stopping = rig.ask('stop', { names: ['p'], wait: true, now: false });
    await daemon.heard('SIGTERM');
    await daemon.exit(0);
    expect(await stopping).toMatchObject({ ended: 1 });
    await rig.ask('shutdown', { now: false, wait: true });
    await waitUntil('supervise has ended', () => !isAlive(pid));
  });
});

/** A puppet that runs under a start in a terminal. */
async function inTerminal(rig: Rig): Promise<{ pane: Pane; daemon: Puppet; pid: number }> {
  const stage = await rig.stage();
  rig.list([{ name: 'p', script: PUPPET, cwd: '.' }]);
  const pane = new Pane(rig, ['start']);
  const daemon = await stage.enter('p');
  await rig.untilState('p', 'running');
  const { supervisor } = await rig.status();
  return { pane, daemon, pid: supervisor?.pid ?? 0 };
}

const lines = (pane: Pane): readonly string[] =>
  pane
    .screen()
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !line.startsWith('Pane is dead'));
