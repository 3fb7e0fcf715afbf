/** Words that were never heard, or no longer mean anything: the last one heard is no proof of a boundary. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import type { InstanceView } from '../../src/control/view.ts';
import { changeState, kill, untilSaved } from '../support/adoption.ts';
import { need } from '../support/needs.ts';
import { PUPPET } from '../support/puppet.ts';
import { as, belongsTo, otherUsers } from '../support/other-users.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

const UID = 41_330;
const python = need('python3', 'python3');

/** A page is 4 KiB; a user who has more of them in pipes than fs.pipe-user-pages-soft gets small ones: 8 KiB (pipe(7)). */
const HOLDER = `
import os, resource, sys, time
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
pages = int(open("/proc/sys/fs/pipe-user-pages-soft").read())
pipes = [os.pipe() for _ in range(pages // 16 + 64)]
print("held", flush=True)
sys.stdin.read()
`;

/** Says that it is idle; at `go` it begins iteration after iteration until one of its words does not fit, and stays in that one. */
const OVERFLOWS = `#!/usr/bin/env python3
import os, time
def say(word):
    try: os.write(3, word)
    except BlockingIOError: return False
    return True
say(b"READY=1\\nIDLE=1\\n")
while not os.path.exists("go"): time.sleep(0.01)
while say(b"BUSY=1\\n") and say(b"IDLE=1\\n"): pass
open("begun", "w").close()
time.sleep(1000)
`;

describe.skipIf(otherUsers.missing || python.missing)(
  `a user with so many pipes that a new one is small${otherUsers.note}${python.note}`,
  () => {
    test('words that did not fit are missed all the same: the cut is not called no', async ({ rig }) => {
      belongsTo(rig, UID);
      const holder = spawn('env', [...as(UID, UID), 'env', 'python3', '-c', HOLDER], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      rig.closers.push(() => holder.kill('SIGKILL'));
      await once(holder.stdout, 'data');
      rig.list([{ name: 'p', script: rig.file('work', OVERFLOWS), restart: { delay: '1h', max_delay: '1h' } }]);
      const supervise = await rig.start([], { under: as(UID, UID) });
      const { pid } = await rig.until('p', 'is idle', ({ busy, state }) => busy === false && state === 'running');
      supervise.signal('SIGSTOP');
      rig.file('go', '');
      await waitUntil('a word of it did not fit', () => made(rig, 'begun'));
      process.kill(pid ?? 0, 'SIGKILL');
      supervise.signal('SIGCONT');
      const { last_exit: end } = await rig.untilState('p', 'backoff');
      expect(end).toMatchObject({ signal: 'SIGKILL', cut: 'unknown' });
      expect(end?.words).toContain('some of its reports were lost');
    });
  },
);

/** Says that it is idle, and then does what follows. */
const idleThen = (deed: string): string => `#!/usr/bin/env python3
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.write(3, b"READY=1\\nBUSY=1\\nIDLE=1\\n")
${deed}
`;

describe.skipIf(python.missing)(`a daemon that has fallen silent after its last IDLE${python.note}`, () => {
  test('since it has closed fd 3: it has its grace, and our SIGKILL is a cut', async ({ rig }) => {
    const script = idleThen('os.closerange(3, 100)\nopen("works", "w").close()\ntime.sleep(1000)');
    rig.list([{ name: 'p', script: rig.file('work', script), stop: '500ms' }]);
    await rig.start();
    await rig.event('p', /has fallen silent: it closed fd 3/);
    expect(await rig.instance('p')).toMatchObject({ state: 'running', busy: null });
    expect(await rig.run('stop')).toMatchObject({ code: 1, out: expect.stringContaining('cut 1') as string });
  });

  test('since it has become another program: where it stood when it died of our signal nobody knows', async ({
    rig,
  }) => {
    const end = await stoppedAsAnother(rig, '');
    expect(end).toMatchObject({ code: 0, cut: 'unknown' });
    expect(end?.words).toContain('it had fallen silent');
  });

  for (const [when, deed] of [
    ['before', (rig: Rig, become: Become) => become().then(() => rig.run('upgrade'))],
    ['after', (rig: Rig, become: Become) => rig.run('upgrade').then(become)],
  ] as const)
    test(`also where that was ${when} an upgrade`, async ({ rig }) => {
      const end = await stoppedAsAnother(rig, '', (become) => deed(rig, become));
      expect(end).toMatchObject({ cut: 'unknown' });
      expect(end?.words).toContain('it had fallen silent');
    });

  test('also where it then is killed by a person', async ({ rig }) => {
    const become = `os.execvp("sh", ["sh", "-c", ": > works; while :; do sleep 0.05; done"])`;
    const script = idleThen(`while not os.path.exists("go"): time.sleep(0.01)\n${become}`);
    rig.list([{ name: 'p', script: rig.file('work', script), restart: { delay: '1h', max_delay: '1h' } }]);
    await rig.start();
    await rig.until('p', 'is idle', ({ busy, state }) => busy === false && state === 'running');
    rig.file('go', '');
    await waitUntil('it is another program', () => made(rig, 'works'));
    await rig.run('signal', 'KILL', 'p');
    const { last_exit } = await rig.untilState('p', 'backoff');
    expect(last_exit).toMatchObject({ cut: 'yes' });
    expect(last_exit?.words).toContain('it had fallen silent');
  });

  test('one that speaks again, as the other program, is believed', async ({ rig }) => {
    const says = "printf 'READY=1\\\\nBUSY=1\\\\nIDLE=1\\\\n' >&3; ";
    expect(await stoppedAsAnother(rig, says)).toMatchObject({ code: 0, cut: 'no' });
  });
});

type Become = () => Promise<void>;

/** How it ended when stopped after it had become a shell, which first does this and then works. */
async function stoppedAsAnother(
  rig: Rig,
  first: string,
  around = (become: Become): Promise<unknown> => become(),
): Promise<InstanceView['last_exit']> {
  const become = `os.execvp("sh", ["sh", "-c", "trap 'exit 0' TERM; ${first}: > works; while :; do sleep 0.05; done"])`;
  const script = idleThen(`signal.signal(signal.SIGHUP, lambda *_: ${become})\nwhile True: time.sleep(1)`);
  rig.list([{ name: 'p', script: rig.file('work', script.replace('signal.SIG_IGN', 'signal.SIG_DFL')) }]);
  await rig.start();
  await rig.until('p', 'is idle', ({ busy, state }) => busy === false && state === 'running');
  await around(async () => {
    await rig.run('signal', 'HUP', 'p');
    await waitUntil('it is another program', () => made(rig, 'works'));
  });
  await rig.ask('stop', { names: ['p'], wait: true, now: false });
  return (await rig.instance('p')).last_exit;
}

test('who dies between two supervisors, of which the first has handed on, has taken unread words along: unknown', async ({
  rig,
}) => {
  const stage = await rig.stage();
  // Another one lives on: otherwise the list would start anew.
  rig.list([
    { name: 'p', script: PUPPET, cwd: '.' },
    { name: 'q', shell: 'exec sleep 1000' },
  ]);
  const supervise = await rig.start();
  const daemon = await stage.enter('p');
  await daemon.say('BUSY=1');
  await daemon.say('IDLE=1');
  await untilSaved(rig, 'p', 'is idle', ({ state }) => 'run' in state && state.run.talk.last === 'IDLE');
  await kill(supervise);
  await daemon.say('BUSY=1');
  await daemon.die('SIGKILL');
  await changeState(rig, (state) => ({ ...state, left: 'handed-on' }));
  await rig.start();
  const { words } = await rig.event('p', /died|ended/);
  expect(words).toContain('some of its reports were lost');
  expect((await rig.instance('p')).last_exit).toMatchObject({ cut: 'unknown' });
});

const made = (rig: Rig, name: string): boolean => existsSync(path.join(rig.work, name));
