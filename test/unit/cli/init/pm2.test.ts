import { expect, test } from 'vitest';
import { programNote, readPm2 } from '../../../../src/cli/init/pm2.ts';
import type { Sketch } from '../../../../src/cli/init/sketch.ts';

const app = (keys: object): Sketch => {
  const [sketch] = readPm2(JSON.stringify({ apps: [{ name: 'it', script: 'a.js', ...keys }] }), 'pm2.json').sketches;
  if (sketch === undefined) throw new Error('no app');
  return sketch;
};

test.each([
  [{}, { script: './a.js' }],
  [{ script: '/srv/a.js', args: "-x 'a b'" }, { script: ['/srv/a.js', '-x', 'a b'] }],
  [{ script: 'a.ts', interpreter: 'node' }, { script: './a.ts' }],
  [{ script: 'w.py', interpreter: 'python3', interpreter_args: ['-u'] }, { command: 'python3 -u w.py' }],
  [{ node_args: '--max-old-space-size=300' }, { command: 'node --max-old-space-size=300 a.js' }],
  [{ script: 'npm', args: ['run', 'work'] }, { command: 'npm run work' }],
  [{ script: 'bin/go', interpreter: 'none' }, { command: './bin/go' }],
  [
    { script: 'artisan', interpreter: 'php', args: 'queue:work' },
    { preset: 'laravel', command: 'php artisan queue:work' },
  ],
  [{ cwd: 'shop' }, { script: './shop/a.js', cwd: 'shop' }],
  [{ args: '$5 ${X}' }, { script: ['./a.js', '$5', '$${X}'] }],
  [{ instances: 4 }, { instances: 4 }],
  [{ instances: '2' }, { instances: 2 }],
  [{ instances: 'max' }, { instances: 'cpus' }],
  [{ instances: 0 }, { instances: 'cpus' }],
  [{ env: { A: 1, B: true, C: '$x' } }, { env: { A: '1', B: 'true', C: '$x' } }],
  [{ autorestart: false }, { restart: 'never' }],
  [{ max_restarts: 10, min_uptime: '10s' }, { restart: { attempts: 10, reset_after: '10s' } }],
  [{ max_restarts: 0, restart_delay: 0 }, {}],
  [{ max_restarts: 1000000 }, {}],
  [{ max_restarts: '99999999999', min_uptime: 5000 }, { restart: { reset_after: '5s' } }],
  [{ restart_delay: 4000 }, { restart: { delay: '4s', factor: 1, max_delay: '4s' } }],
  [{ exp_backoff_restart_delay: 100 }, { restart: { delay: '100ms', factor: 1.5, max_delay: '15s' } }],
  [{ exp_backoff_restart_delay: 20000 }, { restart: { delay: '20s', factor: 1.5, max_delay: '20s' } }],
  [{ max_memory_restart: '300M' }, { limits: { memory: '300MiB' } }],
  [{ kill_timeout: 5000 }, { stop: { signal: 'SIGINT', grace: '5s' } }],
  [{ watch: true, ignore_watch: ['tmp'] }, { watch: { paths: ['.'], ignore: ['tmp'] } }],
  [
    { watch: ['src'], watch_delay: 500, cwd: 'shop' },
    { script: './shop/a.js', cwd: 'shop', watch: { paths: ['shop/src'], debounce: '500ms' } },
  ],
  [{ watch: false, ignore_watch: ['tmp'], watch_delay: 500 }, {}],
  [{ out_file: 'log/a.log', time: true }, { log: { file: 'log/a.log', timestamps: true } }],
  [{ out_file: 'a.log' }, { log: { file: './a.log' } }],
  [{ namespace: 'media' }, { tags: ['media'] }],
  [{ namespace: 'default', merge_logs: true, vizion: false, exec_mode: 'fork' }, {}],
  [{ treekill: false }, { leftovers: 'ignore' }],
])('%j', (keys, expected) => {
  const sketch = app(keys);
  const runs = 'command' in expected || 'script' in expected ? {} : { script: './a.js' };
  const stop = 'preset' in expected ? {} : { stop: { signal: 'SIGINT' } };
  expect(sketch.keys).toEqual({ ...runs, ...stop, ...expected });
  expect(sketch.notes).toEqual([]);
});

test.each([
  ['an app handles SIGINT, which pm2 sends', {}, { signal: 'SIGINT' }],
  ['a shell script does not end of it alone', { script: 'a.sh' }, { signal: 'SIGINT', to: 'group' }],
  ['nor one of an interpreter', { interpreter: '/bin/bash' }, { signal: 'SIGINT', to: 'group' }],
  ['pm2 was told to signal nothing else', { script: 'a.sh', treekill: false }, { signal: 'SIGINT' }],
  ['an app waits for a message', { shutdown_with_message: true }, undefined],
  ['and has a time for it', { shutdown_with_message: true, kill_timeout: '3s' }, '3s'],
  ['a preset knows its signal', { script: 'artisan', interpreter: 'php', args: 'queue:work' }, undefined],
  ['and keeps its time', { script: 'artisan', interpreter: 'php', args: 'queue:work', kill_timeout: 9000 }, '9s'],
])('its stop: %s', (_, keys, expected) => {
  expect(app(keys).keys.stop).toEqual(expected);
});

test.each([
  [{ exec_mode: 'cluster' }, 'exec_mode=cluster: pm2 lets the processes share a port'],
  [{ wait_ready: true }, 'wait_ready=true: process.send is not there'],
  [{ cron_restart: '0 3 * * *' }, 'cron_restart=0 3 * * *: limits'],
  [{ env_production: { A: 'geheim' } }, 'env_production (A): was chosen by --env production'],
  [{ error_file: 'x' }, 'error_file=x: both streams'],
  [{ out_file: '/dev/null' }, 'out_file=/dev/null: '],
  [{ log_date_format: 'YYYY' }, 'log_date_format=YYYY: a time has one form'],
  [{ ignore_watch: ['[/]x'], watch: true }, 'ignore_watch=[/]x: '],
  [{ watch: ['src/*.js'] }, 'watch=src/*.js: '],
  [{ instances: -1 }, 'instances=-1: '],
  [{ instances: 'x' }, 'instances=x: is no value'],
  [{ env: { 'A B': 1 } }, 'env A B: '],
  [{ env: { A: {} } }, 'env A: is no text'],
  [{ env: 'A' }, 'env=A: is no value'],
  [{ kill_timeout: 'soon' }, 'kill_timeout=soon: is no value'],
  [{ bogus: { a: 1 } }, 'bogus={"a":1}: has nothing'],
  [{ toString: 1 }, 'toString=1: has nothing'],
])('%j is told', (keys, expected) => {
  expect(
    app(keys)
      .notes.map(({ what, mend }) => `${what}: ${mend}`)
      .join('\n'),
  ).toContain(expected);
});

test('values of another environment are not repeated', () => {
  expect(JSON.stringify(app({ env_production: { A: 'geheim' } }))).not.toContain('geheim');
});

test.each([
  ['[{"script":"a.js"}]', ['a']],
  ['{"script":"a.js","name":"x"}', ['x']],
  ['{"apps":{"script":"a.js"}}', ['a']],
  ['\uFEFF{"apps":[{"name":"a","script":"a.js"},{"name":"a","script":"b.js"}]}', ['a', 'a']],
  ['{"apps":[{"name":"none"}]}', ['none']],
  ['{"apps":[]}', []],
])('%s', (text, names) => {
  expect(readPm2(text, 'pm2.json').sketches.map(({ name }) => name)).toEqual(names);
});

test.each(['module.exports = {}', '', '{', '7', '"x"', '[null, 3]', '{"apps":[[]]}'])('%j is told', (text) => {
  const { sketches, notes } = readPm2(text, 'pm2.json');
  expect([sketches.length, notes.length > 0]).toEqual([0, true]);
});

test('an ecosystem file that is a program is never run: how to make JSON of it', () => {
  expect(programNote('ecosystem.config.cjs').mend).toContain(
    `node -p 'JSON.stringify(require("./ecosystem.config.cjs"), null, 2)' > ecosystem.config.json`,
  );
});
