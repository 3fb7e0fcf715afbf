// A worker: gets one item after the other from the store over one connection, and notes in its ledger what it was handed. It works the same
// with and without `supervise`. STORE_PORT, STORE_TIMEOUT_MS, LEDGER, CLIENT (careful or naive).
import { appendFileSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CarefulClient, NaiveClient, Trouble } from './client.mjs';

const { STORE_PORT, STORE_TIMEOUT_MS, LEDGER, CLIENT, PAUSE_MS, SUPERVISE_NOTIFY_FD } = process.env;
const who = Number(process.env.SUPERVISE_INSTANCE ?? 1);
const EX_TEMPFAIL = 75;

let done = false;
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => (done = true));

note('started');
const client = new (CLIENT === 'naive' ? NaiveClient : CarefulClient)(Number(STORE_PORT), Number(STORE_TIMEOUT_MS));
try {
  await client.login(`photos:${who}`);
  // Every worker has items of its own, so a wrong one is recognized by its id.
  for (let turn = 1; !done; turn++) {
    await photograph(who * 100_000 + turn);
    report(`ITERATION=${turn}`);
    await sleep(Number(PAUSE_MS));
  }
} catch (error) {
  if (!(error instanceof Trouble)) throw error;
  note(error.what);
  // The worker knows best: it cannot work without the store. This is no crash, and no reason to hurry.
  console.error(`the store: ${error.message}`);
  report('WAITING=store');
  process.exitCode = EX_TEMPFAIL;
}
client.close();

async function photograph(id) {
  try {
    const item = await client.get(id);
    // The real ones did not check, and went on with what they had been handed.
    note(item.id === id ? 'right' : 'wrong', { asked: id, handed: item.id });
  } catch (error) {
    // "The next one will work": the naive worker gives this item up and asks for the next on the same connection.
    if (CLIENT === 'naive' && error instanceof Trouble && error.what === 'late') note('late', { asked: id });
    else throw error;
  }
}

function note(what, more = {}) {
  appendFileSync(LEDGER, `${JSON.stringify({ at: Date.now(), who, what, ...more })}\n`);
}

function report(line) {
  if (SUPERVISE_NOTIFY_FD === undefined) return;
  try {
    writeSync(Number(SUPERVISE_NOTIFY_FD), `${line}\n`);
  } catch (error) {
    if (error.code !== 'EAGAIN') throw error; // A full pipe loses a report, never the work.
  }
}
