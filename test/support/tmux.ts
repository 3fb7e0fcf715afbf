/** A real terminal: tmux with its own server, in which the program runs. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, inject } from 'vitest';
import { need } from './needs.ts';
import { send } from './processes.ts';
import type { Rig } from './supervise.ts';
import { waitFor, waitUntil } from './wait-for.ts';

export const tmux = need('tmux', 'tmux');

/** Longer than the gap up to which the screen takes keys for a paste (20 ms). */
const HAND_PAUSE_MS = 50;

export interface PaneOptions {
  readonly width?: number;
  readonly height?: number;
  /** Set only for the program: `TERM=dumb`. */
  readonly env?: readonly string[];
  /** Below a shell in which jobs can be stopped and continued. The program is typed; so is what follows. */
  readonly jobs?: boolean;
  /** Runs this in the terminal instead of the program. */
  readonly instead?: string;
}

/** The modes of a terminal that a program may leave behind. */
export interface Modes {
  readonly alternate: boolean;
  readonly cursor: boolean;
  readonly mouse: boolean;
  /** Cursor keys and number pad in application mode. */
  readonly keypad: boolean;
}

/** The modes in which a shell leaves a terminal. */
export const PLAIN: Modes = { alternate: false, cursor: true, mouse: false, keypad: false };

export class Pane {
  readonly #socket: string;
  readonly #rig: Rig;

  /** Runs the program in a new terminal, below a shell, as users do. */
  constructor(rig: Rig, args: readonly string[], options: PaneOptions = {}) {
    const { width = 100, height = 30, env = [], jobs = false } = options;
    this.#rig = rig;
    this.#socket = path.join(rig.folder, `tmux${String(rig.closers.length)}`);
    rig.closers.push(() => {
      this.close();
    });
    const words = [...(env.length > 0 ? ['env', ...env] : []), process.execPath, inject('program'), ...args];
    const program = words.map((word) => `'${word}'`).join(' ');
    // The shell outlives a Ctrl-C meant for the program, and records its end and the terminal before and after; then it stays, since a
    // terminal whose program has ended shows no modes.
    const script = `trap : INT; stty -g >before; ${program}; echo $? >exit; stty -g >after; read -r end`;
    const size = ['-x', String(width), '-y', String(height)];
    const start = ['-u', '-f', '/dev/null', 'new-session', '-d', ...size, '-c', rig.work];
    // The test decides about colours, not whoever started it.
    const bare = { NO_COLOR: undefined, FORCE_COLOR: undefined };
    const shown = { TERM: 'xterm', SHELL: '/bin/sh', PS1: '$ ', ENV: '' };
    const environment = { ...process.env, ...rig.environment(), ...bare, ...shown };
    const shell = options.instead ?? (jobs ? 'exec /bin/sh -i' : script);
    execFileSync('tmux', ['-S', this.#socket, ...start, shell], { env: environment });
    if (jobs) this.type(`stty -g >before; clear; ${program}\n`);
  }

  /** Presses keys, named as in tmux: `C-c`. First a pause: no hand is as fast as a test that has seen the last key take effect. */
  press(...keys: readonly string[]): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HAND_PAUSE_MS);
    this.tmux('send-keys', ...keys);
  }

  /** Types a text, letter by letter. */
  type(text: string): void {
    this.tmux('send-keys', '-l', text);
  }

  /** Pastes a text; `told`: like a terminal that announces pastes to programs that asked for it. */
  paste(text: string, told: boolean): void {
    this.tmux('set-buffer', '--', text);
    this.tmux('paste-buffer', ...(told ? ['-p'] : []));
  }

  resize(width: number, height: number): void {
    this.tmux('resize-window', '-x', String(width), '-y', String(height));
  }

  /** The terminal accepts nothing until the returned function is called, like one behind a hanging line. */
  freeze(): () => void {
    const server = Number(this.show('#{pid}'));
    const thaw = (): void => {
      send(server, 'SIGCONT');
    };
    this.#rig.closers.unshift(thaw);
    send(server, 'SIGSTOP');
    return thaw;
  }

  /** Everything that is and was on the screen. */
  screen(): string {
    return this.tmux('capture-pane', '-p', '-J', '-S', '-');
  }

  /** What is visible now, one line per row. */
  rows(): readonly string[] {
    return this.tmux('capture-pane', '-p').split('\n').slice(0, -1);
  }

  /** The same with colours. */
  coloured(): string {
    return this.tmux('capture-pane', '-p', '-e');
  }

  modes(): Modes {
    const names = ['alternate_on', 'cursor_flag', 'mouse_any_flag', 'keypad_cursor_flag', 'keypad_flag'];
    const [alternate, cursor, mouse, keypad, pad] = this.show(names.map((name) => `#{${name}}`).join(' '))
      .split(' ')
      .map((flag) => flag === '1');
    return {
      alternate: alternate === true,
      cursor: cursor === true,
      mouse: mouse === true,
      keypad: keypad === true || pad === true,
    };
  }

  show(format: string): string {
    return this.tmux('display-message', '-p', format).trimEnd();
  }

  /** The process of the program. */
  get pid(): number {
    const shell = this.show('#{pane_pid}');
    return Number(readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').split(' ')[0]);
  }

  async shows(what: string | RegExp): Promise<string> {
    const met = (text: string): boolean => (typeof what === 'string' ? text.includes(what) : what.test(text));
    return waitFor(`the screen shows ${String(what)}`, () => this.screen(), met);
  }

  /** Waits until what is visible satisfies `met`. */
  async until(what: string, met: (rows: readonly string[]) => boolean): Promise<readonly string[]> {
    return waitFor(`the terminal ${what}`, () => this.rows(), met);
  }

  /** The same with its colours: a picture may reach the terminal in parts, the words before their colour. */
  async untilColoured(what: string, met: (text: string) => boolean): Promise<void> {
    await waitFor(`the terminal ${what}`, () => this.coloured(), met);
  }

  /** Waits for the end of the program; returns its exit code. */
  async ended(): Promise<number> {
    const look = (): string => this.#rig.read('exit');
    return Number(await waitFor('the program in the terminal has ended', look, (text) => text.endsWith('\n')));
  }

  /** Closes the terminal, like a person closing a window. */
  close(): void {
    spawnSync('tmux', ['-S', this.#socket, 'kill-server']);
  }

  tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, ...args], { encoding: 'utf8' });
  }
}

/** The terminal is as it was, and the shell's output is where it is expected. */
export async function expectWhole(rig: Rig, pane: Pane): Promise<void> {
  await waitFor(
    'the terminal is as it was',
    () => pane.modes(),
    (modes) => JSON.stringify(modes) === JSON.stringify(PLAIN),
  );
  await waitUntil('the shell has looked', () => rig.read('after') !== '');
  expect(rig.read('after')).toBe(rig.read('before'));
}

/** A bug that shows when the program receives SIGUSR2. */
export const planted = (bug: string): readonly string[] => [
  `NODE_OPTIONS=--import data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => { ${bug} })`).replaceAll("'", '%27')}`,
];

/** A way out, or something done to a terminal. */
export type Act = (pane: Pane) => void;

export const pressing =
  (key: string): Act =>
  (pane) => {
    pane.press(key);
  };
export const sending =
  (signal: NodeJS.Signals): Act =>
  (pane) => {
    send(pane.pid, signal);
  };
