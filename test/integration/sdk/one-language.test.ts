import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { languages, LEFT, Rig, shells, STOPPED } from './rig.ts';

vi.setConfig({ testTimeout: 120_000 });

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => {
  rig.close();
});

const php = languages.find((language) => language.name === 'PHP');

describe.skipIf(php?.need.missing ?? true)(`what only PHP has${php?.need.note ?? ''}`, () => {
  test('without pcntl it refuses to start, and says how to mend it', async () => {
    const argv = ['php', '-d', 'disable_functions=pcntl_signal', ...(php?.argv.slice(1) ?? []), 'work'] as const;
    const daemon = rig.command(argv, {});
    expect(await daemon.ended).toBe(78);
    expect(daemon.out).toEqual([]);
    expect(daemon.err.join('\n')).toMatch(/Puppet: PHP has no pcntl here.*php-cli/);
  });
});

test('what only Node has: a run that waits for nothing but an event of its own is waited for', async () => {
  const [node] = languages;
  if (node === undefined) throw new Error('no languages');
  const daemon = rig.start(node, ['event']);
  await daemon.prints('before');
  daemon.kill('SIGTERM');
  expect(await daemon.ended).toBe(0);
  expect(daemon.out.slice(2)).toEqual(['before', 'signal SIGTERM', 'shutdown']);
  expect(daemon.words).toEqual(['READY=1', 'BUSY=1', 'ITERATION=1', ...STOPPED]);
});

for (const shell of shells) {
  describe.skipIf(shell.need.missing)(`what only ${shell.name} has${shell.need.note}`, () => {
    test('`exit` within run ends the daemon properly, with its code', async () => {
      const daemon = rig.start(shell, ['exit']);
      expect(await daemon.ended).toBe(75);
      expect(daemon.out.at(-1)).toBe('shutdown');
      expect(daemon.words).toEqual(['READY=1', 'BUSY=1', ...LEFT, 'EXIT_STATUS=75']);
    });

    test('a signal that nobody handles cuts the iteration, and it does not say otherwise', async () => {
      const daemon = rig.start(shell, ['work']);
      await daemon.prints('begin 1');
      daemon.kill('SIGHUP');
      expect(await daemon.ended).toBe('SIGHUP');
      expect(daemon.out).toEqual(['init', 'init end', 'begin 1']);
      expect(daemon.words).toEqual(['READY=1', 'BUSY=1']);
    });

    test('`set -e` works within run', async () => {
      const daemon = rig.start(shell, ['set-e']);
      expect(await daemon.ended).toBe(1);
      expect(daemon.out).toEqual(['init', 'init end', 'shutdown']);
      expect(daemon.words.slice(-3)).toEqual([...LEFT, 'EXIT_STATUS=1']);
    });
  });
}
