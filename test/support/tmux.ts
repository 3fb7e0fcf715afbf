/** A real terminal: tmux with a server of its own, in which the program runs. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, inject } from 'vitest';
import { need } from './needs.ts';
import { send } from './processes.ts';
import type { Rig } from './supervise.ts';
import { waitFor, waitUntil } from './wait-for.ts';

export const tmux = need('tmux', 'tmux');

/** Longer than the screen takes two keys for a paste (20 ms from one to the next). */
const HAND_PAUSE_MS = 50;

export interface PaneOptions {
  readonly width?: number;
  readonly height?: number;
  /** Set for the program alone: `TERM=dumb`. */
  readonly env?: readonly string[];
  /** Below a shell in which jobs can be stopped and continued. The program is typed; so is what comes after it. */
  readonly jobs?: boolean;
  /** This runs in the terminal, and not the program. */
  readonly instead?: string;
}

/** The modes of a terminal that a program may leave behind. */
export interface Modes {
  readonly alternate: boolean;
  readonly cursor: boolean;
  readonly mouse: boolean;
  /** Cursor keys and number pad as an application has them. */
  readonly keypad: boolean;
}

/** What a shell leaves a terminal in. */
export const PLAIN: Modes = { alternate: false, cursor: true, mouse: false, keypad: false };

export class Pane {
  readonly #socket: string;
  readonly #rig: Rig;

  /** Runs the program in a new terminal, below a shell, as it is with people. */
  constructor(rig: Rig, args: readonly string[], options: PaneOptions = {}) {
    const { width = 100, height = 30, env = [], jobs = false } = options;
    this.#rig = rig;
    this.#socket = path.join(rig.folder, `tmux${String(rig.closers.length)}`);
    rig.closers.push(() => {
      this.close();
    });
    const words = [...(env.length > 0 ? ['env', ...env] : []), process.execPath, inject('program'), ...args];
    const program = words.map((word) => `'${word}'`).join(' ');
    // The shell outlives a Ctrl-C that is meant for the program, and writes down its end, and the terminal before and after;
    // then it stays, for a terminal whose program has ended shows no modes.
    const script = `trap : INT; stty -g >before; ${program}; echo $? >exit; stty -g >after; read -r end`;
    const size = ['-x', String(width), '-y', String(height)];
    const start = ['-u', '-f', '/dev/null', 'new-session', '-d', ...size, '-c', rig.work];
    // Whether there are colours is for the test to say, and not for who has started it.
    const bare = { NO_COLOR: undefined, FORCE_COLOR: undefined };
    const shown = { TERM: 'xterm', SHELL: '/bin/sh', PS1: '$ ', ENV: '' };
    const environment = { ...process.env, ...rig.environment(), ...bare, ...shown };
    const shell = options.instead ?? (jobs ? 'exec /bin/sh -i' : script);
    execFileSync('tmux', ['-S', this.#socket, ...start, shell], { env: environment });
    if (jobs) this.type(`stty -g >before; clear; ${program}\n`);
  }

  /** Presses keys, named as tmux does: `C-c`. First a pause: no hand is as fast as a test that has seen the last key's work. */
  press(...keys: readonly string[]): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HAND_PAUSE_MS);
    this.tmux('send-keys', ...keys);
  }

  /** Types a text, letter by letter. */
  type(text: string): void {
    this.tmux('send-keys', '-l', text);
  }

  /** Pastes a text; `told`: as a terminal does that says so to programs which asked for it. */
  paste(text: string, told: boolean): void {
    this.tmux('set-buffer', '--', text);
    this.tmux('paste-buffer', ...(told ? ['-p'] : []));
  }

  resize(width: number, height: number): void {
    this.tmux('resize-window', '-x', String(width), '-y', String(height));
  }

  /** The terminal takes nothing any more, until the returned function is called: as one behind a line that hangs. */
  freeze(): () => void {
    const server = Number(this.show('#{pid}'));
    const thaw = (): void => {
      send(server, 'SIGCONT');
    };
    this.#rig.closers.unshift(thaw);
    send(server, 'SIGSTOP');
    return thaw;
  }

  /** All that is and was on the screen. */
  screen(): string {
    return this.tmux('capture-pane', '-p', '-J', '-S', '-');
  }

  /** What can be seen now, a row a line. */
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

  /** Waits until what can be seen now is as `met` says. */
  async until(what: string, met: (rows: readonly string[]) => boolean): Promise<readonly string[]> {
    return waitFor(`the terminal ${what}`, () => this.rows(), met);
  }

  /** The same with its colours: a picture may reach the terminal in parts, the words before their colour. */
  async untilColoured(what: string, met: (text: string) => boolean): Promise<void> {
    await waitFor(`the terminal ${what}`, () => this.coloured(), met);
  }

  /** Waits for the end of the program; its exit code. */
  async ended(): Promise<number> {
    const look = (): string => this.#rig.read('exit');
    return Number(await waitFor('the program in the terminal has ended', look, (text) => text.endsWith('\n')));
  }

  /** Closes the terminal, as a person closes a window. */
  close(): void {
    spawnSync('tmux', ['-S', this.#socket, 'kill-server']);
  }

  tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, ...args], { encoding: 'utf8' });
  }
}

/** The terminal is as it was, and what the shell prints stands where it is expected. */
export async function expectWhole(rig: Rig, pane: Pane): Promise<void> {
  await waitFor(
    'the terminal is as it was',
    () => pane.modes(),
    (modes) => JSON.stringify(modes) === JSON.stringify(PLAIN),
  );
  await waitUntil('the shell has looked', () => rig.read('after') !== '');
  expect(rig.read('after')).toBe(rig.read('before'));
}

/** A bug that shows itself when the program is sent SIGUSR2. */
export const planted = (bug: string): readonly string[] => [
  `NODE_OPTIONS=--import data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => { ${bug} })`).replaceAll("'", '%27')}`,
];

/** A way out, or what somebody does to a terminal. */
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
