/** A Dockerfile's own instructions, run in separate namespaces: what a container is as far as processes go. */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { inject } from 'vitest';
import { koffi } from './needs.ts';
import { childrenOf } from './processes.ts';
import { Program, type Rig } from './supervise.ts';
import { waitFor } from './wait-for.ts';

export const EXAMPLE = path.resolve(import.meta.dirname, '../../examples/container');

export interface Dockerfile {
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly health: readonly string[];
  readonly user: string;
  readonly folder: string;
  readonly env: readonly string[];
  readonly stopSignal: NodeJS.Signals;
  /** The RUN lines that only make folders. */
  readonly folders: readonly string[];
}

/** The user in Node's image. */
const NODE_ID = '1000';

export function readDockerfile(file: string): Dockerfile {
  const lines = readFileSync(file, 'utf8').split('\n');
  const all = (word: string): readonly string[] =>
    lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
  const the = (word: string): string => {
    const [found, ...more] = all(word);
    if (found === undefined || more.length > 0) throw new Error(`${file} has ${all(word).length} lines ${word}`);
    return found;
  };
  const words = (json: string): readonly string[] => JSON.parse(json) as string[]; // The exec form of Docker is JSON.
  return {
    entrypoint: words(the('ENTRYPOINT')),
    cmd: words(the('CMD')),
    health: words(the('HEALTHCHECK').replace(/^.*? CMD /, '')),
    user: the('USER'),
    folder: the('WORKDIR'),
    env: all('ENV'),
    stopSignal: the('STOPSIGNAL') as NodeJS.Signals,
    folders: all('RUN').filter((line) => line.startsWith('install -d ')),
  };
}

export class Container {
  readonly program: Program;
  readonly #file: Dockerfile;
  readonly #environment: readonly string[];

  /** `command`: what it runs as pid 1. Its work folder is the rig's, read-only. */
  constructor(rig: Rig, file: Dockerfile, command: readonly string[]) {
    this.#file = file;
    const image = imageIn(rig);
    this.#environment = ['-i', `PATH=/srv/supervise/bin:${process.env.PATH ?? ''}`, 'LANG=C.UTF-8', ...file.env];
    const script = [
      'set -e',
      'mount -t tmpfs tmpfs /srv; mount -t tmpfs tmpfs /run',
      `mkdir -p /srv/supervise '${file.folder}'`,
      `mount --bind '${image}' /srv/supervise`,
      `mount --bind '${rig.work}' '${file.folder}'; mount -o remount,bind,ro '${file.folder}'`,
      ...file.folders.map((line) => line.replaceAll(/ -([og]) node(?= )/g, ` -$1 ${NODE_ID}`)),
      `cd '${file.folder}'`,
      'exec "$@"',
    ].join('\n');
    const unshared = ['--pid', '--mount', '--fork', '--mount-proc', '--kill-child', '--', 'sh', '-c', script, 'sh'];
    const child = spawn('unshare', [...unshared, ...this.#asUser(command)], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.program = new Program(child);
    rig.programs.push(this.program);
  }

  /** The pid 1 of the container as seen from outside. */
  first(): Promise<number> {
    return waitFor(
      'the container has its first process',
      () => childrenOf(this.program.pid)[0] ?? 0,
      // The process that makes the namespaces, and the shell that sets up their contents, are not it yet.
      (pid) => pid > 0 && !['unshare\n', 'sh\n'].includes(readFileSync(`/proc/${pid}/comm`, 'latin1')),
    );
  }

  /** Runs a command in it as its user: `docker exec`. */
  async exec(...command: readonly string[]): Promise<{ readonly code: number | null; readonly out: string }> {
    const inside = [
      '-t',
      String(await this.first()),
      '--pid',
      '--mount',
      'sh',
      '-c',
      `cd '${this.#file.folder}' && exec "$@"`,
    ];
    const { status, stdout, stderr } = spawnSync('nsenter', [...inside, 'sh', ...this.#asUser(command)], {
      encoding: 'utf8',
    });
    return { code: status, out: stdout + stderr };
  }

  #asUser(command: readonly string[]): readonly string[] {
    const { user } = this.#file;
    if (user !== 'node') throw new Error(`whose number is ${user}?`);
    // It dies with `unshare` even if a test has failed; switching the user makes the kernel forget what it was told about that.
    const ids = [`--reuid=${NODE_ID}`, `--regid=${NODE_ID}`, '--clear-groups', '--pdeathsig=KILL'];
    return ['env', ...this.#environment, 'setpriv', ...ids, '--', ...command];
  }
}

/** The package as installed by npm: what was built, the optional package, and the command in a folder of PATH. */
function imageIn(rig: Rig): string {
  const image = path.join(rig.folder, 'image');
  mkdirSync(path.join(image, 'bin'), { recursive: true });
  const built = path.dirname(path.dirname(inject('program')));
  cpSync(built, path.join(image, 'dist'), { recursive: true });
  const packages = path.resolve(import.meta.dirname, '../../node_modules');
  for (const name of ['blessed', ...(koffi.missing ? [] : ['koffi', '@koromix'])])
    cpSync(path.join(packages, name), path.join(image, 'node_modules', name), { recursive: true });
  symlinkSync('../dist/cli/main.js', path.join(image, 'bin/supervise'));
  return image;
}
