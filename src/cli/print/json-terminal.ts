import { daemonOf } from '../../supervisor/instances.ts';
import type { EventView } from '../../control/view.ts';
import type { Level } from '../../systemd/priority.ts';
import { Terminal } from './terminal.ts';

/** The output of a supervisor with `--log-format json`: one object per line, on stdout and on stderr. */
export class JsonTerminal extends Terminal {
  constructor() {
    super({ ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined });
  }

  override say(line: string, level: Level = 'info', event: EventView | null = null): void {
    super.say(event === null ? ownRecord(line, level) : eventRecord(event), level);
  }

  override tell(line: string, level: Level = 'error'): void {
    super.tell(ownRecord(line, level), level);
  }
}

/** A line of ours that is not an event. */
export const ownRecord = (words: string, level: Level, daemon: string | null = null): string =>
  JSON.stringify({ time: new Date().toISOString(), daemon, instance: null, level, event: 'message', words });

function eventRecord({ at, id, type, level, words }: EventView): string {
  const daemon = id === null ? null : daemonOf(id);
  return JSON.stringify({ time: at, daemon, instance: id, level, event: type, words });
}
