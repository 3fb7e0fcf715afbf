/** A word as a shell takes it: in quotes, where it has a meaning without them. */
export const shellQuoted = (word: string): string =>
  /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
