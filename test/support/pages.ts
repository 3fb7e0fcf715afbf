/** The pages that people read, and their contents: commands, lists, code words, links. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Page {
  /** Relative to the root of the project. */
  readonly file: string;
  readonly text: string;
}

export interface Found {
  readonly text: string;
  /** `docs/logs.md:12`. */
  readonly at: string;
}

export interface Block extends Found {
  /** The word after the fence. */
  readonly language: string;
  readonly line: number;
}

const ROOT = path.resolve(import.meta.dirname, '../..');

/** README, CONTRIBUTING and everything below docs/. Decisions are of their day and are not edited later. */
export function pages(): readonly Page[] {
  const docs = readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  const files = docs.filter((file) => file.endsWith('.md')).map((file) => path.join('docs', file));
  return ['README.md', 'CONTRIBUTING.md', ...files.sort()].map((file) => ({
    file,
    text: readFileSync(path.join(ROOT, file), 'utf8'),
  }));
}

export const isDecision = ({ file }: Page): boolean => file.startsWith('docs/decisions/');

/** The contents of fenced blocks. */
export function blocksOf({ file, text }: Page): readonly Block[] {
  const blocks: Block[] = [];
  let open: { language: string; line: number; lines: string[] } | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^ *```(\S*)/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === null) open = { language: fence[1] ?? '', line: index + 2, lines: [] };
    else {
      const { language, line: first, lines } = open;
      blocks.push({ language, line: first, text: `${lines.join('\n')}\n`, at: `${file}:${first}` });
      open = null;
    }
  }
  return blocks;
}

/** The lines outside of fences, with their numbers; those inside are empty. */
export function proseOf({ text }: Page): readonly string[] {
  let isOpen = false;
  return text.split('\n').map((line) => {
    const isFence = /^ *```/.test(line);
    if (isFence) isOpen = !isOpen;
    return isFence || isOpen ? '' : line;
  });
}

/** The contents of backticks. In a table `\|` is a bar. */
export const spansOf = (page: Page): readonly Found[] =>
  proseOf(page).flatMap((line, index) =>
    [...line.matchAll(/(`+)(.+?)\1(?!`)/g)].map(([, , span = '']) => ({
      text: span.trim().replaceAll(String.raw`\|`, '|'),
      at: `${page.file}:${index + 1}`,
    })),
  );

/** Targets of links and pictures, as written. */
export const linksOf = (page: Page): readonly Found[] =>
  proseOf(page).flatMap((line, index) =>
    [...line.replaceAll(/(`+).+?\1/g, '').matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => ({
      text: target,
      at: `${page.file}:${index + 1}`,
    })),
  );

/** The anchors of a page, made as GitHub makes them. */
export function anchorsOf(page: Page): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const line of proseOf(page)) {
    const [, title] = /^#{1,6} (.*)/.exec(line) ?? [];
    if (title === undefined) continue;
    const plain = title.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '').replaceAll(' ', '-');
    let name = anchor;
    for (let again = 1; anchors.has(name); again += 1) name = `${anchor}-${again}`;
    anchors.add(name);
  }
  return anchors;
}

/** The shell lines of a page: those in `sh` blocks, and those after a prompt. */
export const shellLines = (page: Page): readonly Found[] =>
  blocksOf(page).flatMap(({ language, text, line }) =>
    text
      .replaceAll(/\\\n\s*/g, ' ')
      .split('\n')
      .flatMap((each, index) => {
        const prompted = /^\s*\$ (.*)/.exec(each)?.[1];
        const shell = prompted ?? (language === 'sh' ? each : undefined);
        return shell === undefined ? [] : [{ text: shell, at: `${page.file}:${line + index}` }];
      }),
  );

/** The words after each `supervise` called by a shell line; a comment, a pipe or a redirection ends them. */
export function callsIn(line: string): readonly (readonly string[])[] {
  const calls: string[][] = [];
  let words: string[] | null = [];
  const end = (): void => {
    const at = words?.findIndex((word) => word === 'supervise') ?? -1;
    if (words !== null && at >= 0 && words.slice(0, at).every(isBefore)) calls.push(words.slice(at + 1));
    words = [];
  };
  for (const [token, double, single] of line.matchAll(/"([^"]*)"|'([^']*)'|[|;&()]+|[^\s"'|;&()]+/g)) {
    if (/^[|;&()]/.test(token)) end();
    else if (token.startsWith('#')) break;
    else if (/^\d?[<>]/.test(token)) {
      end();
      words = null;
    } else words?.push(double ?? single ?? token);
  }
  end();
  return calls;
}

/** The words after `supervise` where a page writes a command as a list: `["supervise", "status"]`. */
export const execForms = ({ file, text }: Page): readonly (Found & { readonly words: readonly string[] })[] =>
  text.split('\n').flatMap((line, index) =>
    [...line.matchAll(/\["?supervise"?, *([^\]]+)\]/g)].map(([whole, words = '']) => ({
      text: whole,
      words: words.split(',').map((word) => word.trim().replaceAll('"', '')),
      at: `${file}:${index + 1}`,
    })),
  );

/** What may precede a command: what runs it. */
const isBefore = (word: string): boolean =>
  /^(sudo|npx|exec|time|nohup|ssh|-\w+|--\w[\w-]*|\w+=.*|[\w.-]+@[\w.-]+|\d+)$/.test(word) || word === 'www-data';
