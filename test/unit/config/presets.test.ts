import { beforeEach, describe, expect, test } from 'vitest';
import { PRESETS, PRESET_NAMES } from '../../../src/config/presets.ts';
import type { DaemonSpec } from '../../../src/config/spec.ts';
import { ListFolder } from '../../support/list-folder.ts';

let here: ListFolder;
beforeEach(() => {
  here = new ListFolder();
  here.programs('php', 'bundle', 'celery', 'rq', 'node', 'npm', 'work');
  here.write('artisan', '#!/usr/bin/env php\n');
});

/** The daemon of a list with this command and preset. */
function one(command: string, preset: string, more = ''): DaemonSpec {
  return here.first(`- name: d\n  command: ${command}\n  preset: ${preset}\n  ${more}\n`);
}

describe('each preset', () => {
  test.each(PRESET_NAMES)('%s is read by the kinds of its keys, stops by SIGTERM, and says why and whence', (name) => {
    expect(one('work', name).stop.signal).toBe('SIGTERM');
    const { settings, grace } = PRESETS[name];
    for (const { reason, source } of [...settings, ...(grace === null ? [] : [grace])]) {
      expect(reason).toMatch(/^[a-zA-Z0-9].*[^.]$/);
      expect(source).toMatch(/^(https:\/\/|measured with )/);
    }
  });

  test.each(PRESET_NAMES)('%s has an example that is a list without a warning', (name) => {
    expect(here.warnings(`- { name: jobs, preset: ${name}, command: ${PRESETS[name].command} }\n`)).toEqual([]);
  });

  test('sets what its framework says of itself', () => {
    const told = (name: string): unknown => {
      const { stop, restart, env } = one('work', name);
      return { grace: stop.graceMs, to: stop.to, success: restart.successCodes, env };
    };
    const plain = { grace: 60_000, to: 'main', success: [0], env: { PYTHONUNBUFFERED: '1' } };
    expect(told('laravel')).toEqual({ ...plain, grace: 90_000, success: [0, 12] });
    expect(told('symfony')).toEqual(plain);
    expect(told('sidekiq')).toEqual({ ...plain, grace: 35_000 });
    expect(told('celery')).toEqual({ ...plain, grace: 600_000, env: { ...plain.env, REMAP_SIGTERM: '' } });
    expect(told('rq')).toEqual({ ...plain, grace: 300_000 });
    expect(told('bullmq')).toEqual(plain);
  });
});

describe('the grace follows the time that the worker itself gives a job', () => {
  test.each([
    ['php artisan queue:work --timeout=120', 'laravel', 150_000],
    ['php artisan queue:work --timeout 120', 'laravel', 150_000],
    ['php artisan queue:work --timeout=5 --timeout=120', 'laravel', 150_000],
    // For ever, and there is no such grace.
    ['php artisan queue:work --timeout=0', 'laravel', 90_000],
    ['php artisan queue:work --timeout=soon', 'laravel', 90_000],
    ['bundle exec sidekiq -t 60', 'sidekiq', 70_000],
    ['bundle exec sidekiq -t60 -C x', 'sidekiq', 70_000],
    ['bundle exec sidekiq --timeout 60', 'sidekiq', 70_000],
    ['bundle exec sidekiq -tag -t', 'sidekiq', 35_000],
    ['celery -A shop worker --time-limit=300', 'celery', 330_000],
    ['celery -A shop worker --soft-time-limit=300', 'celery', 600_000],
    ['rq worker --timeout 5', 'rq', 300_000],
  ])('%s', (command, preset, graceMs) => {
    expect(one(command, preset).stop.graceMs).toBe(graceMs);
  });

  test('in the arguments of a script, and not in a line for a shell', () => {
    const { daemons } = here.good(
      '- { script: ./artisan queue:work --timeout=120, preset: laravel }\n- { name: s, shell: php artisan queue:work --timeout=120, preset: laravel }\n',
    );
    expect(daemons.map(({ stop }) => stop.graceMs)).toEqual([150_000, 90_000]);
  });
});

describe('what is written counts more than a preset', () => {
  test('at the daemon, key by key', () => {
    expect(one('work', 'celery', 'stop: { to: group, grace: 5m }').stop).toEqual({
      signal: 'SIGTERM',
      to: 'group',
      graceMs: 300_000,
    });
    expect(one('work', 'celery', 'env: { REMAP_SIGTERM: SIGQUIT }').env).toMatchObject({ REMAP_SIGTERM: 'SIGQUIT' });
    expect(one('work', 'laravel', 'restart: { success_codes: [3] }').restart).toMatchObject({ successCodes: [3] });
    expect(one('work', 'laravel', 'restart: { delay: 3s }').restart).toMatchObject({
      successCodes: [0, 12],
      delayMs: 3_000,
    });
  });

  test('and in defaults:', () => {
    const text = 'defaults: { stop: 20m }\ndaemons:\n- { name: d, command: work, preset: celery }\n';
    expect(here.first(text).stop).toEqual({ signal: 'SIGTERM', to: 'main', graceMs: 1_200_000 });
  });

  test('an env file, too', () => {
    here.write('.env', 'REMAP_SIGTERM=SIGQUIT\n');
    expect(one('work', 'celery', 'env_file: .env').env).toMatchObject({ REMAP_SIGTERM: 'SIGQUIT' });
  });

  test('a preset in defaults: holds for all that write no other', () => {
    const { daemons } = here.good(
      'defaults: { preset: laravel }\ndaemons:\n- { name: a, command: work }\n- { name: b, command: work, preset: rq }\n',
    );
    expect(daemons.map(({ stop }) => stop.graceMs)).toEqual([90_000, 300_000]);
  });
});

test('the main process alone is signalled, also of a line for a shell; a wrapper as a group, but for Celery', () => {
  const shell = (preset: string): string => here.first(`- { name: d, shell: exec work, preset: ${preset} }\n`).stop.to;
  expect(PRESET_NAMES.map(shell)).toEqual(['main', 'main', 'main', 'main', 'group', 'main']);
  expect(one('npm run worker', 'bullmq').stop.to).toBe('group');
  expect(one('npm run worker', 'celery').stop.to).toBe('main');
});

describe('a warning', () => {
  const list = (defaults: string, daemon: string): string =>
    `defaults: ${defaults}\ndaemons:\n- { name: d, command: work, ${daemon} }\n- { name: e, command: work, ${daemon} }\n`;

  test.each([
    [
      '{ stop: { signal: SIGINT } }',
      'preset: celery',
      /^1: defaults set stop\.signal also for daemons of preset celery, which want SIGTERM: warm/,
    ],
    [
      '{ stop: { to: group } }',
      'preset: celery',
      /^1: defaults set stop\.to also for daemons of preset celery, which want main: /,
    ],
    [
      '{ restart: { success_codes: [0, 3] } }',
      'preset: laravel',
      /^1: defaults set restart\.success_codes also for daemons of preset laravel, which want \[0, 12\]: /,
    ],
  ])('is due, once, to defaults that are hardly meant: %s', (defaults, daemon, expected) => {
    expect(here.warnings(list(defaults, daemon))).toEqual([expect.stringMatching(expected)]);
  });

  test.each([
    ['{ stop: { signal: SIGTERM } }', 'preset: celery'],
    ['{ stop: { signal: SIGINT } }', 'preset: celery, stop: { signal: SIGTERM }'],
    // Writing both beside each other means knowing of both.
    ['{ stop: { signal: SIGINT }, preset: celery }', 'tags: []'],
    ['{ stop: { to: group } }', 'preset: rq'],
    ['{ restart: { success_codes: [0, 12, 3] } }', 'preset: laravel'],
    ['{ stop: 20m }', 'preset: celery'],
    ['{ stop: 5m }', 'preset: celery'],
  ])('is not due to: %s, %s', (defaults, daemon) => {
    expect(here.warnings(list(defaults, daemon))).toEqual([]);
  });

  test.each([
    [
      'php artisan queue:work --timeout=120',
      'laravel',
      'stop: 60s',
      /^4: the grace of daemon d, 1m, is shorter than its own --timeout, 2m: what takes longer is cut/,
    ],
    [
      'php artisan queue:work --timeout=0',
      'laravel',
      '',
      /^1: daemon d has --timeout 0: a job may take for ever, and its grace is 90s \| write stop: TIME/,
    ],
    [
      'bundle exec sidekiq -t 60',
      'sidekiq',
      'stop: 30s',
      /^4: the grace of daemon d, 30s, is shorter than its own -t, 1m/,
    ],
  ])('is due to a grace below what the command allows: %s', (command, preset, more, expected) => {
    const text = `- name: d\n  command: ${command}\n  preset: ${preset}\n  ${more}\n`;
    expect(here.warnings(text)).toEqual([expect.stringMatching(expected)]);
  });

  test('is due to defaults below what the framework allows, not to what is written at the daemon', () => {
    const daemon = '- { name: d, command: work, preset: rq }\n';
    expect(here.warnings(`defaults: { stop: 1m }\ndaemons:\n${daemon}`)).toEqual([
      expect.stringMatching(/^1: the grace of daemon d, 1m, is shorter than the 3m that rq itself allows/),
    ]);
    expect(here.warnings('- { name: d, command: work, preset: rq, stop: 1m }\n')).toEqual([]);
    expect(here.warnings(daemon)).toEqual([]);
  });

  test.each([
    [
      'laravel',
      '{ iterations: 100 }',
      /limits\.iterations of daemon d does nothing: laravel does not tell .* \| it has one of its own: --max-jobs=N/,
    ],
    [
      'sidekiq',
      '{ iteration: 5m }',
      /limits\.iteration of daemon d does nothing: .* \| limits\.memory and limits\.age do/,
    ],
  ])('is due to a limit of iterations that %s does not tell', (preset, limits, expected) => {
    expect(here.warnings(`- { name: d, command: work, preset: ${preset}, limits: ${limits} }\n`)).toEqual([
      expect.stringMatching(expected),
    ]);
  });

  test.each([
    ['laravel', '{ memory: 256MB, age: 12h }'],
    ['bullmq', '{ iterations: 100 }'],
  ])('is not due to other limits: %s %s', (preset, limits) => {
    expect(here.warnings(`- { name: d, command: work, preset: ${preset}, limits: ${limits} }\n`)).toEqual([]);
  });
});

test.each(['9999999999', '99999999999999999999999', '0.00000001'])(
  'a time of its command that no duration can hold, %s s, is taken as the nearest that one can',
  (seconds) => {
    const day = 86_400_000;
    expect(one(`work -t ${seconds}`, 'sidekiq').stop.graceMs).toBe(seconds.startsWith('9') ? 3_650 * day : 10_000);
  },
);

test('an unknown preset is refused with what was probably meant', () => {
  const wrong = (name: string): readonly string[] => here.problems(`- { name: d, command: work, preset: ${name} }\n`);
  const known = 'must be laravel, symfony, sidekiq, celery, rq or bullmq';
  expect(wrong('laravell')).toEqual([`1: "preset" of daemon d ${known}, not "laravell" | did you mean "laravel"?`]);
  expect(wrong('resque')).toEqual([`1: "preset" of daemon d ${known}, not "resque" | `]);
});

describe('a pool of Celery', () => {
  const warnings = (options: string): readonly string[] =>
    here.warnings(`- { name: jobs, preset: celery, command: celery -A shop worker ${options} }\n`);

  test.each(['--pool solo', '--pool=gevent -c 4', '-P eventlet', '-Psolo'])(
    '%s cuts a task or does it twice',
    (options) => {
      expect(warnings(options)).toEqual([
        expect.stringMatching(/^1: daemon jobs: .* \| prefork and threads finish theirs$/),
      ]);
    },
  );

  test.each(['', '-c 4', '--pool=prefork', '-P threads', '-Q solo'])('%s finishes its tasks', (options) => {
    expect(warnings(options)).toEqual([]);
  });
});

describe('the name of a Redis consumer of Symfony Messenger', () => {
  const warnings = (dsn: string, more = 'instances: 2'): readonly string[] =>
    here.warnings(
      `- name: jobs\n  preset: symfony\n  command: php bin/console messenger:consume jobs\n  env: { DSN: '${dsn}' }\n  ${more}\n`,
    );

  test.each([
    'redis://:secret@cache:6379/jobs/shop/worker',
    'rediss://cache/jobs/shop/worker?auto_setup=1',
    'redis://cache/jobs?consumer=worker',
  ])('%s is that of every instance, which is warned of; its value is not shown', (dsn) => {
    expect(warnings(dsn)).toEqual([
      '4: DSN gives all 2 instances of daemon jobs one consumer name, and Redis hands two of a name the same message | leave the name out of it; the option of the transport that gives each its own: supervise check --explain',
    ]);
    expect(warnings(dsn, 'instances: 1')).toEqual([]);
  });

  test.each([
    'redis://cache/jobs/shop',
    'redis://cache:6379/jobs/shop/',
    'redis:///run/redis/redis/sock',
    'doctrine://default/jobs/shop/worker',
    'redis://a:1,redis://b:1/jobs',
  ])('%s says none', (dsn) => {
    expect(warnings(dsn)).toEqual([]);
  });
});
