import { execa } from 'execa';

const PATIENCE_MS = 30_000;

/** Runs a command to its end: its exit code (null: it had none in time), and the first line that it says on stderr. */
export async function tryProgram(
  file: string,
  args: readonly string[],
): Promise<{ code: number | null; words: string }> {
  const { exitCode, stderr, shortMessage } = await execa(file, [...args], { reject: false, timeout: PATIENCE_MS });
  const [first = ''] = stderr.trim().split('\n');
  return { code: exitCode ?? null, words: first === '' ? (shortMessage ?? '') : first };
}
