import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchOf } from '../../../src/config/interpreter.ts';
import type { CommandSpec } from '../../../src/config/spec.ts';

/** A project with workers, a folder of programs, and nothing else: no program of this machine is in the PATH. */
let home: string;
const at = (...parts: string[]): string => path.join(home, ...parts);

beforeAll(() => {
  home = realpathSync(mkdtempSync(path.join(tmpdir(), 'supervise-interpreter-')));
  for (const folder of ['bin', 'workers', 'tools', 'other', 'project/node_modules/tsx'])
    mkdirSync(at(folder), { recursive: true });
  for (const program of ['php', 'python3', 'ruby', 'perl', 'bash', 'tool'])
    executable(at('bin', program), '#!/bin/sh\n');
  for (const worker of ['a.php', 'a.py', 'a.rb', 'a.pl', 'a.js', 'a.mjs', 'a.cjs', 'a.ts', 'plain.sh'])
    writeFileSync(at('workers', worker), '');
  writeFileSync(at('workers/bash.sh'), '#!/usr/bin/env bash\n');
  writeFileSync(at('workers/zsh.sh'), '#!/opt/nowhere/zsh\n');
  writeFileSync(at('workers/no-x'), '#!/bin/sh\n');
  executable(at('workers/runs'), '#!/bin/sh -e\n');
  executable(at('workers/binary'), '\u007FELF\0\0');
  executable(at('workers/text'), 'echo\n');
  executable(at('workers/env-php'), '#!/usr/bin/env -S php -q\n');
  executable(at('workers/env-lost'), '#!/usr/bin/env lost\n');
  executable(at('tools/tool'), '#!/bin/sh\n');
  writeFileSync(at('project/a.ts'), '');
  writeFileSync(at('project/node_modules/tsx/package.json'), '{"name":"tsx","exports":"./loader.mjs"}');
  writeFileSync(at('project/node_modules/tsx/loader.mjs'), '');
  symlinkSync('workers', at('current'));
});

afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

function executable(file: string, text: string): void {
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}

const script = (file: string, ...args: string[]): CommandSpec => ({ kind: 'script', path: at(file), args });
const argv = (...words: [string, ...string[]]): CommandSpec => ({ kind: 'argv', argv: words });
const launch = (command: CommandSpec, env: Record<string, string> = {}): ReturnType<typeof launchOf> =>
  launchOf({ command, cwd: home, env }, { PATH: at('bin') });

describe('a script is run by', () => {
  test.each([
    ['workers/a.php', 'bin/php'],
    ['workers/a.py', 'bin/python3'],
    ['workers/a.rb', 'bin/ruby'],
    ['workers/a.pl', 'bin/perl'],
    ['current/a.php', 'bin/php'],
  ])('%s: %s', (file, program) => {
    expect(launch(script(file, '-x', 'y'))).toEqual({
      ok: true,
      value: { file: at(program), args: [at(file), '-x', 'y'] },
    });
  });

  test.each(['a.js', 'a.mjs', 'a.cjs'])('%s: our node, where the PATH has none', (file) => {
    expect(launch(script(`workers/${file}`))).toEqual({
      ok: true,
      value: { file: process.execPath, args: [at('workers', file)] },
    });
  });

  test('a.js: the node of the PATH that the list sets', () => {
    executable(at('other/node'), '#!/bin/sh\n');
    const found = launch(script('workers/a.js'), { PATH: `/nowhere:${at('other')}` });
    expect(found).toEqual({ ok: true, value: { file: at('other/node'), args: [at('workers/a.js')] } });
  });

  test('a .sh: /bin/sh, or the shell that its first line names', () => {
    expect(launch(script('workers/plain.sh'))).toEqual({
      ok: true,
      value: { file: '/bin/sh', args: [at('workers/plain.sh')] },
    });
    expect(launch(script('workers/bash.sh'))).toEqual({
      ok: true,
      value: { file: '/usr/bin/env', args: ['bash', at('workers/bash.sh')] },
    });
  });

  test.each(['runs', 'binary', 'env-php'])('%s: itself', (file) => {
    expect(launch(script(`workers/${file}`, '1'))).toEqual({
      ok: true,
      value: { file: at('workers', file), args: ['1'] },
    });
  });
});

describe('TypeScript', () => {
  const strips = 'typescript' in process.features && Boolean(process.features.typescript);
  const loader = (): string[] => (strips ? [] : ['--import', `file://${at('project/node_modules/tsx/loader.mjs')}`]);

  test('is run by our node with the tsx of the script, as one process', () => {
    const found = launch(script('project/a.ts', '-v'));
    expect(found).toEqual({
      ok: true,
      value: { file: process.execPath, args: [...loader(), at('project/a.ts'), '-v'] },
    });
  });

  test('is run with the tsx of cwd, where the script has none', () => {
    const found = launchOf({ command: script('workers/a.ts'), cwd: at('project'), env: {} }, { PATH: at('bin') });
    expect(found).toEqual({ ok: true, value: { file: process.execPath, args: [...loader(), at('workers/a.ts')] } });
  });

  test.skipIf(strips)('without tsx is an error that says how to get it', () => {
    expect(launch(script('workers/a.ts'))).toEqual({
      ok: false,
      error: `${at('workers/a.ts')} is TypeScript, and neither can this node run it nor is tsx installed beside it: npm i -D tsx`,
    });
  });

  test('another node is asked once what it can do', () => {
    executable(at('tools/node'), `#!/bin/sh\necho asked >> ${at('asked')}\necho true\n`);
    for (let time = 0; time < 2; time += 1) {
      const found = launch(script('workers/a.ts'), { PATH: at('tools') });
      expect(found).toEqual({ ok: true, value: { file: at('tools/node'), args: [at('workers/a.ts')] } });
    }
  });
});

describe('a command is found', () => {
  test('in the PATH, the one of the list first', () => {
    expect(launch(argv('tool', 'x'))).toEqual({ ok: true, value: { file: at('bin/tool'), args: ['x'] } });
    expect(launch(argv('tool'), { PATH: at('tools') })).toEqual({
      ok: true,
      value: { file: at('tools/tool'), args: [] },
    });
    expect(launch(argv('tool'), { PATH: 'tools' })).toEqual({ ok: true, value: { file: at('tools/tool'), args: [] } });
  });

  test('with a slash, relative to cwd', () => {
    expect(launch(argv('./tools/tool'))).toEqual({ ok: true, value: { file: at('tools/tool'), args: [] } });
  });

  test('a shell line goes to /bin/sh', () => {
    expect(launch({ kind: 'shell', line: 'a | b' })).toEqual({
      ok: true,
      value: { file: '/bin/sh', args: ['-c', 'a | b'] },
    });
  });
});

describe('the error names what is really missing', () => {
  test.each<[CommandSpec | (() => CommandSpec), string]>([
    [() => script('workers/gone.php'), 'HOME/workers/gone.php does not exist'],
    [() => script('workers'), 'HOME/workers is a folder'],
    [() => script('workers/a.php/b.php'), 'HOME/workers/a.php/b.php does not exist: a part of its path is a file'],
    [() => script('workers/no-x'), 'HOME/workers/no-x is not executable (chmod +x makes it so)'],
    [
      () => script('workers/zsh.sh'),
      'the first line of HOME/workers/zsh.sh names "/opt/nowhere/zsh", which does not exist',
    ],
    [
      () => script('workers/env-lost'),
      'lost is not in the PATH of this daemon, and the first line of HOME/workers/env-lost names it (PATH=HOME/bin)',
    ],
    [
      () => script('workers/text'),
      'HOME/workers/text has neither a known extension nor a first line like #!/usr/bin/env php: write its interpreter under command',
    ],
    [argv('nothing'), 'nothing is not in the PATH of this daemon (PATH=HOME/bin)'],
    [argv('./workers/a.php'), 'HOME/workers/a.php is not executable (chmod +x makes it so)'],
    [
      argv('./workers/env-lost'),
      'lost is not in the PATH of this daemon, and the first line of HOME/workers/env-lost names it (PATH=HOME/bin)',
    ],
  ])('%#: %j', (command, error) => {
    const found = launch(typeof command === 'function' ? command() : command);
    expect(found.ok ? found : found.error.replaceAll(home, 'HOME')).toBe(error);
  });

  test('a missing folder comes before a missing program', () => {
    const found = launchOf({ command: argv('nothing'), cwd: at('gone'), env: {} }, {});
    expect(found).toEqual({ ok: false, error: `its folder (cwd) ${at('gone')} does not exist` });
  });

  test('a missing interpreter is named with the script that needs it', () => {
    const found = launch(script('workers/a.rb'), { PATH: '/nowhere' });
    expect(found).toEqual({
      ok: false,
      error: 'ruby is not in the PATH of this daemon, and a.rb needs it (PATH=/nowhere)',
    });
  });
});
