/**
 * Splits a line into words as sh (and Python's shlex, which supervisord uses) does: blanks, both quotes, backslashes. string-argv, which
 * reads the keys of a list, knows no backslash and keeps quotes in the middle of a word. null: a quote is never closed.
 */
export function cutLine(line: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === "'" || char === '"') {
      const quoted = char === "'" ? singleQuoted(line, at) : doubleQuoted(line, at);
      if (quoted === null) return null;
      word = (word ?? '') + quoted.text;
      at = quoted.end;
    } else if (char === '\\' && at + 1 < line.length) {
      at += 1;
      word = (word ?? '') + line.charAt(at);
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (word !== null) words.push(word);
  return words;
}

interface Quoted {
  readonly text: string;
  /** Of the closing quote. */
  readonly end: number;
}

function singleQuoted(line: string, at: number): Quoted | null {
  const end = line.indexOf("'", at + 1);
  return end === -1 ? null : { text: line.slice(at + 1, end), end };
}

function doubleQuoted(line: string, at: number): Quoted | null {
  let text = '';
  for (let end = at + 1; end < line.length; end += 1) {
    const char = line.charAt(end);
    if (char === '"') return { text, end };
    if (char === '\\' && /["\\$`]/.test(line.charAt(end + 1))) {
      end += 1;
      text += line.charAt(end);
    } else {
      text += char;
    }
  }
  return null;
}
