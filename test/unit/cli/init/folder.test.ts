import { mkdirSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { collect } from '../../../../src/cli/init/collect.ts';
import { compose } from '../../../../src/cli/init/compose.ts';
import type { Composed } from '../../../../src/cli/init/compose.ts';
import { ListFolder } from '../../../support/list-folder.ts';

const composed = (files: Readonly<Record<string, string>>): Composed => {
  const here = new ListFolder();
  for (const [file, text] of Object.entries(files)) here.write(file, text);
  return compose(collect(here.folder), './s.json');
};
const LOOP = '#!/bin/sh\nwhile true; do :; done\n';

test('an empty folder says nothing', () => {
  expect(collect(new ListFolder().folder)).toEqual([]);
});

test('two sources with one name: both are kept, and that is told', () => {
  const { text, taken } = composed({
    Procfile: 'worker: node a.js\nworker: node b.js',
    'pm2.json': '[{"name":"worker","script":"c.js"}]',
  });
  expect(taken.flatMap(({ daemons }) => daemons)).toEqual(['worker', 'worker-procfile', 'worker-pm']);
  expect(text).toContain('look: worker: another one has that name, so it is worker-procfile here');
});

test('what a Procfile runs is no second daemon', () => {
  const files = {
    Procfile: 'w: ./bin/loop --fast\nq: bundle exec sidekiq',
    'bin/loop': LOOP,
    Gemfile: "gem 'sidekiq'",
  };
  expect(composed(files).taken.flatMap(({ daemons }) => daemons)).toEqual(['w', 'q']);
});

test('parts of a supervisord.conf without a main file stand each for itself', () => {
  const { taken } = composed({
    'conf.d/a.conf': '[program:a]\ncommand=a',
    'conf.d/b.conf': '[program:a]\ncommand=b',
    'other.conf': '[server]\nport=1',
  });
  expect(taken.map(({ file, daemons }) => [file, daemons])).toEqual([
    ['conf.d/a.conf', ['a']],
    ['conf.d/b.conf', ['a-b']],
  ]);
});

test('an include that includes itself ends', () => {
  const { taken } = composed({ 'supervisord.conf': '[include]\nfiles=*.conf %(here)s/x.conf\n[program:a]\ncommand=a' });
  expect(taken[0]?.daemons).toEqual(['a']);
});

test.each([
  ['Procfile', 'a: \0\u0001'],
  ['supervisord.conf', 'x'.repeat(2 * 1024 * 1024)],
  ['pm2.json', '\u0000'],
])('%s that is no text, or too large, is told and not taken', (file, text) => {
  const sources = composed({ [file]: text });
  expect(sources.text).toContain(`look: ${file}: is `);
  expect(sources.taken.flatMap(({ daemons }) => daemons)).toEqual([]);
});

test('a folder, a FIFO or a broken link in the place of a file harms nothing', () => {
  const here = new ListFolder();
  mkdirSync(here.at('Procfile'));
  mkdirSync(here.at('bin/loop'), { recursive: true });
  symlinkSync('nowhere', here.at('bin/gone'));
  symlinkSync('/dev/zero', here.at('bin/worker'));
  expect(collect(here.folder).flatMap(({ sketches }) => sketches)).toEqual([]);
});

test('two programs that write one log: the second gets its own', () => {
  const { text } = composed({
    'supervisord.conf': '[program:a]\ncommand=a\nstdout_logfile=/l\n[program:b]\ncommand=b\nstdout_logfile=/l',
  });
  expect(text.match(/file: \/l/g)).toHaveLength(1);
  expect(text).toContain('look: the log /l: another daemon writes it; this one has b.log');
});

test('an ecosystem file that is a program is told, and not run', () => {
  const { text } = composed({ 'ecosystem.config.js': 'process.exit(3)' });
  expect(text).toContain('ecosystem.config.js: is a program, and is not run here');
});

test.each([
  ['bin/poll', LOOP, 'daemon'],
  ['poll.sh', LOOP, 'daemon'],
  ['bin/deploy', LOOP, 'nothing'],
  ['bin/rotate', '#!/bin/sh\necho', 'nothing'],
  ['bin/mail-worker', '#!/bin/sh\necho', 'comment'],
  ['workers/a.py', 'while True:\n  pass', 'daemon'],
  ['workers/a.py', 'signal.signal(signal.SIGTERM, stop)\nwhile not self.stopping:', 'daemon'],
  ['workers/a.php', 'pcntl_signal(SIGTERM, $halt);\nwhile (!$stop) {}', 'daemon'],
  ['workers/a.php', 'pcntl_signal(SIGTERM, $halt);\nwhile (!$this->shouldQuit()) {}', 'daemon'],
  ['workers/a.php', 'pcntl_signal(SIGTERM, $halt);\nwhile ($this->running) {}', 'daemon'],
  ['workers/a.sh', 'trap \'stop=1\' TERM INT\nwhile [ -z "$stop" ]; do job; done', 'daemon'],
  ['workers/a.rb', "trap('TERM') { @stop = true }\nuntil @stop", 'daemon'],
  ['workers/a.mjs', "process.on('SIGTERM', halt);\nfor (let n = 1; !isStopping; n++) {}", 'daemon'],
  // No signal ends it, or what ends it is none.
  ['workers/a.js', 'while (!done) search();', 'comment'],
  ['workers/a.sh', "trap 'rm -f $file' EXIT INT TERM\nwhile read -r line; do job; done", 'comment'],
  ['workers/a.py', 'class A: pass', 'comment'],
  ['workers/a.txt', 'while True:', 'nothing'],
  ['workers/a.test.ts', 'while (true) {}', 'nothing'],
  ['lib/a.py', '#!/usr/bin/python3\nwhile True:', 'nothing'],
  ['daemons/a.php', '<?php for (;;) {}', 'daemon'],
  ['daemons/a.rb', 'loop do\nend', 'daemon'],
  ['daemons/a.sh', '. sdk/supervise.sh', 'daemon'],
])('%s with %j is a %s', (file, text, expected) => {
  const [source] = composed({ [file]: text }).taken;
  const what = source === undefined ? 'nothing' : source.daemons.length > 0 ? 'daemon' : 'comment';
  expect(what).toBe(expected);
});

test('what looks like a secret is told by its name', () => {
  const { text } = composed({ Procfile: 'a: STRIPE_SECRET=x node a.js' });
  expect(text).toContain('look: env STRIPE_SECRET: looks like a secret');
});
