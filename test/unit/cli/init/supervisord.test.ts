import { expect, test } from 'vitest';
import { parseIni } from '../../../../src/cli/init/ini.ts';
import { includesOf, isOfSupervisord, readSupervisord } from '../../../../src/cli/init/supervisord.ts';
import type { Sketch } from '../../../../src/cli/init/sketch.ts';

const read = (text: string): readonly Sketch[] =>
  readSupervisord([{ text, here: '/srv/50%', uncitedAs: null }], 'supervisord.conf').sketches;
const program = (lines: string): Sketch => {
  const [sketch] = read(`[program:it]\ncommand=run\n${lines}\n`);
  if (sketch === undefined) throw new Error('no program');
  return sketch;
};

test.each([
  ['directory=/srv/shop', { cwd: '/srv/shop' }],
  ['directory=~/shop', { cwd: '${HOME}/shop' }],
  ['directory=%(here)s/x', { cwd: '/srv/50%/x' }],
  ['user=www-data', { user: 'www-data' }],
  ['umask=022', { umask: '022' }],
  ['numprocs=4', { instances: 4 }],
  ['autostart=false', { autostart: false }],
  ['autostart=true', {}],
  ['autorestart=true', { restart: 'always' }],
  ['autorestart=False', { restart: 'never' }],
  ['autorestart=unexpected', { restart: 'on-failure' }],
  ['exitcodes=0,2', { restart: { policy: 'on-failure', success_codes: [0, 2] } }],
  ['exitcodes=0,78', { restart: { policy: 'on-failure', success_codes: [0, 78], fatal_codes: [125] } }],
  ['startsecs=10', { ready: '10s' }],
  ['startsecs=0', { restart: { policy: 'on-failure', reset_after: '0s' } }],
  ['startretries=3', { restart: { policy: 'on-failure', attempts: 4 } }],
  ['startretries=999998', { restart: { policy: 'on-failure', attempts: 999_999 } }],
  ['startretries=1000000', {}],
  ['startretries=99999999999', {}],
  ['process_name=%(program_name)s', {}],
  ['stopsignal=INT', { stop: { signal: 'SIGINT' } }],
  ['stopsignal=sigquit', { stop: { signal: 'SIGQUIT' } }],
  ['stopsignal=15', { stop: { signal: 'SIGTERM' } }],
  ['stopwaitsecs=3600', { stop: '1h' }],
  ['stopasgroup=true', { stop: { to: 'group' } }],
  ['killasgroup=true', {}],
  ['redirect_stderr=true', {}],
  ['stdout_logfile=/var/log/it.log', { log: { file: '/var/log/it.log' } }],
  ['stdout_logfile=it.log', { log: { file: './it.log' } }],
  ['stdout_logfile=AUTO', {}],
  ['stdout_logfile_maxbytes=50MB', { log: { max_size: '50MiB' } }],
  ['stdout_logfile_backups=10', { log: { max_files: 10 } }],
  ['priority=999', {}],
  ['environment=A="1,2",B=\'x\',C=3', { env: { A: '1,2', B: 'x', C: '3' } }],
  ['environment=A="$5 ${B} %%","B"=2', { env: { A: '$5 $${B} %' } }],
  ['environment=A="%(ENV_HOME)s/x$%(ENV_HOME)s"', { env: { A: '${HOME}/x$$${HOME}' } }],
  ['environment=A=1,\n  B=2', { env: { A: '1', B: '2' } }],
])('%s', (line, expected) => {
  const { keys } = program(line);
  expect(keys).toEqual({ restart: 'on-failure', ...expected, command: 'run' });
});

test.each([
  ['stopsignal=KILL', 'stopsignal=KILL: it would cut'],
  ['stopsignal=9', 'stopsignal=9: it would cut'],
  ['stopsignal=WHAT', 'stopsignal=WHAT: is no value'],
  ['stopsignal=99', 'stopsignal=99: is no value'],
  ['startretries=-1', 'startretries=-1: is no value'],
  ['process_name=x', 'process_name=x: is called it here'],
  [
    'process_name=%(program_name)s_%(process_num)02d\nnumprocs=2',
    'process_name=%(program_name)s_%(process_num)02d: its instances are called it:1, it:2 … here',
  ],
  ['priority=5', 'priority=5: the order follows from depends_on'],
  ['stderr_logfile=/x', 'stderr_logfile=/x: both streams'],
  ['stdout_logfile=NONE', 'stdout_logfile=NONE: its output is always kept'],
  ['stdout_logfile=/dev/fd/1', 'stdout_logfile=/dev/fd/1: its output goes to a file'],
  ['bogus=1', 'bogus=1: has nothing that answers'],
  ['numprocs=0', 'numprocs=0: is no value'],
  ['numprocs=many', 'numprocs=many: is no value'],
  ['constructor=1', 'constructor=1: has nothing that answers'],
  ['environment=A=1,B', 'environment=B: write it under env'],
  ['environment=SUPERVISE_X=1', 'environment=SUPERVISE_X: '],
])('%s is told', (line, expected) => {
  const { notes } = program(line);
  expect(notes.map(({ what, mend }) => `${what}: ${mend}`).join('\n')).toContain(expected);
});

test.each([
  ['php a.php', 'command', 'php a.php'],
  ['php "a b.php" --x=\\"', 'command', ['php', 'a b.php', '--x="']],
  ['run --at %(here)s %(ENV_HOME)s %(program_name)s', 'command', ['run', '--at', '/srv/50%', '${HOME}', 'it']],
  ['run %(process_num)s', 'command', 'run 0'],
  ['run && echo', 'command', ['run', '&&', 'echo']],
  ["/bin/sh -c 'a | b'", 'command', ['/bin/sh', '-c', 'a | b']],
])('command=%s', (line, key, expected) => {
  expect(read(`[program:it]\ncommand=${line}`)[0]?.keys[key]).toEqual(expected);
});

test('the number of the process is that of the instance, counted as it was there', () => {
  const [first] = read('[program:it]\ncommand=run --n=%(process_num)s\nnumprocs=2');
  expect(first?.keys.shell).toBe('exec run "--n=$((SUPERVISE_INSTANCE - 1))"');
  const [second] = read('[program:it]\ncommand=run "%(ENV_A)s $x"%(process_num)02d\nnumprocs=2\nnumprocs_start=1');
  expect(second?.keys.shell).toBe('exec run "$${A} \\$x$(printf %02d $((SUPERVISE_INSTANCE)))"');
});

test('groups are tags, what [supervisord] sets holds for all, and a program without a command is a comment', () => {
  const all = read(
    '[supervisord]\nenvironment=A=1,B=1\n[program:a]\ncommand=x\nenvironment=B=2\n[program:b]\n[group:my group]\nprograms=a,b',
  );
  expect(all.map(({ name, keys, doubt }) => [name, keys, doubt])).toEqual([
    ['a', { command: 'x', restart: 'on-failure', env: { A: '1', B: '2' }, tags: ['my-group'] }, null],
    ['b', { restart: 'on-failure', env: { A: '1', B: '1' }, tags: ['my-group'] }, 'it has no command'],
  ]);
});

test('event listeners and FastCGI programs are comments with a reason', () => {
  const all = read('[eventlistener:a]\ncommand=x\n[fcgi-program:b]\ncommand=y');
  expect(all.map(({ doubt }) => doubt === null)).toEqual([false, false]);
});

test('the file is read as ConfigParser reads it', () => {
  const text = [
    '\uFEFF; a comment',
    'before = any section',
    '[one]\r',
    'a = 1 ; not this',
    'b: 2;this',
    '# none',
    'LONG = first',
    '    second # not this',
    '',
    '\tthird',
    'c =',
    'a = 3',
    'nothing',
    '[one]',
    'd = = x',
    '[two] behind',
  ].join('\n');
  const { sections, strange, twice } = parseIni(text);
  expect(Object.fromEntries([...sections].map(([title, keys]) => [title, Object.fromEntries(keys)]))).toEqual({
    one: { a: '3', b: '2;this', long: 'first\nsecond\nthird', c: '', d: '= x' },
    two: {},
  });
  expect(strange).toEqual(['before = any section', 'nothing']);
  expect(twice).toEqual(['[one] a']);
});

test('what it includes, and whether a file is one of its own', () => {
  expect(includesOf('[include]\nfiles = conf.d/*.conf\n  more/*.ini')).toEqual(['conf.d/*.conf', 'more/*.ini']);
  expect(isOfSupervisord('[server]\nport=1')).toBe(false);
  expect(isOfSupervisord(' \t[program:a]')).toBe(true);
});
