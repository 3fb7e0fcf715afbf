import { chmodSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject } from 'vitest';
import type { Setting } from '../../../src/config/explain.ts';
import { asRoot } from '../../support/needs.ts';
import { send } from '../../support/processes.ts';
import type { Rig } from '../../support/supervise.ts';
import { test } from '../../support/supervise.ts';

interface Told {
  readonly ok: boolean;
  readonly warnings: readonly { readonly what: string }[];
  readonly daemons: readonly {
    readonly name: string;
    readonly preset?: string | null;
    readonly program?: Readonly<Record<string, string | null>> | null;
    readonly settings?: readonly (Pick<Setting, 'key' | 'value'> & Setting['origin'])[];
    readonly patience?: Readonly<Record<string, string | number | null>>;
  }[];
}

/** What `check --json` says. */
async function told(rig: Rig, ...args: readonly string[]): Promise<Told> {
  const { code, out, err } = await rig.run('check', '--json', ...args);
  expect([code, err], out).toEqual([0, '']);
  return JSON.parse(out) as Told; // Its own shape.
}

/** An interpreter of version 8.3.1 that says what it was asked, by whom and with which environment. */
const PHP = `#!/bin/sh
{ echo "$@"; id -u; env; } >> "$(dirname "$0")/asked"
if [ "$1" = -m ]; then echo Core; else echo "PHP 8.3.1 (cli)"; fi
`;

describe('check', () => {
  test('says what a list runs, needs and is waited for, starts nothing, and takes neither a folder nor a socket', async ({
    rig,
  }) => {
    rig.file('work.sh', '#!/bin/sh\ntouch started\n');
    rig.list({
      resources: { flag: { file: 'flag' } },
      daemons: [{ name: 'p', script: './work.sh', depends_on: { flag: 'up' }, preset: 'celery', instances: 2 }],
    });
    const { code, out } = await rig.run('check');
    expect(code).toBe(0);
    expect(out).toMatch(/may be started: 1 daemon, 2 instances/);
    expect(out).toMatch(/^p +2 +flag up +SIGTERM, SIGKILL after 10m$/m);
    expect(out).toContain('at most 10m beside open iterations');
    expect(rig.read('started')).toBe('');
    expect(() => statSync(rig.state)).toThrow('ENOENT');
  });

  test('without --explain asks no interpreter, and says nothing of one', async ({ rig }) => {
    rig.file('bin/php', PHP);
    rig.list([{ name: 'p', command: 'bin/php x' }]);
    const [daemon] = (await told(rig)).daemons;
    expect(daemon).toEqual({ name: 'p', instances: 1, stop: { signal: 'SIGTERM', to: 'main', grace_ms: 60_000 } });
    expect(rig.read('bin/asked')).toBe('');
  });

  test('warns of a probe that cannot tell, and the list may be started', async ({ rig }) => {
    rig.list({
      resources: { db: { tcp: 'localhost:3306' } },
      daemons: [{ name: 'p', shell: 'true', depends_on: ['db'] }],
    });
    const { warnings } = await told(rig);
    expect(warnings.map(({ what }) => what)).toEqual([expect.stringContaining('comes only after the connect')]);
  });
});

describe('check --explain', () => {
  test('names the interpreter and its version: of a script, of a command, of a #! line', async ({ rig }) => {
    const php = rig.file('bin/php', PHP);
    rig.file('photos.php', '<?php\n');
    const tool = rig.file('tool', `#!/usr/bin/env php\n`);
    const list = rig.list({
      defaults: { env: { PATH: `${path.dirname(php)}:/usr/bin:/bin` } },
      daemons: [
        { name: 'script', script: './photos.php' },
        { name: 'command', command: 'php artisan' },
        { name: 'line', command: tool },
        { name: 'shell', shell: 'a | b' },
        { name: 'node', command: process.execPath },
      ],
    });
    const daemons = (await told(rig, '--explain', '--file', list)).daemons.map(({ name, program }) => [
      name,
      program?.file,
      program?.interpreter,
      program?.version,
    ]);
    expect(daemons).toEqual([
      ['script', php, php, '8.3.1'],
      ['command', php, php, '8.3.1'],
      ['line', tool, php, '8.3.1'],
      ['shell', '/bin/sh', null, null],
      ['node', process.execPath, process.execPath, process.versions.node],
    ]);
    const { out } = await rig.run('check', '--explain');
    expect(out).toContain(`${php} 8.3.1`);
    expect(out).toContain(`${tool}, by ${php} 8.3.1`);
    // Three daemons with one interpreter ask it once; one in another folder would ask it again.
    expect(rig.read('bin/asked').match(/^--version$/gm)).toHaveLength(2);
  });

  test('runs no program of which it does not know what it does when it is asked', async ({ rig }) => {
    rig.file('worker', '#!/bin/sh\ntouch started\n');
    rig.list([
      { name: 'a', command: './worker' },
      { name: 'b', script: './worker --version' },
    ]);
    const { daemons } = await told(rig, '--explain');
    expect(daemons.map(({ program }) => program?.version)).toEqual([null, null]);
    expect(rig.read('started')).toBe('');
  });

  test('asks with PATH and HOME alone: nothing of the daemon is loaded by it', async ({ rig }) => {
    rig.file('bin/php', PHP);
    rig.list([{ name: 'p', command: 'bin/php x', env: { NODE_OPTIONS: '--require ./own.js', SECRET: 'geheim' } }]);
    const { out } = await rig.run('check', '--explain');
    const asked = rig.read('bin/asked');
    expect(asked).toContain(`HOME=${rig.home}`);
    expect(asked).not.toMatch(/NODE_OPTIONS|SECRET|SUPERVISE/);
    expect(out).not.toContain('geheim');
  });

  test('one that hangs, or fails, is not waited for without end', async ({ rig }) => {
    rig.file('bin/php', '#!/bin/sh\ntrap "" TERM\nexec sleep 1000\n');
    rig.file('bin/ruby', '#!/bin/sh\necho 1.2.3\nexit 1\n');
    rig.list([
      { name: 'a', command: 'bin/php x' },
      { name: 'b', command: 'bin/ruby x' },
    ]);
    const { daemons } = await told(rig, '--explain');
    expect(daemons.map(({ program }) => [program?.interpreter !== null, program?.version])).toEqual([
      [true, null],
      [true, null],
    ]);
  });

  test('one that leaves a helper behind with its output is not waited for beyond its own end', async ({ rig }) => {
    rig.file('bin/php', '#!/bin/sh\nsetsid sleep 1000 &\necho $! >> helpers\necho 1.2.3\n');
    rig.closers.push(() => {
      for (const pid of rig.read('helpers').trim().split('\n')) send(Number(pid), 'SIGKILL');
    });
    rig.list([{ name: 'a', command: 'bin/php x' }]);
    const { daemons } = await told(rig, '--explain');
    expect(daemons.map(({ program }) => program?.version)).toEqual(['1.2.3']);
  });

  test('says that PHP lacks what a preset needs', async ({ rig }) => {
    rig.file('bin/php', PHP);
    rig.list([
      { name: 'mails', command: 'bin/php artisan queue:work', preset: 'laravel' },
      { name: 'other', command: 'bin/php x' },
    ]);
    const { daemons } = await told(rig, '--explain');
    expect(daemons.map(({ program }) => program?.lacks)).toEqual(['pcntl', null]);
    const { out } = await rig.run('check', '--explain');
    expect(out).toContain('this PHP has no pcntl: SIGTERM cuts what is at work');
  });

  test('says whence each value is, and how long a stop may take', async ({ rig }) => {
    rig.list({
      defaults: { log: { max_files: 3 } },
      daemons: [{ name: 'mails', command: 'sh x --timeout=7', preset: 'laravel', restart: { delay: '2s' } }],
    });
    const [daemon] = (await told(rig, '--explain')).daemons;
    expect(daemon).toMatchObject({
      preset: 'laravel',
      patience: { iteration_ms: null, own_ms: 7_000, own_option: '--timeout', grace_ms: 37_000 },
    });
    const from = Object.fromEntries((daemon?.settings ?? []).map((each) => [each.key, each]));
    expect(from['stop.grace']).toMatchObject({ value: '37s', from: 'preset', preset: 'laravel' });
    expect(from['restart.delay']).toMatchObject({ value: '2s', from: 'list', line: 13 });
    expect(from['log.max_files']).toMatchObject({ value: '3', from: 'defaults', line: 4 });
    expect(from.leftovers).toMatchObject({ value: 'end', from: 'built in' });
    const { out } = await rig.run('check', '--explain');
    expect(out).toContain('laravel itself allows 7s (--timeout); the stop waits for 37s (stop.grace), then SIGKILL.');
    expect(out).toContain('docker stop waits for 10s: not enough');
    expect(out).toContain('A systemd unit of your own waits for 90s: enough.');
  });

  test('of a list that is refused says what is wrong with it, as check does', async ({ rig }) => {
    rig.list([{ name: 'p', shell: 'true', preset: 'laravell' }]);
    const { code, out } = await rig.run('check', '--explain');
    expect([code, out]).toEqual([2, expect.stringContaining('did you mean "laravel"?')]);
  });

  describe.skipIf(asRoot.missing)(`as root${asRoot.note}`, () => {
    test('an interpreter is asked as the user of its daemon, not as root', async ({ rig }) => {
      for (const folder of [inject('root'), rig.folder, rig.work]) chmodSync(folder, 0o755);
      rig.file('bin/php', PHP);
      chmodSync(path.join(rig.work, 'bin'), 0o1777);
      rig.list([{ name: 'p', command: 'bin/php x', user: 'daemon' }]);
      const [daemon] = (await told(rig, '--explain')).daemons;
      expect(daemon?.program?.version).toBe('8.3.1');
      expect(rig.read('bin/asked').split('\n').slice(0, 2)).toEqual(['--version', '1']);
      expect(rig.read('bin/asked')).toContain('HOME=/usr/sbin');
    });
  });
});
