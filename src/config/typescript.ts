import { realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { execaSync } from 'execa';
import type { Result } from '../base/result.ts';
import { fail, ok } from '../base/result.ts';

/**
 * The arguments that make a `node` run a TypeScript file: none if that node strips types itself, else `--import` and the URL of tsx's
 * loader. (The `tsx` command would put a second process in between, and the script would not have our fd 3.) tsx is the one installed in
 * the script's project: looked up from the script's folder, then from cwd.
 */
export function typescriptArguments(node: string, script: string, cwd: string): Result<readonly string[]> {
  if (isOurs(node)) {
    if (stripsTypes()) return ok([]);
    return withTsx(script, cwd) ?? noTsx(script);
  }
  // Another node: an installed tsx works with every version, so there is no need to ask. Otherwise ask, once.
  return withTsx(script, cwd) ?? (otherStripsTypes(node) ? ok([]) : noTsx(script));
}

const noTsx = (script: string): Result<never> =>
  fail(`${script} is TypeScript, and neither can this node run it nor is tsx installed beside it: npm i -D tsx`);

function withTsx(script: string, cwd: string): Result<readonly string[]> | undefined {
  const loader = resolveTsx(path.dirname(script)) ?? resolveTsx(cwd);
  return loader === undefined ? undefined : ok(['--import', pathToFileURL(loader).href]);
}

function resolveTsx(folder: string): string | undefined {
  try {
    return createRequire(path.join(folder, 'from-here.js')).resolve('tsx');
  } catch {
    return undefined; // Not installed there: the caller looks elsewhere.
  }
}

function isOurs(node: string): boolean {
  return realpathSync(node) === realpathSync(process.execPath);
}

function stripsTypes(): boolean {
  return 'typescript' in process.features && Boolean(process.features.typescript);
}

/** By file and modification time: a node replaced in place is asked again. */
const asked = new Map<string, boolean>();

function otherStripsTypes(node: string): boolean {
  const file = realpathSync(node);
  const id = `${file} ${statSync(file).mtimeMs}`;
  const known = asked.get(id);
  if (known !== undefined) return known;
  const { stdout } = execaSync(node, ['-p', 'Boolean(process.features.typescript)'], {
    reject: false,
    timeout: 5_000,
    stdin: 'ignore',
  });
  const answer = stdout.trim() === 'true';
  asked.set(id, answer);
  return answer;
}
