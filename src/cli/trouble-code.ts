import { EXIT } from '../base/exit-codes.ts';

/** What a guard tells its supervisor: that it has one, and by which code it says to it what else is exit 1. */
export const GUARDED = 'SUPERVISE_GUARDED';

/** Node says 1 where it cannot read the program: so that is a death to a guard, and a supervisor has a code of its own for it. */
export const TO_GUARD = 86;

/** The code for `EXIT.trouble`, which a guard of an older version knows as 1. */
export function troubleCode(env: Readonly<Record<string, string | undefined>>): number {
  return Number(env[GUARDED]) === TO_GUARD ? TO_GUARD : EXIT.trouble;
}
