/** What panels make and paint.ts draws: styled lines. Nothing here knows a terminal. */

/** What a piece of text is, not how it looks: theme.ts gives each role its colour. */
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
  /** What was searched for; in the line to which the search has come. */
  | 'match'
  | 'match-here';

export interface Span {
  readonly text: string;
  readonly role: Role;
  /** It is part of the bar that shows what is selected. */
  readonly isSelected?: true;
}

/** One row of the screen. Its texts are clean: no control sequence, no line end, cut to the width of the screen. */
export type Line = readonly Span[];

export interface Size {
  /** Cells. */
  readonly width: number;
  readonly height: number;
}

/** A whole screen: `lines` has as many rows as the terminal. */
export interface Screen {
  readonly lines: readonly Line[];
  /** Where the cursor blinks: somebody is typing there; null: hidden. */
  readonly cursor: { readonly x: number; readonly y: number } | null;
  /** What it shows is old. The spans are faint already; only what says so is not. */
  readonly dimmed: boolean;
}
