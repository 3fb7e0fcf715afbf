import type { Terminal } from './terminal.ts';

/** How often a wait is reported again if the line cannot be redrawn. */
const REPEAT_MS = 10_000;

export interface WaitTeller {
  /** `key`: distinguishes this wait from the one last reported. */
  tell(words: string, key: string): void;
  /** The next one is reported whatever was reported before. */
  forget(): void;
}

/** Reports a wait: in one line that is redrawn or, if that is impossible, through `print` when it is a different one or after a while. */
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
