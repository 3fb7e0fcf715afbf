/** `supervise demo`: real workers do real jobs under this very program, while things happen to it and to them. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { messageOf } from '../../base/error-words.ts';
import { parseDuration } from '../../base/duration.ts';
import { EXIT, type ExitCode } from '../../base/exit-codes.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { hasOption, type Invocation } from '../args.ts';
import { listText } from '../demo/list.ts';
import { perform } from '../demo/perform.ts';
import { endAll } from '../demo/program.ts';
import { Stage } from '../demo/stage.ts';
import { tellUsage } from '../failure.ts';
import { shellQuoted } from '../print/shell-quoted.ts';
import type { Terminal } from '../print/terminal.ts';

/** The length of a job, for those who have no 90 s: the database is away for less then, too; all else takes as long as it takes. */
const JOB = 'SUPERVISE_DEMO_JOB';
const SHORTEST_MS = 1000;
/** Why it ends where no signal has asked for that. */
const UNREAD = 'unread';
/** The worker, beside the command in dist/. */
const WORKER = path.join(import.meta.dirname, '../demo/worker.mjs');

export async function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const job = parseDuration(process.env[JOB] ?? '8s');
  if (!job.ok) return tellUsage(`${JOB}: ${job.error}`, terminal);
  if (job.value < SHORTEST_MS) return tellUsage(`${JOB}: a job takes 1s at least`, terminal);
  if (hasOption(call, 'show')) {
    terminal.say(listText(job.value).trimEnd());
    return EXIT.done;
  }
  const end = ending(terminal);
  process.umask(0o077); // Root runs nothing that everybody may write.
  const folder = newFolder();
  if (!folder.ok) {
    terminal.tell(`supervise: ${folder.error}`);
    return EXIT.trouble;
  }
  const stage = new Stage(folder.value, job.value, WORKER);
  try {
    const code = await perform({ stage, jobMs: job.value, end }, terminal);
    if (code !== null) return code;
    const why = end.reason === UNREAD ? 'what it says does not reach anybody any more (stdout), so ' : '';
    terminal.tell(
      `supervise: ${why}the demo is broken off; all that it has started is ended now, in the middle of its jobs`,
    );
    if (end.reason === UNREAD) return EXIT.trouble;
    return end.reason === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
  } finally {
    await endAll(stage);
    if (hasOption(call, 'keep')) terminal.say(`the ledger, the list and the logs: ${shellQuoted(stage.folder)}`);
    else stage.remove();
    if (end.aborted) terminal.tell('supervise: no process of it is left');
  }
}

function newFolder(): Result<string> {
  try {
    return ok(mkdtempSync(path.join(tmpdir(), 'supervise-demo-')));
  } catch (error) {
    return fail(`cannot make a folder for the demo: ${messageOf(error)}; TMPDIR names a place where it can`);
  }
}

/** Aborted when somebody ends the demo, or nobody sees it any more. */
function ending(terminal: Terminal): AbortSignal {
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      end.abort(signal);
    });
  terminal.gone.addEventListener('abort', () => {
    end.abort(UNREAD);
  });
  return end.signal;
}
