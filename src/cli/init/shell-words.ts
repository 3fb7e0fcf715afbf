/**
 * A line cut into words as sh (and Python's shlex, which supervisord uses) cuts it: blanks, both quotes, backslashes.
 * string-argv, which reads the keys of a list, knows no backslash, and keeps quotes in the middle of a word.
 */
export interface Cut {
  readonly words: readonly string[];
  /** Something outside of single quotes that sh would not hand on as it stands: `$`, `|`, `*`. */
  readonly isForShell: boolean;
  /** More than a single command: `|`, `;`, `&&`, `>`. */
  readonly isCompound: boolean;
}

/** null: a quote is never closed. */
export function cutLine(line: string): Cut | null {
  const words: string[] = [];
  let word: string | null = null;
  let isForShell = false;
  let isCompound = false;
  for (let at = 0; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === "'" || char === '"') {
      const quoted = char === "'" ? singleQuoted(line, at) : doubleQuoted(line, at);
      if (quoted === null) return null;
      word = (word ?? '') + quoted.text;
      isForShell ||= quoted.isForShell;
      at = quoted.end;
    } else if (char === '\\' && at + 1 < line.length) {
      at += 1;
      word = (word ?? '') + line.charAt(at);
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      isForShell ||= /[|&;<>()$`*?[]/.test(char) || (word === null && /[~#]/.test(char));
      isCompound ||= /[|&;<>()]/.test(char);
      word = (word ?? '') + char;
    }
  }
  if (word !== null) words.push(word);
  return { words, isForShell, isCompound };
}

interface Quoted {
  readonly text: string;
  /** Of the closing quote. */
  readonly end: number;
  readonly isForShell: boolean;
}

function singleQuoted(line: string, at: number): Quoted | null {
  const end = line.indexOf("'", at + 1);
  return end === -1 ? null : { text: line.slice(at + 1, end), end, isForShell: false };
}

function doubleQuoted(line: string, at: number): Quoted | null {
  let text = '';
  let isForShell = false;
  for (let end = at + 1; end < line.length; end += 1) {
    const char = line.charAt(end);
    if (char === '"') return { text, end, isForShell };
    if (char === '\\' && /["\\$`]/.test(line.charAt(end + 1))) {
      end += 1;
      text += line.charAt(end);
      continue;
    }
    isForShell ||= char === '$' || char === '`';
    text += char;
  }
  return null;
}
