// Builds dist/ (or the folder given as argument): the command line as a few bundled files (for the reasons see docs/decisions/002), and the
// SDK with its types.
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
const dist = path.resolve(process.argv[2] ?? path.join(root, 'dist'));
process.chdir(root);
rmSync(dist, { recursive: true, force: true });

const shared = { bundle: true, platform: 'node', target: 'node20.19', logLevel: 'warning', legalComments: 'linked' };

const cli = {
  ...shared,
  outdir: path.join(dist, 'cli'),
  metafile: true,
  // These remain separate packages: blessed requires its widgets by names that no bundler can see, koffi (docs/decisions/009) has a binary
  // for each machine.
  external: ['blessed', 'koffi'],
  // A supervisor keeps its own source text in memory. The maps turn the stack of a bug report back into lines of src/; they are half of
  // dist/, are the same in each build of a version, and stay out of the package.
  minify: true,
  sourcemap: 'linked',
  sourcesContent: false,
};

// What needs YAML or execa is loaded only where used; everything else is one file, since each file costs `status` time.
const HEAVY = {
  start: 'src/cli/commands/start.ts',
  'end-left': 'src/cli/end-left.ts',
  predecessor: 'src/cli/predecessor.ts',
  check: 'src/cli/commands/check.ts',
  demo: 'src/cli/commands/demo.ts',
  init: 'src/cli/commands/init.ts',
  load: 'src/config/load.ts',
  systemd: 'src/cli/commands/systemd.ts',
  tui: 'src/tui/app.ts',
  watch: 'src/supervisor/world/file-watcher.ts',
};
const heavyApart = {
  name: 'heavy apart',
  setup: ({ onResolve }) => {
    onResolve({ filter: /\.ts$/ }, ({ path: wanted, resolveDir, kind }) => {
      const file = path.relative(root, path.resolve(resolveDir, wanted));
      const heavy = Object.entries(HEAVY).find(([, source]) => source === file);
      return kind === 'dynamic-import' && heavy ? { path: `./${heavy[0]}.mjs`, external: true } : undefined;
    });
  },
};

// CommonJS starts a short command a fifth sooner, ECMAScript modules keep a supervisor smaller (docs/decisions/002).
const light = await build({ ...cli, format: 'cjs', entryPoints: { main: 'src/cli/main.ts' }, plugins: [heavyApart] });
// Each in one file too: a supervisor has loaded everything it could ever need before it is ready.
const heavy = await build({
  ...cli,
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  entryPoints: HEAVY,
  plugins: [heavyApart],
  // Bundled CommonJS packages load Node's own modules with `require`.
  banner: { js: "import{createRequire as nodeRequire}from'node:module';var require=nodeRequire(import.meta.url);" },
});
for (const file of readdirSync(path.join(dist, 'cli')).filter((name) => /\.m?js$/.test(name))) refuseWide(file);
const inputs = Object.keys({ ...light.metafile.inputs, ...heavy.metafile.inputs });
chmodSync(path.join(dist, 'cli/main.js'), 0o755);
writeFileSync(path.join(dist, 'cli/package.json'), '{ "type": "commonjs" }\n');
writeFileSync(path.join(dist, 'THIRD-PARTY.txt'), notices(inputs));

await build({ ...shared, format: 'esm', entryPoints: { 'daemon/index': 'src/daemon/index.ts' }, outdir: dist });

// The worker of `supervise demo`, with the SDK in it: it is copied to where it is deployed, and may be read there.
await build({
  ...shared,
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  entryPoints: { 'demo/worker': 'src/cli/demo/worker.ts' },
  outdir: dist,
});

const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.sdk.json', '--outDir', path.join(dist, 'daemon')], {
  stdio: 'inherit',
});

/** A single letter beyond Latin-1 makes V8 keep a text at two bytes a letter: a supervisor would be 0.6 MB larger. */
function refuseWide(file) {
  const [wide] = /.{0,30}[^\x00-\x7f]+/.exec(readFileSync(path.join(dist, 'cli', file), 'utf8')) ?? [];
  if (wide !== undefined)
    throw new Error(`dist/cli/${file} is not ASCII (write \\u escapes in regular expressions): ${wide}`);
}

/** The licences of the bundled packages: their authors ask that they are included. */
function notices(inputs) {
  const folders = new Set(inputs.flatMap((file) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
  return [...folders]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      const text = file === undefined ? '' : readFileSync(path.join(folder, file), 'utf8').trim();
      return `${name} ${version} (${license})\n\n${text}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}
