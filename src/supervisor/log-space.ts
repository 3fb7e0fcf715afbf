/** How much the logs of a list may take at most, and how much is free where they are: for `check` and `start`. */
import fs from 'node:fs';
import path from 'node:path';
import { formatBytes } from '../base/bytes.ts';
import { cleanText } from '../base/clean.ts';
import type { CareSpec, ListSpec } from '../config/spec.ts';
import { attempt } from '../logs/disk.ts';
import { keptFiles } from '../logs/rotated.ts';
import { goesToStdout, logFile } from './outputs.ts';

/** The logs on one file system. */
interface Disk {
  readonly folder: string;
  most: number;
  taken: number;
}

/** One sentence per file system, and one per log that cannot be examined. `folder`: where bare names go; it need not exist yet. */
export function logSpaceWords(
  { daemons, maxTotalLogBytes }: Pick<ListSpec, 'daemons' | 'maxTotalLogBytes'>,
  folder: string,
): readonly string[] {
  const disks = new Map<number, Disk>();
  const troubles: string[] = [];
  for (const spec of daemons.filter(({ log }) => !goesToStdout(log))) {
    const file = logFile(spec, folder);
    const counted = attempt(() => {
      count(disks, spec, file);
    });
    if (!counted.ok) troubles.push(`The log of ${spec.name}, ${file}, cannot be looked at: ${counted.error}.`);
  }
  const words = [...disks.values()].map((disk) => {
    const said = attempt(() => wordsOf(disk, maxTotalLogBytes ?? Infinity));
    return said.ok ? said.value : `What is free in ${disk.folder} is not known: ${said.error}.`;
  });
  return [...words, ...troubles].map((line) => cleanText(line));
}

function count(disks: Map<number, Disk>, { log }: Pick<CareSpec, 'log'>, file: string): void {
  const there = existingFolder(path.dirname(file));
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  const { dev } = fs.statSync(there);
  const disk = disks.get(dev) ?? { folder: there, most: 0, taken: 0 };
  disks.set(dev, disk);
  // Anything but a file (/dev/null) takes no room; what does not exist yet will be a file.
  if (stat?.isFile() === false) return;
  const kept = there === path.dirname(file) ? keptFiles(file) : [];
  disk.most += log.maxSizeBytes * (log.maxFiles + 1);
  disk.taken += kept.reduce((sum, { bytes }) => sum + bytes, stat?.size ?? 0);
}

function wordsOf({ folder, most, taken }: Disk, maxTotalBytes: number): string {
  const bounded = Math.min(most, maxTotalBytes);
  const bound = bounded < most ? ` (supervisor.log.max_total)` : '';
  const { bavail, bsize } = fs.statfsSync(folder);
  const free = bavail * bsize;
  const tight = free + taken < bounded ? ': less than they may take' : '';
  return `Logs take at most ${formatBytes(bounded)}${bound}; ${formatBytes(free)} are free in ${folder}${tight}.`;
}

/** The folder itself, or its nearest existing ancestor. */
function existingFolder(folder: string): string {
  let there = folder;
  while (!fs.existsSync(there)) there = path.dirname(there);
  return there;
}
