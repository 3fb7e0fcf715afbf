/** What happens to an instance asked to end at its boundary: until when it is waited for, and what SIGKILL may then cut. */
import { count, span as duration } from '../../control/describe.ts';
import type { InstanceView, LimitsView } from '../../control/view.ts';
import { bad, plain, vital, type Passage } from './passage.ts';

type Limits = Pick<LimitsView, 'grace_ms' | 'iteration_ms'>;

/** `limits`: null until the supervisor has reported them. */
export function drainText(
  instance: InstanceView,
  deed: 'stop' | 'restart',
  limits: Limits | null,
  now: number,
): readonly Passage[] {
  const then = deed === 'stop' ? 'then it stays stopped' : 'then it is started again';
  if (instance.state === 'killing') return [plain(`It is being killed already; ${then}.`)];
  if (instance.state !== 'draining' && instance.pid === null)
    return [plain(`It has no process now, so nothing is cut; ${then}.`)];
  if (instance.flags.includes('no_drain'))
    return [
      bad(
        `It has died of the stop signal at once before: ${iterationOf(instance)} may be cut, unless it ends itself by that signal.`,
        'The stop signal may cut its work.',
      ),
      plain(`docs/stopping.md has the few lines that mend it.`),
    ];
  return instance.state === 'draining'
    ? [drainsAlready(instance, limits, then, now)]
    : [drains(instance, limits, then)];
}

/** A drain that nobody asked for has all the time it needs until somebody asks: then its grace begins. */
function drainsAlready(instance: InstanceView, limits: Limits | null, then: string, now: number): Passage {
  const { busy, kill_at: killAt } = instance;
  if (killAt !== null) {
    const leftMs = Math.max(0, Date.parse(killAt) - now);
    return bad(
      `It drains already, and SIGKILL cuts it in ${duration(leftMs)} at the latest; ${then}.`,
      `SIGKILL in ${duration(leftMs)} at the latest.`,
    );
  }
  if (limits?.grace_ms === null && busy !== true) return plain(`It drains already, as long as it takes; ${then}.`);
  const from = `It drains already, as long as it takes; asked now`;
  if (busy !== true)
    return bad(
      `${from}, ${graceWords(limits)} from now on, then SIGKILL cuts it; ${then}.`,
      `From now on ${shortGrace(limits)}, then SIGKILL.`,
    );
  return iterationText(instance, limits, then, `${from}, ${iterationOf(instance)}`);
}

function drains(instance: InstanceView, limits: Limits | null, then: string): Passage {
  switch (instance.busy) {
    case true:
      return iterationText(instance, limits, then, capital(iterationOf(instance)));
    case false:
      return plain(`It is between two iterations, so nothing is cut; ${then}.`);
    case null:
      return limits?.grace_ms === null
        ? plain(`It is sent its stop signal and waited for as long as it takes; ${then}.`)
        : vital(
            `It is sent its stop signal; ${graceWords(limits)} to finish what it is at, then SIGKILL cuts it; ${then}.`,
            `${capital(shortGrace(limits))}, then SIGKILL.`,
          );
  }
}

/** An iteration has all the time it needs, up to `limits.iteration`. */
function iterationText(
  { iteration_ms: open }: InstanceView,
  limits: Limits | null,
  then: string,
  what: string,
): Passage {
  if (limits === null) return plain(`${what} is waited for as long as its limits allow; ${then}.`);
  const { iteration_ms: most, grace_ms: grace } = limits;
  if (most === null) return plain(`${what} is waited for as long as it takes; ${then}.`);
  const after = grace === null ? 'at most a minute after that' : `at most ${duration(grace)} after that`;
  const overWords = `is over its limit of ${duration(most)}: SIGKILL cuts it, at most`;
  const left = grace === null ? 'a minute' : duration(grace);
  return open !== null && open >= most
    ? bad(`${what} ${overWords} ${left} from now; ${then}.`, `It is over its limit: SIGKILL cuts it.`)
    : vital(
        `${what} is waited for until it is ${duration(most)} old; SIGKILL cuts it ${after}; ${then}.`,
        `Waited for until ${duration(most)} old, then cut.`,
      );
}

const shortGrace = (limits: Limits | null): string =>
  limits?.grace_ms == null ? 'its grace' : `its grace of ${duration(limits.grace_ms)}`;

const graceWords = (limits: Limits | null): string => `it has ${shortGrace(limits)}`;

/** `iteration #12,409, open for 3.2s`, as far as it is known. */
export function iterationOf({ iterations, iteration_ms: open }: InstanceView): string {
  if (iterations === null) return 'the work it is at';
  return `iteration #${count(iterations + 1)}${open === null ? '' : `, open for ${duration(open)},`}`;
}

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
