/** Facts of the protocol in words: ends, deeds, times, counts. States: describe-state.ts. */
import type { DeedView, ExitView, InstanceView } from './view.ts';

/** How a process ended, in three words: `exit 255`, `killed by SIGKILL`; in more if it never became a process. */
export function describeExit(exit: ExitView): string {
  if (exit.signal !== null) return `killed by ${exit.signal}`;
  return exit.code === null ? exit.words : `exit ${exit.code}`;
}

/** The last line of a stop, with its counts. */
export const describeDeed = (deed: DeedView): string =>
  `boundary ${deed.boundary} · ended by itself ${deed.ended} · cut ${deed.cut}`;

/** A time span for people, in at most two units: 3.2s 21s 6m10s 3d4h. */
export function span(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return pair(whole, 60, 'm', 1, 's');
  if (whole < 86_400) return pair(whole, 3600, 'h', 60, 'm');
  return pair(whole, 86_400, 'd', 3600, 'h');
}

/** It needs attention, whatever its state. */
export const isInTrouble = ({ flags }: Pick<InstanceView, 'flags'>): boolean =>
  flags.includes('stuck') || flags.includes('looping');

/** Milliseconds since an ISO time. */
export const sinceMs = (at: string, now: number): number => now - Date.parse(at);

/** A count for people: 12,408. */
export const count = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

function pair(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)}${largeName}${rest === 0 ? '' : `${rest}${smallName}`}`;
}
