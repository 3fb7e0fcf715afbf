/** The most of one line that a terminal is ever given. */
export const CLEAN_MAX = 16_384;

/**
 * What a terminal may be given of a stranger's text: it cannot move the cursor, set a colour or the title, ring the bell, ask the terminal
 * to type an answer, or reverse the writing direction. Whole sequences are removed, other control characters become their visible sign
 * (`␇`); tabs stay. Beyond `maxLength` UTF-16 units it is cut, with `…`.
 */
export function cleanText(text: string, maxLength = CLEAN_MAX): string {
  const bounded = text.length > maxLength ? `${wholeCharacters(text, maxLength)}…` : text;
  // Most lines have nothing to clean; one quick look tells.
  if (bounded.search(CONTROL) === -1) return bounded;
  return bounded.replace(/\r+$/, '').replace(SEQUENCE, '').replace(CONTROL, visible);
}

/** The same for a text of several lines, which stay separate. */
export const cleanLines = (text: string): string =>
  text
    .split('\n')
    .map((line) => cleanText(line))
    .join('\n');

/**
 * ECMA-48: strings (OSC, DCS, SOS, PM, APC) up to their terminator if one follows within reason, else only their introducer, so that an
 * unterminated one hides nothing; CSI; two-character escapes. Each in both spellings, ESC and C1. Every repetition is bounded, so that no
 * text makes the match slow.
 */
const SEQUENCE =
  /(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])(?:[^\x07\x1b\x9c]{0,512}(?:\x07|\x1b\\|\x9c))?|(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,16}[@-~]?|\x1b[ -/]{0,4}[0-~]?/g;

/** C0 except tab, DEL, C1, line and paragraph separators, direction marks, byte order mark. */
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
function visible(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return code < 0xa0 ? '\ufffd' : '';
}

/** Never splits a surrogate pair. */
function wholeCharacters(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
}
