/**
 * A process that died of a SIGKILL not sent by us may have been killed by the kernel for lack of memory. It counts such kills per control
 * group (memory.events in version 2, memory.oom_control in version 1); a daemon is in ours unless it was moved.
 */
import fs from 'node:fs';

export class OutOfMemory {
  private readonly file: string | null;
  private known: number;

  /** `file`: where the kernel counts, or null if it does not and nothing is ever said. */
  constructor(file = ownCounter()) {
    this.file = file;
    this.known = this.read();
  }

  /** Whether it has killed since the last call. */
  hasKilled(): boolean {
    const before = this.known;
    this.known = this.read();
    return this.known > before;
  }

  private read(): number {
    if (this.file === null) return 0;
    try {
      const [, count] = /^oom_kill (\d+)$/m.exec(fs.readFileSync(this.file, 'latin1')) ?? [];
      return Number(count ?? 0);
    } catch {
      return 0; // Removed under us, or no descriptor is free: unknown, so nothing is said.
    }
  }
}

/** Each line of /proc/self/cgroup: number, controllers, path (cgroups(7)). */
function ownCounter(): string | null {
  let groups: string;
  try {
    groups = fs.readFileSync('/proc/self/cgroup', 'latin1');
  } catch {
    return null; // A kernel without control groups.
  }
  const candidates = groups.split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === '') return [`/sys/fs/cgroup${path}/memory.events`];
    return controllers?.split(',').includes('memory') === true
      ? [`/sys/fs/cgroup/memory${path}/memory.oom_control`]
      : [];
  });
  return candidates.find((file) => fs.existsSync(file)) ?? null;
}
