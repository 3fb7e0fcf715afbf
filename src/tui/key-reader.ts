/** What blessed has cut out of the bytes of a terminal -> keys of the screen. */
import type { Key } from './message.ts';

/** As blessed reports it, after the model of Node's readline. */
export interface RawKey {
  readonly name?: string | undefined;
  readonly code?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
  readonly shift?: boolean;
}

export interface KeyReader {
  /** Somebody types a line: only then the letters of a paste are taken, and no other key of it is. */
  typing: boolean;
  hear(text: string | undefined, key: RawKey | undefined): void;
}

/** A paste whose end never comes (a line that broke) is over after a silence. */
const PASTE_SILENCE_MS = 1000;

export function keyReader(press: (key: Key) => void, now: () => number = () => performance.now()): KeyReader {
  /** When the last piece of the paste came; null: nothing is being pasted. */
  let pastedAt: number | null = null;
  /** The first half of a letter beyond the basic plane: blessed cuts it into two. */
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
  // Alt and a letter is what Escape and a letter look like that come in one piece: nobody is asked to press that.
  if (key?.meta === true) return null;
  if (key?.ctrl !== true && /^[^\x00-\x1f\x7f]+$/u.test(text)) return text;
  switch (key?.name) {
    case undefined:
    case 'undefined':
    // It reports the key Enter twice, as `return` and as this; a lone line feed as this only.
    case 'enter':
    case 'linefeed':
      return null;
    case 'return':
      return 'enter';
    default:
      return `${key?.ctrl === true ? 'C-' : ''}${key?.shift === true ? 'S-' : ''}${key?.name ?? ''}`;
  }
}
