import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { bundled } from '../../support/bundled.ts';
import { need, type Need } from '../../support/needs.ts';

/** One way to run the puppet; every language passes the same cases. */
export interface Language {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly need: Need;
}

const puppet = (extension: string) => path.join(import.meta.dirname, 'puppets', `puppet.${extension}`);
const here: Need = { missing: false, note: '' };

export const languages: readonly Language[] = [
  {
    name: 'TypeScript',
    argv: [process.execPath, bundled(puppet('ts'))],
    need: here,
  },
  { name: 'PHP', argv: ['php', puppet('php')], need: need('php', 'php-cli') },
  { name: 'Python', argv: ['python3', puppet('py')], need: need('python3', 'python3') },
  { name: 'sh', argv: ['/bin/sh', puppet('sh')], need: here },
  { name: 'bash', argv: ['bash', puppet('sh')], need: need('bash', 'bash') },
];

export const shells = languages.filter((language) => language.argv.at(-1)?.endsWith('.sh'));

/** The loop is left, and no iteration is open any more: a shutdown that hangs cuts none. */
export const LEFT = ['IDLE=1', 'STOPPING=1'];
export const STOPPED = [...LEFT, 'EXIT_STATUS=0'];

export interface StartOptions {
  /** What descriptor 3 is: a FIFO that we read, a full one that nothing reads, or none at all. */
  readonly fd3?: 'read' | 'full' | 'none';
  readonly env?: Readonly<Record<string, string>>;
}

/** A daemon that runs, with the lines it has printed and the words it has said so far. */
export class Running {
  readonly out: string[] = [];
  readonly err: string[] = [];
  readonly words: string[] = [];
  /** The processes that said them. */
  readonly speakers: string[] = [];
  readonly ended: Promise<number | string | null>;
  readonly #child: ChildProcess;
  readonly #waiters = new Set<() => void>();
  readonly #ends: Promise<unknown>[];
  #over = false;

  constructor(child: ChildProcess, words: Readable | null) {
    this.#child = child;
    this.#ends = [
      this.#collect(child.stdout, this.out),
      this.#collect(child.stderr, this.err),
      this.#collect(words, this.words, this.speakers),
    ];
    const exit = new Promise<number | string | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        resolve(code ?? signal);
      });
    });
    this.ended = exit.then(async (code) => {
      await Promise.all(this.#ends);
      this.#over = true;
      this.#wake();
      return code;
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('it could not be started');
    return this.#child.pid;
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.#child.kill(signal)) throw new Error(`it has ended already; it printed ${JSON.stringify(this.out)}`);
  }

  /** Resolves when it has printed this line `times` times. */
  async prints(line: string, times = 1): Promise<void> {
    await this.#until(() => this.out.filter((printed) => printed === line).length >= times, `the line "${line}"`);
  }

  /** Resolves when it has said this word on descriptor 3. */
  async says(word: string): Promise<void> {
    await this.#until(() => this.words.includes(word), `the word ${word}`);
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    while (!condition()) {
      if (this.#over) throw new Error(`it ended without ${what}: ${JSON.stringify([this.out, this.words, this.err])}`);
      await new Promise<void>((resolve) => this.#waiters.add(resolve));
    }
  }

  async #collect(stream: Readable | null, into: string[], speakers = into): Promise<void> {
    if (stream === null) return;
    for await (const line of createInterface({ input: stream })) {
      (line.startsWith('SPEAKER=') ? speakers : into).push(line);
      this.#wake();
    }
  }

  #wake(): void {
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }
}

/** The folder of one test, and everything started in it. */
export class Rig {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'sdk-'));
  readonly #go = path.join(this.folder, 'go');
  readonly #children: ChildProcess[] = [];
  readonly #unread: number[] = [];
  #fifos = 0;

  start(language: Language, args: readonly string[], options: StartOptions = {}): Running {
    const [program, ...before] = language.argv;
    return this.command([program, ...before, ...args], options);
  }

  command(argv: readonly [string, ...string[]], { fd3 = 'read', env = {} }: StartOptions): Running {
    const fifo = fd3 === 'none' ? null : this.#makeFifo();
    if (fifo !== null && fd3 === 'full') this.#fill(fifo.write);
    const [program, ...args] = argv;
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe', fifo === null ? 'ignore' : fifo.write],
      env: { ...process.env, GO: this.#go, ...(fifo === null ? {} : { SUPERVISE_NOTIFY_FD: '3' }), ...env },
    });
    this.#children.push(child);
    if (fifo === null) return new Running(child, null);
    closeSync(fifo.write);
    if (fd3 === 'read') return new Running(child, new Socket({ fd: fifo.read, readable: true, writable: false }));
    this.#unread.push(fifo.read);
    return new Running(child, null);
  }

  /** Lets `work` and `slow-init` go on. */
  go(): void {
    writeFileSync(this.#go, '');
  }

  /** The contents of a FIFO that was started as `full`. */
  readRest(): string {
    const buffer = Buffer.alloc(1 << 20);
    const [fd] = this.#unread.splice(0, 1);
    if (fd === undefined) throw new Error('no full FIFO here');
    let text = '';
    for (;;) {
      const size = readSync(fd, buffer);
      if (size === 0) break;
      text += buffer.toString('utf8', 0, size);
    }
    closeSync(fd);
    return text;
  }

  close(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const fd of this.#unread) closeSync(fd);
    rmSync(this.folder, { recursive: true, force: true });
  }

  // As in the supervisor: two descriptions, so that the daemon's changes affect only its own, and it never blocks.
  #makeFifo(): { read: number; write: number } {
    const file = path.join(this.folder, `fd3-${++this.#fifos}`);
    spawnSync('mkfifo', [file]);
    const read = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    return { read, write: openSync(file, constants.O_RDWR | constants.O_NONBLOCK) };
  }

  #fill(fd: number): void {
    const line = Buffer.from(`${'x'.repeat(511)}\n`);
    try {
      for (;;) writeSync(fd, line);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}
