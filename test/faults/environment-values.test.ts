import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { PUPPET } from '../support/puppet.ts';
import { test } from '../support/supervise.ts';

/** One for each way into a daemon's environment. */
const SECRETS = { own: 'hunter2-own', file: 'hunter2-file', inherited: 'hunter2-inherited', filled: 'hunter2-filled' };

test('no value of an environment is written down, answered, or shown in arguments', async ({ rig }) => {
  const stage = await rig.stage();
  rig.file('secret.env', `FROM_FILE=${SECRETS.file}\n`);
  const daemon = {
    cwd: '.',
    env: { OWN: SECRETS.own, FILLED: '${FILLED}' },
    env_file: 'secret.env',
    umask: '027',
    ulimit: { core: 0 },
    restart: { delay: '50ms' },
  };
  const list = [
    { ...daemon, name: 'p', script: PUPPET, user: process.getuid?.() },
    { ...daemon, name: 'gone', command: './tool', restart: { attempts: 2, delay: '50ms' } },
  ];
  const tool = rig.file('tool', '#!/bin/sh\nexit 3\n');
  rig.list(list);
  const env = { INHERITED: SECRETS.inherited, FILLED: SECRETS.filled };
  const how = { env };
  const seen: string[] = [];
  const keep = async (...args: readonly string[]): Promise<void> => {
    const { out, err } = await rig.launch(args, how).ended;
    seen.push(`== ${args.join(' ')}\n${out}${err}`);
  };
  await keep('check');
  await keep('check', '--json');
  await keep('start', '--detach');
  const puppet = await stage.enter('p');
  expect((await puppet.look()).env).toMatchObject({
    OWN: SECRETS.own,
    FROM_FILE: SECRETS.file,
    INHERITED: SECRETS.inherited,
    FILLED: SECRETS.filled,
  });
  await rig.untilState('gone', 'failed');
  // In the middle of it, and after an end of every kind.
  seen.push(argumentsOfAll());
  await puppet.exit(1);
  const second = await stage.enter('p');
  rig.file('tool', '#!/nonexistent/interpreter\n');
  await keep('restart', 'gone', '--no-wait');
  for (const command of ['status', 'why', 'logs'])
    for (const more of [[], ['--json']]) await keep(command, ...(command === 'why' ? ['gone'] : []), ...more);
  await keep('logs', '--events');
  await keep('status', 'p', '--json');
  seen.push(JSON.stringify(await rig.status()), JSON.stringify(await rig.events()));
  for (const file of readdirSync(rig.state, { recursive: true, encoding: 'utf8' }))
    if (!/^fifo|^logs$|sock$/.test(file)) seen.push(`== ${file}\n${rig.read(path.join(rig.state, file))}`);
  await second.exitOn('SIGTERM', 0);
  await keep('stop');
  seen.push(rig.read(path.join(rig.state, 'state.json')), rig.read(path.join(rig.state, 'supervise.log')));
  // A wrong line of a list is shown.
  rig.list([
    {
      ...daemon,
      env: { OWN: SECRETS.own, 'not a name': SECRETS.own, ODD: { a: SECRETS.own } },
      name: 'p',
      command: tool,
      nice: 77,
    },
  ]);
  await keep('check');
  rig.file(
    'daemons.yaml',
    `- { name: p, command: ./tool, env: { OWN: ${SECRETS.own}, UNSET: "${SECRETS.own}\${NOWHERE}" }, nice: 77 }\n`,
  );
  await keep('check');
  await keep('start');
  expect(seen.filter((text) => text.includes('hunter2'))).toEqual([]);
  expect(seen.join()).toContain('nice');
});

/** The command lines of all processes of this machine. */
function argumentsOfAll(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return ''; // It has gone.
      }
    })
    .join('\n');
}
