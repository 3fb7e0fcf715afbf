/** Two lists with the same `name:`: a request meant for one is not sent to the other. */
import fs from 'node:fs';
import { isErrno } from '../supervisor/world/errno.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Client, ClientError } from '../control/client.ts';
import type { VersionView } from '../control/view.ts';
import type { Invocation } from './args.ts';
import { explicitFolder, listFile, reach } from './target.ts';

interface Found {
  readonly client: Client;
  readonly folder: string;
  readonly version: VersionView;
}

/** Connects to the supervisor that a command wants to act: refused if it has another list. */
export async function reachToAct(call: Invocation): Promise<Result<Found, ClientError>> {
  const found = await reach(call);
  if (!found.ok) return found;
  const { client, folder } = found.value;
  const version = await client.call('version', {});
  if (!version.ok) return version;
  const other = otherRuns(version.value.list, folder, call);
  if (other === null) return ok({ client, folder, version: version.value });
  client.close();
  return fail({ tag: 'refused', reason: 'invalid', words: other });
}

/** Why nothing may be asked of the list running in this folder, in words; null: it is the one meant. */
function otherRuns(running: string, folder: string, call: Invocation): string | null {
  const meant = meantInstead(running, call);
  return meant === null ? null : otherListWords(running, meant, folder);
}

/**
 * The list that a command means, if the one found by name alone is another file. null: it is that file, or the folder itself was named. A
 * file that is gone is no other list: it may have moved.
 */
export function meantInstead(found: string, call: Invocation): string | null {
  const meant = explicitFolder(call) === undefined ? listFile(call) : null;
  return meant === null || meant === found || !areTwo(meant, found) ? null : meant;
}

/** `how`: the state of the other list, as a sentence; empty: its supervisor answers. */
export const otherListWords = (other: string, meant: string, folder: string, how = ''): string =>
  `the list that runs under this name is ${other}, not ${meant}: nothing was asked of it. ${how}` +
  `If it is meant: --file ${other}, or --state-dir ${folder}. To run both, give one of them another \`name:\`.`;

/** Both exist, as far as we may look, and neither leads to the other. */
function areTwo(a: string, b: string): boolean {
  try {
    const [one, other] = [fs.statSync(a), fs.statSync(b)];
    return one.dev !== other.dev || one.ino !== other.ino;
  } catch (error) {
    if (isErrno(error)) return false;
    throw error;
  }
}
