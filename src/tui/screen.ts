/** What panels make and paint.ts draws: styled lines. Nothing here knows about terminals. */

/** The meaning of a piece of text, not its look: theme.ts gives each role its colour. */
export type Role =
  | 'plain'
  | 'strong'
  | 'faint'
  | 'title'
  | 'good'
  | 'busy'
  | 'warning'
  | 'bad'
  | 'key'
  | 'input'
  /** A match, in the line the search has reached. */
  | 'match'
  | 'match-here';

export interface Span {
  readonly text: string;
  readonly role: Role;
  /** It is part of the selection bar. */
  readonly isSelected?: true;
}

/** One row of the screen. Its texts are clean: no control sequences, no line ends, cut to the width of the screen. */
export type Line = readonly Span[];

export interface Size {
  /** Cells. */
  readonly width: number;
  readonly height: number;
}

/** A whole screen: `lines` has as many rows as the terminal. */
export interface Screen {
  readonly lines: readonly Line[];
  /** Where the cursor blinks, for typing; null: hidden. */
  readonly cursor: { readonly x: number; readonly y: number } | null;
  /** Its contents are outdated. The spans are already faint, except the one that says so. */
  readonly dimmed: boolean;
}
