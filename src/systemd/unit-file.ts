/** The file of a unit: read, compared, replaced, removed. The errors are sentences. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { codeOf } from '../base/error-words.ts';
import { fail, ok, type Result } from '../base/result.ts';

/** Its text; null: there is none. */
export function readUnit(file: string): Result<string | null> {
  try {
    return ok(readFileSync(file, 'utf8'));
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? ok(null) : fail(`${file} cannot be read (${wordOf(error)})`);
  }
}

/** Complete or not at all: systemd may read it at any moment. */
export function writeUnit(file: string, text: string): Result<null> {
  const aside = path.join(path.dirname(file), `.${path.basename(file)}.new`);
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(aside, text, { mode: 0o644 });
    renameSync(aside, file);
    return ok(null);
  } catch (error) {
    rmSync(aside, { force: true });
    return fail(`${file} cannot be written (${wordOf(error)})`);
  }
}

export function removeUnit(file: string): Result<null> {
  try {
    rmSync(file, { force: true });
    return ok(null);
  } catch (error) {
    return fail(`${file} cannot be removed (${wordOf(error)})`);
  }
}

/** Someone has added to it (`systemctl edit`). */
export const hasAdditions = (file: string): boolean => existsSync(`${file}.d`);

/** How the file differs from what is to be written, in the format of `diff -u`; without a diff program, the new text. */
export async function differenceOf(file: string, text: string): Promise<readonly string[]> {
  const words = ['-u', '--label', 'installed', '--label', 'new', file, '-'];
  const { stdout, exitCode } = await execa('diff', words, { reject: false, input: text });
  // 1: they differ.
  return (exitCode === 1 ? stdout : text).trimEnd().split('\n');
}

const wordOf = (error: unknown): string => codeOf(error) ?? String(error);
