/** A private Redis: on a free loopback port, in memory only, gone with whatever opened it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

const TRIES = 5;

export class Redis {
  readonly #folder: string;
  readonly #port: number;
  #server: ChildProcess;

  private constructor(folder: string, port: number, server: ChildProcess) {
    this.#folder = folder;
    this.#port = port;
    this.#server = server;
  }

  static async open(folder: string): Promise<Redis> {
    for (let left = TRIES; ; left--) {
      const port = await freePort();
      const { server, said } = await run(folder, port);
      if (server !== null) return new Redis(folder, port, server);
      // Something else was quicker to take the port.
      if (left === 0 || !said.includes('Address already in use')) throw new Error(`redis-server: ${said}`);
    }
  }

  /** Host and port. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async goAway(): Promise<void> {
    const gone = once(this.#server, 'close');
    this.close();
    await gone;
  }

  /** Empty, at the same address. */
  async comeBack(): Promise<void> {
    const { server, said } = await run(this.#folder, this.#port);
    if (server === null) throw new Error(`redis-server: ${said}`);
    this.#server = server;
  }

  close(): void {
    this.#server.kill('SIGKILL');
  }
}

/** `server` is null where it has ended. */
function run(folder: string, port: number): Promise<{ readonly server: ChildProcess | null; readonly said: string }> {
  const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
  const memory = ['--save', '', '--appendonly', 'no'];
  const server = spawn('setpriv', ['--pdeathsig', 'KILL', 'redis-server', ...place, ...memory], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    let said = '';
    server.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('Ready to accept connections')) resolve({ server, said });
    });
    server.on('error', reject);
    server.on('close', () => {
      resolve({ server: null, said });
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
