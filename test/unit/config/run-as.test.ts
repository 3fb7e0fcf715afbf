import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { loadList } from '../../../src/config/load.ts';
import { drawProblems } from '../../../src/config/problem.ts';
import type { DaemonSpec, ListSpec } from '../../../src/config/spec.ts';
import { asRoot } from '../../support/needs.ts';
import { tempDir } from '../../support/temp-dir.ts';

let folder: string;
beforeEach(() => {
  folder = tempDir();
  // Others may pass through, but see nothing of it.
  chmodSync(folder, 0o711);
  write('work.sh', '#!/bin/sh\n');
});

function write(name: string, text: string, mode = 0o755): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

/** The list, written in a file of its own. */
function load(text: string, environment: Readonly<Record<string, string>> = {}): ReturnType<typeof loadList> {
  return loadList(write('list.yaml', text, 0o644), { PATH: process.env.PATH, ...environment });
}

function good(text: string): ListSpec {
  const loaded = load(text);
  if (!loaded.ok) throw new Error(drawProblems(loaded.error.problems, loaded.error.text));
  return loaded.value;
}

/** The one daemon of a list with this line added to it. */
function only(line: string): DaemonSpec {
  const [daemon] = good(`- script: ./work.sh\n  ${line}\n`).daemons;
  if (daemon === undefined) throw new Error('no daemon');
  return daemon;
}

/** What is wrong with a daemon that has this line, and the hints. */
function wrong(line: string, environment: Readonly<Record<string, string>> = {}): readonly (string | undefined)[] {
  return problems(`- script: ./work.sh\n  ${line}\n`, environment);
}

function problems(text: string, environment: Readonly<Record<string, string>> = {}): readonly (string | undefined)[] {
  const loaded = load(text, environment);
  if (loaded.ok) throw new Error('it is not refused');
  return loaded.error.problems.flatMap(({ what, hint }) => [
    what.replaceAll(folder, '/srv'),
    hint?.replaceAll(folder, '/srv'),
  ]);
}

test('where nothing is written a daemon is as supervise itself is', () => {
  expect(only('tags: []')).toMatchObject({ user: null, umask: null, nice: null, ulimit: {} });
});

test('umask, nice and ulimit', () => {
  expect(only('umask: "027"').umask).toBe(0o27);
  expect(only("umask: '0'").umask).toBe(0);
  expect(only('nice: 5').nice).toBe(5);
  expect(only('ulimit: { open_files: 64, core: 0, file_size: 10MB, cpu_time: 2m }').ulimit).toEqual({
    open_files: 64,
    core: 0,
    file_size: 10_000_000,
    cpu_time: 120,
  });
});

test('ulimits of defaults: and of a daemon are merged name by name', () => {
  const list =
    'defaults: { ulimit: { open_files: 64, core: 0 } }\ndaemons: [{ script: ./work.sh, ulimit: { core: 1MiB } }]\n';
  expect(good(list).daemons[0]?.ulimit).toEqual({ open_files: 64, core: 2 ** 20 });
});

test.each([
  ['umask: 027', '"umask" of daemon work must be an octal mask in quotes ("027"), not 027', 'write "027"'],
  ['umask: "888"', '"umask" of daemon work must be an octal mask in quotes ("027"), not "888"', undefined],
  ['nice: 20', '"nice" of daemon work must be a whole number from -20 to 19, not 20', undefined],
  ['ulimit: { nofile: 64 }', 'unknown key "nofile" in "ulimit" of daemon work', 'did you mean "open_files"?'],
  [
    'ulimit: { core: 7 }',
    '"ulimit.core" of daemon work must be a size (10MB, 512MiB), not 7',
    'a size needs a unit: write 7MB, 7KB or 7B',
  ],
  [
    'ulimit: { cpu_time: 1500ms }',
    '"ulimit.cpu_time" of daemon work must be a duration in whole seconds, not "1500ms"',
    undefined,
  ],
  [
    'user: no-such-one-here',
    '"user" of daemon work names the user "no-such-one-here", which this machine does not know',
    undefined,
  ],
  [
    'user: rooot',
    '"user" of daemon work names the user "rooot", which this machine does not know',
    'did you mean "root"?',
  ],
  [
    'user: root:rooot',
    '"user" of daemon work names the group "rooot", which this machine does not know',
    'did you mean "root"?',
  ],
  [
    'user: 4294967',
    '"user" of daemon work names the user 4294967, which has no group here',
    'write its group too: "4294967:GROUP"',
  ],
  ['user: a:b:c', '"user" of daemon work must be a user, or user:group, not "a:b:c"', undefined],
])('%s is refused', (line, what, hint) => {
  expect(wrong(line)).toEqual([what, hint]);
});

test('a group that this machine does not know cannot have the socket', () => {
  expect(problems('supervisor: { socket: { group: rooot } }\ndaemons: [./work.sh]\n')).toEqual([
    '"supervisor.socket.group" names the group "rooot", which this machine does not know',
    'did you mean "root"?',
  ]);
  expect(good('daemons: [./work.sh]\n').socketGroup).toBeNull();
});

test('the user that supervise runs as may be written, by name and by number', () => {
  const { username, uid, gid, homedir } = userInfo();
  for (const written of [username, `"${uid}"`, String(uid)])
    expect(only(`user: ${written}`).user).toMatchObject({ name: username, uid, gid, home: homedir });
});

describe.skipIf(asRoot.missing)(`as root${asRoot.note}`, () => {
  test('a user is taken by name, by name and group, by number', () => {
    const { user } = only('user: daemon');
    expect(user).toMatchObject({ name: 'daemon', uid: 1, gid: 1, home: '/usr/sbin' });
    expect(only('user: daemon:bin').user).toMatchObject({ name: 'daemon', uid: 1, gid: 2 });
    expect(only('user: "1:2"').user).toMatchObject({ name: 'daemon', uid: 1, gid: 2 });
    expect(only('user: "4294967:4294968"').user).toEqual({
      name: null,
      uid: 4_294_967,
      gid: 4_294_968,
      home: '/',
      shell: '/bin/sh',
    });
  });

  test('a script that is closed to its user is refused, with the folder and the file in words', () => {
    chmodSync(path.join(folder, 'work.sh'), 0o700);
    expect(wrong('user: daemon')).toEqual([
      'daemon work cannot start: its user daemon may not read /srv/work.sh',
      'namei -l /srv/work.sh shows which folder, or the file itself, is closed to that user',
    ]);
    chmodSync(path.join(folder, 'work.sh'), 0o755);
    mkdirSync(path.join(folder, 'closed'), 0o700);
    expect(wrong('user: daemon\n  cwd: closed')[0]).toBe(
      'daemon work cannot start: its user daemon may not enter /srv/closed',
    );
  });

  test('what a supplementary group of the user may read is not refused', () => {
    // If this machine has such a user: the first one in a group besides its own.
    chmodSync(path.join(folder, 'work.sh'), 0o640);
    chownSync(path.join(folder, 'work.sh'), 0, 1);
    expect(only('user: daemon').user?.uid).toBe(1);
  });

  test('setpriv that is missing, or that of busybox, is refused in words', () => {
    mkdirSync(path.join(folder, 'bin'));
    expect(wrong('user: daemon', { PATH: path.join(folder, 'bin') })[0]).toBe(
      'daemon work cannot start: user: needs the program setpriv, which is not in the PATH of supervise; install util-linux',
    );
    write('bin/setpriv', '#!/bin/sh\necho "BusyBox v1.36.1 multi-call binary." >&2\nexit 1\n');
    expect(wrong('user: daemon', { PATH: path.join(folder, 'bin') })[0]).toBe(
      'daemon work cannot start: user: needs setpriv of util-linux, and /srv/bin/setpriv is another one (busybox?); install util-linux',
    );
  });

  test('what root runs may not be written by everybody: all of it in one go, with its place and the mend', () => {
    chmodSync(write('open.env', 'A=1\n'), 0o666);
    chmodSync(path.join(folder, 'work.sh'), 0o757);
    mkdirSync(path.join(folder, 'open'));
    write('open/tool', '#!/bin/sh\n');
    chmodSync(path.join(folder, 'open'), 0o777);
    symlinkSync('open/tool', path.join(folder, 'tool'));
    const file = write(
      'list.yaml',
      '- { script: ./work.sh, env_file: open.env }\n- { name: t, command: ./tool }\n',
      0o666,
    );
    const loaded = loadList(file, { PATH: process.env.PATH });
    const found = loaded.ok ? [] : loaded.error.problems;
    expect(found.map(({ at, what, hint }) => [at?.line, what, hint].join(' | ').replaceAll(folder, '/srv'))).toEqual([
      ' | this list decides what root runs, and everybody may write /srv/list.yaml | chmod o-w /srv/list.yaml',
      '1 | daemon work runs as root, and everybody may write /srv/work.sh | chmod o-w /srv/work.sh',
      '1 | this env file decides what root runs, and everybody may write /srv/open.env | chmod o-w /srv/open.env',
      '2 | daemon t runs as root, and everybody may replace /srv/tool: its folder /srv/open may be written by everybody | chmod o-w /srv/open',
    ]);
  });

  test('a sticky folder that everybody may write is fine, and so is what runs as another user', () => {
    chmodSync(folder, 0o1777);
    expect(only('tags: []').name).toBe('work');
    chmodSync(path.join(folder, 'work.sh'), 0o757);
    expect(only('user: daemon').name).toBe('work');
  });
});
