// A small store of items behind a TCP server on loopback, with the habits of a database:
//   - it takes `limit` connections; one more is accepted and then told "too many connections", as MySQL does;
//   - a connection costs it time (`loginMs`), a question little (`questionMs`), and it does one thing at a time;
//   - a client that has hung up holds its connection until the store gets to its question.
// Lines: "HELLO who" -> "WELCOME"; "GET 17" -> "OK {"id":17,…}". No line says which question it answers.
// `node store.mjs SETTINGS` (JSON), forked: it sends its port, and receives its troubles as messages.
import { openSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';

const { limit, loginMs, questionMs, log } = JSON.parse(process.argv[2]);
const REFUSAL_MS = 2;

/** The other clients of the store: how many connections they hold, and how long their questions delay everyone. */
let crowd = { connections: 0, backlogMs: 0 };
const sessions = new Set();
let busyUntil = 0;
const logFile = openSync(log, 'a');

const server = createServer((socket) => {
  socket.on('error', () => socket.destroy()); // The client left in the middle of something.
  if (sessions.size + crowd.connections >= limit) {
    note('refused');
    work(REFUSAL_MS);
    socket.end('ERR too many connections\n');
    return;
  }
  const session = { socket, who: 'nobody', jobs: 0, gone: false };
  sessions.add(session);
  note('accepted');
  socket.on('close', () => leave(session));
  let held = '';
  socket.setEncoding('utf8').on('data', (text) => {
    const lines = (held + text).split('\n');
    held = lines.pop() ?? '';
    for (const line of lines) take(session, line);
  });
});

function take(session, line) {
  const [verb, word] = line.split(' ');
  session.jobs += 1;
  setTimeout(
    () => {
      session.jobs -= 1;
      if (session.gone) return leave(session);
      if (verb === 'HELLO') session.who = word;
      else note('answered', { who: session.who, id: Number(word) });
      session.socket.write(verb === 'HELLO' ? 'WELCOME\n' : `OK ${JSON.stringify(itemOf(Number(word)))}\n`);
    },
    work(verb === 'HELLO' ? loginMs : questionMs),
  );
}

const itemOf = (id) => ({ id, title: `photo ${id}`, file: `${id}.jpg` });

/** Adds this much work to the end of the queue; returns when it will be done. */
function work(ms) {
  const now = performance.now();
  busyUntil = Math.max(busyUntil, now + crowd.backlogMs) + ms;
  return busyUntil - now;
}

function leave(session) {
  session.gone = true;
  if (session.jobs === 0) sessions.delete(session);
}

function note(what, more = {}) {
  writeSync(logFile, `${JSON.stringify({ at: Date.now(), what, ...more })}\n`);
}

process.on('message', ({ crowd: next, restart }) => {
  crowd = next;
  note('trouble', crowd);
  if (!restart) return;
  for (const { socket } of sessions) socket.destroy();
  sessions.clear();
  busyUntil = 0;
});
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
