import { execFile } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Worker } from 'bullmq';
import { connection } from './redis.js';

// One job of 12 s, half of it in a helper process.
const photo = async ({ data: { id } }) => {
  note('begin', id);
  await promisify(execFile)('./helper.sh', [id]);
  await sleep(6_000);
  note('end', id);
};

const note = (what, id) => appendFileSync(process.env.LEDGER, `${what} ${id} ${process.pid}\n`);

const worker = new Worker('photos', photo, { connection: connection(), concurrency: 2 });
worker.on('error', console.error);

// BullMQ handles no signal by itself. `close` takes no more jobs and waits for those at work.
for (const signal of ['SIGTERM', 'SIGINT'])
  process.on(signal, async () => {
    await worker.close();
    process.exit(0);
  });
