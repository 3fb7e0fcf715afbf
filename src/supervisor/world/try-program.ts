import { execa } from 'execa';

const PATIENCE_MS = 30_000;

/** Runs a command to its end: its exit code (null: none in time), and the line on stderr that says why. */
export async function tryProgram(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; words: string }> {
  const how = { reject: false, timeout: PATIENCE_MS, env } as const;
  const { exitCode, stderr, shortMessage } = await execa(file, [...args], how);
  const lines = stderr.trim().split('\n');
  // Node first shows a source location.
  const told = lines.find((line) => /^\w*Error\b/.test(line)) ?? lines[0] ?? '';
  return { code: exitCode ?? null, words: told === '' ? (shortMessage ?? '') : told };
}
