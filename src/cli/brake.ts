/**
 * A supervisor that meets a bug of its own as soon as it is started meets it at the next start, too, and systemd starts it again
 * 0.2 s later, for ever. It keeps its end back for a while, so that a machine is not kept busy, and its journal not filled, by
 * starts alone. (One that has run for a while is missed: it goes at once. A guard has pauses of its own.)
 */
const SOON_S = 2;
const BRAKE_MS = 5_000;

export const needsBrake = (upS: number, env: Readonly<Record<string, string | undefined>>): boolean =>
  env.NOTIFY_SOCKET !== undefined && upS < SOON_S;

/** Nothing else goes on meanwhile: what a bug has left of us shall not act. */
export function brake(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BRAKE_MS);
}
