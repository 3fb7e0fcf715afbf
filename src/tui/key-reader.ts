/** The pieces that blessed makes of a terminal's bytes -> keys of the screen. */
import type { Key } from './message.ts';

/** As reported by blessed, modelled on Node's readline. */
export interface RawKey {
  readonly name?: string | undefined;
  readonly code?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
  readonly shift?: boolean;
}

export interface KeyReader {
  /** A line is being typed: only then are the letters of a paste accepted, and never its other keys. */
  typing: boolean;
  hear(text: string | undefined, key: RawKey | undefined): void;
}

/** A paste whose end never arrives (a broken line) is over after this silence. */
const PASTE_SILENCE_MS = 1000;

export function keyReader(press: (key: Key) => void, now: () => number = () => performance.now()): KeyReader {
  /** When the last piece of the paste came; null: no paste is in progress. */
  let pastedAt: number | null = null;
  /** The first half of a letter beyond the basic plane: blessed splits it in two. */
  let half = '';
  return {
    typing: false,
    hear(text, key) {
      if (key?.code === '[200~' || key?.code === '[201~') {
        pastedAt = key.code === '[200~' ? now() : null;
        return;
      }
      if (text !== undefined && /^[\ud800-\udbff]$/.test(text)) {
        half = text;
        return;
      }
      const name = keyOf(half + (text ?? ''), key);
      half = '';
      if (name === null) return;
      if (pastedAt !== null && now() - pastedAt < PASTE_SILENCE_MS) {
        pastedAt = now();
        if (this.typing && Array.from(name).length === 1) press(name);
        return;
      }
      pastedAt = null;
      press(name);
    },
  };
}

function keyOf(text: string, key: RawKey | undefined): Key | null {
  // Alt with a letter looks the same as Escape and a letter arriving together: no key needs it.
  if (key?.meta === true) return null;
  if (key?.ctrl !== true && /^[^\x00-\x1f\x7f]+$/u.test(text)) return text;
  switch (key?.name) {
    case undefined:
    case 'undefined':
    // blessed reports Enter twice, as `return` and as this; a lone line feed only as this.
    case 'enter':
    case 'linefeed':
      return null;
    case 'return':
      return 'enter';
    default:
      return `${key?.ctrl === true ? 'C-' : ''}${key?.shift === true ? 'S-' : ''}${key?.name ?? ''}`;
  }
}
