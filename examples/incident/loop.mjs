// What restarts did in the incident: whatever ends is started again, at once. `node loop.mjs SCRIPT WORKERS STARTS_A_SECOND`
import { spawn } from 'node:child_process';

const [script, ...numbers] = process.argv.slice(2);
const [workers, rate] = numbers.map(Number);
const living = new Map();
let stopping = false;

process.on('SIGTERM', stop);
process.on('disconnect', stop); // Nobody is watching any more, and this would go on for ever.
// The first start is gentle, like a deploy.
for (let number = 1; number <= workers; number++) setTimeout(start, ((number - 1) * 1000) / rate, number);

function start(number) {
  if (stopping) return;
  const env = { ...process.env, SUPERVISE_INSTANCE: String(number) };
  const child = spawn(process.execPath, [script], { env, stdio: 'ignore' });
  living.set(number, child);
  child.on('exit', () => {
    living.delete(number);
    start(number);
  });
}

function stop() {
  stopping = true;
  for (const child of living.values()) child.kill('SIGTERM');
  if (process.connected) process.disconnect();
}
