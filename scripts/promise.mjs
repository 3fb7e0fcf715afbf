// The promise of the README, sentence by sentence, with the tests that fail if it is broken. docs/promise.md is made from this table (`npm
// run generate`), `npm run prove` runs exactly these tests, and a unit test checks that all of them exist.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = path.resolve(import.meta.dirname, '..');

/** `says` is a sentence of the README. `test` is the name of a test, or of a group of them, in the file. */
export const PROMISE = [
  {
    says: '**No iteration is cut in half by the supervisor.**',
    proofs: [
      {
        shows: 'one that is busy is waited for far beyond its grace, which counts from its boundary',
        file: 'test/e2e/stopping.test.ts',
        test: 'one that is busy is waited for far beyond its grace, and its grace counts from the boundary',
      },
      {
        shows: 'its helpers finish what they do: the stop signal goes to the main process alone',
        file: 'test/e2e/stopping.test.ts',
        test: 'the main process only: its helpers finish what they do',
      },
      {
        shows: 'a supervisor that is killed in the moment of the stop signal: its successor does not send it again',
        file: 'test/faults/signal-once.test.ts',
        test: 'a supervisor that is killed in the very moment of the stop signal',
      },
    ],
  },
  {
    says: 'A stop waits for the end of the iteration.',
    proofs: [
      {
        shows: 'loops in sh, Node, PHP and Python that know nothing of us, asked to stop in the middle of an iteration',
        file: 'test/e2e/stopping.test.ts',
        test: 'to supervise is forwarded to loops that know nothing of us',
      },
    ],
  },
  {
    says: 'Where one was cut all the same it says so',
    proofs: [
      {
        shows: 'a handler that exits 0 in the middle of an iteration that it had told of: cut, and the stop exits 1',
        file: 'test/e2e/stopping.test.ts',
        test: 'a handler that exits 0 in mid-iteration is `cut: yes` where BUSY was said, and the stop exits 1',
      },
      {
        shows: 'one that ignores SIGTERM and is killed after its grace',
        file: 'test/e2e/stopping.test.ts',
        test: 'one that ignores SIGTERM gets SIGKILL after its grace: cut, exit 1',
      },
      {
        shows: 'a daemon that somebody kills at work',
        file: 'test/e2e/crashes.test.ts',
        test: 'is started again, and its open iteration was cut',
      },
    ],
  },
  {
    says: 'and where nobody can know it says that.',
    proofs: [
      {
        shows: 'one without a handler dies of the signal: unknown, never clean',
        file: 'test/e2e/stopping.test.ts',
        test: 'one without a handler dies of the signal: `unknown`, and it is named',
      },
      {
        shows: 'whatever is written to fd 3, a cut is called no only where that is known',
        file: 'test/faults/notify-hostile.test.ts',
        test: 'words that a full FIFO did not take: the cut is unknown, although the last one heard was IDLE',
      },
    ],
  },
  {
    says: '**No daemon is doubled, lost or orphaned in silence**',
    proofs: [
      {
        shows: 'after a kill -9 of its supervisor each daemon is adopted, not signalled and not doubled',
        file: 'test/faults/supervisor-killed.test.ts',
        test: 'one that runs: it is adopted, not signalled and not doubled, and ends at its boundary when it is asked',
      },
      {
        shows: 'a process that was spawned a moment before the death, and written down nowhere, is found',
        file: 'test/faults/unknown-process.test.ts',
        test: 'a process that was spawned a moment before the death',
      },
      {
        shows: 'a stranger that has the pid of a daemon by now is never signalled',
        file: 'test/faults/unknown-process.test.ts',
        test: 'a stranger that has the pid of a daemon by now is never signalled',
      },
      {
        shows: 'a helper that has left the session of its run is named',
        file: 'test/faults/unknown-process.test.ts',
        test: 'a helper that has left the session of an ended run is named, and left alone',
      },
      {
        shows: 'a supervisor whose lock was removed still has its list',
        file: 'test/e2e/one-supervisor.test.ts',
        test: 'a supervisor whose lock file was removed still has its list, though nothing of it runs at that moment',
      },
    ],
  },
  {
    says: 'whatever dies, fills up or is sent.',
    proofs: [
      {
        shows: 'a full disk stops no daemon; lines are dropped whole and counted, and writing goes on by itself',
        file: 'test/faults/logs-full-disk.test.ts',
        test: 'a full disk never stops a daemon: lines are dropped whole, counted in the log, and writing resumes by itself',
      },
      {
        shows: 'a SIGKILL tears no line of a log and doubles none',
        file: 'test/faults/logs-sigkill.test.ts',
        test: 'a SIGKILL of the supervisor tears no line and doubles none; of each stream at most one read is lost',
      },
      {
        shows: 'a state file of another boot means nothing: no pid of it is signalled',
        file: 'test/faults/state-file.test.ts',
        test: 'a state file of another boot means nothing: the list is started anew, and no pid of it is signalled',
      },
      {
        shows: 'garbage on the socket harms nobody, and the next command is answered',
        file: 'test/faults/socket-hostile.test.ts',
        test: 'whatever comes over the socket, the daemons run on and the next command is answered',
      },
    ],
  },
  {
    says: '**A failure does not become a storm**',
    proofs: [
      {
        shows: 'restarts at once make it worse; under supervise nobody hammers, and all come back (docs/incident.md)',
        file: 'test/e2e/incident.test.ts',
        test: 'restarts at once and a connection used again make it worse; under supervise nobody hammers, and all come back',
      },
      {
        shows: 'an answer never belongs to another question, be it late, twice or out of order',
        file: 'test/integration/control/client.test.ts',
        test: 'late, twice, out of order, for another: whatever is believed is the answer to what was asked',
      },
    ],
  },
  {
    says: 'one worker goes first and the others wait for what becomes of it',
    proofs: [
      {
        shows: 'one goes first with a change that does not work: the others are not touched, exit 1',
        file: 'test/e2e/reload.test.ts',
        test: 'goes first with a change that does not work: the others are not touched, exit 1',
      },
      {
        shows: 'a resource that is down keeps back those that need it; when it is up again one goes first',
        file: 'test/e2e/resources.test.ts',
        test: 'makes no crash of those that die of it, and when it is up again one goes first',
      },
    ],
  },
  {
    says: 'crashes in a row wait longer and longer',
    proofs: [
      {
        shows: 'also where each end is an exit 0',
        file: 'test/e2e/crashes.test.ts',
        test: 'loops with exit 0, too: the gap stays, then grows, and it is said',
      },
    ],
  },
  {
    says: 'starts are spaced',
    proofs: [
      {
        shows: 'forty that die at once come back at the start rate',
        file: 'test/e2e/crashes.test.ts',
        test: 'forty that die at once keep to the start rate',
      },
    ],
  },
];

export const allProofs = () => PROMISE.flatMap(({ proofs }) => proofs);

const INTRODUCTION = `# The promise, and its proof

Each sentence that the README promises, and the tests that fail where it is broken: with real processes, signals and disks, on your machine.
\`npm run prove\` runs these, in some two minutes, and prints what came of each. Tests and that command are in a clone, not in the package. All other tests: [what is brought about for real](faults.md).
The page is made by \`npm run generate\` from \`scripts/promise.mjs\`.
`;

export function promisePage() {
  const sections = PROMISE.map(({ says, proofs }) =>
    [
      `## ${says.replaceAll('**', '')}`,
      '',
      ...proofs.map(({ shows, file }) => `- ${shows}: [${file}](../${file})`),
    ].join('\n'),
  );
  return `${[INTRODUCTION, ...sections].join('\n')}\n`.replaceAll('\n## ', '\n\n## ').replaceAll('\n\n\n', '\n\n');
}

/** The text of the README on one line. */
export const readme = () => readFileSync(path.join(root, 'README.md'), 'utf8').replaceAll(/\s+/g, ' ');

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.stdout.write(promisePage());
