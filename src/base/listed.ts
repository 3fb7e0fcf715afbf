/** `a, b, c and 3 more`: the first `most` of them, and the number of the others. */
export function listed(words: readonly string[], most: number, separator = ', '): string {
  const others = words.length - most;
  const shown = words.slice(0, most).join(separator);
  return others > 0 ? `${shown} and ${others} more` : shown;
}
