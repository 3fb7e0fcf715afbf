/** Processes that SIGKILL does not end: the freezer of cgroup v1 holds them in state D (version 2's lets them die). */
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { send } from './processes.ts';
import type { Need } from './needs.ts';
import type { Rig } from './supervise.ts';
import { waitUntil } from './wait-for.ts';

const HIERARCHY = '/sys/fs/cgroup/freezer';

export const freezer: Need = canFreeze()
  ? { missing: false, note: '' }
  : { missing: true, note: ' (skipped: no freezer of cgroup v1 here)' };
if (freezer.missing) process.stderr.write('skipped: tests that need the freezer of cgroup v1, mounted and ours\n');

/** Freezes a process until the returned function is called or the test is over. */
export async function freeze(rig: Rig, pid: number): Promise<() => void> {
  const group = path.join(HIERARCHY, `sv-${process.pid}-${pid}`);
  mkdirSync(group);
  let isThawed = false;
  const thaw = (): void => {
    if (isThawed) return;
    isThawed = true;
    writeFileSync(path.join(group, 'freezer.state'), 'THAWED');
  };
  rig.closers.unshift(() => {
    thaw();
    send(pid, 'SIGKILL');
    removeOnceEmpty(group);
  });
  writeFileSync(path.join(group, 'cgroup.procs'), String(pid));
  writeFileSync(path.join(group, 'freezer.state'), 'FROZEN');
  await waitUntil('it is frozen', () => rig.read(path.join(group, 'freezer.state')) === 'FROZEN\n');
  return thaw;
}

/** Its process is about to go, and nothing else can be awaited for that while a test is being closed. */
function removeOnceEmpty(group: string): void {
  for (let tries = 0; tries < 500; tries += 1)
    try {
      rmdirSync(group);
      return;
    } catch {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10); // EBUSY: it is not gone yet.
    }
  throw new Error(`${group} is not empty`);
}

function canFreeze(): boolean {
  const group = path.join(HIERARCHY, `sv-${process.pid}`);
  try {
    mkdirSync(group);
    writeFileSync(path.join(group, 'freezer.state'), 'THAWED');
    rmdirSync(group);
    return true;
  } catch {
    return false; // Not mounted, another version, or not ours.
  }
}
