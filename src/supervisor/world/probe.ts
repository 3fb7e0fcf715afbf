/** Is a resource up? Asked once, within its time; the answer is null, or why it is not, in words. */
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { cleanText } from '../../base/clean.ts';
import { formatDuration } from '../../base/duration.ts';
import { never } from '../../base/never.ts';
import type { ProbeSpec, ResourceSpec } from '../../config/spec.ts';
import { runShort, type ShortCommand } from './short-command.ts';

/** Where programs run: in the folder of the list. */
export type ProbeSurroundings = Pick<ShortCommand, 'folder' | 'environment'>;

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
      return runShort({ argv: probe.argv, ...around }, end);
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
