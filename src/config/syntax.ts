import { quoted } from './problem.ts';

interface Row {
  /** The code of the `yaml` package, and the beginning of its message where one code stands for several things. */
  readonly code: string;
  readonly begins?: string;
  /** What the line looks like from the place of the error on. */
  readonly rest?: RegExp;
  readonly what: string;
  readonly hint?: string;
}

/** The most frequent complaints of the `yaml` package, in words for people who write lists, not parsers. The first match counts. */
const ROWS: readonly Row[] = [
  { code: 'TAB_AS_INDENT', what: 'a tab indents this line', hint: 'YAML is indented with spaces only' },
  { code: 'MULTIPLE_DOCS', what: 'a second document begins here, and a list is one document', hint: 'remove the ---' },
  { code: 'BAD_SCALAR_START', what: 'a value cannot begin with CHAR', hint: 'put it in quotes' },
  {
    code: 'BLOCK_AS_IMPLICIT_KEY',
    rest: /:(\s|$)/,
    what: 'a key cannot stand behind another one on the same line',
    hint: 'put a value that contains ": " in quotes',
  },
  {
    code: 'BLOCK_AS_IMPLICIT_KEY',
    rest: /^- /,
    what: 'this item is indented otherwise than those it belongs to',
  },
  { code: 'BLOCK_AS_IMPLICIT_KEY', what: 'the line below this one is indented too deep' },
  {
    code: 'TAG_RESOLVE_FAILED',
    what: 'a tag (!name) means nothing here',
    hint: 'put a value that begins with ! in quotes',
  },
  { code: 'MISSING_CHAR', begins: 'Missing closing', what: 'this quote is never closed' },
  { code: 'MISSING_CHAR', begins: 'Implicit map keys', what: 'this is neither "key: value" nor "- item"' },
  { code: 'BAD_INDENT', begins: 'Flow sequence', what: 'this list is never closed: a ] is missing' },
  { code: 'BAD_INDENT', begins: 'Flow map', what: 'this mapping is never closed: a } is missing' },
  { code: 'BAD_INDENT', what: 'this line is indented otherwise than those it belongs to' },
  { code: 'RESOURCE_EXHAUSTION', what: 'values are nested too deep' },
  { code: 'BAD_DIRECTIVE', what: 'a line that begins with % is a directive of YAML, and none is known here' },
  {
    code: 'UNEXPECTED_TOKEN',
    begins: 'Unexpected block-seq-ind on same line',
    what: 'a list begins on a line of its own, below its key',
  },
  {
    code: 'UNEXPECTED_TOKEN',
    what: 'this does not fit here: is a quote, a dash or a colon before it missing or too much?',
  },
];

/** A parser error in our words; `rest` is the line from its place on. */
export function syntaxWords(code: string, message: string, rest: string): { what: string; hint?: string } {
  const row = ROWS.find(
    (each) => each.code === code && message.startsWith(each.begins ?? '') && (each.rest?.test(rest) ?? true),
  );
  if (row === undefined) return { what: `this is not valid YAML: ${message.slice(0, 100)}` };
  const what = row.what.replace('CHAR', () => quoted(rest.charAt(0)));
  return row.hint === undefined ? { what } : { what, hint: row.hint };
}
