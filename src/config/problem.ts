/** One thing that is wrong with a list: where, what, and how to mend it. */
export interface Problem {
  readonly file: string;
  /** 1-based; `null` where the problem has no place (the file cannot be read). */
  readonly at: { readonly line: number; readonly column: number; readonly length: number } | null;
  readonly what: string;
  readonly hint?: string;
}
