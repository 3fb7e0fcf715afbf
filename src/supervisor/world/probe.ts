/** Is a resource up? Asked once, within its time; the answer is null, or why it is not, in words. */
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { execa } from 'execa';
import { cleanText } from '../../base/clean.ts';
import { formatDuration } from '../../base/duration.ts';
import { never } from '../../base/never.ts';
import type { ProbeSpec, ResourceSpec } from '../../config/spec.ts';

export interface ProbeSurroundings {
  /** Where programs run: the folder of the list. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

type Probe = Pick<ResourceSpec, 'probe' | 'timeoutMs'>;

/** Never throws. */
export async function probeOnce({ probe, timeoutMs }: Probe, around: ProbeSurroundings): Promise<string | null> {
  const end = AbortSignal.timeout(timeoutMs);
  const words = await ask(probe, end, around).catch((error: unknown) =>
    error instanceof Error ? error.message : String(error),
  );
  if (words === null) return null;
  return end.aborted ? `no answer within ${formatDuration(timeoutMs)}` : cleanText(words, WORDS_MAX);
}

const WORDS_MAX = 200;

function ask(probe: ProbeSpec, end: AbortSignal, around: ProbeSurroundings): Promise<string | null> {
  switch (probe.kind) {
    case 'exec':
      return execute(probe.argv, end, around);
    case 'tcp':
      return connect(probe, end);
    case 'http':
      return request(probe.url, end);
    case 'file':
      // Not in the event loop: a mount that is away may hold whoever looks at it.
      return fs.promises.stat(probe.path).then(
        () => null,
        () => `${probe.path} is not there`,
      );
    default:
      return never(probe);
  }
}

async function execute(
  [file, ...args]: readonly [string, ...string[]],
  end: AbortSignal,
  { folder, environment }: ProbeSurroundings,
): Promise<string | null> {
  // A session of its own: a Ctrl-C in our terminal is none of its business, and its helpers end with it.
  const child = execa(file, args, {
    ...{ cwd: folder, env: environment, extendEnv: false, detached: true, reject: false },
    ...{ stdin: 'ignore', stdout: 'ignore', stderr: 'pipe', maxBuffer: 10_000 },
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

function connect({ host, port }: { host: string; port: number }, end: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, signal: end });
    socket.once('connect', () => {
      socket.end();
      socket.destroy();
      resolve(null);
    });
    socket.once('error', (error) => {
      resolve(error.message);
    });
  });
}

function request(url: string, end: AbortSignal): Promise<string | null> {
  const { get } = url.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    get(url, { signal: end, agent: false }, (answer) => {
      const { statusCode = 0 } = answer;
      answer.destroy();
      resolve(statusCode >= 200 && statusCode < 400 ? null : `${url} answers ${statusCode}`);
    }).once('error', reject);
  });
}
