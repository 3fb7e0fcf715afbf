/** The whole program and a NOTIFY_SOCKET, without systemd: a script of ours reads it. */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, inject } from 'vitest';
import { need, koffi } from '../../support/needs.ts';
import { test, type Program, type Rig } from '../../support/supervise.ts';
import { waitFor } from '../../support/wait-for.ts';

const python = need('python3', 'python3');
const command = need('systemd-notify', 'systemd');
const SCRIPT = path.resolve(import.meta.dirname, '../../fixtures/notify-socket.py');

interface Message {
  readonly pid: number;
  readonly text: string;
}

/** The other end of a NOTIFY_SOCKET. */
class Manager {
  readonly messages: Message[] = [];
  readonly address: string;
  readonly #rig: Rig;

  constructor(rig: Rig, address: string) {
    this.#rig = rig;
    this.address = address;
  }

  async open(...how: readonly string[]): Promise<void> {
    const child = spawn('python3', [SCRIPT, this.address, ...how], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#rig.closers.push(() => child.kill('SIGKILL'));
    let isBound = false;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = JSON.parse(line) as Message & { readonly bound?: string };
      if (message.bound === undefined) this.messages.push(message);
      else isBound = true;
    });
    await waitFor('the socket is bound', () => isBound, Boolean);
  }

  /** Waits for a message that has this line. */
  async hears(line: string): Promise<Message> {
    const find = (): Message | undefined => this.messages.find(({ text }) => text.split('\n').includes(line));
    await waitFor(
      `systemd hears ${line}`,
      () => this.messages,
      () => find() !== undefined,
    );
    const found = find();
    if (found === undefined) throw new Error('waited for nothing');
    return found;
  }
}

const listOf = (rig: Rig): unknown => rig.list([{ name: 'p', command: ['sleep', '1000'], ready: '10ms' }]);

const end = async (program: Program): Promise<void> => {
  program.signal('SIGTERM');
  expect((await program.ended).code).toBe(0);
};

/** A copy of the program that finds no packages beside it. */
let bare: string;
beforeAll(() => {
  bare = mkdtempSync(path.join(tmpdir(), 'sv-'));
  cpSync(path.dirname(inject('program')), path.join(bare, 'cli'), { recursive: true });
});
afterAll(() => {
  rmSync(bare, { recursive: true, force: true });
});

describe.skipIf(python.missing)(`NOTIFY_SOCKET${python.note}`, () => {
  test.for(['a path', 'an abstract name'])('%s: the supervisor tells in its own name', async (kind, { rig }) => {
    listOf(rig);
    const manager = new Manager(
      rig,
      kind === 'a path' ? path.join(rig.folder, 'n') : `@sv-${path.basename(rig.folder)}`,
    );
    await manager.open();
    const program = await rig.start([], { env: { NOTIFY_SOCKET: manager.address } });
    expect(await manager.hears('READY=1')).toEqual({ pid: program.pid, text: 'READY=1\nSTATUS=0 of 0 ready' });
    expect(await manager.hears('STATUS=1 of 1 ready')).toMatchObject({ pid: program.pid });
    await end(program);
    const stop = await manager.hears('STOPPING=1');
    expect(stop).toEqual({
      pid: program.pid,
      text: 'STOPPING=1\nEXTEND_TIMEOUT_USEC=30000000\nSTATUS=stopping, 1 left: p',
    });
    expect(manager.messages.filter(({ text }) => text.includes('WATCHDOG'))).toEqual([]);
  });

  test.skipIf(command.missing)(`without koffi: systemd-notify tells${command.note}`, async ({ rig }) => {
    listOf(rig);
    const manager = new Manager(rig, path.join(rig.folder, 'n'));
    await manager.open();
    const program = await rig.start([], {
      env: { NOTIFY_SOCKET: manager.address },
      program: path.join(bare, 'cli/main.js'),
    });
    const ready = await manager.hears('READY=1');
    // Only root may speak in the name of another.
    if (process.getuid?.() === 0) expect(ready.pid).toBe(program.pid);
    await manager.hears('STATUS=1 of 1 ready');
    await end(program);
    await manager.hears('STOPPING=1');
    expect(program.out.match(/koffi is not there/g)).toHaveLength(1);
  });

  test.for([
    ['koffi', 'a full queue that nobody reads', 'EAGAIN'],
    ['koffi', 'a socket that has gone', 'ENOENT'],
    ['no koffi', 'a socket that has gone', 'No such file or directory'],
  ] as const)(
    '%s: %s neither holds up nor ends a supervisor, and is told of once',
    async ([way, kind, words], { rig, skip }) => {
      skip(way === 'koffi' && koffi.missing, `koffi${koffi.note}`);
      listOf(rig);
      const manager = new Manager(rig, path.join(rig.folder, 'n'));
      if (kind === 'a full queue that nobody reads') await manager.open('full');
      const how = way === 'koffi' ? {} : { program: path.join(bare, 'cli/main.js') };
      const program = await rig.start([], { env: { NOTIFY_SOCKET: manager.address }, ...how });
      await program.says(words);
      await rig.untilState('p', 'running');
      await rig.ask('restart', { names: ['p'], wait: true });
      expect((await rig.status()).supervisor?.problems).toEqual([expect.stringContaining(words)]);
      await end(program);
      expect(program.out.split(words)).toHaveLength(2);
    },
  );

  test.skipIf(koffi.missing)(`a socket that comes late gets what still holds${koffi.note}`, async ({ rig }) => {
    listOf(rig);
    const manager = new Manager(rig, path.join(rig.folder, 'n'));
    const program = await rig.start([], { env: { NOTIFY_SOCKET: manager.address } });
    await program.says('ENOENT');
    await manager.open();
    await manager.hears('READY=1');
    await program.says('works again');
    await end(program);
  });
});

test('without a NOTIFY_SOCKET koffi is not loaded', async ({ rig }) => {
  listOf(rig);
  const { pid } = await rig.start();
  expect(rig.read(`/proc/${pid}/maps`)).not.toContain('koffi');
});
