// `npm run prove`: runs the tests behind the promise of the README and prints the result of each. Exit 1 if one did not pass.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { allProofs, PROMISE } from './promise.mjs';

const root = path.resolve(import.meta.dirname, '..');
const folder = mkdtempSync(path.join(tmpdir(), 'supervise-prove-'));
const report = path.join(folder, 'report.json');
const files = [...new Set(allProofs().map(({ file }) => file))];
const names = [...new Set(allProofs().map(({ test }) => test.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')))];

console.log(`${allProofs().length} proofs, with real processes; some two minutes …`);
const began = performance.now();
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
const run = spawnSync(
  process.execPath,
  [vitest, 'run', ...files, '--testNamePattern', names.join('|'), '--reporter=json', `--outputFile=${report}`],
  { cwd: root, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
);
const results = resultsIn(report);
rmSync(folder, { recursive: true, force: true });

let failed = 0;
let missing = 0;
for (const { says, proofs } of PROMISE) {
  console.log(`\n${says.replaceAll('**', '')}`);
  for (const proof of proofs) console.log(`  ${lineOf(proof)}`);
}
const seconds = Math.round((performance.now() - began) / 1000);
const passed = allProofs().length - failed - missing;
console.log(`\n${passed} hold · ${failed} failed · ${missing} could not run here, in ${seconds} s`);
if (results.size === 0) console.error(run.stderr);
process.exitCode = failed + missing > 0 ? 1 : 0;

/** A proof may be a group of tests: it holds if each of them passes. */
function lineOf({ shows, file, test }) {
  const all = (results.get(file) ?? []).filter(({ name }) => name.includes(test));
  const bad = all.find(({ status }) => status === 'failed');
  if (bad !== undefined) {
    failed += 1;
    return `FAILED  ${shows}\n          ${bad.message.split('\n')[0] ?? ''} (${file})`;
  }
  const ran = all.filter(({ status }) => status === 'passed');
  if (ran.length === 0) {
    missing += 1;
    return `not run ${shows} (${/\(skipped: [^)]*\)/.exec(all[0]?.name ?? '')?.[0] ?? file})`;
  }
  return `holds   ${shows} (${(ran.reduce((sum, { ms }) => sum + ms, 0) / 1000).toFixed(1)} s)`;
}

function resultsIn(file) {
  try {
    const { testResults } = JSON.parse(readFileSync(file, 'utf8'));
    return new Map(
      testResults.map(({ name, assertionResults }) => [
        path.relative(root, name),
        assertionResults
          .filter(({ status }) => status !== 'skipped' && status !== 'pending')
          .concat(
            assertionResults.filter(({ status, fullName }) => status === 'skipped' && fullName.includes('(skipped: ')),
          )
          .map(({ fullName, status, duration, failureMessages }) => ({
            name: fullName,
            status,
            ms: duration ?? 0,
            message: failureMessages?.[0] ?? '',
          })),
      ]),
    );
  } catch {
    return new Map(); // It did not get that far: the output of vitest is shown.
  }
}
