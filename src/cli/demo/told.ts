import type { Outcome } from './program.ts';

/** The outcome of a deed in words, and what is not as it should be. */
export interface Told {
  readonly words: string;
  readonly faults: readonly string[];
}

export const unless = (isSo: boolean, words: string): readonly string[] => (isSo ? [] : [words]);

export const unlessCode = ({ code, out, err }: Outcome, wanted: number, name: string): readonly string[] =>
  unless(code === wanted, `${name} has ended with ${String(code)}: ${(out === '' ? err : out).split('\n', 1).join()}`);
