import { execa } from 'execa';

/**
 * Which of these files the user may not read, as the kernel sees it (including groups and access lists). Asked as root; if it cannot be
 * asked (no setpriv) nothing is reported.
 */
export async function unreadable(user: string, files: readonly string[]): Promise<readonly string[]> {
  const isKnown = !/^\d+$/.test(user);
  const become = isKnown ? ['--init-groups', `--regid=${await groupOf(user)}`] : [`--regid=${user}`, '--clear-groups'];
  const look = 'for file; do test -r "$file" || printf "%s\\0" "$file"; done';
  const { stdout, exitCode } = await execa(
    'setpriv',
    [`--reuid=${user}`, ...become, 'sh', '-c', look, 'sh', ...files],
    { reject: false, cwd: '/', stripFinalNewline: false },
  );
  return exitCode === 0 ? stdout.split('\0').filter(Boolean) : [];
}

async function groupOf(user: string): Promise<string> {
  const { stdout } = await execa('id', ['-g', user], { reject: false });
  return stdout;
}

/** The version that a node reports; null: it is not node, or does not answer. */
export async function nodeVersion(file: string): Promise<string | null> {
  const { stdout, failed } = await execa(file, ['--print', 'process.versions.node'], {
    reject: false,
    stdin: 'ignore',
    timeout: ANSWER_MS,
  });
  return !failed && /^\d+\.\d+\.\d+/.test(stdout) ? stdout : null;
}

const ANSWER_MS = 10_000;
