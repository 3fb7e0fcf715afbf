/** The unit of a list, if one is installed: how long its systemd waits for a stop. */
import { execa } from 'execa';
import { isBooted } from './manager.ts';
import { unitName } from './unit.ts';

export interface InstalledUnit {
  readonly name: string;
  /** TimeoutStopSec; null: for ever. */
  readonly stopMs: number | null;
  /** Does systemd notice when the supervisor asks for more time? */
  readonly isHeard: boolean;
}

/** It answers at once, or something is wrong that is not our concern. */
const ANSWER_MS = 2_000;
const ASKED = ['LoadState', 'NotifyAccess', 'TimeoutStopUSec'];

/** Asks the machine's systemd, then this user's. null: neither has such a unit, or neither can be asked. Never fails. */
export async function installedUnit(id: string): Promise<InstalledUnit | null> {
  if (!isBooted()) return null;
  const name = unitName(id);
  for (const scope of process.getuid?.() === 0 ? [[]] : [[], ['--user']]) {
    const words = [...scope, 'show', `--property=${ASKED.join(',')}`, '--', name];
    const { failed, stdout } = await execa('systemctl', words, {
      reject: false,
      stdin: 'ignore',
      stderr: 'ignore',
      timeout: ANSWER_MS,
      killSignal: 'SIGKILL',
    });
    const unit = failed ? null : unitOf(name, stdout);
    if (unit !== null) return unit;
  }
  return null;
}

/** The output of `systemctl show`. null: there is no such unit, or it does not tell. */
export function unitOf(name: string, shown: string): InstalledUnit | null {
  const facts = new Map(shown.split('\n').map((line) => [line.replace(/=.*/, ''), line.replace(/^[^=]*=/, '')]));
  const stop = facts.get('TimeoutStopUSec') ?? '';
  const stopMs = stop === 'infinity' ? null : timeSpanMs(stop);
  if (facts.get('LoadState') !== 'loaded' || stopMs === undefined) return null;
  return { name, stopMs, isHeard: facts.get('NotifyAccess') !== 'none' };
}

const UNITS_MS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  // As counted by systemd (systemd.time(7)).
  month: 30.44 * 86_400_000,
  y: 365.25 * 86_400_000,
};

/** `1min 30s` in milliseconds; undefined: not a time span. */
function timeSpanMs(text: string): number | undefined {
  let sum = 0;
  for (const word of text.split(' ')) {
    const [, count, unit = ''] = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(word) ?? [];
    const each = UNITS_MS[unit];
    if (count === undefined || each === undefined) return undefined;
    sum += Number(count) * each;
  }
  return sum;
}
