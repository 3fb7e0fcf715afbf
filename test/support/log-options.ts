/** How a log is written in a test that does not say otherwise: with the defaults of a list; a trouble is a failure. */
import path from 'node:path';
import type { DaemonLogOptions } from '../../src/logs/options.ts';

export const logOptions = (file: string, more: Partial<DaemonLogOptions> = {}): DaemonLogOptions => ({
  ...{ daemon: path.basename(file, '.log'), file, openLines: `${file}.open` },
  ...{ maxSizeBytes: 10_000_000, maxFiles: 5, timestamps: false, named: false },
  wallNow: () => new Date(),
  onTrouble: (words) => {
    if (words !== null) throw new Error(words);
  },
  ...more,
});
