import { formatDuration, LONGEST_MS } from '../../base/duration.ts';
import type { Keys } from './sketch.ts';

/** Values as other programs write them, converted for a list. null: they mean nothing to us. */

/** Milliseconds as a duration. */
export const durationOf = (ms: number): string | null =>
  Number.isFinite(ms) && ms >= 0 && ms <= LONGEST_MS ? formatDuration(Math.round(ms)) : null;

/** Whole seconds, as in supervisord. */
export const secondsOf = (text: string): string | null => (/^\d+$/.test(text) ? durationOf(Number(text) * 1000) : null);

/** `50MB`, `300M`, `1024`: all of them use powers of two. */
export function sizeOf(text: string): string | null {
  const [, digits, unit = ''] = /^(\d{1,12}(?:\.\d+)?)\s*([KMG]?)B?$/i.exec(text.trim()) ?? [];
  if (digits === undefined) return null;
  return unit === '' ? `${digits}B` : `${digits}${unit.toUpperCase()}iB`;
}

/** A whole number within bounds. */
export function wholeOf(text: string, min: number, max: number): number | null {
  const value = /^\d{1,9}$/.test(text.trim()) ? Number(text) : NaN;
  return value >= min && value <= max ? value : null;
}

/** `restart.attempts`. A million means unlimited, which is the default here. */
export function attemptsKeys(attempts: number): Keys {
  return attempts >= 1_000_000 ? {} : { restart: { attempts } };
}

/** A whole number of any length. */
export const countOf = (text: string): number | null => (/^\d+$/.test(text.trim()) ? Number(text) : null);
