/** The unit of the list that a command means: its contents and its place. */
import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fail, ok, type Result } from '../../base/result.ts';
import { absoluteAsTyped, stateFolder } from '../../config/identity.ts';
import { loadList } from '../../config/load.ts';
import { drawRefused } from '../../config/problem.ts';
import { openDatagramSocket } from '../../native/index.ts';
import { nodeVersion } from '../../systemd/reach.ts';
import type { UnitFacts } from '../../systemd/unit.ts';
import { hasOption, valueOf, type Invocation } from '../args.ts';
import { tellUsage } from '../failure.ts';
import { ownerOf, type User } from '../owner.ts';
import type { Terminal } from '../print/terminal.ts';
import { explicitFolder, listFile, SYSTEM_FOLDER } from '../target.ts';

export interface ListUnit {
  readonly facts: UnitFacts;
  /** The user it runs as; null: the user of its systemd. */
  readonly user: User | null;
  /** The node was named by the user, who is responsible for its place. */
  readonly isNodeNamed: boolean;
}

/** Which systemd a command means: for root the machine's, unless told otherwise. */
export const systemdOf = (call: Invocation): UnitFacts['of'] =>
  process.getuid?.() === 0 && !hasOption(call, 'user') ? 'machine' : 'user';

/** null: there is none, and why was reported: a wrong list is drawn with everything wrong with it. */
export async function listUnitOf(call: Invocation, terminal: Terminal): Promise<ListUnit | null> {
  const file = listFile(call) ?? absoluteAsTyped('daemons.yaml');
  const list = loadList(file, process.env);
  if (!list.ok) {
    terminal.tell(await drawRefused(list.error, terminal.colours));
    return null;
  }
  const node = await nodeOf(valueOf(call, 'node'));
  if (!node.ok) {
    tellUsage(node.error, terminal);
    return null;
  }
  const of = systemdOf(call);
  const owner = of === 'machine' ? ownerOf(file) : null;
  const user = owner === null || owner.uid === 0 ? null : owner;
  const facts = await factsOf({ id: list.value.id, file, user, of, node: node.value, explicit: explicitFolder(call) });
  return { facts, user, isNodeNamed: hasOption(call, 'node') };
}

interface Asked {
  readonly id: string;
  readonly file: string;
  readonly user: User | null;
  readonly of: UnitFacts['of'];
  readonly node: string;
  readonly explicit: string | undefined;
}

async function factsOf({ id, file, user, of, node, explicit }: Asked): Promise<UnitFacts> {
  const isMachine = of === 'machine';
  const state = explicit ?? (isMachine && user === null ? null : folderOf(id, isMachine));
  const at = ['-f', file, ...(state === null ? [] : ['--state-dir', state])];
  const commandOf = (name: string): readonly [string, ...string[]] => [node, program(), name, ...at];
  return {
    id,
    list: file,
    command: commandOf('start'),
    reload: commandOf('reload'),
    of,
    user: user?.name ?? null,
    makesState: isMachine && explicit === undefined,
    ownName: (isMachine && user === null) || (await hasKoffi()),
  };
}

/** Named explicitly, since it depends on the user and on XDG_STATE_HOME, which systemd does not know; root's supervisor finds its own. */
const folderOf = (id: string, isMachine: boolean): string =>
  isMachine ? path.join(SYSTEM_FOLDER, id) : stateFolder({ id, uid: process.getuid?.() ?? 0, env: process.env });

/** Links resolved: moving a link may move what is installed, and no unit should depend on that. */
const program = (): string => realpathSync(process.argv[1] ?? '');

async function hasKoffi(): Promise<boolean> {
  const socket = await openDatagramSocket();
  socket?.close();
  return socket !== null;
}

/** The node that runs us, or the named one if it is suitable. */
async function nodeOf(named: string | undefined): Promise<Result<string>> {
  if (named === undefined) return ok(process.execPath);
  const file = absoluteAsTyped(named);
  const version = await nodeVersion(file);
  if (version === null) return fail(`--node: ${file} is not a node that answers`);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 20 || (major === 20 && minor >= 19)
    ? ok(file)
    : fail(`--node: ${file} is node ${version}, and supervise needs 20.19 or newer`);
}

/** Is a file below a home? Then it goes with that user, or with a version manager. */
export function isBelowHome(file: string, user: User | null): boolean {
  const homes = ['/home', '/root', homedir(), ...(user?.home == null || user.home === '/' ? [] : [user.home])];
  return homes.some((home) => file.startsWith(`${home}/`));
}
