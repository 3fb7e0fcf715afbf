/** Is a resource up? Asked once, within its time; the answer is null, or why it is down, in words. */
import type { IncomingMessage } from 'node:http';
import net from 'node:net';
import { messageOf } from '../../base/error-words.ts';
import { cleanText } from '../../base/clean.ts';
import { formatDuration } from '../../base/duration.ts';
import { inTime } from '../../base/in-time.ts';
import { never } from '../../base/never.ts';
import type { ResourceSpec } from '../../config/spec.ts';
import { placeOf } from '../../config/veil.ts';
import { runShort, type ShortCommand } from './short-command.ts';

/** Where programs run: the folder of the list. */
export type ProbeSurroundings = Pick<ShortCommand, 'folder' | 'environment'>;

type Probe = Pick<ResourceSpec, 'probe' | 'timeoutMs'>;

/** Never throws and never exceeds the probe's time, whatever happens to what it has begun. */
export async function probeOnce({ probe, timeoutMs }: Probe, around: ProbeSurroundings): Promise<string | null> {
  const end = new AbortController();
  const asked = ask({ probe, timeoutMs }, end.signal, around).catch((error: unknown) => messageOf(error));
  const words = await inTime(asked, timeoutMs, () => {
    end.abort();
    return `no answer within ${formatDuration(timeoutMs)}`;
  });
  return words === null ? null : cleanText(words, WORDS_MAX);
}

const WORDS_MAX = 200;

function ask({ probe, timeoutMs }: Probe, end: AbortSignal, around: ProbeSurroundings): Promise<string | null> {
  switch (probe.kind) {
    case 'exec':
      return runShort({ argv: probe.argv, ...around }, timeoutMs);
    case 'tcp':
      return connect(probe, end);
    case 'http':
      return request(probe.url, end);
    case 'file':
      return look(probe.path, timeoutMs, around);
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

async function request(url: string, end: AbortSignal): Promise<string | null> {
  // Imported here only: TLS costs some ten milliseconds at each start, and most lists do not need it.
  const { get } = await (url.startsWith('https:') ? import('node:https') : import('node:http'));
  return await new Promise((resolve, reject) => {
    const answered = ({ statusCode = 0 }: IncomingMessage): void => {
      resolve(statusCode >= 200 && statusCode < 400 ? null : `${placeOf(url)} answers ${statusCode}`);
    };
    get(url, { signal: end, agent: false }, (answer) => {
      answer.destroy();
      answered(answer);
    })
      // 101: we asked for no other protocol.
      .once('upgrade', (answer, socket) => {
        socket.destroy();
        answered(answer);
      })
      .once('error', reject);
  });
}

/**
 * In a separate process: looking at a dead mount may hang for ever, and a thread of ours that hangs also holds up our own files and our
 * end. Only the inode is asked for: looking up the owner's name may involve another machine.
 */
async function look(path: string, timeoutMs: number, { environment }: ProbeSurroundings): Promise<string | null> {
  const argv = ['stat', '-L', '-c', '%i', path] as const;
  const words = await runShort({ argv, folder: '/', environment: { ...environment, LC_ALL: 'C' } }, timeoutMs);
  if (words?.startsWith('stat: exit ') !== true) return words;
  const why = words.slice(words.lastIndexOf(': ') + 2);
  if (why === 'No such file or directory' || why === 'Not a directory') return `${path} is not there`;
  return `${path} cannot be looked at: ${why}`;
}
