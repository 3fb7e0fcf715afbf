/** What is done to the workers, one after the other. Each deed says in a line what it did, by what they have noted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../../base/exit-codes.ts';
import { isAlive, readStat } from '../../supervisor/world/proc.ts';
import { longestPrintMs, only, openHelpers, openJobs, type Note } from './ledger.ts';
import { WORKERS } from './list.ts';
import { kill, processesOf, supervise, type Outcome } from './program.ts';
import type { Stage } from './stage.ts';

/** What came of a deed: in words, and what is not as it should be. */
export interface Told {
  readonly words: string;
  readonly faults: readonly string[];
}

export interface Play {
  readonly stage: Stage;
  readonly jobMs: number;
  /** Aborted when somebody ends the demo. */
  readonly end: AbortSignal;
  /** Shows what is waited for. */
  readonly waitFor: (what: string) => void;
}

export interface Deed {
  readonly name: string;
  readonly run: (play: Play) => Promise<Told>;
}

export const DEEDS: readonly Deed[] = [
  { name: 'start', run: start },
  { name: 'deploy', run: (play) => deploy(play, play.stage.deploy()) },
  { name: 'broken deploy', run: brokenDeploy },
  { name: 'mended', run: (play) => deploy(play, play.stage.deploy()) },
  { name: 'database away', run: databaseAway },
  { name: 'kill -9', run: killSupervisor },
  { name: 'stop', run: stop },
];

/** The demo cannot go on: what should have come has not. */
export class Unmet extends Error {}

const STOPPED = 'its supervisor is gone: somebody has stopped it';

/** A wait that takes longer than anything that may be. */
const TOO_LONG_MS = 120_000;

async function start(play: Play): Promise<Told> {
  const { code, err } = await command(play, 'start', '-d');
  if (code !== 0) throw new Unmet(`start -d has ended with ${String(code)}: ${err}`);
  await until(play, 'each worker to have its helper at work', (notes) => openHelpers(notes).length === WORKERS);
  return { words: `${WORKERS} workers are at work, each with a helper process`, faults: [] };
}

/** The new code is there; the workers that run have the old one. */
async function deploy(play: Play, release: number): Promise<Told> {
  const old = living(only(play.stage.notes(), 'start'));
  let isOver = false;
  const restart = timed(() => command(play, 'restart')).finally(() => (isOver = true));
  const isNew = ({ what, about }: Note): boolean => what === 'start' && about === String(release);
  // The old ones that had to go before the first new one came.
  const wentFirst = until(play, 'supervise restart', (notes) => isOver || notes.some(isNew)).then(
    () => old.length - living(old).length,
  );
  const [{ outcome, seconds }, gone] = await Promise.all([restart, wentFirst]);
  const all = living(play.stage.notes().filter(isNew)).length;
  const down = WORKERS - old.length;
  return {
    words: `release ${release}: ${gone + down} went first and held, then the rest: ${all} of ${WORKERS} have it; took ${seconds}`,
    faults: [
      ...unlessCode(outcome, 0, 'restart'),
      ...unless(all === WORKERS, `${all} of ${WORKERS} have release ${release}`),
      ...unless(gone <= 1, `${gone} were stopped before any new one was there`),
    ],
  };
}

async function brokenDeploy(play: Play): Promise<Told> {
  const running = living(only(play.stage.notes(), 'start'));
  const release = play.stage.deploy('process.exit(255);\n');
  const { outcome, seconds } = await timed(() => command(play, 'restart'));
  const untouched = living(running).length;
  return {
    words: `release ${release} exits 255: restart says so (exit ${String(outcome.code)}); down: ${running.length - untouched}, untouched: ${untouched}; took ${seconds}`,
    faults: [
      ...unlessCode(outcome, 1, 'restart'),
      ...unless(untouched === WORKERS - 1, `${untouched} of ${WORKERS} run on, and not ${WORKERS - 1}`),
    ],
  };
}

async function databaseAway(play: Play): Promise<Told> {
  const { stage, jobMs } = play;
  const awayMs = 2.5 * jobMs;
  const from = stage.notes().length;
  stage.takeDatabase();
  play.waitFor(`${awayMs / 1000} s without the database`);
  await sleep(awayMs, undefined, { signal: play.end });
  const away = stage.notes().slice(from);
  stage.returnDatabase();
  const back = stage.notes().length;
  const { seconds } = await timed(() =>
    until(play, 'all to be at work again', (notes) => distinct(only(notes.slice(back), 'begin')) === WORKERS),
  );
  return {
    words: `for ${awayMs / 1000} s: ${distinct(only(away, 'no-database'))} workers ended for want of it, ${only(away, 'start').length} were started; all at work ${seconds} after its return`,
    faults: [],
  };
}

async function killSupervisor(play: Play): Promise<Told> {
  const { stage } = play;
  const killed = await supervisorPid(play);
  if (killed === null) throw new Unmet('there is no supervisor to be killed');
  const before = await until(play, 'all to be in the middle of a job', areBusy);
  const open = living(openJobs(before));
  kill(killed, 'SIGKILL');
  const { seconds } = await timed(() =>
    until(play, 'another supervisor', async () => ((await supervisorPid(play)) ?? killed) !== killed),
  );
  const jobsOfThen = new Set(open.map(({ about }) => about));
  await until(play, 'the jobs of then to be done', (notes) =>
    living(openJobs(notes)).every(({ about }) => !jobsOfThen.has(about)),
  );
  const since = stage.notes().slice(before.length);
  const own = open.filter(({ pid, about }) => only(since, 'end').some((end) => end.about === about && end.pid === pid));
  const starts = only(since, 'start').length;
  return {
    words: `of the supervisor, in the middle of ${open.length} jobs: the next one was there after ${seconds}; ${own.length} were done by who had begun them, ${starts} workers were started; a print waited ${longestPrintMs(since) / 1000} s at most`,
    faults: [
      ...unless(own.length === open.length, `${open.length - own.length} jobs were not ended by who had begun them`),
      ...unless(starts === 0, `${starts} workers were started, and all of them lived`),
    ],
  };
}

async function stop(play: Play): Promise<Told> {
  const before = await until(play, 'all to be in the middle of a job', areBusy);
  const jobs = living(openJobs(before));
  const helpers = living(openHelpers(before)).length;
  const { outcome, seconds } = await timed(() => command(play, 'stop'));
  const ends = new Set(only(play.stage.notes(), 'end').map(({ about }) => about));
  const done = jobs.filter(({ about }) => ends.has(about)).length;
  return {
    words: `in the middle of ${jobs.length} jobs, with ${helpers} helpers at work: ${done} were done first; took ${seconds}`,
    faults: unlessCode(outcome, 0, 'stop'),
  };
}

const areBusy = (notes: readonly Note[]): boolean =>
  living(openJobs(notes)).length === WORKERS && living(openHelpers(notes)).length >= WORKERS / 2;

/** What was noted by processes that live. */
const living = (notes: readonly Note[]): readonly Note[] => notes.filter(({ pid }) => isAlive(readStat(pid)));

const distinct = (notes: readonly Note[]): number => new Set(notes.map(({ pid }) => pid)).size;

async function supervisorPid(play: Play): Promise<number | null> {
  const { out } = await supervise(play.stage, ['status', '--json'], play.end);
  if (out === '') return null; // One that is just coming up does not answer yet.
  // As `status --json` is documented.
  const { supervisor } = JSON.parse(out) as { supervisor: { pid: number } | null };
  return supervisor?.pid ?? null;
}

async function command(play: Play, ...args: readonly string[]): Promise<Outcome> {
  play.waitFor(`supervise ${args.join(' ')}`);
  const outcome = await supervise(play.stage, args, play.end);
  play.end.throwIfAborted();
  if (outcome.code === EXIT.nobody) throw new Unmet(STOPPED);
  return outcome;
}

/** Looks until it is so; what has been noted then. */
async function until(
  play: Play,
  what: string,
  isSo: (notes: readonly Note[]) => boolean | Promise<boolean>,
): Promise<readonly Note[]> {
  play.waitFor(what);
  const begun = performance.now();
  for (let tries = 1; performance.now() - begun < TOO_LONG_MS; tries++) {
    const notes = play.stage.notes();
    if (await isSo(notes)) return notes;
    if (tries % 20 === 0 && processesOf(play.stage).length === 0) throw new Unmet(STOPPED);
    await sleep(50, undefined, { signal: play.end });
  }
  throw new Unmet(`waited ${TOO_LONG_MS / 1000} s for ${what}`);
}

async function timed<T>(act: () => Promise<T>): Promise<{ readonly outcome: T; readonly seconds: string }> {
  const begun = performance.now();
  const outcome = await act();
  return { outcome, seconds: `${((performance.now() - begun) / 1000).toFixed(1)} s` };
}

const unless = (isSo: boolean, words: string): readonly string[] => (isSo ? [] : [words]);

const unlessCode = ({ code, out, err }: Outcome, wanted: number, name: string): readonly string[] =>
  unless(code === wanted, `${name} has ended with ${String(code)}: ${(out === '' ? err : out).split('\n', 1).join()}`);
