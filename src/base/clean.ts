/** As much of one line as a terminal is ever given. */
export const CLEAN_MAX = 16_384;

/**
 * What a terminal may be given of a text that a stranger wrote: it cannot move the cursor, set a colour or the title, ring
 * the bell, ask the terminal to type an answer, or turn the writing direction around. Sequences are taken out whole, other
 * control characters become their visible sign (`␇`); tabs stay. Longer than `maxLength` UTF-16 units: cut, with `…`.
 */
export function cleanText(text: string, maxLength = CLEAN_MAX): string {
  const bounded = text.length > maxLength ? `${wholeCharacters(text, maxLength)}…` : text;
  // The usual line has nothing to clean; one quick look tells.
  if (bounded.search(CONTROL) === -1) return bounded;
  return bounded.replace(/\r+$/, '').replace(SEQUENCE, '').replace(CONTROL, visible);
}

/** Likewise a text of several lines, which stay. */
export const cleanLines = (text: string): string =>
  text
    .split('\n')
    .map((line) => cleanText(line))
    .join('\n');

/**
 * ECMA-48: strings (OSC, DCS, SOS, PM, APC) up to their terminator, where one follows within reason, else their
 * introducer only, so that an unterminated one hides nothing; CSI; two-character escapes. Each in both spellings, ESC and
 * C1. Every repetition is bounded, so that no text makes the match slow.
 */
const SEQUENCE =
  /(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])(?:[^\x07\x1b\x9c]{0,512}(?:\x07|\x1b\\|\x9c))?|(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,16}[@-~]?|\x1b[ -/]{0,4}[0-~]?/g;

/** C0 but tab, DEL, C1, line and paragraph separators, marks that change the direction, byte order mark. */
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
function visible(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return code < 0xa0 ? '\ufffd' : '';
}

/** Never half of a surrogate pair. */
function wholeCharacters(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
}
