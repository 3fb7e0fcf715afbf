/** The other programs of `supervise demo --with`: which ones there are, and whether one is installed. */
import { existsSync } from 'node:fs';
import { fail, ok, type Result } from '../../../base/result.ts';
import { isErrno } from '../../../supervisor/world/errno.ts';
import { shellQuoted } from '../../print/shell-quoted.ts';
import { marksOf, run, type Scene } from '../program.ts';
import type { Argv, Commands, Peer, Setting } from './peer.ts';
import { pm2 } from './pm2.ts';
import { supervisord } from './supervisord.ts';
import { systemd } from './systemd.ts';

const PEERS: readonly Peer[] = [pm2, supervisord, systemd];
export const PEER_NAMES: readonly string[] = PEERS.map(({ name }) => name);

export const peerOf = (name: string): Peer | undefined => PEERS.find((peer) => peer.name === name);

export const settingOf = (scene: Scene, jobMs: number, isTuned: boolean): Setting => ({
  folder: scene.folder,
  jobMs,
  isTuned,
  marks: marksOf(scene),
  node: process.execPath,
});

/** Its name with its version; the error says that it is missing, and where to get it. */
export async function lookFor(peer: Peer, setting: Setting, scene: Scene): Promise<Result<string>> {
  const why = peer === systemd ? whyNoSystemd() : null;
  if (why !== null) return fail(why);
  try {
    const { code, out, err } = await run(scene, peer.version, peer.env(setting));
    if (code !== 0) return fail(`${peer.version.join(' ')} has ended with ${String(code)}: ${err === '' ? out : err}`);
    const version = out.split('\n', 1).join();
    return ok(version.startsWith(peer.name) ? version : `${peer.name} ${version}`);
  } catch (error) {
    if (!isErrno(error) || error.code !== 'ENOENT') throw error;
    return fail(`${peer.version[0]} is not in PATH, and a demo downloads nothing: ${peer.install}`);
  }
}

function whyNoSystemd(): string | null {
  if (!existsSync('/run/systemd/system'))
    return 'this machine was not booted with systemd, so nothing can run under it';
  return process.geteuid?.() === 0 ? null : 'a demo --with systemd takes root, for its units are those of the machine';
}

/** What it reads, and what is typed for each deed, as text. */
export function shown(peer: Peer, setting: Setting): string {
  const files = peer.files(setting).map(({ path, text }) => `# ${path}\n${text}`);
  const commands = peer.commands(setting);
  const lines = SHOWN.flatMap(([key, meaning]) =>
    commands[key].length === 0 ? [] : [`# ${meaning}: ${commands[key].map(line).join(' && ')}`],
  );
  return [...files, ...lines].join('\n');
}

const SHOWN: readonly (readonly [keyof Commands, string])[] = [
  ['start', 'start'],
  ['restart', 'each deploy'],
  ['startAgain', 'by hand, where it has given up'],
  ['revive', 'after its kill -9'],
  ['stop', 'stop'],
];

/** How a person ends what a killed demo left, as a shell line. */
export function endLine(peer: Peer, setting: Setting): string {
  const env = Object.entries(peer.env(setting)).map(([name, value]) => `${name}=${shellQuoted(value)}`);
  const commands = peer.commands(setting).end.map((argv) => [...env, line(argv)].join(' '));
  return `cd ${shellQuoted(setting.folder)}; ${commands.join('; ')}`;
}

const line = (argv: Argv): string => argv.map(shellQuoted).join(' ');
