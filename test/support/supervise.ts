/** The built program, in a separate folder for each test; whatever it started is gone when the test is over. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inject, test as base } from 'vitest';
import { connect } from '../../src/control/client.ts';
import type { AskOf, CallName, Results } from '../../src/control/protocol.ts';
import type { EventView, InstanceView, StatusView } from '../../src/control/view.ts';
import { send, withCommand, withEnvironmentLine } from './processes.ts';
import { openStage, type Stage } from './puppet.ts';
import { waitFor, waitUntil } from './wait-for.ts';

export interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

export interface HowToRun {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What runs it, in the same process: `['prlimit', '--nofile=60']`. */
  readonly under?: readonly string[];
  /** Another copy of the program. */
  readonly program?: string;
}

/** One process of the program. */
export class Program {
  readonly pid: number;
  readonly ended: Promise<Outcome>;
  out = '';
  err = '';
  over = false;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.err += text));
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        this.over = true;
        resolve({ code, signal, out: this.out, err: this.err });
      });
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until it has printed this; an end before that is a failure. */
  async says(what: string | RegExp): Promise<void> {
    const has = (): boolean => (typeof what === 'string' ? this.#all().includes(what) : what.test(this.#all()));
    const met = (): boolean => has() || this.over;
    await waitFor(`supervise says ${String(what)}`, () => this.#all(), met);
    if (!has()) throw new Error(`supervise has ended without saying ${String(what)}:\n${this.#all()}`);
  }

  /** Closes our end of its stdout, as `| head` does. */
  stopReading(): void {
    this.#child.stdout?.destroy();
  }

  #all(): string {
    return this.out + this.err;
  }
}

export class Rig {
  readonly folder: string;
  /** The state folder. */
  readonly state: string;
  /** The folder of the list and of its daemons. */
  readonly work: string;
  readonly home: string;
  readonly programs: Program[] = [];
  /** What else has to be ended when the test is over. */
  readonly closers: (() => void)[] = [];
  #stage: Stage | null = null;

  constructor(folder: string) {
    this.folder = folder;
    this.state = path.join(folder, 'state');
    this.work = path.join(folder, 'work');
    this.home = path.join(folder, 'home');
    for (const made of [this.work, this.home]) mkdirSync(made);
  }

  /** Writes the list, a JavaScript value (JSON is YAML). Returns its file. */
  list(value: unknown): string {
    return this.file('daemons.yaml', JSON.stringify(value, null, 2));
  }

  /** Writes a file in the work folder; one that begins with `#!` is executable. */
  file(name: string, text: string): string {
    const file = path.join(this.work, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    if (text.startsWith('#!')) chmodSync(file, 0o755);
    return file;
  }

  /** The content of a file in the work folder; empty if there is none. */
  read(name: string): string {
    const file = path.resolve(this.work, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** A file in the logs folder, such as `photos.log`; empty if there is none. */
  log(file: string): string {
    return this.read(path.join(this.state, 'logs', file));
  }

  /** Where the puppets of the work folder appear. */
  async stage(): Promise<Stage> {
    return (this.#stage ??= await openStage(this.work));
  }

  /** Runs a command of the program. */
  launch(args: readonly string[], how: HowToRun = {}): Program {
    const { env = {}, cwd = this.work, under = [], program: main = inject('program') } = how;
    const [file = '', ...rest] = [...under, process.execPath, main, ...args];
    const child = spawn(file, rest, {
      cwd,
      env: { ...this.environment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const program = new Program(child);
    this.programs.push(program);
    return program;
  }

  environment(): Record<string, string | undefined> {
    const { PATH, LANG, PYENV_ROOT } = process.env;
    return { PATH, LANG, PYENV_ROOT, HOME: this.home, SUPERVISE_STATE_DIR: this.state };
  }

  /** Starts the supervisor and waits until it supervises. */
  async start(args: readonly string[] = [], how: HowToRun = {}): Promise<Program> {
    const program = this.launch(['start', ...args], how);
    await program.says(/instances?, pid \d+/);
    return program;
  }

  /** Runs a command to its end. */
  run(...args: readonly string[]): Promise<Outcome> {
    return this.launch(args).ended;
  }

  /** Asks the supervisor over its socket, without the cost of a command. */
  async ask<M extends CallName>(method: M, what: AskOf<M>): Promise<Results[M]> {
    const client = await connect(this.state);
    if (!client.ok) throw new Error(client.error.words);
    const result = await client.value.call(method, what, { timeoutMs: 20_000 });
    client.value.close();
    if (!result.ok) throw new Error(result.error.words);
    return result.value;
  }

  status(): Promise<StatusView> {
    return this.ask('status', { names: [], runs: true });
  }

  async instance(id: string): Promise<InstanceView> {
    const found = (await this.status()).instances.find((instance) => instance.id === id);
    if (found === undefined) throw new Error(`there is no instance ${id}`);
    return found;
  }

  /** Waits until an instance satisfies `met`. */
  until(id: string, what: string, met: (instance: InstanceView) => boolean): Promise<InstanceView> {
    return waitFor(`${id} ${what}`, () => this.instance(id), met);
  }

  untilState(id: string, state: InstanceView['state']): Promise<InstanceView> {
    return this.until(id, `is ${state}`, (instance) => instance.state === state);
  }

  /** Everything that happened so far. */
  async events(): Promise<readonly EventView[]> {
    const client = await connect(this.state);
    if (!client.ok) throw new Error(client.error.words);
    const events: EventView[] = [];
    const take = (item: object): void => {
      if ('seq' in item) events.push(item as EventView);
    };
    await client.value.stream('events', { since: 0, follow: false }, take, new AbortController().signal);
    client.value.close();
    return events;
  }

  /** Waits for an event of an instance (null: of the supervisor) with these words. */
  async event(id: string | null, words: RegExp): Promise<EventView> {
    const seen = (): Promise<readonly EventView[]> => this.events();
    const isIt = (event: EventView): boolean => event.id === id && words.test(event.words);
    const found = (await waitFor(`the event ${String(words)} of ${String(id)}`, seen, (all) => all.some(isIt))).find(
      isIt,
    );
    if (found === undefined) throw new Error('waited for nothing');
    return found;
  }

  /** Living processes started by a supervisor of this rig. */
  daemons(): ReturnType<typeof withEnvironmentLine> {
    return withEnvironmentLine(`SUPERVISE_FOLDER=${this.state}`);
  }

  /** The guards of detached supervisors. */
  guards(): readonly number[] {
    return withEnvironmentLine(`SUPERVISE_GUARDS=${this.state}`).map(({ pid }) => pid);
  }

  /** The detached supervisors. */
  supervisors(): readonly number[] {
    return withCommand(['start', '--state-dir', this.state]);
  }

  /** Ends what is running. Whatever lives on without a supervisor is ended too, and fails the test. */
  async close(): Promise<void> {
    const running = this.programs.filter(({ over }) => !over);
    if (running.length + this.guards().length + this.supervisors().length > 0)
      await this.ask('shutdown', { now: true, wait: true }).catch(() => undefined); // Or none is running.
    // First those that are about to start one again.
    for (const pid of this.guards()) send(pid, 'SIGTERM');
    const late = setTimeout(() => {
      for (const program of running) program.signal('SIGKILL');
    }, 5_000);
    await Promise.all(running.map(({ ended }) => ended));
    clearTimeout(late);
    await waitUntil('nobody detached is left', () => this.guards().length + this.supervisors().length === 0).catch(
      () => {
        for (const pid of [...this.guards(), ...this.supervisors()]) send(pid, 'SIGKILL');
      },
    );
    for (const close of this.closers) close();
    const left = this.daemons();
    for (const { pid } of left) send(pid, 'SIGKILL');
    this.#stage?.close();
    rmSync(this.folder, { recursive: true, force: true });
    if (left.length > 0)
      throw new Error(
        `the test left processes behind: ${left.map((each) => `${each.pid} (${each.command})`).join(', ')}`,
      );
  }

  /** What a failing test should show. */
  report(): string {
    return this.programs.map(({ pid, out, err }) => `supervise ${pid}\n${out}${err}`).join('\n---\n');
  }
}

/** `test` with a rig of its own for each test. */
export const test = base.extend<{ rig: Rig }>({
  rig: async ({ onTestFailed }, use) => {
    const rig = new Rig(mkdtempSync(path.join(inject('root'), 't-')));
    onTestFailed(() => {
      process.stderr.write(`${rig.report()}\n`);
    });
    await use(rig);
    await rig.close();
  },
});
