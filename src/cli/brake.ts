/**
 * A supervisor that meets a bug of its own right after its start meets it again at the next start, and systemd starts it again 0.2 s later,
 * for ever. So it delays its end for a while, lest starts alone keep the machine busy and fill its journal. (One that has run for a while
 * is needed again soon: it ends at once. A guard has pauses of its own.)
 */
const SOON_S = 2;
const BRAKE_MS = 5_000;

export const needsBrake = (upS: number, env: Readonly<Record<string, string | undefined>>): boolean =>
  env.NOTIFY_SOCKET !== undefined && upS < SOON_S;

/** Blocks everything else meanwhile: whatever a bug has left of us must not act. */
export function brake(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BRAKE_MS);
}
