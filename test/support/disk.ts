import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { send } from './processes.ts';
import type { Rig } from './supervise.ts';

/** A tmpfs with these options for the state folder: in the mount namespace of a process, through which all can reach it. What is returned runs a command there, with its place as `$0`. */
export async function aDisk(rig: Rig, options: string): Promise<(command: string, ...args: readonly string[]) => void> {
  const place = path.join(rig.folder, 'disk');
  mkdirSync(place);
  const mounted = 'mount -t tmpfs -o "$1" none "$0" && echo mounted && exec sleep 1000';
  const holder = spawn('unshare', ['-m', 'sh', '-c', mounted, place, options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = holder.pid ?? 0;
  rig.closers.push(() => {
    send(pid, 'SIGKILL');
  });
  await once(holder.stdout, 'data');
  symlinkSync(`/proc/${pid}/root${place}`, rig.state);
  return (command, ...args) => {
    execFileSync('nsenter', ['-t', String(pid), '-m', 'sh', '-c', command, place, ...args]);
  };
}
