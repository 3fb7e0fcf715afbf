/** A text as lines of at most so many characters, broken at blanks, with hanging indent. A longer word stays whole. */
export function wrapWords(text: string, width: number, indent: string): readonly string[] {
  const lines: string[] = [];
  let line = /^ */.exec(text)?.[0] ?? '';
  let isEmpty = true;
  // Blanks that align columns are kept unless they are at an end.
  for (const [, blanks = '', word = ''] of text.trimStart().matchAll(/( *)([^ ]+)/g)) {
    if (!isEmpty && line.length + blanks.length + word.length > width) {
      lines.push(line);
      line = indent + word;
    } else line += blanks + word;
    isEmpty = false;
  }
  return [...lines, line];
}
