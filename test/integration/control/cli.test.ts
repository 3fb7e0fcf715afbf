import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { fail, ok } from '../../../src/base/result.ts';
import { need } from '../../support/needs.ts';
import { deed, exit, fakeApi, instance, OLD_PLAN, serveFake, statusOf, tempFolder } from '../../support/fake-api.ts';

interface Outcome {
  code: number | null;
  out: string;
  err: string;
}

const python = need('python3', 'python3');
/** Runs the command with a terminal that has been closed as its stdout. */
const HANG_UP = `import os, sys
there, here = os.openpty()
os.close(there)
os.dup2(here, 1)
os.execv(sys.argv[1], sys.argv[1:])`;
const STDOUTS = {
  'full disk': '/dev/full',
  // A regular file whose first page nobody can write: EIO, as from a disk that breaks.
  'broken disk': '/proc/self/mem',
} as const;

/** Runs the program in an empty folder; its stdout may end early, or take nothing. */
async function supervise(
  args: string[],
  cwd?: string,
  stdout: 'read' | 'close' | 'hung up' | keyof typeof STDOUTS = 'read',
): Promise<Outcome> {
  const folder = cwd ?? (await tempFolder());
  const file = stdout === 'full disk' || stdout === 'broken disk' ? openSync(STDOUTS[stdout], 'r+') : null;
  const argv = [process.execPath, inject('program'), ...args];
  const [program = '', ...rest] = stdout === 'hung up' ? ['python3', '-c', HANG_UP, ...argv] : argv;
  const child = spawn(program, rest, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, XDG_STATE_HOME: folder, PWD: folder },
    stdio: ['pipe', file ?? 'pipe', 'pipe'],
  });
  if (file !== null) closeSync(file);
  onTestFinished(() => void child.kill('SIGKILL'));
  const outcome: Outcome = { code: null, out: '', err: '' };
  child.stderr?.on('data', (chunk: Buffer) => (outcome.err += chunk.toString()));
  if (stdout === 'close') child.stdout?.once('data', () => child.stdout?.destroy());
  else child.stdout?.on('data', (chunk: Buffer) => (outcome.out += chunk.toString()));
  outcome.code = await new Promise((resolve) => child.once('close', resolve));
  return outcome;
}

test('without a supervisor: exit 3, the empty shape as JSON, and how to start', async () => {
  const folder = await tempFolder();
  const outcome = await supervise(['status', '--json', '--state-dir', folder]);
  expect(outcome.code).toBe(3);
  expect(outcome.out).toBe('{"supervisor":null,"instances":[],"resources":[]}\n');
  expect(outcome.err).toContain('supervise start');
});

test('status, its JSON, and --check', async () => {
  const view = statusOf([instance({ id: 'photos', flags: ['looping'] })]);
  const trouble = { ...view, supervisor: view.supervisor && { ...view.supervisor, check: 'trouble' as const } };
  const { folder } = await serveFake(fakeApi({ status: () => Promise.resolve(ok(trouble)) }));
  const json = await supervise(['status', '--json', '--check', '--state-dir', folder]);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.out)).toEqual(trouble);
  const text = await supervise(['status', '--state-dir', folder]);
  expect(text.code).toBe(0);
  expect(text.out).toContain('photos  running');
  expect(text.out).not.toContain('\u001b');
});

test.each([
  [['status', '--json']],
  [['status', '--json', '--check']],
  [['status']],
  [['why', 'photos', '--json']],
  [['reload', '--dry-run', '--json']],
  [['signal', 'USR1', 'photos', '--json']],
  [['version', '--json']],
  [['check', '--json', '-f', 'nothing.yaml']],
  [['completion', 'bash']],
  [['help']],
])('an answer that cannot be written is told, and is no success: %j', async (args) => {
  const { folder } = await serveFake(fakeApi());
  const place = args[0] === 'completion' || args[0] === 'help' ? [] : ['--state-dir', folder];
  const { code, err } = await supervise([...args, ...place], undefined, 'full disk');
  expect(err).toContain('supervise: cannot write the output: ENOSPC');
  expect(code).toBe(args[0] === 'check' ? 2 : 1);
});

test.skipIf(python.missing)(`a terminal that has gone is no failure${python.note}`, async () => {
  const { folder } = await serveFake(fakeApi());
  expect(await supervise(['status', '--json', '--state-dir', folder], undefined, 'hung up')).toEqual({
    code: 0,
    out: '',
    err: '',
  });
});

test('a file that cannot be written is not taken for a terminal that has gone, though both say EIO', async () => {
  const { folder } = await serveFake(fakeApi());
  const { code, err } = await supervise(['status', '--json', '--state-dir', folder], undefined, 'broken disk');
  expect({ code, err }).toEqual({ code: 1, err: 'supervise: cannot write the output: EIO: i/o error, write\n' });
});

test('a stop shows whom it waits for, names what was cut, counts, and exits 1', async () => {
  let asked = 0;
  let finish = (): void => undefined;
  const api = fakeApi({
    status: () => {
      // The second picture has been asked for, so the first has been told.
      if (++asked === 2) finish();
      return Promise.resolve(ok(statusOf([instance({ state: 'draining', since: new Date().toISOString() })])));
    },
    stop: () =>
      new Promise((resolve) => {
        finish = () => {
          const ends = [{ id: 'photos', exit: exit({ cut: 'yes', words: 'SIGKILL after 60 s' }) }];
          resolve(ok(deed({ ends, boundary: 1, cut: 1 })));
        };
      }),
  });
  const { folder } = await serveFake(api);
  const outcome = await supervise(['stop', 'photos', '--state-dir', folder]);
  expect(outcome.err).toContain('waiting for 1: photos (as long as it takes');
  expect(outcome.out).toBe(
    'photos: an iteration was cut: SIGKILL after 60 s\nboundary 1 · ended by itself 0 · cut 1\n',
  );
  expect(outcome.code).toBe(1);
  expect(api.asked).toContainEqual({
    method: 'stop',
    ask: { names: ['photos'], wait: true, now: false, within_ms: null },
  });
});

test('what matches nothing is exit 2, in the words of the supervisor', async () => {
  const words = "there is no daemon 'phtos', did you mean 'photos'?";
  const { folder } = await serveFake(
    fakeApi({ restart: () => Promise.resolve(fail({ reason: 'no-match' as const, words })) }),
  );
  const outcome = await supervise(['restart', 'phtos', '--state-dir', folder]);
  expect(outcome).toEqual({ code: 2, out: '', err: `supervise: ${words}\n` });
});

test('logs | head ends quietly, with exit 0', async () => {
  const api = fakeApi({
    logs: (_ask, emit, end) =>
      new Promise((resolve) => {
        const timer = setInterval(() => {
          emit({ id: 'photos', at: null, stream: 'out', text: 'x'.repeat(1000) });
        }, 1);
        end.addEventListener('abort', () => {
          clearInterval(timer);
          resolve(ok({ notes: [] }));
        });
      }),
  });
  const { folder } = await serveFake(api);
  const outcome = await supervise(['logs', '-f', '--state-dir', folder], undefined, 'close');
  expect(outcome).toEqual({ code: 0, out: '', err: '' });
});

test('a pipe gets every line, raw, behind the name of its instance', async () => {
  const api = fakeApi({
    logs: (_ask, emit) => {
      for (let n = 0; n < 2000; n++) emit({ id: 'photos', at: null, stream: 'out', text: `\u001b[31m${n}` });
      return Promise.resolve(ok({ notes: ['a note'] }));
    },
  });
  const { folder } = await serveFake(api);
  const outcome = await supervise(['logs', '--state-dir', folder]);
  const lines = outcome.out.trimEnd().split('\n');
  expect(lines).toHaveLength(2000);
  expect(lines.at(-1)).toBe('photos | \u001b[31m1999');
  expect(outcome.err).toBe('supervise: a note\n');
});

test('a list without a supervisor is found by its folder, and a folder without a list is said', async () => {
  const folder = await tempFolder();
  expect(await supervise(['stop'], folder)).toMatchObject({ code: 2 });
  await writeFile(path.join(folder, 'daemons.yaml'), '- name: a\n  shell: sleep 1\n');
  expect(await supervise(['stop'], folder)).toMatchObject({ code: 3, out: '' });
});

test('the plan of a supervisor that knows no warnings is shown and carried out', async () => {
  const plan = { ...OLD_PLAN, added: ['mail'], starts: ['mail'], print: 77 };
  const api = fakeApi({
    plan: () => Promise.resolve(ok(plan)),
    reload: () => Promise.resolve(ok({ ...deed({ instances: ['mail'] }), plan })),
  });
  const { folder } = await serveFake(api);
  const dry = await supervise(['reload', '--dry-run', '--state-dir', folder]);
  expect(dry).toMatchObject({ code: 0, err: '', out: expect.stringContaining('+ mail') as string });
  const done = await supervise(['reload', '--state-dir', folder]);
  expect(done).toMatchObject({ code: 0, out: expect.stringContaining('+ mail') as string });
});
