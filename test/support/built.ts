/** Builds the program once per test run, into a folder of that run, and makes sure that no process outlives it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { koffi } from './needs.ts';
import { send, withEnvironmentLine } from './processes.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the tests of this run put their folders; a short path, since sockets are in them. */
    readonly root: string;
    /** The built command line. */
    readonly program: string;
  }
}

export default function setup(project: TestProject): () => void {
  const root = mkdtempSync(path.join(tmpdir(), 'sv-'));
  const script = path.resolve(import.meta.dirname, '../../scripts/build.mjs');
  execFileSync(process.execPath, [script, path.join(root, 'dist')], { stdio: 'inherit' });
  // Packages that are not bundled are found beside it, as in an installation.
  const packages = path.resolve(import.meta.dirname, '../../node_modules');
  const optional = koffi.missing ? ['koffi', '@koromix'] : [];
  mkdirSync(path.join(root, 'node_modules'));
  for (const name of readdirSync(packages).filter((each) => !optional.includes(each)))
    symlinkSync(path.join(packages, name), path.join(root, 'node_modules', name));
  project.provide('root', root);
  project.provide('program', path.join(root, 'dist/cli/main.js'));
  return () => {
    const left = [`SUPERVISE_GUARDS=${root}/`, `SUPERVISE_FOLDER=${root}/`].flatMap(withEnvironmentLine);
    for (const { pid } of left) send(pid, 'SIGKILL');
    rmSync(root, { recursive: true, force: true });
    if (left.length > 0)
      throw new Error(
        `processes outlived the tests: ${left.map((each) => `${each.pid} (${each.command})`).join(', ')}`,
      );
  };
}
