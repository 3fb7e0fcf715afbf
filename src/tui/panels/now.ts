/** What an instance is doing, for the column NOW: as much as fits, the most pressing first. */
import type { Part } from '../../control/describe-state.ts';
import { cell, cellText, measure } from '../cells.ts';

const GAP = '  ';
const BAR = 10;
/** Cut words with fewer cells say nothing. */
const LEAST_CUT = 8;

/**
 * The parts in at most so many cells. What does not fit is left out entirely, so that no number is cut into another one; words end in `…`.
 * A bar follows the text that says what it measures.
 */
export function fitParts(parts: readonly Part[], cells: number): string {
  const texts = parts.flatMap(pieces);
  const all = joined(texts);
  if (measure(all) <= cells) return all;
  const kept = new Set<Piece>();
  for (const piece of texts.toSorted((a, b) => a.rank - b.rank)) {
    const inOrder = texts.filter((each) => each === piece || kept.has(each));
    const room = cells - measure(joined(inOrder)) + measure(piece.text);
    if (measure(piece.text) > room && (piece.elastic !== true || room < LEAST_CUT) && kept.size > 0) continue;
    if (measure(piece.text) > room) piece.text = cell(piece.text, room).trimEnd();
    kept.add(piece);
  }
  return joined(texts.filter((piece) => kept.has(piece)));
}

interface Piece {
  text: string;
  readonly rank: number;
  readonly joint: string;
  readonly elastic?: true;
}

/** It goes before any number, and after text in words. */
const BAR_RANK = 2.5;

function pieces({ text, brief, rank, joint = GAP, share, elastic }: Part): readonly Piece[] {
  const piece: Piece = { text: cellText(brief ?? text), rank, joint, ...(elastic === true ? { elastic } : {}) };
  return share === undefined ? [piece] : [piece, { text: bar(share), rank: BAR_RANK, joint: ' ' }];
}

/** A bar that is not empty has begun, and a full one is done. */
function bar(share: number): string {
  const full = share >= 1 ? BAR : Math.min(BAR - 1, Math.ceil(share * BAR));
  return '▓'.repeat(full) + '░'.repeat(BAR - full);
}

const joined = (texts: readonly Piece[]): string =>
  texts.map(({ text, joint }, index) => (index === 0 ? text : joint + text)).join('');
