/** Another program as the one that runs the workers. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isErrno } from '../../../supervisor/world/errno.ts';
import { isAlive, readStat } from '../../../supervisor/world/proc.ts';
import { kill, run, type Outcome, type Scene } from '../program.ts';
import type { Act, Tool } from '../tool.ts';
import type { Argv, Peer, Setting } from './peer.ts';

export function peerTool(peer: Peer, setting: Setting, scene: Scene): Tool {
  const commands = peer.commands(setting);
  const env = peer.env(setting);
  const pidFile = peer.pidFile(setting);
  const act =
    (argvs: readonly Argv[]): Act =>
    async (end) => {
      let outcome: Outcome = { code: 0, out: '', err: '' };
      for (const argv of argvs) if (outcome.code === 0) outcome = await run(scene, argv, env, end);
      return outcome;
    };
  const supervisorPid = (): number | null => livingPid(pidFile);
  return {
    isOurs: false,
    prepare() {
      for (const file of peer.files(setting)) {
        mkdirSync(path.dirname(file.path), { recursive: true });
        writeFileSync(file.path, file.text);
      }
    },
    start: act(commands.start),
    restart: act(commands.restart),
    startAgain: act(commands.startAgain),
    async stop(end) {
      const outcome = await act(commands.stop)(end);
      // Some report completion when they have only begun.
      while (supervisorPid() !== null) await sleep(50, undefined, { signal: end });
      return outcome;
    },
    supervisorPid: () => Promise.resolve(supervisorPid()),
    unkillable: peer.unkillable,
    revive: act(commands.revive),
    async endAll() {
      const pid = supervisorPid();
      if (pid !== null) kill(pid, 'SIGKILL');
      if (pidFile === null) for (const argv of commands.end) await run(scene, argv, env);
    },
  };
}

function livingPid(file: string | null): number | null {
  if (file === null) return null;
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return pid > 0 && isAlive(readStat(pid)) ? pid : null;
  } catch (error) {
    if (isErrno(error) && error.code === 'ENOENT') return null;
    throw error;
  }
}
