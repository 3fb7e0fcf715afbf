/** The package: its contents, and that it works installed from its file alone, without a network. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { npm, packOnce } from '../support/npm-package.ts';
import { test } from '../support/supervise.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Everything that may be in it. */
const WANTED = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|CONTRIBUTING\.md|daemons\.(schema\.json|yaml))$/,
  /^examples\//,
  /^dist\/cli\/(main\.js|[a-z-]+\.mjs)(\.LEGAL\.txt)?$/,
  /^dist\/cli\/package\.json$/,
  /^dist\/daemon\/([a-z-]+\.d\.ts|index\.js)$/,
  /^dist\/(THIRD-PARTY\.txt|demo\/worker\.mjs)$/,
  /^docs\/([a-z0-9-]+\/)?[a-z0-9-]+\.(md|svg)$/,
  /^man\/(supervise\.1|daemons\.yaml\.5)$/,
  /^sdk\/(php\/(composer\.json|supervise\.php)|python\/(pyproject\.toml|supervise\.py)|shell\/supervise\.sh)$/,
  /^node_modules\/blessed\//,
];
const LARGEST_BYTES = 15_000_000;
const MOST_PACKAGES = 40;

const thePackage = packOnce();

test('the package has what it should, and nothing else', () => {
  const packed = thePackage();
  const files = packed.files.map((file) => file.path);
  expect(files.filter((file) => !WANTED.some((pattern) => pattern.test(file)))).toEqual([]);
  for (const pattern of WANTED) expect(files.filter((file) => pattern.test(file))).not.toEqual([]);
  expect(packed.files.find((file) => file.path === 'dist/cli/main.js')?.mode.toString(8)).toBe('755');
});

test('with all that is optional it is 15 MB and 40 packages at most', () => {
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: true }>; // Of its version 3.
  };
  const shipped = Object.entries(lock.packages).filter(([place, { dev }]) => place !== '' && dev !== true);
  expect(shipped.map(([place]) => place)).toContain('node_modules/koffi');
  expect(shipped.length).toBeLessThanOrEqual(MOST_PACKAGES);
  // Of koffi's binaries only that of this machine is installed; blessed is in the package.
  const beside = shipped.map(([place]) => path.join(root, place)).filter((place) => !place.endsWith('/blessed'));
  const bytes = beside.reduce((sum, place) => sum + bytesIn(place), thePackage().unpackedSize);
  expect(bytes).toBeLessThanOrEqual(LARGEST_BYTES);
});

function bytesIn(place: string): number {
  const stat = statSync(place, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(place).reduce((sum, name) => sum + bytesIn(path.join(place, name)), 0);
}

describe('installed from its file, without a network', () => {
  test('for the machine: version, check, start -d, stop; and man finds its pages', async ({ rig }) => {
    const prefix = path.join(rig.folder, 'prefix');
    npm(['install', '--global', '--prefix', prefix, '--offline', thePackage().file], rig.folder);
    const program = path.join(prefix, 'bin/supervise');
    rig.list([{ name: 'photos', shell: 'exec sleep 1000' }]);
    const run = (...args: readonly string[]): Promise<{ code: number | null; out: string }> =>
      rig.launch(args, { program }).ended;
    expect(await run('version')).toMatchObject({ code: 0, out: expect.stringContaining(manifest.version) as string });
    const docs = path.join(prefix, 'lib/node_modules/supervise/docs');
    expect((await run('help')).out).toContain(`pages that messages name are in ${docs}\n`);
    expect(await run('check')).toMatchObject({ code: 0 });
    expect(await run('start', '-d')).toMatchObject({ code: 0 });
    await rig.untilState('photos', 'running');
    expect(await run('stop', '--now')).toMatchObject({ out: expect.stringContaining('cut 1') as string });
    for (const page of ['man1/supervise.1', 'man5/daemons.yaml.5'])
      expect(readFileSync(path.join(prefix, 'share/man', page), 'utf8')).toContain('.TH ');
    rig.file('shop/Procfile', 'worker: sleep 1000\n');
    expect(await run('init', '-f', 'shop/daemons.yaml')).toMatchObject({ code: 0 });
    const schema = path.join(prefix, 'lib/node_modules/supervise/daemons.schema.json');
    expect(rig.read('shop/daemons.yaml')).toContain(`$schema=${schema}\n`);
  });

  test('for a project: its SDK is found, and init names its schema', async ({ rig }) => {
    rig.file('package.json', '{ "type": "module" }');
    npm(['install', '--offline', thePackage().file], rig.work);
    const line =
      "import('supervise').then(({ Daemon, DaemonRunner }) => console.log(typeof Daemon, typeof DaemonRunner.exec))";
    expect(execFileSync(process.execPath, ['-e', line], { cwd: rig.work, encoding: 'utf8' })).toBe(
      'function function\n',
    );
    rig.file('Procfile', 'worker: sleep 1000\n');
    const program = path.join(rig.work, 'node_modules/.bin/supervise');
    expect(await rig.launch(['init'], { program }).ended).toMatchObject({ code: 0 });
    expect(rig.read('daemons.yaml')).toContain('$schema=./node_modules/supervise/daemons.schema.json\n');
  });
});
