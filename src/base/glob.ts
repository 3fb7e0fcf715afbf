/**
 * Glob matching with `*` and `?`; a star matches anything, including slashes. Not a regular expression as in glob packages: those take
 * exponential time for some patterns, and the supervisor, which matches, must not stall on a name or a path. Here only the last star is
 * ever retried, so the time is at most pattern times text.
 */
export function globMatches(pattern: string, text: string): boolean {
  let at = 0;
  let read = 0;
  let star = -1;
  let starRead = 0;
  while (read < text.length) {
    const wanted = pattern[at];
    if (wanted === '*') {
      star = at++;
      starRead = read;
    } else if (wanted === '?' || wanted === text[read]) {
      at++;
      read++;
    } else if (star >= 0) {
      at = star + 1;
      read = ++starRead;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}
