// Proves from the spool alone that no job was lost, doubled or left half done: `node examples/ledger.mjs [SPOOL] [--stopped]`. While
// daemons run, jobs may be in progress; with --stopped none may be. Exit 1 if something is wrong.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({ options: { stopped: { type: 'boolean' } }, allowPositionals: true });
const spool = positionals[0] ?? process.env.SPOOL ?? 'spool';

const files = (folder) => (existsSync(folder) ? readdirSync(folder) : []);
const lines = (file) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []);
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

let wrong = 0;
if (files(spool).length === 0) console.log(`${spool}: no jobs here`);
for (const queue of files(spool)) {
  if (!existsSync(path.join(spool, queue, 'new'))) continue;
  const at = (...parts) => path.join(spool, queue, ...parts);
  // Jobs only move forward while we read, so reading in that order misses none.
  const uploaded = lines(at('uploaded'));
  const waiting = files(at('new'));
  const atWork = files(at('work')).flatMap((worker) => files(at('work', worker)));
  const done = new Set(files(at('done')));
  const ledger = lines(at('ledger')).map((line) => line.split(' ')[0]);

  const moving = new Set([...waiting, ...atWork]);
  const seen = new Set();
  const open = atWork.filter((id) => !done.has(id));
  const faults = {
    lost: uploaded.filter((id) => !moving.has(id) && !done.has(id)),
    doubled: ledger.filter((id) => seen.has(id) || !seen.add(id)),
    'half done': [...done].filter((id) => !isWhole(at('out', id), at('done', id))),
    'not booked': [...done].filter((id) => !moving.has(id) && !seen.has(id)),
    cut: values.stopped ? open : [],
  };
  const counts = Object.entries(faults).map(([what, ids]) => `${what} ${ids.length}`);
  console.log(`${queue}: ${done.size} done, ${waiting.length} waiting, ${open.length} at work · ${counts.join(' · ')}`);
  for (const [what, ids] of Object.entries(faults)) {
    for (const id of ids) console.log(`  ${what}: ${id}`);
    wrong += ids.length;
  }
}
console.log(wrong === 0 ? 'every job is accounted for' : `${wrong} jobs are not as they should be`);
process.exitCode = wrong === 0 ? 0 : 1;

/** The result has both halves, and both belong to this job. */
function isWhole(out, job) {
  const bytes = readFileSync(job);
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  return existsSync(out) && readFileSync(out, 'utf8') === `half ${sha256(half)}\nwhole ${sha256(bytes)}\n`;
}
