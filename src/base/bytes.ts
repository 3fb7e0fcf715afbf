import type { Result } from './result.ts';
import { fail, ok } from './result.ts';

const UNITS = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
} as const;
type Unit = keyof typeof UNITS;

/** `10MB` (10^6) or `512MiB` (2^20) as bytes. The error says how to write it. */
export function parseBytes(text: string): Result<number> {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([a-zA-Z]*)$/.exec(text.trim()) ?? [];
  if (digits === undefined || unit === undefined) return fail('a size is a number and a unit: 10MB, 512MiB, 2GB');
  if (unit === '') return fail(`a size needs a unit: write ${digits}MB, ${digits}KB or ${digits}B`);
  if (!isUnit(unit))
    return fail(`the units are B, KB, MB, GB, TB and KiB, MiB, GiB, TiB: write ${digits}${nearestUnit(unit)}`);
  const bytes = Math.round(Number(digits) * UNITS[unit]);
  return Number.isSafeInteger(bytes) ? ok(bytes) : fail('a size is at most 9000TB');
}

/** Bytes for display: `10MB`, `1.5GB`, `512B`. Rounded to one decimal. */
export function formatBytes(bytes: number): string {
  const unit = (['TB', 'GB', 'MB', 'KB'] as const).find((each) => bytes >= UNITS[each] * 0.99995) ?? 'B';
  return `${Math.round((bytes / UNITS[unit]) * 10) / 10}${unit}`;
}

function isUnit(text: string): text is Unit {
  return Object.hasOwn(UNITS, text);
}

/** `10mb`, `10M`, `10Mo`: the first letter decides; an `i` after it means powers of two. */
function nearestUnit(written: string): Unit {
  const first = written.charAt(0).toUpperCase();
  const unit = /^.i/i.test(written) ? `${first}iB` : `${first}B`;
  return isUnit(unit) ? unit : 'MB';
}
