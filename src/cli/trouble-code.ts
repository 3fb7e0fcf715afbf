import { EXIT } from '../base/exit-codes.ts';

/** Tells a supervisor that it has a guard, and which exit code to use towards it instead of 1. */
export const GUARDED = 'SUPERVISE_GUARDED';

/** Node exits with 1 if it cannot read the program, so to a guard 1 is a death, and a supervisor has its own code for it. */
export const TO_GUARD = 86;

/** The code for `EXIT.trouble`, which a guard of an older version knows as 1. */
export function troubleCode(env: Readonly<Record<string, string | undefined>>): number {
  return Number(env[GUARDED]) === TO_GUARD ? TO_GUARD : EXIT.trouble;
}
