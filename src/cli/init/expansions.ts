import { cutLine } from './shell-words.ts';
import type { Note } from './sketch.ts';
import { commandValue, literal } from './sketch.ts';
import type { ListValue } from '../../config/write.ts';

/** supervisord's `%(…)s`, and what becomes of it here. */

/** What is known of a program when its values are expanded. */
export interface Known {
  readonly programName: string;
  readonly groupName: string;
  readonly numprocs: number;
  readonly firstNumber: number;
}

/** A literal text, a variable of the environment, the number of the process (with the width it is padded to), or something unknown here. */
type Piece = string | { readonly env: string } | { readonly width: number } | { readonly unknown: string };

function piecesOf(text: string, known: Known): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const found of text.matchAll(/%%|%\(([^()]*)\)(\d*)([sd])/g)) {
    pieces.push(text.slice(at, found.index), pieceOf(found, known));
    at = found.index + found[0].length;
  }
  return [...pieces, text.slice(at)].filter((piece) => piece !== '');
}

function pieceOf([written, name = '', width = '']: RegExpMatchArray, known: Known): Piece {
  if (written === '%%') return '%';
  if (name.startsWith('ENV_') && /^ENV_[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return { env: name.slice(4) };
  switch (name) {
    case 'program_name':
      return known.programName;
    case 'group_name':
      return known.groupName;
    case 'numprocs':
      return String(known.numprocs);
    case 'process_num':
      return known.numprocs === 1
        ? String(known.firstNumber).padStart(Math.min(Number(width), 20), '0')
        : { width: width.startsWith('0') ? Math.min(Number(width), 20) : 0 };
    default:
      return { unknown: written };
  }
}

/** A value as in a list; null if it differs between processes or is unknown. */
export function expanded(text: string, known: Known): string | null {
  let whole = '';
  for (const piece of piecesOf(text, known)) {
    if (typeof piece === 'string') whole += besideOthers(piece);
    else if ('env' in piece) whole += variable(piece.env);
    else return null;
  }
  return whole;
}

const variable = (name: string): string => `\${${name}}`;

/** A dollar at its end would combine with a following brace. */
const besideOthers = (piece: string): string => literal(`${piece}{`).slice(0, -1);

export interface ExpandedCommand {
  readonly key: 'command' | 'shell';
  readonly value: ListValue;
  readonly notes: readonly Note[];
}

/** A command line: words, or a shell line if the process number occurs inside a word. null: a quote is never closed. */
export function expandedCommand(text: string, known: Known): ExpandedCommand | null {
  const { pieces, marked } = mark(text, known);
  const cut = cutLine(marked);
  if (cut === null || cut.length === 0) return null;
  const notes = pieces.flatMap((piece): readonly Note[] =>
    'unknown' in piece ? [{ what: piece.unknown, mend: 'only supervisord knows it: write its value' }] : [],
  );
  if (pieces.some((piece) => 'width' in piece)) {
    const words = cut.map((word) => shellWord(word, pieces, known.firstNumber - 1));
    return { key: 'shell', value: `exec ${words.join(' ')}`, notes };
  }
  const words = cut.map((word) =>
    restored(word, pieces, besideOthers, (piece) => ('env' in piece ? variable(piece.env) : wordOf(piece))),
  );
  return { key: 'command', value: commandValue(words), notes };
}

type Held = Exclude<Piece, string>;

/** While the line is split, each piece that is not text becomes one character: it is never split and ends no word. */
function mark(text: string, known: Known): { pieces: readonly Held[]; marked: string } {
  const pieces: Held[] = [];
  const marked = piecesOf(text.replaceAll(MARKS, ''), known).map((piece) => {
    if (typeof piece === 'string') return piece;
    pieces.push(piece);
    return String.fromCodePoint(FIRST_MARK + pieces.length - 1);
  });
  return { pieces, marked: marked.join('') };
}

function restored(
  word: string,
  pieces: readonly Held[],
  ofText: (text: string) => string,
  ofPiece: (piece: Held) => string,
): string {
  const parts = word.split(/([\u{F0000}-\u{FFFFD}])/u);
  return parts
    .map((part) => {
      const piece = pieces[(part.codePointAt(0) ?? 0) - FIRST_MARK];
      return piece === undefined ? ofText(part) : ofPiece(piece);
    })
    .join('');
}

const wordOf = (piece: Held): string => ('unknown' in piece ? piece.unknown : '');

/** In double quotes. `offset`: how far supervisord's number exceeds SUPERVISE_INSTANCE, which begins with 1. */
function shellWord(word: string, pieces: readonly Held[], offset: number): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  const sum = offset === 0 ? '' : offset < 0 ? ` - ${-offset}` : ` + ${offset}`;
  const number = `$((SUPERVISE_INSTANCE${sum}))`;
  const inside = restored(
    word,
    pieces,
    (text) => besideOthers(text.replaceAll(/["\\$`]/g, '\\$&')),
    (piece) => {
      if ('env' in piece) return `$${variable(piece.env)}`;
      return 'width' in piece && piece.width > 0
        ? `$(printf %0${piece.width}d ${number})`
        : 'width' in piece
          ? number
          : wordOf(piece);
    },
  );
  return `"${inside}"`;
}

const FIRST_MARK = 0xf0000;
/** From a Unicode plane for private use. */
const MARKS = /[\u{F0000}-\u{FFFFD}]/gu;
