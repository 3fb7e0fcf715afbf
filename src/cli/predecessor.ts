/** Which supervisor had a list before us, and what is left of it. */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, type ExitCode } from '../base/exit-codes.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { drawRefused, summaryOf, type Refused } from '../config/problem.ts';
import type { ListSpec } from '../config/spec.ts';
import { connect, type ClientError } from '../control/client.ts';
import type { VersionView } from '../control/view.ts';
import { survey, type Known, type Survey } from '../supervisor/adoption.ts';
import { stateFolderAt, type StateFolder } from '../supervisor/world/folder.ts';
import { readHolder, type Holder } from '../supervisor/world/holder.ts';
import { takeLock } from '../supervisor/world/lock.ts';
import { openFilesLimit } from '../supervisor/world/own-limits.ts';
import { readState, type Read, type SavedState } from '../supervisor/world/state-file.ts';
import { isLivedByOthers, placedUnits } from '../systemd/places.ts';
import type { Told } from './guard.ts';
import { foldersInUse } from './in-use.ts';
import { listIn } from './living.ts';
import { ownerOf } from './owner.ts';
import type { Terminal } from './print/terminal.ts';
import type { RefusedList } from '../supervisor/present-list.ts';
import { foldersOf } from './target.ts';

/** We have the list from now on; otherwise its holder (null: unknown). */
export async function takeList(
  folder: StateFolder,
  file: string,
  whom: 'to hand on' | Told,
): Promise<Result<number, Holder | null>> {
  const handsOn = whom === 'to hand on';
  const us = handsOn ? null : { pid: process.pid, list: file, since: new Date().toISOString() };
  const lock = await takeLock(folder.lock, us, handsOn ? null : whom.lock);
  if (!lock.ok) return lock.error === null ? fail(await laterHolder(folder.lock)) : lock;
  // If the lock file was removed, its former holder still answers and still has the list.
  const other = await whoAnswers(folder.path);
  if (!other.ok) return lock;
  return fail(other.value === null ? null : { ...other.value, since: 'a time that went with its lock file' });
}

/** A holder that has taken it at this very moment and is about to say so. */
async function laterHolder(lock: string): Promise<Holder | null> {
  for (let tries = 0; tries < 40; tries++) {
    const holder = readHolder(lock);
    if (holder !== null) return holder;
    await sleep(50);
  }
  return null;
}

/** This list is already in use, with a state folder that is not ours. */
export interface Elsewhere {
  readonly folder: string;
  readonly words: string;
  /** A supervisor is running there; otherwise its daemons live on without one. */
  readonly runs: boolean;
  /** Does a command that names the list find it there? */
  readonly isFound: boolean;
}

/**
 * Looks in every other place where this list may be: another user or a systemd unit may have started it. `isNamed`: the user says where to
 * keep it, which is how one list runs twice; otherwise also where a process of this machine says it is. null: nowhere else, as far as we
 * may look; where we may not, that is reported.
 */
export async function elsewhere(
  list: ListSpec,
  ours: StateFolder,
  isNamed: boolean,
  terminal: Terminal,
): Promise<Elsewhere | null> {
  const usual = foldersOf(list.id, list.file);
  const others = isNamed ? [] : foldersInUse().filter((folder) => !usual.includes(folder) && isOf(folder, list));
  for (const folder of [...usual, ...others].filter((each) => each !== ours.path)) {
    const there = await lookInto(folder, list, terminal);
    if (there !== null) return { ...there, isFound: usual.includes(folder) };
  }
  return null;
}

async function lookInto(
  folder: string,
  list: ListSpec,
  terminal: Terminal,
): Promise<Omit<Elsewhere, 'isFound'> | null> {
  const answer = await whoAnswers(folder);
  const there = answer.ok ? answer.value : null;
  const isClosed = !answer.ok && answer.error.tag === 'denied';
  // That it runs as a unit is no secret.
  const unit = isClosed
    ? placedUnits(list).find(({ of, name }) => of === 'machine' && isLivedByOthers(name))
    : undefined;
  if (unit !== undefined)
    return {
      folder,
      words: `${unit.name} has the list ${list.file}${ofUser(folder)}. See it, as that user or as root: supervise status`,
      runs: true,
    };
  if (isClosed)
    terminal.tell(
      `supervise: ${folder} is not ours to look into: whether another supervisor has this list there is not known`,
      'warning',
    );
  else if (there !== null && !isSameFile(there.list, list.file))
    terminal.tell(
      `supervise: another list with the name ${list.id} (${there.list}) runs in ${folder}; should it be this one, stop it first: supervise stop --state-dir ${folder}`,
      'warning',
    );
  else if (there !== null)
    return {
      folder,
      words: `the supervisor with pid ${there.pid}${ofUser(`/proc/${there.pid}`)} has the list ${there.list}, in ${folder}. See it: supervise status --state-dir ${folder}`,
      runs: true,
    };
  else if (livesThere(folder, list))
    return {
      folder,
      words: `daemons of this list live on in ${folder}${ofUser(folder)}, whose supervisor has died: nothing is started beside them. Go on with them: supervise start --state-dir ${folder}; or end them: supervise stop --state-dir ${folder}`,
      runs: false,
    };
  return null;
}

/** Empty if it is ours. */
function ofUser(file: string): string {
  const owner = ownerOf(file);
  return owner === null || owner.uid === process.getuid?.() ? '' : ` (of ${owner.name})`;
}

/** Is this the folder of this very list, as far as recorded there? */
function isOf(folder: string, { file }: ListSpec): boolean {
  const there = listIn(folder);
  return there !== null && isSameFile(there, file);
}

/** As typed, or by their targets: `current/daemons.yaml` is that of the release. */
function isSameFile(a: string, b: string): boolean {
  if (a === b) return true;
  try {
    return fs.realpathSync(a) === fs.realpathSync(b);
  } catch {
    return false; // One of them is gone.
  }
}

/** What accepts a connection in this folder; null: something that does not identify itself. */
async function whoAnswers(folder: string): Promise<Result<VersionView | null, ClientError>> {
  const client = await connect(folder);
  if (!client.ok) return client;
  const version = await client.value.call('version', {});
  client.value.close();
  return ok(version.ok ? version.value : null);
}

function livesThere(folder: string, list: ListSpec): boolean {
  const place = stateFolderAt(folder);
  return isOf(folder, list) && survey(place, readState(place.state), list).adoption?.isAlive === true;
}

/** What an earlier supervisor saved, and what it left. */
export interface Past {
  readonly saved: Read;
  /** When it was saved, in wall time in milliseconds; null: never. */
  readonly savedAt: number | null;
  /** `list`: used to find daemons that no state file knows; null: it is refused. */
  readonly survey: (list: Known | null) => Survey;
}

/** Anything odd about the state file is reported. */
export function lookBack(folder: StateFolder, terminal: Terminal): Past {
  const saved = readState(folder.state);
  if (saved.is === 'unreadable')
    terminal.tell(`supervise: ${folder.state} cannot be used (${saved.why}); starting without it`, 'warning');
  const savedAt = fs.statSync(folder.state, { throwIfNoEntry: false })?.mtimeMs ?? null;
  return { saved, savedAt, survey: (list) => survey(folder, saved, list) };
}

/** Says that what is alive was started from a list in another place; null: it was not, or a link connects the two. */
export function movedWords({ saved, survey }: Past, list: ListSpec | RefusedList): string | null {
  const was = saved.is === 'read' ? saved.state.list : list.file;
  if (isSameFile(was, list.file) || survey(list).adoption?.isAlive !== true) return null;
  return `what lives was started from the list ${was}${fs.existsSync(was) ? '' : ', which has gone'}; it goes on under ${list.file}`;
}

/** What an earlier supervisor knew of a list that is now refused, if any of it is alive; `list`: as in `Past`. null: nothing is. */
export function refusedList({ saved, survey }: Past, refused: string, list: ListSpec | null): RefusedList | null {
  const { adoption } = survey(list);
  const known = saved.is === 'read' ? knownList(saved.state) : list;
  if (adoption?.isAlive !== true || known === null) return null;
  const { id, file, startRate } = known;
  return { id, file, startRate, maxTotalLogBytes: null, resources: [], daemons: adoption.daemons, refused };
}

const knownList = ({ id, list, startsPerSecond }: SavedState): Pick<ListSpec, 'id' | 'file' | 'startRate'> => ({
  ...{ id, file: list },
  startRate: startsPerSecond === null ? null : { perSecond: startsPerSecond },
});

export const ONLY_ENDED = 'the list is only ended: nothing is started';

export function refusedWords({ problems }: Refused): string {
  const [first] = problems;
  const place = first?.at == null ? '' : `line ${first.at.line}: `;
  return `${keptWords(`${summaryOf(problems)}; ${place}${first?.what ?? ''}`)}. See supervise check; once it is mended: supervise reload`;
}

/** Nothing is started, for this reason, but what is alive is still looked after. */
export const keptWords = (why: string): string =>
  `the list is refused (${why}): what lives is kept as it was started, and nothing is started`;

export async function tellProblems(refused: Refused, terminal: Terminal): Promise<ExitCode> {
  terminal.tell(await drawRefused(refused, terminal.colours));
  return EXIT.usage;
}

/** Three FIFOs per instance, three files per log, and a moment with both ends open; the rest of us needs little. */
export function tooFewDescriptors(list: ListSpec): string | null {
  const instances = list.daemons.reduce((sum, spec) => sum + spec.instances, 0);
  const needed = 3 * instances + 3 * list.daemons.length + 50;
  const limit = openFilesLimit();
  if (limit >= needed) return null;
  return `${instances} instances need ${needed} open files, and the limit is ${limit}: raise it (ulimit -n ${needed})`;
}
