/** Role -> look. Nothing else knows about colours. */
import type { Role, Span } from './screen.ts';

/** Colours are numbers in the 256 palette: the lowest eight are the user's own. */
export interface Look {
  readonly fg?: number;
  readonly bg?: number;
  readonly bold?: true;
  readonly underline?: true;
}

/** How a span looks. */
export function lookOf({ role, isSelected }: Pick<Span, 'role' | 'isSelected'>): Look {
  return isSelected === true ? { ...SELECTED[role], bg: BAR } : LOOKS[role];
}

/** Text between the extremes: readable on light and dark backgrounds, unlike the palette's own grey. */
const GREY = 244;

const LOOKS: Readonly<Record<Role, Look>> = {
  plain: {},
  strong: { bold: true },
  faint: { fg: GREY },
  title: { fg: 6, bold: true },
  good: { fg: 2 },
  busy: { fg: 6 },
  warning: { fg: 3 },
  bad: { fg: 1, bold: true },
  key: { bold: true },
  input: { underline: true },
  match: { fg: 16, bg: 179 },
  'match-here': { fg: 16, bg: 220, bold: true },
};

/** A dark blue, with only colours on it that are readable there whatever the user's palette. */
const BAR = 24;

const SELECTED: Readonly<Record<Role, Look>> = {
  plain: { fg: 255 },
  strong: { fg: 231, bold: true },
  faint: { fg: 250 },
  title: { fg: 231, bold: true },
  good: { fg: 120 },
  busy: { fg: 123 },
  warning: { fg: 221 },
  bad: { fg: 217, bold: true },
  key: { fg: 231, bold: true },
  input: { fg: 231, underline: true },
  match: { fg: 221 },
  'match-here': { fg: 221, bold: true },
};
