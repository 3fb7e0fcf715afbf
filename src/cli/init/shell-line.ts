/** A line as sh reads it: its commands and the operators between them, without comments. */
export interface ShellLine {
  /** Without a trailing comment. */
  readonly text: string;
  /** One more than there are operators. */
  readonly commands: readonly (readonly ShellWord[])[];
  /** `&&`, `;`, `|` …, in order; redirections do not count. */
  readonly operators: readonly string[];
}

export interface ShellWord {
  /** As written. */
  readonly raw: string;
  /** Its position. */
  readonly at: number;
  /** Without its quotes. */
  readonly text: string;
  /** It contains something that sh would not pass on as written: `$`, `*`, `>`. */
  readonly isForShell: boolean;
}

/** null: a quote, or something like one, is never closed. */
export function shellLine(line: string): ShellLine | null {
  const commands: ShellWord[][] = [[]];
  const operators: string[] = [];
  let at = 0;
  while (at < line.length && line.charAt(at) !== '#') {
    const operator = operatorAt(line, at);
    if (operator !== '') {
      operators.push(operator);
      commands.push([]);
      at += operator.length;
    } else if (/\s/.test(line.charAt(at))) {
      at += 1;
    } else {
      const word = wordAt(line, at);
      if (word === null) return null;
      commands.at(-1)?.push(word);
      at += word.raw.length;
    }
  }
  return { text: line.slice(0, at).trimEnd(), commands, operators };
}

function operatorAt(line: string, at: number): string {
  const before = line.charAt(at - 1);
  // `>&1`, `<&3`, `>|`: part of a redirection.
  if (line.charAt(at) === '&' && /[<>]/.test(before)) return '';
  if (line.charAt(at) === '|' && before === '>') return '';
  return /^(&&|\|\||;;|[;&|()])/.exec(line.slice(at, at + 2))?.[0] ?? '';
}

function wordAt(line: string, start: number): ShellWord | null {
  let text = '';
  let isForShell = false;
  let at = start;
  while (at < line.length && !/\s/.test(line.charAt(at)) && operatorAt(line, at) === '') {
    const piece = pieceAt(line, at);
    if (piece === null) return null;
    text += piece.text;
    isForShell ||= piece.isForShell || (line.charAt(at) === '~' && (at === start || /[=:]/.test(line.charAt(at - 1))));
    at = piece.end;
  }
  return { raw: line.slice(start, at), at: start, text, isForShell };
}

interface Piece {
  readonly text: string;
  /** The position after it. */
  readonly end: number;
  readonly isForShell: boolean;
}

/** A quote, a substitution, or one character. */
function pieceAt(line: string, at: number): Piece | null {
  const char = line.charAt(at);
  if (char === '\\' && at + 1 < line.length) return { text: line.charAt(at + 1), end: at + 2, isForShell: false };
  if (!/^(['"`]|\$[({])/.test(line.slice(at, at + 2)))
    return { text: char, end: at + 1, isForShell: /[<>$*?[]/.test(char) };
  const end = behindClosing(line, at);
  if (end === null) return null;
  const inside = line.slice(at + 1, end - 1);
  if (char === "'") return { text: inside, end, isForShell: false };
  if (char !== '"') return { text: line.slice(at, end), end, isForShell: true };
  const isForShell = /[$`]/.test(inside.replaceAll(/\\[^]/g, ''));
  return { text: inside.replaceAll(/\\(["\\$`])/g, '$1'), end, isForShell };
}

/** Where what opens at `at` ends, including everything opened in it. No recursion: a line may open any number. */
function behindClosing(line: string, start: number): number | null {
  /** The closer of each open one. */
  const open: string[] = [];
  for (let at = start; at < line.length; at += 1) {
    const char = line.charAt(at);
    const closing = open.at(-1);
    if (char === closing) {
      open.pop();
      if (open.length === 0) return at + 1;
    } else if (closing === "'") {
      continue;
    } else if (char === '\\') {
      at += 1;
    } else if (char === '`' || char === '"' || (char === "'" && closing !== '"')) {
      open.push(char);
    } else if (char === '$' && /[({]/.test(line.charAt(at + 1))) {
      at += 1;
      open.push(line.charAt(at) === '(' ? ')' : '}');
    } else if (char === '(' && closing === ')') {
      open.push(')');
    }
  }
  return null;
}
