/** `supervise start`: becomes the supervisor of a list, or asks the running one. */
import { setFlagsFromString } from 'node:v8';
import { EXIT, type ExitCode } from '../../base/exit-codes.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { select } from '../../base/selector.ts';
import { absoluteAsTyped } from '../../config/identity.ts';
import { loadList } from '../../config/load.ts';
import { drawProblems } from '../../config/problem.ts';
import type { ListSpec } from '../../config/spec.ts';
import { instancesOf } from '../../supervisor/instances.ts';
import { stateFolderAt, type StateFolder } from '../../supervisor/world/folder.ts';
import type { Holder } from '../../supervisor/world/holder.ts';
import { catchSignals, type CaughtSignals } from '../../supervisor/world/signals.ts';
import { repeatsItself, untilAble } from '../able.ts';
import { hasOption, valueOf, type Invocation } from '../args.ts';
import { startDetached } from '../detach.ts';
import { tellFailure } from '../failure.ts';
import { hearGuard, type Told } from '../guard.ts';
import { closeInherited } from '../inherited.ts';
import { livingFolder, otherIn } from '../living.ts';
import { JsonTerminal } from '../print/json-terminal.ts';
import { MessageFile } from '../print/message-file.ts';
import type { Terminal } from '../print/terminal.ts';
import {
  elsewhere,
  keptWords,
  lookBack,
  movedWords,
  refusedList,
  refusedWords,
  takeList,
  tellProblems,
  tooFewDescriptors,
} from '../predecessor.ts';
import { unreadWords, type LogFormat } from '../stdout-way.ts';
import { superviseList } from '../supervise-list.ts';
import { endGuardOf, explicitFolder, folderOf, listFile, reach } from '../target.ts';
import { isTrial, loadAll } from '../trial.ts';
import { canDraw } from './tui.ts';

export async function run(call: Invocation, plain: Terminal): Promise<ExitCode> {
  const terminal = valueOf(call, 'log-format') === 'json' ? new JsonTerminal() : plain;
  if (isTrial()) {
    await loadAll();
    return EXIT.done;
  }
  const signals = catchSignals();
  const told = hearGuard();
  // A supervisor lives for months and does little: V8 must not keep 16 MB for garbage from the start alone.
  setFlagsFromString('--optimize-for-size');
  // Nor must many starts at once enlarge the young generation for good.
  setFlagsFromString('--semi-space-growth-factor=1');
  if (process.platform !== 'linux') {
    terminal.tell(
      'supervise: this runs on Linux only (on Windows: inside WSL2), since it stands on sessions, FIFOs and /proc',
    );
    return EXIT.usage;
  }
  if (hasOption(call, 'tui')) {
    const able = canDraw();
    if (!able.ok) return refuse(terminal, able.error, EXIT.usage);
  }
  const format = formatOf(call);
  if (!format.ok) return refuse(terminal, format.error, EXIT.usage);
  /** Keeps what lives in this folder as it was started, and does nothing else. */
  const keep = (folder: StateFolder, words: string, list: ListSpec | null): Promise<ExitCode> =>
    begin({ call, folder, list, refused: words, ids: null, told, format: format.value, signals, terminal });
  const loaded = loadList(listFile(call) ?? absoluteAsTyped('daemons.yaml'), process.env);
  // Only now, since the list may be one of them (/dev/fd/63).
  closeInherited(told.lock);
  if (!loaded.ok) {
    if (call.operands.length > 0 && (await isRunning(call))) {
      signals.release();
      return startThere(call, terminal);
    }
    await tellProblems(loaded.error, terminal);
    const folder = await livingFolder(call, null);
    if (folder === null) {
      await tellWhoseItIs(call, terminal);
      return EXIT.usage;
    }
    return keep(folder, refusedWords(loaded.error), null);
  }
  const list = loaded.value;
  if (list.warnings.length > 0) terminal.tell(drawProblems(list.warnings, null, terminal.colours), 'warning');
  /** The folder with daemons that refusing this start would leave alone; null: a person sees the refusal. */
  const leftAlone = async (): Promise<StateFolder | null> =>
    repeatsItself(told) ? await livingFolder(call, list) : null;
  const named = instancesNamed(list, call.operands);
  // It was right when typed. The instances named have other names by now and continue as they were left.
  const ids = named.ok || (await leftAlone()) === null ? named : ok(null);
  if (!ids.ok) return refuse(terminal, ids.error, EXIT.usage);
  const starving = tooFewDescriptors(list);
  if (starving !== null) {
    terminal.tell(`supervise: ${starving}`);
    const living = await leftAlone();
    return living === null ? EXIT.usage : keep(living, keptWords(starving), list);
  }
  const unread = detaches(call) ? unreadWords(list.daemons) : null;
  if (unread !== null) return refuse(terminal, `${unread}. ${INSTEAD}`, EXIT.usage);
  const folder = stateFolderAt(folderOf(list.id, call));
  const isNamed = explicitFolder(call) !== undefined;
  const other = await elsewhere(list, folder, isNamed, terminal);
  if (other !== null) {
    signals.release();
    if (other.runs && other.isFound && call.operands.length > 0 && !isNamed) return startThere(call, terminal);
    return refuse(terminal, other.words, other.runs ? EXIT.taken : EXIT.trouble);
  }
  const another = otherIn(folder.path, call);
  if (another !== null) return refuse(terminal, another.words, EXIT.usage);
  const { value: instances } = ids;
  return begin({ call, folder, list, refused: null, ids: instances, told, format: format.value, signals, terminal });
}

interface Start {
  readonly call: Invocation;
  readonly folder: StateFolder;
  /** As read; null: it could not be read. */
  readonly list: ListSpec | null;
  /** Why what lives is only kept as it was started, in words; null: the list is started. */
  readonly refused: string | null;
  /** What to start; null: everything that starts with the list. */
  readonly ids: readonly string[] | null;
  readonly told: Told;
  readonly format: LogFormat;
  readonly signals: CaughtSignals;
  readonly terminal: Terminal;
}

async function begin(start: Start): Promise<ExitCode> {
  const { call, folder, refused, ids, told, format, signals } = start;
  const unable = await untilAble({ ...start, detaches: detaches(call) });
  if (unable !== null) return unable;
  const terminal = told.isGuarded ? new MessageFile(folder.messages) : start.terminal;
  const lock = await takeList(folder, listFile(call) ?? '', detaches(call) ? 'to hand on' : told);
  if (!lock.ok) {
    signals.release();
    return askTheOther(call, folder, lock.error, terminal);
  }
  if (!told.isGuarded) await endOtherGuard(folder, detaches(call), terminal);
  const past = lookBack(folder, terminal);
  const list = refused === null ? start.list : refusedList(past, refused, start.list);
  if (list === null) return EXIT.usage;
  const moved = movedWords(past, list);
  if (moved !== null) terminal.tell(`supervise: ${moved}`, 'warning');
  if (detaches(call)) return startDetached({ call, list, folder, lock: lock.value, signals, terminal });
  return superviseList({ list, ids, folder, lock: lock.value, past, told, ending: null, format, signals, terminal });
}

/** The guard of a dead supervisor: after its pause it would start the list again even if that has been stopped meanwhile. */
async function endOtherGuard(folder: StateFolder, detaches: boolean, terminal: Terminal): Promise<void> {
  const guard = await endGuardOf([folder.path]);
  if (guard === null) return;
  const after = detaches ? '' : '. Nobody starts this one again when it dies: for that, supervise start -d';
  terminal.tell(
    `supervise: the supervisor before this one has died, and its guard (pid ${guard}), which was about to start it again, is ended: this one has the list now${after}`,
    'warning',
  );
}

/** It does not become a supervisor itself: one in the background does. */
const detaches = (call: Invocation): boolean => hasOption(call, 'detach') || hasOption(call, 'tui');

function refuse(terminal: Terminal, words: string, code: ExitCode): ExitCode {
  terminal.tell(`supervise: ${words}`);
  return code;
}

const INSTEAD =
  'Start it in the foreground (in a container, or under systemd: supervise systemd install), or leave that out: then its lines go to files';

function formatOf(call: Invocation): Result<LogFormat> {
  const written = valueOf(call, 'log-format') ?? 'text';
  if (written !== 'text' && written !== 'json') return fail(`--log-format is text or json, not '${written}'`);
  if (written === 'json' && detaches(call))
    return fail('--log-format is of a start in the foreground: in the background nobody reads stdout');
  return ok(written);
}

/** null: everything that starts with the list. */
function instancesNamed(list: ListSpec, names: readonly string[]): Result<readonly string[] | null> {
  if (names.length === 0) return ok(null);
  const all = instancesOf(list.daemons).map(({ id, spec, number }) => ({
    id,
    daemon: spec.name,
    number,
    tags: spec.tags,
  }));
  const chosen = select(names, all);
  return chosen.ok ? ok(chosen.value.map(({ id }) => id)) : chosen;
}

/** The running list is the one read back then: its NAMEs do not depend on what has become of its file. */
async function isRunning(call: Invocation): Promise<boolean> {
  const found = await reach(call);
  if (found.ok) found.value.client.close();
  return found.ok;
}

/** A list that we may not start may be run by another user, who does not let us ask. */
async function tellWhoseItIs(call: Invocation, terminal: Terminal): Promise<void> {
  const found = await reach(call);
  if (found.ok) found.value.client.close();
  else if (found.error.tag === 'denied') tellFailure(found.error, call, terminal);
}

/** The lock is held: NAMEs are started there; without NAMEs the holder is named. */
async function askTheOther(
  call: Invocation,
  folder: StateFolder,
  holder: Holder | null,
  terminal: Terminal,
): Promise<ExitCode> {
  if (call.operands.length > 0) return startThere(call, terminal);
  const who =
    holder === null
      ? 'another supervisor, which is just starting,'
      : `the supervisor with pid ${holder.pid} (since ${holder.since})`;
  return refuse(terminal, `${who} has the list ${holder?.list ?? folder.path}. See it: supervise status`, EXIT.taken);
}

async function startThere(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const { carryOut } = await import('../deed.ts');
  const names = call.operands;
  const wait = !hasOption(call, 'no-wait');
  return carryOut(
    { kind: 'start', names, last: false, ask: (client, patience) => client.call('start', { names, wait }, patience) },
    call,
    terminal,
  );
}
