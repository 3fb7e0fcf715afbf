import { readFileSync, statSync } from 'node:fs';

/** A user of this machine, as /etc/passwd has it. */
export interface User {
  readonly uid: number;
  /** If /etc/passwd does not know the user: the number. */
  readonly name: string;
  readonly home: string | null;
}

/** The owner of a file. null: it is not there. */
export function ownerOf(file: string): User | null {
  try {
    return userOf(statSync(file).uid);
  } catch {
    return null; // Whatever needs the file itself says why it is unavailable.
  }
}

function userOf(uid: number): User {
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find((fields) => fields[2] === String(uid));
  return { uid, name: entry?.[0] ?? String(uid), home: entry?.[5] ?? null };
}
