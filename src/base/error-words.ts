/** What is thrown need not be an error: its message, and the code that identifies it. */

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** `ENOENT`; undefined if it has none. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
