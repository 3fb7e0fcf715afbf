import { Document, isCollection, isMap, isPair, isScalar } from 'yaml';
import { cleanText } from '../base/clean.ts';

/** A value of a list as it would be written: `$` in a text has the meaning it has in a list. */
export type ListValue = string | number | boolean | readonly ListValue[] | { readonly [key: string]: ListValue };

/** A part of a list that is to be written. */
export interface ListItem {
  /** Lines above it. */
  readonly comments: readonly string[];
  /** The daemon: its keys in their order. null: the comments are all. */
  readonly daemon: Readonly<Record<string, ListValue>> | null;
  /** Written behind `#`: for a person to decide. */
  readonly isComment: boolean;
}

/** The text of a new list. Whatever the comments contain, they remain comments. */
export function listText(heading: readonly string[], items: readonly ListItem[]): string {
  const lines = [...heading.map(comment), 'daemons:', ...items.flatMap(linesOf)];
  return `${lines.join('\n')}\n`;
}

function linesOf({ comments, daemon, isComment }: ListItem): readonly string[] {
  const written = daemon === null ? [] : itemLines(daemon);
  return [...comments.map(comment), ...(isComment ? written.map((line) => `# ${line}`.trimEnd()) : written)].map(
    (line) => (line === '' ? '' : `  ${line}`),
  );
}

/** No line break or other control character escapes from a comment. An empty line stays empty: it separates. */
const comment = (text: string): string => (text === '' ? '' : `# ${cleanText(text)}`);

function itemLines(daemon: Readonly<Record<string, ListValue>>): readonly string[] {
  const document = new Document([daemon], { aliasDuplicateObjects: false });
  const [item] = isCollection(document.contents) ? document.contents.items : [];
  for (const pair of isMap(item) ? item.items : []) onOneLine(pair.value);
  return document.toString({ lineWidth: 0, flowCollectionPadding: true }).trimEnd().split('\n');
}

/** Anything longer reads better with one line per item. */
const LONGEST_FLOW = 70;

/** `{ max_size: 10MB }`, `[ php, artisan ]`: short values. The length, or null if it does not fit on one line. */
function onOneLine(value: unknown): number | null {
  if (isScalar(value)) {
    const text = String(value.value);
    return text.includes('\n') ? null : text.length;
  }
  if (!isCollection(value)) return null;
  let length = 0;
  for (const item of value.items) {
    const inner = isPair(item) ? onOneLine(item.value) : onOneLine(item);
    length = inner === null ? Infinity : length + inner + (isPair(item) ? String(item.key).length + 4 : 2);
  }
  if (length > LONGEST_FLOW) return null;
  value.flow = true;
  return length;
}
