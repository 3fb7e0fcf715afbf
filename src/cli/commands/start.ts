/** `supervise start`: becomes the supervisor of a list, or asks the one that runs. Puts the real parts together. */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { EXIT, type ExitCode } from '../../base/exit-codes.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { select } from '../../base/selector.ts';
import { absoluteAsTyped, stateFolder } from '../../config/identity.ts';
import { loadList } from '../../config/load.ts';
import { drawProblems } from '../../config/problem.ts';
import type { ListSpec } from '../../config/spec.ts';
import { connect } from '../../control/client.ts';
import { withoutHelpers } from '../../supervisor/hold.ts';
import { instancesOf } from '../../supervisor/instances.ts';
import { findSurvivors, type Survivor } from '../../supervisor/survivors.ts';
import { makeStateFolder, stateFolderAt, type StateFolder } from '../../supervisor/world/folder.ts';
import { readHolder, takeLock, type Holder } from '../../supervisor/world/lock.ts';
import { catchSignals } from '../../supervisor/world/signals.ts';
import { readState } from '../../supervisor/world/state-file.ts';
import { hasOption, type Invocation } from '../args.ts';
import { startDetached } from '../detach.ts';
import { hearGuard, type Guarded } from '../guard.ts';
import { MessageFile } from '../print/message-file.ts';
import type { Terminal } from '../print/terminal.ts';
import { superviseList } from '../supervise-list.ts';
import { explicitFolder, listFile, reach } from '../target.ts';
import { canDraw } from './tui.ts';

export async function run(call: Invocation, given: Terminal): Promise<ExitCode> {
  const signals = catchSignals();
  const guarded = hearGuard();
  let terminal = given;
  // A supervisor lives for months and does little: V8 shall not keep 16 MB for garbage that only the start made.
  setFlagsFromString('--optimize-for-size');
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
  const loaded = loadList(listFile(call) ?? absoluteAsTyped('daemons.yaml'), process.env);
  if (!loaded.ok) {
    if (call.operands.length > 0 && (await isRunning(call))) {
      signals.release();
      return startThere(call, terminal);
    }
    terminal.tell(drawProblems(loaded.error.problems, loaded.error.text, terminal.colours));
    return EXIT.usage;
  }
  const list = loaded.value;
  if (list.warnings.length > 0) terminal.tell(drawProblems(list.warnings, null, terminal.colours), 'warning');
  const ids = instancesNamed(list, call.operands);
  if (!ids.ok) return refuse(terminal, ids.error, EXIT.usage);
  const starving = tooFewDescriptors(list);
  if (starving !== null) return refuse(terminal, starving, EXIT.usage);

  const folder = stateFolderAt(
    stateFolder({ id: list.id, explicit: explicitFolder(call), uid: process.getuid?.() ?? 0, env: process.env }),
  );
  const made = makeStateFolder(folder);
  if (!made.ok) return refuse(terminal, made.error, EXIT.usage);
  if (guarded !== null) terminal = new MessageFile(folder.messages);
  const detaches = hasOption(call, 'detach') || hasOption(call, 'tui');
  const lock = await takeList(folder, list, detaches ? 'to hand on' : guarded);
  if (!lock.ok) {
    signals.release();
    return askTheOther(call, folder, lock.error, terminal);
  }
  const saved = readState(folder.state);
  if (saved.is === 'unreadable')
    terminal.tell(`supervise: ${folder.state} cannot be used (${saved.why}); starting without it`, 'warning');
  const { survivors, escaped } = findSurvivors(folder, saved);
  // One that has a guard waits for their end: nobody sits there who would start it again.
  if (survivors.length > 0 && guarded === null)
    return refuse(terminal, survivorWords(withoutHelpers(survivors)), EXIT.trouble);
  for (const { id, process } of escaped)
    terminal.tell(
      `supervise: pid ${process.pid} (${process.command}) left a run of ${id} before the last stop, and lives on`,
      'warning',
    );
  if (detaches) return startDetached({ call, list, folder, lock: lock.value, signals, terminal });
  return superviseList({ list, ids: ids.value, folder, lock: lock.value, survivors, signals, terminal });
}

/** We have the list from now on; or who has it (null: nobody knows). */
async function takeList(
  folder: StateFolder,
  { file }: ListSpec,
  whom: 'to hand on' | Guarded | null,
): Promise<Result<number, Holder | null>> {
  const handsOn = whom === 'to hand on';
  const us = handsOn ? null : { pid: process.pid, list: file, since: new Date().toISOString() };
  const lock = await takeLock(folder.lock, us, handsOn ? null : (whom?.lock ?? null));
  if (!lock.ok) return lock.error === null ? fail(await laterHolder(folder.lock)) : lock;
  // Where the lock file was removed, who held it still answers, and still has the list.
  const other = await connect(folder.path);
  if (!other.ok) return lock;
  const version = await other.value.call('version', {});
  other.value.close();
  return fail(version.ok ? { ...version.value, since: 'a time that went with its lock file' } : null);
}

/** Who has taken it at this very moment, and is about to say so. */
async function laterHolder(lock: string): Promise<Holder | null> {
  for (let tries = 0; tries < 40; tries++) {
    const holder = readHolder(lock);
    if (holder !== null) return holder;
    await sleep(50);
  }
  return null;
}

function refuse(terminal: Terminal, words: string, code: ExitCode): ExitCode {
  terminal.tell(`supervise: ${words}`);
  return code;
}

/** null: all that are started with the list. */
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

/** Three FIFOs an instance, and a moment with both ends open; what the rest of us needs beside them is little. */
function tooFewDescriptors(list: ListSpec): string | null {
  const instances = list.daemons.reduce((sum, spec) => sum + spec.instances, 0);
  const needed = 3 * instances + 50;
  const [, limit] = /^Max open files\s+(\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8')) ?? [];
  if (limit === undefined || Number(limit) >= needed) return null;
  return `${instances} instances need ${needed} open files, and the limit is ${limit}: raise it (ulimit -n ${needed})`;
}

function survivorWords(survivors: readonly Survivor[]): string {
  const lines = survivors.map(({ id, process }) =>
    process === null
      ? `  ${id}: a process of another user, or with another environment, holds its pipes (fuser shows its pid)`
      : `  ${id}: pid ${process.pid} (${process.command})`,
  );
  const pids = survivors.flatMap(({ process }) => process?.pid ?? []);
  const mend = pids.length > 0 ? `End them at their boundary first: kill -TERM ${pids.join(' ')}` : 'End them first';
  return [
    'daemons of an earlier supervisor of this list still live; nothing is started beside them:',
    ...lines,
    mend,
  ].join('\n');
}

/** The list that runs is the one that was read then: what has become of its file since is no matter to its NAMEs. */
async function isRunning(call: Invocation): Promise<boolean> {
  const found = await reach(call);
  if (found.ok) found.value.client.close();
  return found.ok;
}

/** Somebody has the lock: NAMEs are started there; without NAMEs it is said who it is. */
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
