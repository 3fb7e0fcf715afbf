/** A word as a shell takes it: quoted if it would have a meaning unquoted; on one line, and harmless to a terminal. */
export function shellQuoted(word: string): string {
  if (/^[\w./:@%+,=-]+$/.test(word)) return word;
  if (word.search(CONTROL) === -1) return `'${word.replaceAll("'", `'\\''`)}'`;
  return `$'${word.replaceAll(/[\\']/g, String.raw`\$&`).replaceAll(CONTROL, (character) => escaped(character))}'`;
}

/** C0, DEL, C1: a terminal obeys them. */
const CONTROL = /[\x00-\x1f\x7f-\x9f]/g;

const escaped = (character: string): string =>
  Array.from(Buffer.from(character), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
