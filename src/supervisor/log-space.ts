/** What the logs of a list may take at most, and what is free where they are: for `check` and `start`. */
import fs from 'node:fs';
import path from 'node:path';
import { formatBytes } from '../base/bytes.ts';
import type { ListSpec } from '../config/spec.ts';
import { TurnedOver } from '../logs/turned-over.ts';
import { logFile } from './outputs.ts';

/** One sentence a file system. `folder`: where bare names go; it need not exist yet. */
export function logSpaceWords(
  { daemons, maxTotalLogBytes }: Pick<ListSpec, 'daemons' | 'maxTotalLogBytes'>,
  folder: string,
): readonly string[] {
  const disks = new Map<number, { folder: string; most: number; taken: number }>();
  for (const spec of daemons) {
    const file = logFile(spec, folder);
    const there = existingFolder(path.dirname(file));
    const { dev } = fs.statSync(there);
    const disk = disks.get(dev) ?? { folder: there, most: 0, taken: 0 };
    if (isRegular(file)) {
      disk.most += spec.log.maxSizeBytes * (spec.log.maxFiles + 1);
      disk.taken += new TurnedOver(file, spec.log.maxFiles)
        .kept()
        .reduce((sum, { bytes }) => sum + bytes, sizeOf(file));
    }
    disks.set(dev, disk);
  }
  return [...disks.values()].map((disk) => {
    const most = Math.min(disk.most, maxTotalLogBytes ?? Infinity);
    const bound = most < disk.most ? ` (supervisor.log.max_total)` : '';
    const { bavail, bsize } = fs.statfsSync(disk.folder);
    const free = bavail * bsize;
    const tight = free + disk.taken < most ? ': less than they may take' : '';
    return `Logs take at most ${formatBytes(most)}${bound}; ${formatBytes(free)} are free in ${disk.folder}${tight}.`;
  });
}

/** The folder itself, or the nearest one above it. */
function existingFolder(folder: string): string {
  let there = folder;
  while (!fs.existsSync(there)) there = path.dirname(there);
  return there;
}

const sizeOf = (file: string): number => fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** What is no file (/dev/null) takes no room; what is not there yet will be one. */
function isRegular(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? true;
}
