/** The package that `npm pack` makes of the build of this run, and npm without a network. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, inject } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const root = path.resolve(import.meta.dirname, '../..');

/** What npm reports about a package. */
interface Told {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

export interface Packed extends Told {
  /** The absolute path of the file. */
  readonly file: string;
}

/** Packs once for the tests of a file. Returns the package. */
export function packOnce(isWanted = true): () => Packed {
  let made: Packed | null = null;
  beforeAll(() => {
    if (isWanted) made = pack();
  });
  return () => {
    if (made === null) throw new Error('nothing was packed');
    return made;
  };
}

function pack(): Packed {
  const folder = mkdtempSync(path.join(inject('root'), 'package-'));
  const own = ['package.json', 'README.md', 'LICENSE', 'node_modules/blessed'];
  for (const each of [...own, ...manifest.files.filter((file) => !/^!|^dist$/.test(file))])
    cpSync(path.join(root, each), path.join(folder, each), { recursive: true });
  cpSync(path.dirname(path.dirname(inject('program'))), path.join(folder, 'dist'), { recursive: true });
  const out = npm(['pack', '--json', '--ignore-scripts'], folder);
  const [first] = JSON.parse(out) as Told[]; // As `npm pack --json` documents it.
  if (first === undefined) throw new Error(`npm pack said: ${out}`);
  return { ...first, file: path.join(folder, first.filename) };
}

/** npm, with an empty cache of its own. */
export function npm(args: readonly string[], cwd: string): string {
  const env = { ...process.env, ...npmSettings() };
  return execFileSync('npm', [...args], { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

export const npmSettings = (): Readonly<Record<string, string>> => ({
  npm_config_cache: path.join(inject('root'), 'npm-cache'),
  npm_config_update_notifier: 'false',
});
