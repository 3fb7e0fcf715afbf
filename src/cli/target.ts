import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listed } from '../base/listed.ts';
import { fail, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { absoluteAsTyped, identityOf, quickName, stateFolder } from '../config/identity.ts';
import { readText } from '../config/read.ts';
import type { ClientError } from '../control/client.ts';
import type { Found } from '../control/find.ts';
import { valueOf } from './args.ts';
import type { Invocation } from './args.ts';
import { ownerOf } from './owner.ts';
import { guardOf, startedBy } from './guard.ts';
import { findLiving } from './without-socket.ts';
import type { PlacedUnit } from '../systemd/places.ts';

/** Which list a command line means, and where its supervisor may be. */
export interface Target {
  /** Absolute, as typed; null if only `--state-dir` is given. */
  readonly file: string | null;
  /** The folders where the state of the list may be; the first is where a supervisor that we start would put it. */
  readonly folders: readonly string[];
}

/** How long to wait if nothing answers but there is a guard. */
const GUARD_MS = 500;

export const SYSTEM_FOLDER = '/var/lib/supervise';

/** The list that a command means; the error is a sentence: there is none here. */
export async function targetOf(call: Invocation): Promise<Result<Target>> {
  const explicit = explicitFolder(call);
  const file = listFile(call);
  if (file === null) {
    if (explicit !== undefined) return ok({ file: null, folders: [explicit] });
    return fail(`there is no daemons.yaml in ${absoluteAsTyped('.')}; --file names a list that is elsewhere`);
  }
  if (explicit !== undefined) return ok({ file, folders: [explicit] });
  return ok({ file, folders: foldersOf(await listId(file), file) });
}

/** The id of a list, even if it is invalid or absent. */
export const listId = async (file: string): Promise<string> => identityOf({ name: await nameOf(file), file });

/** The list given by `--file` or this folder, absolute; null if there is none. It need not exist. */
export function listFile(call: Invocation): string | null {
  const given = valueOf(call, 'file');
  if (given !== undefined) return absoluteAsTyped(given);
  const here = ['daemons.yaml', 'daemons.yml'].find((name) => existsSync(name));
  return here === undefined ? null : absoluteAsTyped(here);
}

/** The state folder given by `--state-dir` or SUPERVISE_STATE_DIR. */
export function explicitFolder(call: Invocation): string | undefined {
  const given = valueOf(call, 'state-dir') ?? process.env.SUPERVISE_STATE_DIR;
  return given === undefined || given === '' ? undefined : absoluteAsTyped(given);
}

/** Connects to the supervisor of the list that a command means. */
export async function reach(call: Invocation): Promise<Result<Found, ClientError>> {
  const target = await targetOf(call);
  if (!target.ok) return fail({ tag: 'refused', reason: 'invalid', words: target.error });
  const { folders } = target.value;
  const found = await findLiving(folders);
  if (found.ok || found.error.tag !== 'nobody') return found;
  if (guardOf(folders) === null) return (await isLeftAlone(call, target.value)) ?? (await hasUnit(call)) ?? found;
  // It is on its way up, or both are on their way out.
  await sleep(GUARD_MS);
  const again = await findLiving(folders);
  const guard = guardOf(folders);
  if (again.ok || guard === null) return again;
  const coming = comingUp(folders, guard);
  return fail({
    tag: 'nobody',
    words:
      coming === null
        ? `the supervisor has died, and its guard (pid ${guard}) is about to start it again`
        : `the supervisor (pid ${coming}) is on its way up, and does not answer yet; ask again in a moment`,
  });
}

/** Daemons that live on without a supervisor: whoever asks for the supervisor is told about them. null: there are none. */
async function isLeftAlone(call: Invocation, { file, folders }: Target): Promise<Result<never, ClientError> | null> {
  // Most of the time nothing is left, and then a close look is not worth its cost.
  if (!folders.some(mayHaveLeft)) return null;
  const [{ loadList }, { livingIn, foldersMeant }] = await Promise.all([
    import('../config/load.ts'),
    import('./living.ts'),
  ]);
  const loaded = file === null ? null : loadList(file, process.env);
  const list = loaded?.ok === true ? loaded.value : null;
  const { meant, others } = await foldersMeant(call);
  const living = meant.filter(mayHaveLeft).flatMap((folder) => livingIn(folder, list));
  const [other] = others;
  if (living.length === 0 && other !== undefined)
    return fail({ tag: 'nobody', words: `no supervisor is running: ${other.words}` });
  if (living.length === 0) return null;
  const names = living.map(({ id, pid }) => `${id} (pid ${pid})`);
  const words = `no supervisor is running: it has died, and ${listed(names, 5)} ${living.length === 1 ? 'lives' : 'live'} on without one. `;
  const mend = living.every(({ isKnown }) => isKnown)
    ? 'Go on with them: supervise start; end them: supervise stop'
    : 'What it had written down of them cannot be used, and there is no list that can: see supervise check, then supervise start or supervise stop';
  return fail({ tag: 'nobody', words: `${words}${mend}` });
}

/** The pid of a supervisor that `start -d` has just started; null: none, or it replaces one that has died. */
export function comingUp(folders: readonly string[], guard = guardOf(folders)): number | null {
  const isSuccessor = folders.some((folder) => existsSync(path.join(folder, 'state.json')) && mayHaveLeft(folder));
  return guard === null || isSuccessor ? null : startedBy(guard);
}

/** A list with a unit is not to be started by hand: the unit could not start then. null: it has none. */
async function hasUnit(call: Invocation): Promise<Result<never, ClientError> | null> {
  const unit = await unitOf(call);
  if (unit === null) return null;
  const words = `no supervisor is running for this list. It has a unit; start that: ${unit.start}`;
  return fail({ tag: 'nobody', words });
}

/** The unit of the list that a command means, according to its file; null: none is installed, or the state is elsewhere. */
export async function unitOf(call: Invocation): Promise<PlacedUnit | null> {
  const file = listFile(call);
  if (file === null || explicitFolder(call) !== undefined) return null;
  const { placedUnits } = await import('../systemd/places.ts');
  return placedUnits({ id: await listId(file), file })[0] ?? null;
}

/** Its last supervisor did not see the end of its last process, as far as recorded. */
function mayHaveLeft(folder: string): boolean {
  const state = path.join(folder, 'state.json');
  try {
    // A FIFO in its place would block us for ever.
    return !statSync(state).isFile() || !readFileSync(state, 'utf8').includes('"left":"ended"');
  } catch {
    // If the rest exists, someone has removed it.
    return existsSync(path.join(folder, 'fifo'));
  }
}

/** Ends the guard of a dead supervisor in these state folders, and waits until it is gone; returns its pid, or null if there is none. */
export async function endGuardOf(folders: readonly string[]): Promise<number | null> {
  const guard = guardOf(folders);
  if (guard === null) return null;
  try {
    process.kill(guard, 'SIGTERM');
  } catch {
    return guard; // It is gone already.
  }
  for (let tries = 0; tries < 250 && guardOf(folders) === guard; tries++) await sleep(20);
  return guard;
}

/** The state folders of all supervisors in this user's reach, including dead ones. */
export function allFolders(): readonly string[] {
  const own = path.dirname(ownFolder('x'));
  return [...new Set([own, SYSTEM_FOLDER])].flatMap((parent) => {
    try {
      return readdirSync(parent).map((id) => path.join(parent, id));
    } catch {
      return []; // Not there, or not accessible: nothing there is reachable.
    }
  });
}

/** Where the state of a list may be, whoever started it. */
export function foldersOf(id: string, file: string): readonly string[] {
  const owner = ownerHome(file);
  return [
    ...new Set([
      ownFolder(id),
      path.join(SYSTEM_FOLDER, id),
      ...(owner === null ? [] : [path.join(owner, '.local/state/supervise', id)]),
    ]),
  ];
}

/** Where a supervisor started here keeps the state of a list. */
export const folderOf = (id: string, call: Invocation): string => explicitFolder(call) ?? ownFolder(id);

const ownFolder = (id: string): string => stateFolder({ id, uid: process.getuid?.() ?? 0, env: process.env });

/** The `name:` of a list. Only an unusually written list is parsed: YAML costs more than everything else. */
async function nameOf(file: string): Promise<string | null> {
  const text = readText(file);
  // Whatever needs the list itself says why it cannot be read; its supervisor may be running all the same.
  if (!text.ok) return null;
  const quick = quickName(text.value);
  if (quick !== 'unsure') return quick.name;
  const { loadList } = await import('../config/load.ts');
  const list = loadList(file, process.env);
  return list.ok && list.value.id !== identityOf({ name: null, file }) ? list.value.id : null;
}

/** The home of the list's owner, if that is another person: the supervisor may run as that user. */
function ownerHome(file: string): string | null {
  const owner = ownerOf(file);
  return owner === null || owner.uid === 0 || owner.uid === process.getuid?.() ? null : owner.home;
}
