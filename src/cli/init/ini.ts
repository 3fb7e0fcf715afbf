/**
 * Files in the format of Python's ConfigParser, as supervisord reads them: `[section]`, `key = value` or `key: value`; lines indented
 * deeper continue the value above; `;` and `#` begin a comment at the start of a line or after a blank; of two values of a key (or two
 * sections of a name) the last counts. The package `ini` reads none of the last four this way.
 */
export type Sections = Map<string, Map<string, string>>;

export interface IniText {
  readonly sections: Sections;
  /** Lines that are none of these. */
  readonly strange: readonly string[];
  /** Keys given twice: `[program:a] command`. */
  readonly twice: readonly string[];
}

/** Adds a text to the sections of the texts before it. */
export function parseIni(text: string, sections: Sections = new Map()): IniText {
  const strange: string[] = [];
  const twice: string[] = [];
  let section: Map<string, string> | null = null;
  let title = '';
  let key: string | null = null;
  let indent = 0;
  const seen = new Set<string>();
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    const bare = withoutComment(line);
    const value = bare.trim();
    if (value === '') continue;
    const depth = bare.length - bare.trimStart().length;
    if (section !== null && key !== null && depth > indent) {
      section.set(key, `${section.get(key) ?? ''}\n${value}`);
      continue;
    }
    indent = depth;
    const header = /^\[(.+)\]/.exec(value)?.[1];
    if (header !== undefined) {
      title = header;
      section = sections.get(header) ?? new Map<string, string>();
      sections.set(header, section);
      key = null;
      continue;
    }
    // By hand: a regular expression with blanks on both sides is slow if there are many blanks.
    const sign = value.search(/[=:]/);
    if (section === null || sign <= 0) {
      strange.push(value);
      continue;
    }
    key = value.slice(0, sign).trimEnd().toLowerCase();
    const place = `[${title}] ${key}`;
    if (seen.has(place)) twice.push(place);
    seen.add(place);
    section.set(key, value.slice(sign + 1).trimStart());
  }
  return { sections, strange, twice };
}

function withoutComment(line: string): string {
  if (/^\s*[;#]/.test(line)) return '';
  const at = line.search(/\s[;#]/);
  return at === -1 ? line : line.slice(0, at);
}
