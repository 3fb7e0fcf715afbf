/** A real terminal: tmux with a server of its own, in which the program runs. */
import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { inject } from 'vitest';
import { need } from './needs.ts';
import type { Rig } from './supervise.ts';
import { waitFor } from './wait-for.ts';

export const tmux = need('tmux', 'tmux');

export class Pane {
  readonly #socket: string;
  readonly #rig: Rig;

  /** Runs the program in a new terminal of 100 columns, below a shell, as it is with people. */
  constructor(rig: Rig, args: readonly string[]) {
    this.#rig = rig;
    this.#socket = path.join(rig.folder, 'tmux');
    rig.closers.push(() => {
      this.close();
    });
    const program = [process.execPath, inject('program'), ...args].map((word) => `'${word}'`).join(' ');
    // The shell outlives a Ctrl-C that is meant for the program, and writes down its end.
    const shell = `trap : INT; ${program}; echo $? >exit`;
    const start = ['-f', '/dev/null', 'new-session', '-d', '-x', '100', '-y', '30', '-c', rig.work, shell];
    // What ended stays to be looked at.
    const keep = [';', 'set', '-g', 'remain-on-exit', 'on'];
    const env = { ...process.env, ...rig.environment(), TERM: 'xterm', SHELL: '/bin/sh' };
    execFileSync('tmux', ['-S', this.#socket, ...start, ...keep], { env });
  }

  /** Presses keys, named as tmux does: `C-c`. */
  press(...keys: readonly string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  /** All that is and was on the screen. */
  screen(): string {
    return this.#tmux('capture-pane', '-p', '-J', '-S', '-');
  }

  async shows(what: string | RegExp): Promise<string> {
    const met = (text: string): boolean => (typeof what === 'string' ? text.includes(what) : what.test(text));
    return waitFor(`the screen shows ${String(what)}`, () => this.screen(), met);
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

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, ...args], { encoding: 'utf8' });
  }
}
