/** A program of the tests as one file that Node runs by itself: through tsx each start costs a second of a processor. */
import { buildSync } from 'esbuild';
import path from 'node:path';
import { inject } from 'vitest';

/** Its path. Built once for each file of tests. */
export function bundled(source: string): string {
  const { root } = path.parse(source);
  const outfile = path.join(inject('root'), `${path.relative(root, source).replaceAll('/', '-')}-${process.pid}.mjs`);
  const shape = { bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' } as const;
  buildSync({ ...shape, entryPoints: [source], outfile });
  return outfile;
}
