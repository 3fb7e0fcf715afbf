/** Which log an instance writes to: one file a daemon. */
import path from 'node:path';
import type { DaemonSpec } from '../config/spec.ts';
import type { LogTarget } from '../logs/history.ts';
import { DaemonLog } from '../logs/pump.ts';
import { instancesOf } from './instances.ts';
import type { Slot } from './lifecycle/state.ts';
import type { Output } from './world/linux.ts';

export interface Logs extends Output {
  readonly logs: ReadonlyMap<string, DaemonLog>;
  close(): void;
}

/** `folder`: where bare names go. `tell`: a log cannot be written, or can be again. */
export function openLogs(
  specs: readonly DaemonSpec[],
  folder: string,
  tell: (daemon: string, words: string) => void,
): Logs {
  const logs = new Map(specs.map((spec) => [spec.name, openLog(spec, folder, tell)]));
  const ofInstance = new Map<string, DaemonLog>();
  for (const { id, spec } of instancesOf(specs)) {
    const log = logs.get(spec.name);
    if (log !== undefined) ofInstance.set(id, log);
  }

  return {
    logs,
    write(id, stream, chunk) {
      ofInstance.get(id)?.write(id, stream, chunk);
    },
    endOf(id, stream) {
      ofInstance.get(id)?.endOf(id, stream);
    },
    close() {
      for (const log of logs.values()) log.close();
    },
  };
}

function openLog(spec: DaemonSpec, folder: string, tell: (daemon: string, words: string) => void): DaemonLog {
  return new DaemonLog({
    daemon: spec.name,
    file: logFile(spec, folder),
    maxSizeBytes: spec.log.maxSizeBytes,
    maxFiles: spec.log.maxFiles,
    timestamps: spec.log.timestamps,
    named: spec.instances > 1,
    wallNow: () => new Date(),
    onTrouble: (words) => {
      tell(spec.name, words);
    },
  });
}

/** Absolute, or a bare name in the logs folder. */
export const logFile = (spec: Pick<DaemonSpec, 'log'>, folder: string): string => path.resolve(folder, spec.log.file);

/** Where the lines of these instances are, by daemon in the order of the slots. */
export function logTargets(
  { logs }: Logs,
  slots: readonly Slot[],
  instancesOf: (daemon: string) => number,
): readonly LogTarget[] {
  return [...new Set(slots.map(({ daemon }) => daemon))].flatMap((daemon) => {
    const live = logs.get(daemon);
    if (live === undefined) return [];
    const { file, named } = live.options;
    const instances = new Set(slots.flatMap((slot) => (slot.daemon === daemon ? [slot.id] : [])));
    // Of all its instances, lines are asked for that do not say which one printed them, too.
    const all = instances.size === instancesOf(daemon);
    return [{ daemon, file, named, live, instances: all ? null : instances }];
  });
}
