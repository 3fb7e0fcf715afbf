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
  ['A=$B node worker.js', { shell: 'A=$B exec node worker.js' }],
  ['A="b c" node w.js $FOO', { shell: 'exec node w.js $FOO', env: { A: 'b c' } }],
  ['A=b node w.js $FOO', { shell: 'exec node w.js $FOO', env: { A: 'b' } }],
  ['A=b exec node w.js $FOO', { shell: 'exec node w.js $FOO', env: { A: 'b' } }],
  ['A=b node w.js "${A}"', { shell: 'A=b exec node w.js "$${A}"' }],
  ['A=1 B=$A node w.js', { shell: 'A=1 B=$A exec node w.js' }],
  ['A=~/x node w.js', { shell: 'A=~/x exec node w.js' }],
  ['A="$(date "+%F %T")" node w.js', { shell: 'A="$(date "+%F %T")" exec node w.js' }],
  ['A=${B:-x y} node w.js', { shell: 'A=$${B:-x y} exec node w.js' }],
  ['node w.js `cat a | head` $(cat b; echo)', { shell: 'exec node w.js `cat a | head` $(cat b; echo)' }],
  ["FOO=bar node w.js # don't", { command: 'node w.js', env: { FOO: 'bar' } }],
  ['node w.js $A # one; two', { shell: 'exec node w.js $A' }],
  ['node w.js a#b', { command: ['node', 'w.js', 'a#b'] }],
  ['node w.js > y.log', { shell: 'exec node w.js > y.log' }],
  ['A=b node w.js >>y.log 2>&1 </dev/null', { shell: 'exec node w.js >>y.log 2>&1 </dev/null', env: { A: 'b' } }],
  ['node w.js >| y.log', { shell: 'exec node w.js >| y.log' }],
  ['cd shop && A=1 node w.js', { shell: 'cd shop && A=1 exec node w.js' }],
  ['cd shop; exec node w.js', { shell: 'cd shop; exec node w.js' }],
  ['export A=1 && cd shop && node w.js', { shell: 'export A=1 && cd shop && exec node w.js' }],
  ['exec node w.js $FOO', { shell: 'exec node w.js $FOO' }],
  ['cd shop && node worker.js', { shell: 'cd shop && exec node worker.js' }],
  ['rm *.tmp', { shell: 'exec rm *.tmp' }],
  ['SUPERVISE_X=1 node a.js', { shell: 'SUPERVISE_X=1 exec node a.js' }],
  ['bundle exec sidekiq', { preset: 'sidekiq', command: 'bundle exec sidekiq' }],
  ['php artisan queue:work', { preset: 'laravel', command: 'php artisan queue:work' }],
  ['rq worker high', { preset: 'rq', command: 'rq worker high' }],
])('%s', (line, expected) => {
  expect(keysOf(line)).toEqual(expected);
  expect(readProcfile(`it: ${line}`, 'Procfile', false).sketches[0]?.notes).toEqual(
    line.includes('PORT') ? [expect.objectContaining({ what: '$PORT' })] : [],
  );
});

test.each([
  'a | b',
  'a; b',
  'a && b',
  'a || b',
  'cd shop || node x',
  '(cd shop && node x)',
  'node x &',
  'node x &> y.log',
  'cd shop',
  'A=1',
  '. ./env.sh; node x',
  'cd shop && while node x; do :; done',
  'exec a | b',
  '>x cd y',
  'exec -a x node $Y',
])('%s: a line that the shell stays in front of is told, and is as it was', (line) => {
  const [sketch] = readProcfile(`it: ${line}`, 'Procfile', false).sketches;
  expect(sketch?.keys).toEqual({ shell: line });
  expect(sketch?.notes).toEqual([
    { what: 'shell', mend: expect.stringContaining('a stop signals the whole group of its sh') as string },
  ]);
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

test.each(['node "x', "node 'x", 'node "$(x', 'node `x', 'node ${x'])('%s: never closed, which is told', (line) => {
  const [sketch] = readProcfile(`a: ${line}`, 'Procfile', false).sketches;
  expect(sketch?.notes).toEqual([{ what: line, mend: 'a quote in it is never closed' }]);
});

test('$PORT is told: nobody sets it here', () => {
  expect(readProcfile('a: puma -p ${PORT}', 'Procfile', false).sketches[0]?.notes).toHaveLength(1);
});
