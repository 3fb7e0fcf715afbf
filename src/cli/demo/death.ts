/** The death of the supervisor in the middle of all jobs. */
import { longestPrintMs, only, openJobs } from './ledger.ts';
import { kill } from './program.ts';
import { unless, type Told } from './told.ts';
import { areBusy, living, patienceMs, timed, Unmet, until, within, type Play } from './waits.ts';

export async function killSupervisor(play: Play): Promise<Told> {
  const { stage, tool } = play;
  if (tool.unkillable !== null) return { words: tool.unkillable, faults: [] };
  const killed = await tool.supervisorPid(play.end);
  if (killed === null) throw new Unmet('there is no supervisor to be killed');
  const before = await until(play, 'all to be in the middle of a job', areBusy);
  const open = living(openJobs(before));
  kill(killed, 'SIGKILL');
  const { seconds } = await timed(() => anotherThan(killed, play));
  const jobsOfThen = new Set(open.map(({ about }) => about));
  await until(play, 'the jobs of then to be done', (notes) =>
    living(openJobs(notes)).every(({ about }) => !jobsOfThen.has(about)),
  );
  // Ours needs no waiting; what others start in its place has to be seen first.
  if (!tool.isOurs) await within(play, patienceMs(play), 'all to be at work again', areBusy);
  const since = stage.notes().slice(before.length);
  const own = open.filter(({ pid, about }) => only(since, 'end').some((end) => end.about === about && end.pid === pid));
  const starts = only(since, 'start').length;
  const next =
    tool.revive === null
      ? `the next one was there after ${seconds}`
      : `started again as its service manager would; it was there after ${seconds}`;
  return {
    words: `of the supervisor, in the middle of ${open.length} jobs: ${next}; ${own.length} were done by who had begun them, ${starts} workers were started; a print waited ${longestPrintMs(since) / 1000} s at most`,
    faults: [
      ...unless(own.length === open.length, `${open.length - own.length} jobs were not ended by who had begun them`),
      ...unless(starts === 0, `${starts} workers were started, and all of them lived`),
    ],
  };
}

async function anotherThan(killed: number, { tool, ...play }: Play): Promise<void> {
  if (tool.revive !== null) {
    const { code, out, err } = await tool.revive(play.end);
    if (code !== 0) throw new Unmet(`it cannot be started again (exit ${String(code)}): ${err === '' ? out : err}`);
  }
  const isAnother = async (): Promise<boolean> => ((await tool.supervisorPid(play.end)) ?? killed) !== killed;
  await until({ tool, ...play }, 'another supervisor', isAnother);
}
