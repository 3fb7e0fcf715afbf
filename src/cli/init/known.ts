import type { PresetName } from '../../config/presets.ts';

/** The workers that a preset is for, recognized by their command line. */
const WORKERS: readonly (readonly [PresetName, RegExp])[] = [
  ['laravel', /(^|[\s/])artisan\s+queue:work(\s|$)/],
  ['symfony', /(^|[\s/])console\s+messenger:consume(\s|$)/],
  ['sidekiq', /(^|[\s/])sidekiq(\s|$)/],
  ['celery', /(^|[\s/])celery\s(.*\s)?worker(\s|$)/],
  ['rq', /(^|[\s/])rq\s+worker(\s|$)/],
];

/** Characters of a line: a worker is called at the beginning. */
const LOOKED_AT = 4096;

/** The preset for a command line, if there is one. */
export const presetFor = (line: string): PresetName | undefined =>
  WORKERS.find(([, shape]) => shape.test(line.slice(0, LOOKED_AT)))?.[0];

/** The same, as keys of a daemon. */
export function presetKeys(line: string): { readonly preset?: PresetName } {
  const preset = presetFor(line);
  return preset === undefined ? {} : { preset };
}
