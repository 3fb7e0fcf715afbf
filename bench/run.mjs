// `npm run bench [NAME…]`: runs the benchmarks of this folder one after the other, since they would disturb each other.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';

const asked = process.argv.slice(2);
const files = readdirSync(import.meta.dirname).filter((file) => /\.(ts|mjs)$/.test(file) && file !== 'run.mjs');
const chosen = files.filter((file) => asked.length === 0 || asked.includes(path.parse(file).name));
if (chosen.length === 0)
  console.error(`no such benchmark; there are ${files.map((file) => path.parse(file).name).join(', ')}`);

let failed = chosen.length === 0;
for (const file of chosen) {
  console.log(`\n== ${path.parse(file).name}`);
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', path.join(import.meta.dirname, file)], {
    stdio: 'inherit',
  });
  failed ||= status !== 0;
}
process.exitCode = failed ? 1 : 0;
