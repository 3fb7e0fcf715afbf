import type { Terminal } from './terminal.ts';

/** How often a wait is told anew where the line cannot be redrawn. */
const REPEAT_MS = 10_000;

export interface WaitTeller {
  /** `key`: what makes it another wait than the one that was told last. */
  tell(words: string, key: string): void;
  /** The next one is told whatever was told before. */
  forget(): void;
}

/** Tells of a wait: in one line that is redrawn, or, where none can be, by `print` when it is another one, or after a while. */
export function waitTeller(terminal: Terminal, print: (words: string) => void): WaitTeller {
  let told = '';
  let toldAt = 0;
  return {
    tell(words, key) {
      if (terminal.progress(words) || (key === told && performance.now() - toldAt < REPEAT_MS)) return;
      told = key;
      toldAt = performance.now();
      print(words);
    },
    forget() {
      told = '';
    },
  };
}
