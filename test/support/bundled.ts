/** A test program as a single file that Node runs directly: through tsx each start costs a second of processor time. */
import { buildSync } from 'esbuild';
import path from 'node:path';
import { inject } from 'vitest';

/** Its path. Built once per test file. */
export function bundled(source: string): string {
  const { root } = path.parse(source);
  const outfile = path.join(inject('root'), `${path.relative(root, source).replaceAll('/', '-')}-${process.pid}.mjs`);
  const shape = { bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' } as const;
  buildSync({ ...shape, entryPoints: [source], outfile });
  return outfile;
}
