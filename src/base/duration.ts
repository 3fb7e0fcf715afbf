import type { Result } from './result.ts';
import { fail, ok } from './result.ts';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof UNITS;

/** Ten years: far beyond any use, and still an exact number of milliseconds. */
export const LONGEST_MS = 3_650 * UNITS.d;

/** A stop allowed less than this could not even cut in order and report it. */
export const LEAST_WITHIN_MS = 5_000;

/** `250ms`, `1.5s`, `5m`, `2h`, `1d` as milliseconds. The error says how to write it. */
export function parseDuration(text: string): Result<number> {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([a-zA-Z\u00b5]*)$/.exec(text.trim()) ?? [];
  if (digits === undefined || unit === undefined)
    return fail('a duration is a number and a unit: 250ms, 30s, 5m, 2h or 1d');
  if (unit === '') return fail(`a duration needs a unit: write ${digits}s, ${digits}m or ${digits}ms`);
  if (!isUnit(unit)) return fail(`the units are ms, s, m, h and d: write ${digits}${nearestUnit(unit)}`);
  const ms = Math.round(Number(digits) * UNITS[unit]);
  return ms <= LONGEST_MS ? ok(ms) : fail('a duration is at most 3650d');
}

/** Milliseconds as written in a list, in the largest exact unit: 60000 is `1m`, 90000 is `90s`, 1500 is `1.5s`. */
export function formatDuration(ms: number): string {
  if (ms > 0 && ms < 1_000) return `${ms}ms`;
  const unit = (['d', 'h', 'm'] as const).find((each) => ms > 0 && ms % UNITS[each] === 0) ?? 's';
  return `${ms / UNITS[unit]}${unit}`;
}

function isUnit(text: string): text is Unit {
  return Object.hasOwn(UNITS, text);
}

/** `5sec`, `5min`, `5M`: the first letter decides. */
function nearestUnit(written: string): Unit {
  if (/^(ms|msec|mil)/i.test(written)) return 'ms';
  const first = written.charAt(0).toLowerCase();
  return isUnit(first) ? first : 's';
}
