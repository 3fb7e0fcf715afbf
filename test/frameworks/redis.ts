/** A Redis of one's own: on a free loopback port, in memory only, gone with whoever has opened it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

export interface Redis {
  readonly url: string;
  readonly close: () => void;
}

const TRIES = 5;

export async function openRedis(folder: string): Promise<Redis> {
  for (let left = TRIES; ; left--) {
    const port = await freePort();
    const server = spawn('setpriv', ['--pdeathsig', 'KILL', 'redis-server', ...settings(port, folder)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = await firstWords(server);
    if (said.includes('Ready to accept connections'))
      return { url: `redis://127.0.0.1:${port}`, close: () => server.kill('SIGKILL') };
    // Somebody else was quicker to take the port.
    if (left === 0 || !said.includes('Address already in use')) throw new Error(`redis-server does not start: ${said}`);
  }
}

const settings = (port: number, folder: string): readonly string[] => [
  '--port',
  String(port),
  '--bind',
  '127.0.0.1',
  '--dir',
  folder,
  '--save',
  '',
  '--appendonly',
  'no',
];

/** What it says until it is ready or has ended. */
function firstWords(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    server.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('Ready to accept connections')) resolve(said);
    });
    server.on('error', reject);
    server.on('close', () => {
      resolve(said);
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an AddressInfo, not a path.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
