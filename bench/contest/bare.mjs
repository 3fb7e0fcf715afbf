// The least that this runtime can do for the same daemons, as a baseline for `supervise`: `child_process.spawn`, output captured into files
// that are rotated at line ends, immediate respawn, SIGTERM passed on. `node bare.mjs LIST`, a JSON file.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const { logs, maxBytes, maxFiles, respawn, daemons } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const living = new Set();
let stopping = false;

process.on('SIGTERM', () => {
  stopping = true;
  for (const child of living) child.kill('SIGTERM');
  if (living.size === 0) process.exit(0);
});
for (const { name, argv } of daemons) start(argv, logTo(path.join(logs, `${name}.log`)));

function start([file, ...words], write) {
  const child = spawn(file, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  living.add(child);
  child.stdout.on('data', write);
  child.stderr.on('data', write);
  child.on('exit', () => {
    living.delete(child);
    if (!stopping && respawn) start([file, ...words], write);
    else if (stopping && living.size === 0) process.exit(0);
  });
}

/** Older files are FILE.1, FILE.2 and so on, the highest number being the youngest. */
function logTo(file) {
  let fd = fs.openSync(file, 'a');
  let size = 0;
  let turns = 0;
  const put = (chunk) => {
    for (let at = 0; at < chunk.length;) at += fs.writeSync(fd, chunk, at);
    size += chunk.length;
  };
  return (chunk) => {
    if (size + chunk.length <= maxBytes) return put(chunk);
    const end = chunk.lastIndexOf(10) + 1;
    put(chunk.subarray(0, end));
    fs.closeSync(fd);
    turns += 1;
    fs.renameSync(file, `${file}.${turns}`);
    fs.rmSync(`${file}.${turns - maxFiles}`, { force: true });
    fd = fs.openSync(file, 'a');
    size = 0;
    put(chunk.subarray(end));
  };
}
