/** A command of the list that is over soon, or is ended: a probe, or what is told of trouble. */
import { execa } from 'execa';

export interface ShortCommand {
  readonly argv: readonly [string, ...string[]];
  /** Where it runs. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What is on its stdin. */
  readonly input?: string;
}

/** Null where it exits with 0, else why not, in words. Ended by `end`, it and its helpers are killed. */
export async function runShort(command: ShortCommand, end: AbortSignal): Promise<string | null> {
  const { argv, folder, environment, input = '' } = command;
  const [file, ...args] = argv;
  // A session of its own: a Ctrl-C in our terminal is none of its business, and its helpers end with it.
  const child = execa(file, args, {
    ...{ cwd: folder, env: environment, extendEnv: false, detached: true, reject: false, input },
    ...{ stdout: 'ignore', stderr: 'pipe', maxBuffer: 10_000 },
  });
  const { pid } = child;
  const kill = (): void => {
    if (pid !== undefined) killGroup(pid);
  };
  end.addEventListener('abort', kill, { once: true });
  const done = await child;
  end.removeEventListener('abort', kill);
  if (!done.failed) return null;
  const [said = ''] = done.stderr.trim().split('\n');
  if (done.exitCode === undefined) return done.shortMessage ?? `${file} cannot be run`;
  return `${file}: exit ${done.exitCode}${said === '' ? '' : `: ${said}`}`;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}
