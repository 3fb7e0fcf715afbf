import { constants } from 'node:os';

/** How a process ended; both null: unknown. */
export interface Status {
  readonly code: number | null;
  readonly signal: string | null;
}

/** What wait(2) tells: the code in the second byte, or the signal in the first (plus a bit for a core dump). */
export function decodeStatus(status: number): Status {
  const number = status & 0x7f;
  if (number === 0) return { code: (status >> 8) & 0xff, signal: null };
  return {
    code: null,
    signal: Object.entries(constants.signals).find(([, each]) => each === number)?.[0] ?? `signal ${number}`,
  };
}
