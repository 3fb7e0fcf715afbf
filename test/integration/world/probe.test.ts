/** Real probes: each has its answer within its time, whatever happens to what it has begun. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { probeOnce } from '../../../src/supervisor/world/probe.ts';
import { isAlive, send, withEnvironmentLine } from '../../support/processes.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { waitUntil } from '../../support/wait-for.ts';

/** Carried by everything that the probes of this file leave behind. */
const MARK = `PROBE_TEST=${process.pid}`;
const left = (): readonly number[] => withEnvironmentLine(MARK).map(({ pid }) => pid);
afterEach(() => {
  for (const pid of left()) send(pid, 'SIGKILL');
});

const environment = (PATH = process.env.PATH ?? ''): Record<string, string> => ({
  PATH,
  PROBE_TEST: String(process.pid),
});
/** `timeoutMs`: so long that the test would fail if it were waited for. */
const LONG_MS = 600_000;

const sh = (line: string, timeoutMs = LONG_MS, folder = '/'): Promise<string | null> =>
  probeOnce({ probe: { kind: 'exec', argv: ['sh', '-c', line] }, timeoutMs }, { folder, environment: environment() });

describe('exec', () => {
  test.each([
    ['in a session of its own', 'setsid sleep 1000 & exit 0'],
    ['of its own session', 'sleep 1000 & exit 0'],
  ])('a helper %s keeps its pipe open: its exit is the answer', async (_, line) => {
    expect(await sh(line)).toBeNull();
    expect(await sh(line.replace('exit 0', 'echo "too many" >&2; exit 3'))).toBe('sh: exit 3: too many');
  });

  test('that says a lot, and exits with 0, is up', async () => {
    expect(await sh('head -c 100000 /dev/zero | tr "\\0" x >&2')).toBeNull();
  });

  test('that takes too long is killed with all of its session, process groups of their own too', async () => {
    const answer = sh('set -m; trap "" TERM; sleep 1000 & sleep 1000 & wait; wait', 300);
    await waitUntil(
      'all are there',
      () => withEnvironmentLine(MARK).filter(({ command }) => command === 'sleep 1000').length === 2,
    );
    expect(await answer).toBe('no answer within 300ms');
    await waitUntil('nobody is left', () => left().length === 0);
  });

  test.each([
    ['./nowhere', './nowhere cannot be run: it does not exist'],
    ['/etc/passwd', '/etc/passwd cannot be run: Permission denied'],
    ['false', 'false: exit 1'],
  ])('%s: %s', async (file, words) => {
    const around = { folder: '/', environment: { ...environment(), LC_ALL: 'C' } };
    expect(await probeOnce({ probe: { kind: 'exec', argv: [file] }, timeoutMs: LONG_MS }, around)).toBe(words);
  });

  test('that is asked when its supervisor is killed ends at its time limit all the same', async () => {
    const module = path.resolve('src/supervisor/world/probe.ts');
    const probe = { probe: { kind: 'exec', argv: ['sh', '-c', 'trap "" TERM; sleep 1000; true'] }, timeoutMs: 1_000 };
    const program = `import { probeOnce } from ${JSON.stringify(module)};
      void probeOnce(${JSON.stringify(probe)}, ${JSON.stringify({ folder: '/', environment: environment() })});`;
    const asking = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: 'inherit',
    });
    onTestFinished(() => void asking.kill('SIGKILL'));
    await waitUntil('it is asked', () => withEnvironmentLine(MARK).some(({ command }) => command === 'sleep 1000'));
    asking.kill('SIGKILL');
    await once(asking, 'exit');
    await waitUntil('nobody is left', () => left().length === 0);
  });
});

describe('http', () => {
  /** Says this to every client, and no more; the URL with a login and a query. */
  async function says(answer: string): Promise<{ readonly url: string; readonly host: string }> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => void socket.write(answer));
    });
    onTestFinished(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const host = `127.0.0.1:${port}`;
    return { host, url: `http://me:secret@${host}/health?token=secret&other` };
  }
  const ask = (url: string, timeoutMs = LONG_MS): Promise<string | null> =>
    probeOnce({ probe: { kind: 'http', url }, timeoutMs }, { folder: '/', environment: environment() });

  test.each([
    ['101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade', 101],
    ['500 Internal Server Error\r\nContent-Length: 0', 500],
  ])('that answers %j is down, and its words have no password and no token', async (head, code) => {
    const { url, host } = await says(`HTTP/1.1 ${head}\r\n\r\n`);
    expect(await ask(url)).toBe(`http://${host}/health answers ${code}`);
  });

  test('that answers half of it is asked no longer than its time', async () => {
    const { url } = await says('HTTP/1.1 200 OK\r\n');
    expect(await ask(url, 200)).toBe('no answer within 200ms');
  });
});

describe('file', () => {
  const look = (file: string, timeoutMs = LONG_MS, PATH?: string): Promise<string | null> =>
    probeOnce({ probe: { kind: 'file', path: file }, timeoutMs }, { folder: '/', environment: environment(PATH) });

  test('says what is there, what is not, and what leads nowhere', async () => {
    const folder = tempDir();
    const at = (name: string): string => path.join(folder, name);
    writeFileSync(at('there: yes'), '');
    symlinkSync(at('loop'), at('loop'));
    symlinkSync(at('gone'), at('dangling'));
    expect(await look(at('there: yes'))).toBeNull();
    for (const name of ['gone', 'dangling', 'there: yes/below'])
      expect(await look(at(name))).toBe(`${at(name)} is not there`);
    expect(await look(at('loop'))).toBe(`${at('loop')} cannot be looked at: Too many levels of symbolic links`);
  });

  test('on a mount that does not answer: it is a process that hangs, and is ended; none of our threads', async () => {
    const folder = tempDir();
    // Anything that looks hangs, as on such a mount.
    writeFileSync(path.join(folder, 'stat'), '#!/bin/sh\necho $$ >> "$0.pids"\nexec sleep 1000\n', { mode: 0o755 });
    const pids = (): readonly number[] =>
      readFileSync(path.join(folder, 'stat.pids'), 'utf8').trim().split('\n').map(Number);
    for (let asked = 0; asked < 5; asked++) {
      expect(await look('/mnt/x', 400, `${folder}:${process.env.PATH ?? ''}`)).toBe('no answer within 400ms');
      // A process that dies slowly counts as hanging, and is reported as such.
      await waitUntil('nobody is left', () => !pids().some(isAlive));
    }
    expect(pids()).toHaveLength(5);
  });
});
