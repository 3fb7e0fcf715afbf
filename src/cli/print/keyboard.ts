/** The keyboard of a terminal, key by key and without echo, for a program that draws over everything; restored afterwards. */

/** The keys listened to: leaving, and those that the terminal itself would handle if it were not raw. */
export type WatchKey = 'leave' | 'interrupt' | 'quit' | 'suspend';

const KEYS: Readonly<Record<string, WatchKey>> = {
  q: 'leave',
  Q: 'leave',
  '\u0003': 'interrupt',
  '\u001c': 'quit',
  '\u001a': 'suspend',
};

/** If stdin is not a terminal, nothing is listened to and nothing is changed. */
export class Keyboard {
  readonly #onKey: (key: WatchKey) => void;
  readonly #onGone: () => void;
  #isTaken = false;

  /** `onGone`: the terminal was closed. */
  constructor(onKey: (key: WatchKey) => void, onGone: () => void) {
    this.#onKey = onKey;
    this.#onGone = onGone;
  }

  /** Even if it is already taken: whatever had the terminal meanwhile may have changed its modes without Node knowing. */
  take(): void {
    const { stdin } = process;
    if (!stdin.isTTY) return;
    if (!this.#isTaken)
      stdin.off('error', this.#onGone).on('data', this.#hear).on('end', this.#onGone).on('error', this.#onGone);
    this.#isTaken = true;
    stdin.setRawMode(false);
    stdin.setRawMode(true);
    stdin.resume();
  }

  give(): void {
    if (!this.#isTaken) return;
    const { stdin } = process;
    this.#isTaken = false;
    // The listener for `error` stays: a terminal that goes away now is no bug of ours.
    stdin.off('data', this.#hear).off('end', this.#onGone);
    stdin.setRawMode(false);
    stdin.pause();
  }

  readonly #hear = (bytes: Buffer): void => {
    for (const letter of bytes.toString('latin1')) {
      const key = KEYS[letter];
      if (key !== undefined && this.#isTaken) this.#onKey(key);
    }
  };
}
