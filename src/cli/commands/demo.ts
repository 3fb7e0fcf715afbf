/** `supervise demo`: real workers do real jobs under this very program, or another one, while things happen to both. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { messageOf } from '../../base/error-words.ts';
import { parseDuration } from '../../base/duration.ts';
import { EXIT, type ExitCode } from '../../base/exit-codes.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { hasOption, valueOf, type Invocation } from '../args.ts';
import { listText } from '../demo/list.ts';
import { ownTool } from '../demo/own.ts';
import { lookFor, peerOf, PEER_NAMES, settingOf, shown } from '../demo/peers/find.ts';
import type { Peer } from '../demo/peers/peer.ts';
import { peerTool } from '../demo/peers/run.ts';
import { perform, type Performance } from '../demo/perform.ts';
import { killLeft, processesOf } from '../demo/program.ts';
import { placesIn, Stage } from '../demo/stage.ts';
import { tellUsage } from '../failure.ts';
import { shellQuoted } from '../print/shell-quoted.ts';
import type { Terminal } from '../print/terminal.ts';

/** The length of a job, for those who do not have 90 s: the database is then down for less, too; everything else takes its time. */
const JOB = 'SUPERVISE_DEMO_JOB';
const SHORTEST_MS = 1000;
/** Why the demo ends when no signal asked for that. */
const UNREAD = 'unread';
/** The worker, next to the command in dist/. */
const WORKER = path.join(import.meta.dirname, '../demo/worker.mjs');

export async function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const job = parseDuration(process.env[JOB] ?? '8s');
  if (!job.ok) return tellUsage(`${JOB}: ${job.error}`, terminal);
  if (job.value < SHORTEST_MS) return tellUsage(`${JOB}: a job takes 1s at least`, terminal);
  const asked = askedPeer(call);
  if (!asked.ok) return tellUsage(asked.error, terminal);
  const peer = asked.value;
  const isTuned = hasOption(call, 'tuned');
  if (hasOption(call, 'show')) {
    const scene = { folder: SHOWN_FOLDER, ...placesIn(SHOWN_FOLDER), peer: peer?.name ?? null };
    const text =
      peer === null ? listText(job.value) : shown(peer, { ...settingOf(scene, job.value, isTuned), marks: {} });
    terminal.say(text.trimEnd());
    return EXIT.done;
  }
  const end = ending(terminal);
  process.umask(0o077); // Root runs nothing that everybody may write.
  const folder = newFolder();
  if (!folder.ok) {
    terminal.tell(`supervise: ${folder.error}`);
    return EXIT.trouble;
  }
  const stage = new Stage(folder.value, WORKER, peer?.name ?? null);
  let isKept = false;
  try {
    const ready = await performanceOf({ stage, jobMs: job.value, end }, peer, isTuned);
    if (!ready.ok) {
      // Merely asked for its version, pm2 starts its daemon.
      await killLeft(stage);
      return tellUsage(ready.error, terminal);
    }
    isKept = hasOption(call, 'keep');
    return await play(ready.value, isKept, terminal);
  } finally {
    if (!isKept) stage.remove();
  }
}

/** What `--show` prints where a demo would have its own folder. */
const SHOWN_FOLDER = '/srv/demo';

/** The program that `--with` names. null: this one. */
function askedPeer(call: Invocation): Result<Peer | null> {
  const name = valueOf(call, 'with');
  if (name === undefined)
    return hasOption(call, 'tuned') ? fail('--tuned is for another program: --with TOOL --tuned') : ok(null);
  const peer = peerOf(name);
  return peer === undefined ? fail(`--with takes ${PEER_NAMES.join(', ')}, and not ${name}`) : ok(peer);
}

async function performanceOf(
  facts: Pick<Performance, 'stage' | 'jobMs' | 'end'>,
  peer: Peer | null,
  isTuned: boolean,
): Promise<Result<Performance>> {
  const { stage, jobMs } = facts;
  if (peer === null) return ok({ ...facts, tool: ownTool(stage, jobMs), under: null });
  const setting = settingOf(stage, jobMs, isTuned);
  const title = await lookFor(peer, setting, stage);
  if (!title.ok) return title;
  const under = `${title.value}, ${isTuned ? 'tuned for them' : 'with its defaults'}`;
  return ok({ ...facts, tool: peerTool(peer, setting, stage), under });
}

async function play(performance: Performance, isKept: boolean, terminal: Terminal): Promise<ExitCode> {
  const { stage, tool, end } = performance;
  try {
    tool.prepare();
    const code = await perform(performance, terminal);
    if (code !== null) return code;
    const why = end.reason === UNREAD ? 'what it says does not reach anybody any more (stdout), so ' : '';
    terminal.tell(
      `supervise: ${why}the demo is broken off; all that it has started is ended now, in the middle of its jobs`,
    );
    if (end.reason === UNREAD) return EXIT.trouble;
    return end.reason === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
  } finally {
    if (!tool.isOurs || processesOf(stage).length > 0) await tool.endAll();
    await killLeft(stage);
    if (isKept) terminal.say(`the ledger, the list and the logs: ${shellQuoted(stage.folder)}`);
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

/** Aborted when someone ends the demo, or nobody sees it any more. */
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
