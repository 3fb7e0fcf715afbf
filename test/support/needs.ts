import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** A program that some tests need and that not every machine has. */
export interface Need {
  readonly missing: boolean;
  /** Appended to the name of what is skipped: `describe.skipIf(php.missing)(\`PHP${php.note}\`, …)`. */
  readonly note: string;
}

/** Looks for a program in PATH; if missing, says so once on stderr. CI installs `debianPackage`. */
export function need(program: string, debianPackage: string): Need {
  return needed(program, `apt-get install ${debianPackage}`);
}

/** A program that the demo can run under; if CI sets `MUST_RUN=peers`, its absence is an error. */
export function needPeer(program: string, install: string): Need {
  const found = needed(program, install);
  if (found.missing && process.env.MUST_RUN?.includes('peers') === true)
    throw new Error(`${program} must be here: ${install}`);
  return found;
}

function needed(program: string, install: string): Need {
  const missing = !isInPath(program);
  if (missing) process.stderr.write(`skipped: tests that need ${program} (${install})\n`);
  return { missing, note: missing ? ` (skipped: no ${program} here)` : '' };
}

function isInPath(program: string): boolean {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false; // not here; the next folder may have it
    }
  });
}

/** The optional package. CI runs the integration and fault tests once more without it (WITHOUT_KOFFI). */
export const koffi: Need = {
  missing: process.env.WITHOUT_KOFFI !== undefined,
  note: process.env.WITHOUT_KOFFI === undefined ? '' : ' (skipped: koffi is left out)',
};

/** Switching users, and mounts, need root. CI runs as root. */
export const asRoot: Need = {
  missing: process.geteuid?.() !== 0,
  note: process.geteuid?.() === 0 ? '' : ' (skipped: this is not root)',
};
if (asRoot.missing) process.stderr.write('skipped: tests that need root\n');

/** Separate namespaces, which need root, a kernel that has them, and no sandbox in between. CI has them. */
export function unshared(what: string, ...flags: readonly string[]): Need {
  const missing = spawnSync('unshare', [...flags, 'true'], { stdio: 'ignore' }).status !== 0;
  if (missing) process.stderr.write(`skipped: tests that need ${what} (unshare ${flags.join(' ')})\n`);
  return { missing, note: missing ? ` (skipped: no ${what} here)` : '' };
}
