import { expect, test } from 'vitest';
import { candidatesFor } from '../../../../src/cli/completion/candidates.ts';
import type { Typed } from '../../../../src/cli/completion/candidates.ts';
import { COMMANDS } from '../../../../src/cli/catalog.ts';

const asked: Typed[] = [];
const NAMES = ['photos', 'photos:1', 'photos:2', '@media'].map((word) => ({ word, doc: 'running' }));

/** `|` is where the cursor stands. */
async function complete(line: string): Promise<unknown> {
  asked.length = 0;
  const words = line.replace('|', '').split(' ');
  const all = await candidatesFor(words, (typed) => {
    asked.push(typed);
    return Promise.resolve(NAMES);
  });
  return typeof all === 'string' ? all : all.map(({ word }) => word);
}

test.each<[string, unknown]>([
  ['|', Object.keys(COMMANDS)],
  ['sta|', ['start', 'status']],
  ['-|', ['--file', '-f', '--state-dir', '--help', '-h']],
  ['-f x.yaml sto|', ['stop']],
  ['no-such |', Object.keys(COMMANDS)],
  ['stop |', ['photos', 'photos:1', 'photos:2', '@media']],
  ['stop photos:|', ['photos:1', 'photos:2']],
  ['stop photos @|', ['@media']],
  ['stop -- --|', []],
  ['stop --no|', ['--now', '--no-wait']],
  ['stop --now --no|', ['--no-wait']],
  ['stop --within |', []],
  ['check |', []],
  ['check -f |', 'file'],
  ['check --file=x|', 'file'],
  ['logs -f |', ['photos', 'photos:1', 'photos:2', '@media']],
  ['logs --file |', 'file'],
  ['status --state-dir |', 'folder'],
  ['logs --stream |', ['out', 'err']],
  ['logs --stream=e|', ['--stream=err']],
  ['logs --nothing=e|', []],
  ['signal |', expect.arrayContaining(['TERM', 'HUP', 'USR1'])],
  ['signal US|', ['USR1', 'USR2']],
  ['signal SIGU|', ['SIGUSR1', 'SIGUSR2', 'SIGURG']],
  ['demo --with |', ['pm2', 'supervisord', 'systemd']],
  ['demo --with=s|', ['--with=supervisord', '--with=systemd']],
  ['signal TERM ph|', ['photos', 'photos:1', 'photos:2']],
  ['systemd un|', ['uninstall', 'unit']],
  ['systemd unit |', []],
  ['completion |', ['bash', 'zsh', 'fish']],
  ['help rest|', ['restart']],
])('supervise %s', async (line, expected) => {
  expect(await complete(line)).toEqual(expected);
});

test('who knows the names is told which list is meant', async () => {
  await complete('-f /a.yaml --state-dir=/s stop --file b.yaml |');
  expect(asked).toEqual([
    {
      command: 'stop',
      options: new Map([
        ['file', 'b.yaml'],
        ['state-dir', '/s'],
      ]),
    },
  ]);
});

test('names are asked for only where one may stand', async () => {
  for (const line of ['st|', 'stop --n|', 'check |', 'logs --stream |', 'signal |']) {
    await complete(line);
    expect(asked).toEqual([]);
  }
});
