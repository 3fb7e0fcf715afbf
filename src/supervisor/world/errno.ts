/** System errors, told apart by their code. */

export function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}

/** No descriptor, process or memory is free: a shortage of ours, nobody's fault, that passes by itself. */
export function isShortage(error: unknown): error is NodeJS.ErrnoException {
  return isErrno(error) && SHORTAGES.has(error.code ?? '');
}

const SHORTAGES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM']);

/** null: not now, because of a shortage of ours. Nothing may be concluded from that. */
export function unlessShort<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (isShortage(error)) return null;
    throw error;
  }
}
