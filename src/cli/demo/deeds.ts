/** What is done to the workers, one deed after the other. Each reports in one line what happened, based on the workers' notes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../../base/exit-codes.ts';
import { killSupervisor } from './death.ts';
import { only, openHelpers, openJobs, type Note } from './ledger.ts';
import { WORKERS } from './list.ts';
import type { Outcome } from './program.ts';
import type { Act } from './tool.ts';
import { unless, unlessCode, type Told } from './told.ts';
import {
  areBusy,
  atWork,
  living,
  patienceMs,
  STOPPED,
  timed,
  Unmet,
  until,
  withHelper,
  within,
  type Play,
} from './waits.ts';

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

async function start(play: Play): Promise<Told> {
  const { code, out, err } = await command(play, 'the start', play.tool.start);
  if (code !== 0) throw new Unmet(`the start has ended with ${String(code)}: ${err === '' ? out : err}`);
  // Not all six at one moment: if they did not begin together, their short jobs may never all have a helper at once.
  await until(play, 'each worker to have its helper at work', (notes) => withHelper(notes) === WORKERS);
  return { words: `${WORKERS} workers are at work, each with a helper process`, faults: [] };
}

/** The new code is deployed; the running workers still have the old code. */
async function deploy(play: Play, release: number): Promise<Told> {
  const { tool, stage } = play;
  const old = living(only(stage.notes(), 'start'));
  let isOver = false;
  const restart = timed(() => command(play, 'the restart', tool.restart)).finally(() => (isOver = true));
  const isNew = ({ what, about }: Note): boolean => what === 'start' && about === String(release);
  // Old workers that had to go before the first new one came.
  const wentFirst = until(play, 'the restart', (notes) => isOver || notes.some(isNew)).then(
    () => old.length - living(old).length,
  );
  const [{ outcome, seconds }, gone] = await Promise.all([restart, wentFirst]);
  const have = (): number => living(stage.notes().filter(isNew)).length;
  // Ours returns when they are up; others when they are started, or sooner.
  if (!tool.isOurs) await within(play, 2 * play.jobMs, `release ${release} everywhere`, () => have() >= WORKERS);
  const all = have();
  const down = WORKERS - old.length;
  const first = tool.isOurs
    ? `${gone + down} went first and held, then the rest`
    : `${gone + down} were down when the first new one came`;
  return {
    words: `release ${release}: ${first}: ${all} of ${WORKERS} have it${ended(outcome)}; took ${seconds}`,
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
  const { outcome, seconds } = await timed(() => command(play, 'the restart', play.tool.restart));
  const untouched = living(running).length;
  const said = outcome.code === 0 ? 'says that all is well' : 'says so';
  return {
    words: `release ${release} exits 255: restart ${said} (exit ${String(outcome.code)}); down: ${running.length - untouched}, untouched: ${untouched}; took ${seconds}`,
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
  const back = await timed(() => backAtWork(play, stage.notes().length));
  const wanted = new Set(only(away, 'no-database').map(({ pid }) => pid)).size;
  return {
    words: `for ${awayMs / 1000} s: ${wanted} workers ended for want of it, ${only(away, 'start').length} were started; ${back.outcome} ${back.seconds} after its return`,
    faults: [],
  };
}

/** Waits until all are at work again, and starts by hand those that do not come back. */
async function backAtWork(play: Play, back: number): Promise<string> {
  const { tool } = play;
  const areBack = (notes: readonly Note[]): boolean => atWork(notes.slice(back)) >= WORKERS;
  const words = 'all to be at work again';
  if (tool.startAgain === null) {
    await until(play, words, areBack);
    return 'all at work';
  }
  const limitMs = patienceMs(play);
  if ((await within(play, limitMs, words, areBack)) !== null) return 'all at work';
  const came = atWork(play.stage.notes().slice(back));
  await command(play, 'the start by hand', tool.startAgain);
  await until(play, words, areBack);
  return `${WORKERS - came} did not come back within ${limitMs / 1000} s and were started by hand, all at work`;
}

async function stop(play: Play): Promise<Told> {
  const before = await until(play, 'all to be in the middle of a job', areBusy);
  const jobs = living(openJobs(before));
  const helpers = living(openHelpers(before)).length;
  const { outcome, seconds } = await timed(() => command(play, 'the stop', play.tool.stop));
  const ends = new Set(only(play.stage.notes(), 'end').map(({ about }) => about));
  const done = jobs.filter(({ about }) => ends.has(about)).length;
  return {
    words: `in the middle of ${jobs.length} jobs, with ${helpers} helpers at work: ${done} were done first${ended(outcome)}; took ${seconds}`,
    faults: unlessCode(outcome, 0, 'stop'),
  };
}

const ended = ({ code }: Outcome): string => (code === 0 ? '' : ` (exit ${String(code)})`);

async function command(play: Play, what: string, act: Act): Promise<Outcome> {
  play.waitFor(what);
  const outcome = await act(play.end);
  play.end.throwIfAborted();
  if (play.tool.isOurs && outcome.code === EXIT.nobody) throw new Unmet(STOPPED);
  return outcome;
}
