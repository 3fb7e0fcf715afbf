/** `supervise stop` with no supervisor running: ends what a dead one left, by the same rules. */
import { closeSync } from 'node:fs';
import { EXIT, type ExitCode } from '../base/exit-codes.ts';
import { absoluteAsTyped } from '../config/identity.ts';
import { loadList } from '../config/load.ts';
import type { ListSpec } from '../config/spec.ts';
import type { StateFolder } from '../supervisor/world/folder.ts';
import { monotonicMs } from '../supervisor/world/clock.ts';
import { catchSignals } from '../supervisor/world/signals.ts';
import { missingPrograms } from '../supervisor/world/system-programs.ts';
import { hasOption, type Invocation } from './args.ts';
import { endedList } from './ended-list.ts';
import { livingFolder } from './living.ts';
import { lookBack, ONLY_ENDED, refusedList, takeList } from './predecessor.ts';
import { Terminal } from './print/terminal.ts';
import type { Level } from '../systemd/priority.ts';
import { superviseList } from './supervise-list.ts';
import { listFile } from './target.ts';

export interface LeftBehind {
  readonly folder: StateFolder;
  /** The list as it is now, to find daemons that no state file knows; null: it is refused. */
  readonly list: ListSpec | null;
}

/** null: nothing is alive. */
export async function findLeft(call: Invocation): Promise<LeftBehind | null> {
  const loaded = loadList(listFile(call) ?? absoluteAsTyped('daemons.yaml'), process.env);
  const list = loaded.ok ? loaded.value : null;
  const folder = await livingFolder(call, list);
  return folder === null ? null : { folder, list };
}

/** null: something has meanwhile begun to supervise the list. */
export async function endLeft(
  { folder, list: now }: LeftBehind,
  how: 'drain' | 'cut',
  withinMs: number | null,
  call: Invocation,
  terminal: Terminal,
): Promise<ExitCode | null> {
  const missing = missingPrograms(process.env.PATH, false);
  if (missing !== null) {
    terminal.tell(`supervise: ${missing}`);
    return EXIT.usage;
  }
  const signals = catchSignals();
  const told = { isGuarded: false, trouble: EXIT.trouble, lock: null };
  const lock = await takeList(folder, listFile(call) ?? '', told);
  const past = lock.ok ? lookBack(folder, terminal) : null;
  const list = past === null ? null : (refusedList(past, ONLY_ENDED, now) ?? now);
  if (!lock.ok || past === null || list === null) {
    signals.release();
    // They have just ended: we must not keep anyone out.
    if (lock.ok) closeSync(lock.value);
    return null;
  }
  terminal.tell('supervise: no supervisor is running: it has died. What it had started is ended now');
  const begun = monotonicMs();
  const asJson = hasOption(call, 'json');
  const code = await superviseList({
    list,
    ids: null,
    folder,
    lock: lock.value,
    past,
    told,
    ending: { how, withinMs },
    format: 'text',
    signals,
    terminal: asJson ? new Beside() : terminal,
  });
  const ended = asJson ? endedList(folder.path, begun) : null;
  if (ended !== null) terminal.say(JSON.stringify(ended.view));
  return code;
}

/** Keeps its remarks off stdout, which is for the one object that was requested. */
class Beside extends Terminal {
  override say(line: string, level: Level = 'info'): void {
    this.tell(line, level);
  }
}
