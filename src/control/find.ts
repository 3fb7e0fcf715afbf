import { fail, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { connect } from './client.ts';
import type { Client, ClientError } from './client.ts';

const NOBODY = 'no supervisor is running for this list; start it with: supervise start';

export interface Found {
  /** The state folder of the supervisor that answered. */
  readonly folder: string;
  readonly client: Client;
}

/**
 * The supervisor that has a list: connects to the first folder in which something listens; each is a place where the list's state may be.
 * If none does, the error is the gravest met: a supervisor that does not answer, then one that we may not ask, then `nobody`.
 */
export async function find(folders: readonly string[]): Promise<Result<Found, ClientError>> {
  const errors: ClientError[] = [];
  for (const folder of folders) {
    const client = await connect(folder);
    if (client.ok) return ok({ folder, client: client.value });
    errors.push(client.error);
  }
  const gravest =
    errors.find((error) => error.tag === 'broken') ??
    errors.find((error) => error.tag === 'denied') ??
    ({ tag: 'nobody', words: NOBODY } as const);
  return fail(gravest);
}
