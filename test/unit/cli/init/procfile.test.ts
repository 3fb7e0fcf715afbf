import { expect, test } from 'vitest';
import { readProcfile } from '../../../../src/cli/init/procfile.ts';

const keysOf = (line: string): unknown => readProcfile(`it: ${line}`, 'Procfile', false).sketches[0]?.keys;

test.each([
  ['node worker.js', { command: 'node worker.js' }],
  ['exec node worker.js', { command: 'node worker.js' }],
  ['A=1 B="x y" node worker.js', { command: 'node worker.js', env: { A: '1', B: 'x y' } }],
  ["php mail.php --from 'a b'", { command: ['php', 'mail.php', '--from', 'a b'] }],
  ["php mail.php '$HOME ${X} $$'", { command: ['php', 'mail.php', '$HOME $${X} $$$'] }],
  ['php mail.php a\\ b', { command: ['php', 'mail.php', 'a b'] }],
  ['node worker.js $PORT', { shell: 'exec node worker.js $PORT' }],
  ['node worker.js ${PORT:-1}', { shell: 'exec node worker.js $${PORT:-1}' }],
  ['node "$HOME/worker.js"', { shell: 'exec node "$HOME/worker.js"' }],
  ['A=$B node worker.js', { shell: 'A=$B node worker.js' }],
  ['a | b', { shell: 'a | b' }],
  ['cd shop && node worker.js', { shell: 'cd shop && node worker.js' }],
  ['cd shop', { shell: 'cd shop' }],
  ['. ./env.sh; node x', { shell: '. ./env.sh; node x' }],
  ['rm *.tmp', { shell: 'exec rm *.tmp' }],
  ['SUPERVISE_X=1 node a.js', { shell: 'SUPERVISE_X=1 node a.js' }],
  ['A=1', { shell: 'A=1' }],
  ['bundle exec sidekiq', { preset: 'sidekiq', command: 'bundle exec sidekiq' }],
  ['php artisan queue:work', { preset: 'laravel', command: 'php artisan queue:work' }],
  ['rq worker high', { preset: 'rq', command: 'rq worker high' }],
])('%s', (line, expected) => {
  expect(keysOf(line)).toEqual(expected);
});

test('web and release are told, and are comments', () => {
  const { sketches } = readProcfile('web: a\nrelease: b\nwork: c', 'Procfile', false);
  expect(sketches.map(({ name, doubt }) => [name, doubt !== null])).toEqual([
    ['web', true],
    ['release', true],
    ['work', false],
  ]);
});

test('a byte order mark, carriage returns, tabs, comments, a name twice, and lines that are none', () => {
  const text = '\uFEFF# all\r\n\ta:\tnode a.js\t\r\na: node b.js\r\n\r\nno line\r\nb:\r\n';
  const { sketches, notes } = readProcfile(text, 'Procfile', true);
  expect(sketches.map(({ name, keys }) => [name, keys])).toEqual([
    ['a', { command: 'node a.js', env_file: '.env' }],
    ['a', { command: 'node b.js', env_file: '.env' }],
  ]);
  expect(notes.map(({ what }) => what)).toEqual(['no line', 'b:']);
});

test('a quote that is never closed is told', () => {
  const [sketch] = readProcfile('a: node "x', 'Procfile', false).sketches;
  expect(sketch?.notes).toEqual([{ what: 'node "x', mend: 'a quote in it is never closed' }]);
});

test('$PORT is told: nobody sets it here', () => {
  expect(readProcfile('a: puma -p ${PORT}', 'Procfile', false).sketches[0]?.notes).toHaveLength(1);
});
