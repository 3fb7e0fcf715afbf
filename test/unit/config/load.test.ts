import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadList } from '../../../src/config/load.ts';
import type { DaemonSpec, ListSpec } from '../../../src/config/spec.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'supervise-load-'));
  mkdirSync(path.join(folder, 'bin'));
  for (const program of [
    'npm',
    'npx',
    'tsx',
    'uv',
    'sudo',
    'php',
    'bundle',
    'gunicorn',
    'nginx',
    'php-fpm8.2',
    'unicorn',
    'parallel',
    'runuser',
    'doas',
    'su',
    'setsid',
    'uwsgi',
  ]) {
    writeFileSync(path.join(folder, 'bin', program), '#!/bin/sh\n');
    chmodSync(path.join(folder, 'bin', program), 0o755);
  }
  for (const file of ['photos.php', 'movies.sh']) writeFileSync(path.join(folder, file), '');
  writeFileSync(path.join(folder, 'first.env'), 'A=file\nB="two words" # comment\nC=file\n');
  writeFileSync(
    path.join(folder, 'package.json'),
    '{"scripts":{"work":"node work.js --slow","piped":"a | b","outer":"npm run inner","inner":"yarn work","round":"npm run round","more":"npm run work -- -v"}}',
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

let lists = 0;
function load(text: string): ListSpec {
  lists += 1;
  const file = path.join(folder, `list${lists}.yaml`);
  writeFileSync(file, text);
  const loaded = loadList(file, { PATH: path.join(folder, 'bin'), COUNT: '3', SHOP: '42' });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error.problems));
  return loaded.value;
}
function only(text: string): DaemonSpec {
  const [daemon] = load(text).daemons;
  if (daemon === undefined) throw new Error('no daemon');
  return daemon;
}
const at = (name: string): string => path.join(folder, name);
/** The one daemon of a list with these lines added to it. */
const photos = (...lines: string[]): DaemonSpec =>
  only(['- script: ./photos.php', ...lines.map((line) => `  ${line}`)].join('\n'));

test('the shortest list is a whole spec', () => {
  const list = load('- ./photos.php\n');
  expect(list).toEqual({
    id: expect.stringMatching(/list1\.yaml/) as string,
    file: path.join(folder, 'list1.yaml'),
    startRate: { perSecond: 20 },
    stopWithinMs: null,
    socketGroup: null,
    maxTotalLogBytes: null,
    resources: [],
    onTrouble: null,
    warnings: [],
    daemons: [
      {
        name: 'photos',
        command: { kind: 'script', path: path.join(folder, 'photos.php'), args: [] },
        instances: 1,
        cwd: folder,
        env: { PYTHONUNBUFFERED: '1' },
        user: null,
        umask: null,
        nice: null,
        ulimit: {},
        tags: [],
        autostart: true,
        dependsOn: [],
        ready: { by: 'time', afterMs: 1000 },
        restart: {
          policy: 'always',
          delayMs: 1000,
          factor: 2,
          maxDelayMs: 60_000,
          jitter: 0.2,
          resetAfterMs: 10_000,
          attempts: null,
          successCodes: [0],
          fatalCodes: [78, 125],
        },
        stop: { signal: null, to: 'main', graceMs: 60_000 },
        leftovers: 'end',
        log: {
          to: 'unsaid',
          file: 'photos.log',
          maxSizeBytes: 10_000_000,
          maxFiles: 5,
          timestamps: false,
          compress: false,
        },
        watch: null,
        limits: { iterationMs: null, iterations: null, memoryBytes: null, ageMs: null },
        resources: [],
      },
    ],
  });
});

describe('short and long forms', () => {
  test.each<[string, Partial<DaemonSpec> | Record<string, unknown>]>([
    ['stop: 10m', { stop: { signal: null, to: 'main', graceMs: 600_000 } }],
    ['stop: unlimited', { stop: { signal: null, to: 'main', graceMs: null } }],
    ['stop: { signal: SIGINT, to: group }', { stop: { signal: 'SIGINT', to: 'group', graceMs: 60_000 } }],
    ['stop:', { stop: { signal: null, to: 'main', graceMs: 60_000 } }],
    ['ready: notify', { ready: { by: 'notify', timeoutMs: 60_000 } }],
    ['ready: 5s', { ready: { by: 'time', afterMs: 5000 } }],
    ['ready: { notify: true, timeout: 5m }', { ready: { by: 'notify', timeoutMs: 300_000 } }],
    ['restart: never', { restart: expect.objectContaining({ policy: 'never', delayMs: 1000 }) }],
    ['restart: { attempts: 5 }', { restart: expect.objectContaining({ policy: 'always', attempts: 5 }) }],
    [
      'restart: { success_codes: [0, 78] }',
      { restart: expect.objectContaining({ successCodes: [0, 78], fatalCodes: [125] }) },
    ],
    ['instances: cpus', { instances: availableParallelism() }],
    ['instances: ${COUNT}', { instances: 3 }],
    ['instances: "${NOWHERE:-4}"', { instances: 4 }],
    ['autostart: ${NOWHERE:-false}', { autostart: false }],
    ['tags: [a, b, a]', { tags: ['a', 'b'] }],
    ['tags:', { tags: [] }],
    [
      'env: { A: 1.10, B: true, C: "${SHOP}", D: 0o17 }',
      { env: { PYTHONUNBUFFERED: '1', A: '1.10', B: 'true', C: '42', D: '0o17' } },
    ],
    ['env: { PYTHONUNBUFFERED: "" }', { env: { PYTHONUNBUFFERED: '' } }],
    ['env:', { env: { PYTHONUNBUFFERED: '1' } }],
    [
      'log: { file: x.log, max_size: 1MiB, compress: true }',
      { log: { to: 'file', file: 'x.log', maxSizeBytes: 1_048_576, maxFiles: 5, timestamps: false, compress: true } },
    ],
    ['log: stdout', { log: expect.objectContaining({ to: 'stdout' }) }],
    ['log: ${WHERE:-stdout}', { log: expect.objectContaining({ to: 'stdout' }) }],
    ['log: {}', { log: expect.objectContaining({ to: 'file' }) }],
    ['log: # file: x.log', { log: expect.objectContaining({ to: 'unsaid' }) }],
    ['leftovers: wait', { leftovers: 'wait' }],
  ])('%s', (line, expected) => {
    expect(photos(line)).toMatchObject(expected);
  });

  test('a log with a slash is relative to the list', () => {
    expect(photos('log: { file: logs/x.log }').log.file).toBe(path.join(folder, 'logs/x.log'));
  });

  test('depends_on as a list and as a mapping', () => {
    const text =
      '- ./photos.php\n- { name: a, shell: x, restart: never, depends_on: [photos] }\n- { name: b, shell: x, depends_on: { a: completed, photos: ready } }\n';
    expect(load(text).daemons.map((daemon) => daemon.dependsOn)).toEqual([
      [],
      [{ daemon: 'photos', until: 'ready' }],
      [
        { daemon: 'a', until: 'completed' },
        { daemon: 'photos', until: 'ready' },
      ],
    ]);
  });

  test.each([
    ['supervisor: { start_rate: 5/s }', { perSecond: 5 }],
    ['supervisor: { start_rate: unlimited }', null],
    ['supervisor:', { perSecond: 20 }],
  ])('%s', (line, startRate) => {
    expect(load(`${line}\ndaemons: [./photos.php]\n`).startRate).toEqual(startRate);
  });
});

test('supervisor.log.max_total bounds the logs of all daemons', () => {
  const text = 'supervisor: { log: { max_total: 2GB } }\ndaemons: [./photos.php]\n';
  expect(load(text).maxTotalLogBytes).toBe(2e9);
});

describe('watch', () => {
  test('paths alone are the short form', () => {
    const watch = { paths: [at('photos.php')], ignore: [], debounceMs: 300 };
    expect(photos('watch: [photos.php]').watch).toEqual(watch);
    expect(photos('watch: ./photos.php').watch).toEqual(watch);
    expect(photos('watch: { paths: photos.php }').watch).toEqual(watch);
  });
  test('paths, and patterns with a slash, are absolute; a name is a name', () => {
    const line =
      'watch: { paths: [., ./photos.php, .], ignore: ["*.log", cache/, var/cache/, "src/*.md"], debounce: 2s }';
    expect(photos(line).watch).toEqual({
      paths: [folder, at('photos.php')],
      ignore: ['*.log', 'cache', at('var/cache'), at('src/*.md')],
      debounceMs: 2_000,
    });
  });
  test('links are not resolved', () => {
    mkdirSync(at('releases/1'), { recursive: true });
    symlinkSync('releases/1', at('current'));
    expect(photos('watch: [current/src]').watch?.paths).toEqual([at('current/src')]);
  });
  test('under defaults, its keys are merged, and no paths at all are a problem', () => {
    const merged = `defaults: { watch: { ignore: [tmp], debounce: 1s } }\ndaemons:\n- { script: ./photos.php, watch: [.] }\n`;
    expect(load(merged).daemons[0]?.watch).toEqual({ paths: [folder], ignore: ['tmp'], debounceMs: 1_000 });
    expect(() => load('- { script: ./photos.php, watch: { ignore: [tmp] } }\n')).toThrow('has no path');
  });
  test('what is not there yet, and logs inside, are warned about', () => {
    mkdirSync(at('source'), { recursive: true });
    const list = load(`daemons:
- { name: a, script: ./photos.php, watch: [soruce, .], log: { file: ./log/a.log } }
- { name: b, script: ./photos.php, watch: [source], log: { file: b.log } }
`);
    expect(list.warnings.map(({ what, hint }) => [what, hint])).toEqual([
      [
        expect.stringMatching(/^daemon a watches ".*soruce", which does not exist yet$/),
        expect.stringContaining('source'),
      ],
      [
        expect.stringMatching(/^daemon a watches .*the log of a is in it: changes of that log are left out$/),
        expect.anything(),
      ],
    ]);
  });
});

describe('what is merged', () => {
  test('defaults are under each daemon, mappings key by key', () => {
    const text = `
defaults: { stop: { grace: 5m, signal: SIGINT }, restart: on-failure, env: { A: d, B: d }, tags: [d], instances: 2 }
daemons:
  - { script: ./photos.php, stop: 1m, restart: { delay: 2s }, env: { B: own }, tags: [own] }
  - ./movies.sh
`;
    const [one, other] = load(text).daemons;
    expect(one).toMatchObject({ instances: 2, tags: ['own'], env: { A: 'd', B: 'own' } });
    expect(one).toMatchObject({
      stop: { graceMs: 60_000, signal: 'SIGINT' },
      restart: { policy: 'on-failure', delayMs: 2000 },
    });
    expect(other).toMatchObject({ tags: ['d'], env: { A: 'd', B: 'd' }, stop: { graceMs: 300_000 } });
  });

  test('of the logs the nearest wins: a file is a file, though it is stdout for all others, and the other way round', () => {
    const to = (defaults: string, own: string): unknown =>
      load(`defaults: { ${defaults} }\ndaemons:\n  - { script: ./photos.php, ${own} }\n`).daemons[0]?.log;
    expect(to('log: stdout', '')).toMatchObject({ to: 'stdout' });
    expect(to('log: stdout', 'log: { max_size: 1MB }')).toMatchObject({ to: 'file', maxSizeBytes: 1_000_000 });
    expect(to('log: { max_size: 1MB }', 'log: stdout')).toMatchObject({ to: 'stdout' });
    expect(to('log: { max_size: 1MB }', '')).toMatchObject({ to: 'file', maxSizeBytes: 1_000_000 });
  });

  test('of the environment the nearest wins: defaults, then own files, then own words', () => {
    const text =
      'defaults: { env: { A: default, D: default } }\ndaemons:\n  - { script: ./photos.php, env_file: first.env, env: { C: own } }\n';
    expect(only(text).env).toEqual({ PYTHONUNBUFFERED: '1', A: 'file', B: 'two words', C: 'own', D: 'default' });
  });

  test('anchors and merge keys', () => {
    const text =
      'x-base: &base { instances: 3, stop: 5s, env: &env { A: 1 } }\ndaemons:\n  - { <<: *base, script: ./photos.php, stop: 1s }\n  - { name: b, shell: x, env: *env }\n';
    expect(load(text).daemons).toMatchObject([{ instances: 3, stop: { graceMs: 1000 } }, { env: { A: '1' } }]);
  });
});

describe('wrappers', () => {
  test.each([
    ['npm run work', 'write `command: node work.js --slow`'],
    ['npm run piped', 'write `shell: a | b`'],
    // One that runs another is no mend of it.
    ['npm run outer', 'write `command: node work.js --slow`'],
    ['npm run round', 'write the command that the script in package.json runs: `command: node worker.js`'],
    ['npm run more', 'write the command that the script in package.json runs: `command: node worker.js`'],
    ['npm run nothing', 'write the command that the script in package.json runs: `command: node worker.js`'],
    ['npx foo --bar', 'write `command: node_modules/.bin/foo --bar`'],
    ['tsx work.ts --bar', 'write `script: work.ts --bar`: supervise runs it with tsx, as one process'],
    [
      'tsx watch work.ts --bar',
      'write `script: work.ts --bar` and `watch: [src]`: supervise runs it with tsx, as one process, and restarts it at its boundary',
    ],
    ['uv run work.py', 'write `command: .venv/bin/python work.py`'],
    ['sudo -u www php x', 'write `user: NAME` beside the command of the worker itself'],
  ])('%s', (command, hint) => {
    const list = load(`- { name: a, command: ${command} }\n`);
    expect(list.daemons[0]?.stop.to).toBe('group');
    expect(list.warnings.map((warning) => warning.hint)).toEqual([hint]);
  });

  test('who writes stop.to: group knows, and a shell line is no wrapper', () => {
    const list = load(
      '- { name: a, command: npm run work, stop: { to: group } }\n- { name: b, shell: npm run work }\n- { name: c, command: php npm }\n',
    );
    expect(list.warnings).toEqual([]);
    expect(list.daemons.map((daemon) => daemon.stop.to)).toEqual(['group', 'group', 'main']);
  });
});

describe('programs that SIGTERM ends in the middle of what they do', () => {
  const hintsOf = (daemon: string): readonly (string | undefined)[] =>
    load(`- { name: a, ${daemon} }\n`).warnings.map(({ hint }) => hint);
  const QUIT = 'write stop: { signal: SIGQUIT }, which lets it finish';

  test.each([
    ['unicorn -l 8080 config.ru', QUIT],
    ['bundle exec unicorn_rails', QUIT],
    ['nginx -c nginx.conf', QUIT],
    ['php-fpm8.2 -F', expect.stringContaining('process_control_timeout')],
    ['bundle exec rake resque:work', QUIT],
    ['uwsgi --ini app.ini', expect.stringContaining('gracefully_kill_them_all')],
    ['parallel -j2 ./work.sh', 'write stop: { signal: SIGHUP }, which lets them finish'],
    ['runuser -u www-data -- ./work.sh', 'write `user: NAME` beside the command of the worker itself'],
    ['doas -u www ./work.sh', 'write `user: NAME` beside the command of the worker itself'],
    ['su www-data -c ./work.sh', expect.stringMatching(/user: NAME.*su sends it SIGKILL 2 s after a stop/)],
    ['setsid -w ./work.sh', 'leave it out: every run has a session of its own'],
  ])('%s', (command, hint) => {
    expect(hintsOf(`command: ${command}`)).toEqual([hint]);
  });

  test.each([
    'command: unicorn, stop: { signal: SIGTERM }',
    'command: [uwsgi, --hook-master-start, "unix_signal:15 gracefully_kill_them_all"]',
    'command: php -f nginx',
    'command: gunicorn app:app',
    'shell: exec nginx',
  ])('nothing is said of %s', (daemon) => {
    expect(hintsOf(daemon)).toEqual([]);
  });
});

test.each([
  ['script: ~/workers/a.php', 'workers/a.php'],
  ['command: ~/bin/b --fast', 'bin/b'],
])('a ~, which only a shell would know, is told with what to write: %s', (daemon, rest) => {
  expect(() => load(`- { name: a, ${daemon} }\n`)).toThrow(`only shells know ~: write \${HOME}/${rest}`);
});
