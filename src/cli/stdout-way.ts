/** The way of lines to a supervisor's stdout, where `log: stdout` sends them. */
import { counted } from '../base/counted.ts';
import { listed } from '../base/listed.ts';
import type { CareSpec } from '../config/spec.ts';
import type { Out } from '../logs/options.ts';
import { Outlet } from '../logs/outlet.ts';
import { namesOnStdout } from '../supervisor/outputs.ts';
import { formFor } from './print/line-form.ts';
import { stdoutDevice } from './print/stdout.ts';
import type { Terminal } from './print/terminal.ts';

export type LogFormat = 'text' | 'json';

/** From now on the terminal's words go this way too: nothing is said in the middle of a line. */
export function openWay(terminal: Terminal, format: LogFormat, onTrouble: (words: string | null) => void): Out {
  const form = formFor(terminal, format);
  const outlet = new Outlet({ device: stdoutDevice(), note: form.lost, onTrouble });
  terminal.goThrough(outlet);
  return { outlet, form };
}

/** The daemons sent to stdout although nothing reads it in the background, in words, or null. */
export function unreadWords(daemons: readonly Pick<CareSpec, 'name' | 'log'>[]): string | null {
  const names = namesOnStdout(daemons);
  if (names.length === 0) return null;
  return `${listed(names, 1)} would print to stdout (log: stdout), which nobody reads in the background`;
}

/** The reader is waited for as long as it reads on; but if there is an outer deadline we are soon killed. */
export async function tellUndelivered(out: Out | null, stopWithinMs: number | null, terminal: Terminal): Promise<void> {
  const left = await out?.outlet.end(stopWithinMs === null ? null : LAST_WORDS_MS);
  if (left !== undefined && left.lines > 0)
    terminal.tell(`supervise: the last ${counted(left.lines, 'line', 'lines')} for stdout reached nobody: ${left.why}`);
}

/** Of the 3 s that a stop reserves for its end. */
export const LAST_WORDS_MS = 2_000;
