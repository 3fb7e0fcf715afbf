import { beforeEach, describe, expect, test } from 'vitest';
import type { DaemonExplanation } from '../../../src/config/explain.ts';
import { SHOWN } from '../../../src/config/explain.ts';
import { explainList } from '../../../src/config/load.ts';
import { DAEMON } from '../../../src/config/schema.ts';
import type { Section } from '../../../src/config/section.ts';
import { ListFolder } from '../../support/list-folder.ts';

let here: ListFolder;
beforeEach(() => {
  here = new ListFolder();
  here.programs('work', 'npm');
});

function explain(text: string): DaemonExplanation {
  here.good(text);
  const read = explainList(here.file, here.environment);
  const [explanation] = read.ok ? read.value.explanations : [];
  if (explanation === undefined) throw new Error('no daemon');
  return explanation;
}

/** `value, from where` of each key. */
function told(text: string): Readonly<Record<string, string>> {
  const rows = explain(text).settings.map(({ key, value, origin }) => {
    const from = 'line' in origin ? `${origin.from} ${origin.line}` : origin.from;
    return [key, `${value}, ${from}`.replaceAll(here.folder, '/srv')];
  });
  return Object.fromEntries(rows) as Record<string, string>; // Pairs of text.
}

test('each key of a daemon is told, but for what it is called and what it runs', () => {
  const flat = (rows: Section, above: string): readonly string[] =>
    Object.entries(rows).flatMap(([name, row]) => {
      if ('later' in row) return [];
      const inner = ['ready', 'ulimit'].includes(name) ? undefined : row.kind.section;
      return inner === undefined ? [`${above}${name}`] : flat(inner, `${above}${name}.`);
    });
  // Files of variables are told with the variables.
  const other = ['name', 'script', 'command', 'shell', 'preset', 'env_file'];
  expect([...SHOWN.map(({ key }) => key)].sort()).toEqual(
    flat(DAEMON, '')
      .filter((key) => !other.includes(key))
      .sort(),
  );
});

describe('where a value is from', () => {
  test('is the line of the daemon, of defaults, the preset, or nowhere', () => {
    const text = `defaults:
  stop: 2m
  restart: { delay: 3s }
  tags: [a]
daemons:
  - name: d
    command: work --timeout=9
    preset: laravel
    restart:
      attempts: 5
    instances: 2
`;
    expect(told(text)).toMatchObject({
      instances: '2, list 11',
      tags: '[a], defaults 4',
      autostart: 'true, built in',
      'restart.attempts': '5, list 10',
      'restart.delay': '3s, defaults 3',
      'restart.factor': '2, built in',
      'restart.success_codes': '[0, 12], preset',
      'stop.signal': 'SIGTERM, preset',
      'stop.grace': '2m, defaults 2',
      'stop.to': 'main, preset',
    });
    const { preset, settings } = explain(text);
    expect(preset).toBe('laravel');
    expect(settings.find(({ key }) => key === 'restart.success_codes')?.origin).toMatchObject({
      preset: 'laravel',
      reason: expect.stringContaining('--memory limit') as string,
      source: expect.stringContaining('https://') as string,
    });
  });

  test('is the short form, too', () => {
    const text = '- name: d\n  command: work\n  restart: never\n  stop: 5m\n  ready: notify\n  watch: [.]\n';
    expect(told(text)).toMatchObject({
      'restart.policy': 'never, list 3',
      'stop.grace': '5m, list 4',
      ready: 'notify, within 1m, list 5',
      'watch.paths': '[/srv], list 6',
      'watch.debounce': '300ms, built in',
    });
  });

  test('is where the lines of the daemon go', () => {
    const file = (text: string): string | undefined => told(text)['log.file'];
    expect(file('- { name: d, command: work, log: stdout }\n')).toBe(
      'none: its lines go to the stdout of supervise, list 1',
    );
    expect(file('defaults: { log: stdout }\ndaemons: [{ name: d, command: work }]\n')).toMatch(
      /^none: .*, defaults 1$/,
    );
    expect(file('- { name: d, command: work }\n')).toBe('d.log; as pid 1: the stdout of supervise, built in');
    expect(file('- { name: d, command: work, log: { max_files: 1 } }\n')).toBe('d.log, built in');
    expect(told('- { name: d, command: work, log: stdout }\n')['log.max_size']).toBeUndefined();
  });

  test('is the anchor, where a value is shared', () => {
    const text = 'x-a: &a { stop: 5m }\ndaemons:\n- <<: *a\n  name: d\n  command: work\n';
    expect(told(text)).toMatchObject({ 'stop.grace': '5m, list 1' });
  });
});

describe('of an environment', () => {
  test('only the names are told', () => {
    here.write('.env', 'FROM_FILE=geheim\n');
    const text = '- name: d\n  command: work\n  env_file: .env\n  env: { SECRET: geheim }\n';
    expect(told(text)).toMatchObject({ env: '[PYTHONUNBUFFERED, FROM_FILE, SECRET], list 4' });
    expect(JSON.stringify(explain(text))).not.toContain('geheim');
    expect(told('- name: d\n  command: work\n  env_file: .env\n')).toMatchObject({
      env: '[PYTHONUNBUFFERED, FROM_FILE], list 3',
    });
    expect(told('- { name: d, command: work }\n')).toMatchObject({ env: '[PYTHONUNBUFFERED], built in' });
  });

  test('a variable of a preset has a line of its own, unless it is written', () => {
    const text = '- { name: d, command: work, preset: celery }\n';
    expect(told(text)).toMatchObject({ env: '[PYTHONUNBUFFERED], built in', 'env.REMAP_SIGTERM': '"", preset' });
    const written = '- { name: d, command: work, preset: celery, env: { REMAP_SIGTERM: SIGQUIT } }\n';
    expect(told(written)).toMatchObject({ env: '[PYTHONUNBUFFERED, REMAP_SIGTERM], list 1' });
    expect(told(written)['env.REMAP_SIGTERM']).toBeUndefined();
  });
});

test.each([
  ['command: npm run x', 'npm does not hand signals on to its worker'],
  ['shell: a | b', 'a line of `shell:` may be several processes'],
  ['command: work', null],
])('why the signal goes to the group: %s', (line, reason) => {
  const { settings } = explain(`- { name: d, ${line} }\n`);
  expect(settings.find(({ key }) => key === 'stop.to')?.origin).toEqual({ from: 'built in', reason });
});

test.each([
  ['command: work', { iterationMs: null, own: null, graceMs: 60_000 }],
  ['command: work, limits: { iteration: 5m }, stop: unlimited', { iterationMs: 300_000, own: null, graceMs: null }],
  ['command: work --timeout=7, preset: laravel', { own: { ms: 7_000, option: '--timeout' }, graceMs: 37_000 }],
  ['command: work, preset: sidekiq', { own: { ms: 25_000, option: null }, graceMs: 35_000 }],
  ['command: work, preset: symfony', { own: null, graceMs: 60_000 }],
])('the patience with a daemon of %s', (keys, expected) => {
  expect(explain(`- { name: d, ${keys} }\n`).patience).toMatchObject(expected);
});
