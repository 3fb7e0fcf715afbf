import { counted } from '../../base/counted.ts';
import { cleanText } from '../../base/clean.ts';
import { EXIT, type ExitCode } from '../../base/exit-codes.ts';
import { isErrno } from '../../supervisor/world/errno.ts';
import { shellQuoted } from '../print/shell-quoted.ts';
import type { Terminal } from '../print/terminal.ts';
import { DEEDS } from './deeds.ts';
import { WORKERS } from './list.ts';
import { endLine, peerOf, settingOf } from './peers/find.ts';
import { leftOf, leftOfKilled, type Remains } from './program.ts';
import { deedLines, tallyLines, waitingLine } from './show.ts';
import { placesIn, type Stage } from './stage.ts';
import { broken, tally } from './tally.ts';
import { Unmet, type Play } from './waits.ts';

/** How often the queue is filled and the progress line redrawn. */
const TICK_MS = 250;

export interface Performance extends Omit<Play, 'waitFor'> {
  /** What other program runs the workers, in words. */
  readonly under: string | null;
}

/** Does all deeds and counts the results. null: it was ended early. */
export async function perform(play: Performance, terminal: Terminal): Promise<ExitCode | null> {
  const { stage, jobMs, end, tool, under } = play;
  // Ctrl-\ is another way to end it.
  process.on('SIGQUIT', () => process.kill(process.pid, 'SIGTERM'));
  tellOfKilled(stage, terminal);
  const begun = performance.now();
  const seconds = (): number => (performance.now() - begun) / 1000;
  let [doing, awaited] = ['', ''];
  const disturbed = new AbortController();
  const ticking = setInterval(() => {
    try {
      stage.fill();
      terminal.progress(waitingLine(doing, seconds(), awaited, stage.notes()));
    } catch (error) {
      disturbed.abort(error);
    }
  }, TICK_MS);
  const waitFor = (what: string): void => void (awaited = what);
  const faults: string[] = [];
  try {
    const where = under === null ? '' : ` under ${under}`;
    terminal.say(
      `${WORKERS} workers do jobs of ${jobMs / 1000} s${where}, and this is done to them. Ctrl-C ends it all.`,
    );
    for (const { name, run } of DEEDS) {
      doing = name;
      const { words, faults: own } = await run({ ...play, end: AbortSignal.any([end, disturbed.signal]), waitFor });
      for (const line of deedLines(name, seconds(), words, terminal.colour, terminal.columns)) terminal.say(line);
      faults.push(...own.map((fault) => `${name}: ${fault}`));
    }
  } catch (error) {
    if (end.aborted) return null;
    const why = whyItEnds(disturbed.signal.aborted ? disturbed.signal.reason : error, stage);
    terminal.tell(`supervise: ${doing}: ${why}`);
    return EXIT.trouble;
  } finally {
    clearInterval(ticking);
  }
  const left = await leftOf(stage);
  if (end.aborted) return null;
  const rows = tally(stage.notes(), stage.facts(left.length));
  terminal.say('What the jobs themselves have noted:');
  for (const line of tallyLines(rows, terminal.colour)) terminal.say(line);
  // Nobody promised anything for another program: it was counted, and that is all.
  if (!tool.isOurs) return EXIT.done;
  faults.push(...broken(rows));
  terminal.say(faults.length === 0 ? terminal.colour('good', 'all as promised') : 'not as promised:');
  for (const fault of faults) terminal.say(terminal.colour('bad', `  ${fault}`));
  return faults.length === 0 ? EXIT.done : EXIT.trouble;
}

/** In words, unless it is a bug of ours. */
function whyItEnds(error: unknown, { folder }: Stage): string {
  if (error instanceof Unmet) return error.message;
  if (!isErrno(error)) throw error;
  return error.code === 'ENOENT' ? `somebody has removed its folder ${folder}, or a part of it` : error.message;
}

/** A killed demo could not end anything. */
function tellOfKilled(stage: Stage, terminal: Terminal): void {
  for (const remains of leftOfKilled(stage)) {
    const { folder, count } = remains;
    const what = `a demo that was killed has left ${counted(count, 'process', 'processes')} at work in ${cleanText(folder)}`;
    terminal.tell(`supervise: ${what}. End them: ${endOf(remains)} && rm -r ${shellQuoted(folder)}`);
  }
}

function endOf({ folder, peer: name }: Remains): string {
  const { list, state } = placesIn(folder);
  const peer = name === null ? undefined : peerOf(name);
  if (peer !== undefined) return endLine(peer, settingOf({ folder, list, state, peer: name }, 0, false));
  return `supervise stop --now --file ${shellQuoted(list)} --state-dir ${shellQuoted(state)}`;
}
