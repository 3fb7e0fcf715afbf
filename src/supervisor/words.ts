/** Facts of the lifecycle -> sentences. Each names the fact, and the next step where there is one. */
import { counted } from '../base/counted.ts';
import { formatBytes } from '../base/bytes.ts';
import { never } from '../base/never.ts';
import { span } from '../control/describe.ts';
import { nameLeft } from './lifecycle/cut.ts';
import type { Fact } from './lifecycle/fact.ts';
import { isAskedFor, type Change, type Exit, type Left, type Refusal } from './lifecycle/state.ts';

export type Level = 'info' | 'warning' | 'error';

export interface Worded {
  readonly level: Level;
  readonly words: string;
}

export function wordFact(fact: Fact): Worded {
  switch (fact.type) {
    case 'started':
      return info(`started, pid ${fact.pid}${fact.run > 1 ? `, run ${fact.run}` : ''}`);
    case 'adopted':
      return info(`adopted, pid ${fact.pid}, run ${fact.run}`);
    case 'ready':
      return info(`ready after ${span(fact.afterMs)}`);
    case 'speaks':
      return info('speaks the boundary protocol: its boundaries are known');
    case 'fell-silent':
      return warning(
        'has fallen silent: it closed fd 3, or has become another program. It is taken for one that says nothing: a stop gives it its grace, and whether that cuts work is not known',
      );
    case 'speaker-gone':
      return wordSpeakerGone(fact);
    case 'several-speak':
      return warning(
        `several processes of it speak on fd 3 (pid ${fact.pids.join(' and pid ')}), so where any of them stands is not known: it is taken for one that says nothing. ` +
          'A stop gives it its grace, and whether that cuts work is not known. Make each a daemon of its own, or write instances: 2 (docs/writing-a-daemon.md)',
      );
    case 'draining':
      return wordDraining(fact);
    case 'drain-asked':
      return info(
        `asked to stop while it drained already, so ${fact.signal} is not sent again; ${patience(fact.graceMs)} from now on`,
      );
    case 'signal-unsure':
      return warning(
        `a supervisor died in the moment in which it sent ${fact.signal}: whether that came is not known. It is waited for as if it had, ` +
          `and ${fact.signal} is sent again only where SIGKILL would be due. Should it go on working: supervise signal ${fact.signal} ${fact.id}`,
      );
    case 'signal-again':
      return warning(
        `has not ended, and perhaps ${fact.signal} never came: sent ${fact.signal} instead of SIGKILL, ${patience(fact.graceMs)}`,
      );
    case 'signal-refused':
      return warning(`${fact.signal} could not be sent: ${refusalWords(fact)}: ${mendRefusal(fact)}`);
    case 'changed':
      return info(`${changeWords(fact.change)}: trying again`);
    case 'killing':
      return wordKilling(fact.because);
    case 'still-alive':
      return error(
        `${fact.kills} SIGKILLs have not ended it${fact.left.length > 0 ? `; still there: ${nameLeft(fact.left)}` : ''}. ` +
          `It waits in the kernel (a hung disk or mount?), or may not be signalled by us: supervise logs ${fact.id} --events says so. It is not started again before it has gone`,
      );
    case 'leftovers':
      return wordLeftovers(fact);
    case 'ended':
      return wordEnd(fact.exit);
    case 'backoff':
      return wordBackoff(fact);
    case 'looping':
      return error(`looping: ${fact.quick} quick ends in a row. Its log says why: supervise logs ${fact.id}`);
    case 'held':
      return info(`healthy again after ${span(fact.afterMs)}, ${fact.rows} tries`);
    case 'failed':
      return wordFailed(fact);
    case 'resource-end':
      return info(`${fact.resource} is down, so this end is not counted as a crash; it waits until that is up`);
    case 'silent':
      return warning(
        'has limits on iterations and has said nothing of any in a minute, so they do nothing: it has to speak the boundary protocol (docs/writing-a-daemon.md)',
      );
    case 'limit-too-low':
      return error(
        `replaced for a limit ${fact.times} times in a row, each time soon after its start: the limit is below what it needs (limits:). It waits like after a crash`,
      );
    case 'scout':
      return info(`goes first; ${counted(fact.waiting, 'other waits', 'others wait')} for what becomes of it`);
    case 'not-followed':
      return error(
        `does not come up: ${fact.words}; ${counted(fact.untouched.length, 'other was', 'others were')} not touched, and run on as before. Its log: supervise logs ${fact.id}`,
      );
    case 'resource-down':
      return error(
        `resource ${fact.name} is down: ${fact.error}. ${counted(fact.waiting, 'instance waits', 'instances wait')} for it`,
      );
    case 'resource-up':
      return info(
        `resource ${fact.name} is up again after ${span(fact.downMs)}; ${counted(fact.waiting, 'instance waits', 'instances wait')} for it`,
      );
    case 'no-drain':
      return wordNoDrain(fact);
    default:
      return never(fact);
  }
}

/** Why a run ended, if its code or signal does not say: exit 0 after our own stop signal is no success. null: they say it. */
export function endReason({ fault, kind, code, signal, resource }: Exit): string | null {
  if (fault === 'not-ready') return 'not ready in time';
  if (fault === 'stuck') return 'stuck in an iteration';
  if (kind !== 'resource') return null;
  const how = signal ?? `exit ${code ?? '?'}`;
  return resource === null ? `a resource is away (${how})` : `${resource} is away (${how})`;
}

/** Why a process did not get our signal. */
export const refusalWords = ({ pid, uid }: Refusal): string =>
  uid === null
    ? `the kernel does not let us signal pid ${pid} (EPERM)`
    : `pid ${pid} runs as another user (uid ${uid}), and only root or that user may end it`;

export const mendRefusal = ({ pid, signal }: Refusal): string => `sudo kill -${signal.replace(/^SIG/, '')} ${pid}`;

/** Why nothing is started automatically for a while. */
export const pauseWords = (deaths: number, inMs: number): string =>
  `the supervisor has died ${deaths} times in a row, each within a minute: nothing is started by itself for ${span(inMs)}. ` +
  "Why it dies is in the system's log (dmesg, journalctl) or in supervise.log";

/** `code changed (src/a.php and 12 more)`, `list changed (command, env)` */
export function changeWords(change: Change): string {
  switch (change.of) {
    case 'list':
      return `list changed (${change.keys.join(', ')})`;
    case 'files':
      return `code changed (${change.path}${change.more === 0 ? '' : ` and ${change.more} more`})`;
    case 'restart':
      return 'restart asked for';
    case 'limit':
      return limitWords(change);
  }
}

function limitWords({ limit, value }: Extract<Change, { of: 'limit' }>): string {
  switch (limit) {
    case 'iterations':
      return `limits.iterations reached (${value} done)`;
    case 'memory':
      return `limits.memory reached (${formatBytes(value)})`;
    case 'age':
      return `limits.age reached (${span(value)} old)`;
  }
}

function wordDraining({ why, signal, graceMs, outdatedBy, noDrain }: Extract<Fact, { type: 'draining' }>): Worded {
  if (why === 'not-ready') return warning(`was not ready in time; sent ${signal}`);
  if (why === 'stuck') return error(`stuck: its iteration has outlived limits.iteration; sent ${signal}`);
  const begun = `sent ${signal}, ${patience(graceMs)}`;
  if (outdatedBy?.of === 'restart') return info(`restarting: ${begun}`);
  if (outdatedBy !== null && (why === 'own' || isAskedFor(outdatedBy))) {
    const change = changeWords(outdatedBy);
    return noDrain
      ? warning(`${change}: restarting; it was seen to die of ${signal}, so what it has in hand may be cut; ${begun}`)
      : info(`${change}: restarting at the boundary; ${begun}`);
  }
  return info(`draining: ${begun}`);
}

const patience = (graceMs: number | null): string =>
  graceMs === null ? 'waits as long as it takes' : `grace ${span(graceMs)}`;

function wordKilling(because: 'grace' | 'asked' | 'leftovers' | 'within'): Worded {
  if (because === 'within') return error('the time that its stop may take is over: sent SIGKILL');
  if (because === 'asked') return warning('cut, as asked: sent SIGKILL');
  if (because === 'leftovers') return warning('what it left behind did not end in time: sent SIGKILL');
  return error('did not end within its grace: sent SIGKILL. A longer `stop:` gives it more time');
}

function wordLeftovers({ left, policy, end }: Extract<Fact, { type: 'leftovers' }>): Worded {
  const names = nameLeft(left);
  const main = `its main process has ended (${end.signal ?? `exit ${end.code ?? 'status not known'}`})`;
  if (policy === 'ignore') return info(`left behind, and ignored as the list says: ${names}`);
  if (policy === 'wait') return info(`${main}; left behind, and waited for: ${names}`);
  return warning(`${main}; left behind: ${names}; ending them`);
}

function wordEnd(exit: Exit): Worded {
  const cut = exit.cut === 'yes' ? '. An iteration was cut' : '';
  if (exit.cut === 'yes') return error(`${exit.words}${cut}`);
  if (exit.kind === 'asked' || exit.kind === 'planned') return info(exit.words);
  return exit.kind === 'fatal' ? error(exit.words) : warning(exit.words);
}

function wordSpeakerGone({ id, pid, cut }: Extract<Fact, { type: 'speaker-gone' }>): Worded {
  const who = `pid ${pid}, which told of its iterations, has ended`;
  const next = `Its main process lives on. Should that begin no other in its place: supervise restart ${id}`;
  return cut
    ? error(`${who} in the middle of one: that was cut. ${next}`)
    : warning(`${who}: whether in the middle of one is not known. ${next}`);
}

function wordNoDrain({ signal, catches, left }: Extract<Fact, { type: 'no-drain' }>): Worded {
  if (catches && left.length === 0)
    return warning(
      `died of ${signal} at once, though it catches it: it had nothing at work, and ends itself by that signal as many do, or its handler lets go of what is at work, ` +
        'as that of Ruby itself does where a program sets none. Which of the two, its log may say (docs/stopping.md)',
    );
  const dies = `dies of ${signal} wherever it is`;
  if (left.length === 0)
    return warning(
      `${dies}: it has no handler, so a stop may cut an iteration. See docs/stopping.md for the few lines that mend it`,
    );
  return warning(
    `its main process ${dies}, and ${nameLeft(left, 3)} outlived it, so a stop may cut an iteration. Where it is a wrapper (a shell script, flock), ` +
      'write `exec` before what works, or stop: { to: group }, so that this hears of the stop (docs/stopping.md)',
  );
}

function wordBackoff(fact: Extract<Fact, { type: 'backoff' }>): Worded {
  const when = fact.inMs < 50 ? 'again at once' : `again in ${span(fact.inMs)}`;
  if (fact.because === 'ours')
    return warning(`could not be started for a shortage of ours: ${fact.error}; ${when}, and no crash is counted`);
  const { because, row } = fact;
  if (because === 'resource') return info(`ended for a resource that is away, ${row} in a row; ${when}`);
  if (because === 'crash') return info(`crash ${row} in a row; ${when}`);
  const grows = row >= 6 ? ', and the gap grows: it ends at once each time' : '';
  return info(`quick end ${row} in a row; ${when}${grows}`);
}

function wordFailed({ id, because, row }: Extract<Fact, { type: 'failed' }>): Worded {
  const next = `Start it by hand when it is mended: supervise start ${id}`;
  if (because === 'fatal') return error(`gave up: its exit code says that starting it again is of no use. ${next}`);
  if (because === 'policy') return error(`failed, and its list says restart: never. ${next}`);
  if (because === 'unknown')
    return error(
      `ended while no supervisor lived to see how, and its list says restart: never: whether it has done its work is not known. Where it has not: supervise start ${id}`,
    );
  return error(`gave up after ${inARow(row)}. ${next}`);
}

/** `1 crash`, `5 crashes in a row` */
export const inARow = (crashes: number): string => (crashes === 1 ? '1 crash' : `${crashes} crashes in a row`);

const info = (words: string): Worded => ({ level: 'info', words });
const warning = (words: string): Worded => ({ level: 'warning', words });
const error = (words: string): Worded => ({ level: 'error', words });

/** A process that left the session of a run, named at the end of the list. */
export const leftBehindWords = ({ pid, command }: Left): string =>
  `pid ${pid} (${command}) was left behind by a run and lives on after the stop; it is yours to end: kill ${pid}`;
