/** What a demo leaves and says, for the tests of `supervise demo` under this program and others. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { withEnvironmentLine } from './processes.ts';
import type { Rig } from './supervise.ts';

/** The folders of all demos of the rig, whose TMPDIR is the rig's folder. */
export const folders = (rig: Rig): readonly string[] =>
  readdirSync(rig.folder).filter((name) => name.startsWith('supervise-demo-'));

/** The living processes of all demos of the rig. */
export const processes = (rig: Rig): readonly number[] =>
  withEnvironmentLine(`DEMO_FOLDER=${rig.folder}`).map(({ pid }) => pid);

/** The figure after these words in the tally. */
export const figure = (out: string, words: string): number =>
  Number(new RegExp(`^ {2}${words} +([\\d.]+)`, 'm').exec(out)?.[1]);

/** For each begun job of a demo that kept its folder, what its ledger says, in order: ` begin helper-begin helper-end end`. */
export function livesOfJobs(rig: Rig): ReadonlyMap<string, string> {
  const [folder = ''] = folders(rig);
  const lives = new Map<string, string>();
  for (const line of readFileSync(path.join(rig.folder, folder, 'ledger'), 'utf8')
    .trim()
    .split('\n')) {
    const [what = '', , job = ''] = line.split(' ');
    if (job.startsWith('job-')) lives.set(job, `${lives.get(job) ?? ''} ${what}`);
  }
  return lives;
}
