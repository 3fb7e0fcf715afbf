import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { need } from '../support/needs.ts';
import { as, belongsTo, otherUsers } from '../support/other-users.ts';
import { isAlive, send } from '../support/processes.ts';
import { test, type Rig } from '../support/supervise.ts';
import { waitUntil } from '../support/wait-for.ts';

const UID = 41_330;
const python = need('python3', 'python3');

describe.skipIf(otherUsers.missing || python.missing)(
  `a process that has become another user (sudo, a setuid program) refuses the signals of a plain user: that is said, with what ends it${otherUsers.note}${python.note}`,
  () => {
    test('the main process, also by the supervisor after a SIGKILL', async ({ rig, skip }) => {
      if (!becomesRoot(rig)) skip('set-user-ID programs do nothing on this mount');
      rig.list([{ name: 'p', command: ['./as-root', 'work.py'], stop: '100ms' }]);
      const first = await rig.start([], { under: as(UID, UID) });
      const pid = await rootAt(rig);
      first.signal('SIGTERM');
      expect((await rig.event('p', /could not be sent/)).words).toBe(wordsOf('TERM', pid));
      expect((await rig.instance('p')).words).toBe(
        `SIGTERM refused: pid ${pid} runs as another user (uid 0), and only root or that user may end it`,
      );
      expect((await rig.run('why', 'p')).out).toContain(`SIGTERM was refused: pid ${pid} runs as another user`);
      await first.says(/p 5 SIGKILLs have not ended it\..* or may not be signalled by us: supervise logs p --events/);
      const events = await rig.events();
      const seqOf = (words: string): number => events.find((event) => event.words.includes(words))?.seq ?? 0;
      expect(seqOf('could not be sent')).toBeGreaterThan(seqOf('draining: sent SIGTERM'));
      // Once per run, however often SIGKILL is sent.
      expect(events.filter(({ words }) => words.includes('could not be sent'))).toHaveLength(1);
      first.signal('SIGKILL');
      await first.ended;
      const second = await rig.start([], { under: as(UID, UID) });
      await second.says(wordsOf('KILL', pid));
      expect(isAlive(pid)).toBe(true);
      send(pid, 'SIGKILL');
      await waitUntil('it has gone', () => !isAlive(pid));
      second.signal('SIGTERM');
      await second.ended;
    });

    test('what it has left behind', async ({ rig, skip }) => {
      if (!becomesRoot(rig)) skip('set-user-ID programs do nothing on this mount');
      rig.list([{ name: 'p', shell: './as-root work.py & until [ -s root ]; do sleep 0.05; done', restart: 'never' }]);
      const supervise = await rig.start([], { under: as(UID, UID) });
      const pid = await rootAt(rig);
      expect((await rig.event('p', /could not be sent/)).words).toBe(wordsOf('TERM', pid));
      send(pid, 'SIGKILL');
      // Its list has nothing more to do.
      expect(await supervise.ended).toMatchObject({ code: 0 });
    });
  },
);

const wordsOf = (signal: string, pid: number): string =>
  `SIG${signal} could not be sent: pid ${pid} runs as another user (uid 0), and only root or that user may end it: sudo kill -${signal} ${pid}`;

const WORK = `import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.setuid(0)
with open("root", "w") as ledger: ledger.write(f"{os.getpid()}\\n")
while True: time.sleep(0.05)
`;

/** Makes a program that becomes root whoever starts it, in a folder for this user only. false: this mount does not allow it. */
function becomesRoot(rig: Rig): boolean {
  belongsTo(rig, UID);
  rig.file('work.py', WORK);
  const program = path.join(rig.work, 'as-root');
  copyFileSync(
    realpathSync(execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim()),
    program,
  );
  chmodSync(program, 0o4755);
  const [setpriv = '', ...rest] = as(UID, UID);
  return (
    execFileSync(setpriv, [...rest, program, '-c', 'import os; print(os.geteuid())'], { encoding: 'utf8' }) === '0\n'
  );
}

/** The pid of the process that is root by now; it is gone when the test is over. */
async function rootAt(rig: Rig): Promise<number> {
  await waitUntil('it is root', () => rig.read('root').endsWith('\n'));
  const pid = Number(readFileSync(path.join(rig.work, 'root'), 'utf8'));
  rig.closers.push(() => {
    send(pid, 'SIGKILL');
  });
  return pid;
}
