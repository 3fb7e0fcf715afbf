import { cleanText } from '../base/clean.ts';
import { never } from '../base/never.ts';
import type { DeedView, ExitView, InstanceView, WaitingForView } from './view.ts';

/**
 * What an instance does now and until when, for each state: `#12,408  busy 3.2s`, `crash 4: exit 255, again in 8s`.
 * `now` is wall time in milliseconds.
 */
export function describeState(instance: InstanceView, now: number): string {
  const flags = instance.flags.filter((flag) => flag === 'no_drain' || flag === 'adopted' || flag === 'looping');
  // What is shown large below is not said twice.
  const beside = flags.filter((flag) => flag !== 'looping' || instance.state !== 'backoff');
  return [describeBare(instance, now), ...beside.map((flag) => FLAG_WORDS[flag])]
    .filter((part) => part !== '')
    .join(' · ');
}

const FLAG_WORDS = {
  looping: 'looping',
  no_drain: 'no_drain: dies of the stop signal',
  adopted: 'adopted',
} as const;

function describeBare(instance: InstanceView, now: number): string {
  const age = span(sinceMs(instance.since, now));
  const end = instance.last_exit;
  switch (instance.state) {
    case 'stopped':
      return `${instance.words ?? (end === null ? 'never started' : `after ${describeExit(end)}`)}, ${age} ago`;
    case 'waiting':
      return describeWaiting(instance, now);
    case 'starting':
      return [`not ready yet, ${age}`, instance.status].filter(isPresent).join('  ');
    case 'running':
      return describeRunning(instance, now);
    case 'draining':
      return describeDraining(instance, now);
    case 'killing':
      return `SIGKILL sent, still there after ${age}`;
    case 'backoff': {
      const looping = instance.flags.includes('looping') ? 'looping, ' : '';
      return `${looping}${describeEnd(instance)}, again ${instance.next_start_at === null ? 'soon' : until(instance.next_start_at, now)}`;
    }
    case 'exited':
      return `done: ${end === null ? 'ended by itself' : describeExit(end)}, ${age} ago`;
    case 'failed':
      return instance.words ?? `gave up: ${describeEnd(instance)}`;
    default:
      return never(instance.state);
  }
}

/** How a process ended, in three words: `exit 255`, `killed by SIGKILL`; in more where it has never been one. */
export function describeExit(exit: ExitView): string {
  if (exit.signal !== null) return `killed by ${exit.signal}`;
  return exit.code === null ? exit.words : `exit ${exit.code}`;
}

/** One thing that an instance waits for: `waits for migrate to complete (12s)`. */
export function describeWait(wait: WaitingForView, now: number): string {
  return `${waitWords(wait)} (${span(sinceMs(wait.since, now))})`;
}

/** Who is waited for, what they do, and until when: `waiting for 2: photos:1 (draining 21s, then SIGKILL in 39s), …`. */
export function describeAwaited(instances: readonly InstanceView[], now: number): string {
  const shown = instances.slice(0, 4).map((instance) => `${instance.id} (${cleanText(describeState(instance, now))})`);
  const more = instances.length > shown.length ? ` and ${instances.length - shown.length} more` : '';
  return `waiting for ${instances.length}: ${shown.join(', ')}${more}`;
}

/** The counting last line of a stop. */
export const describeDeed = (deed: DeedView): string =>
  `boundary ${deed.boundary} · ended by itself ${deed.ended} · cut ${deed.cut}`;

/** A span of time as people read it, in at most two units: 3.2s 21s 6m10s 3d4h. */
export function span(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return pair(whole, 60, 'm', 1, 's');
  if (whole < 86_400) return pair(whole, 3600, 'h', 60, 'm');
  return pair(whole, 86_400, 'd', 3600, 'h');
}

/** Milliseconds that have passed since an ISO time. */
export const sinceMs = (at: string, now: number): number => now - Date.parse(at);

/** A count as people read it: 12,408. */
export const count = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

function describeWaiting(instance: InstanceView, now: number): string {
  const [first, ...others] = instance.waiting_for;
  if (first === undefined) return instance.words ?? `waits (${span(sinceMs(instance.since, now))})`;
  return describeWait(first, now) + (others.length === 0 ? '' : ` and ${others.length} more`);
}

function waitWords(wait: WaitingForView): string {
  switch (wait.kind) {
    case 'dependency':
      if (wait.until === undefined) return `waits for ${wait.name}`;
      return `waits for ${wait.name} to ${wait.until === 'completed' ? 'complete' : 'be ready'}`;
    case 'resource':
      return wait.state === 'unknown' ? `asks whether ${wait.name} is up` : `${wait.name} is down`;
    case 'scout':
      return `waits for ${wait.name}, which goes first`;
    case 'turn':
      return 'waits for its turn to start';
    case 'leftovers':
      return `waits for what its last run left: ${wait.name}`;
    default:
      return never(wait.kind);
  }
}

function describeRunning(instance: InstanceView, now: number): string {
  const iterations = instance.iterations;
  const open = instance.iteration_ms;
  if (instance.flags.includes('stuck')) {
    const which = iterations === null ? '' : ` in #${count(iterations + 1)}`;
    return `STUCK${open === null ? '' : ` ${span(open)}`}${which}`;
  }
  const parts = [
    iterations === null ? null : `#${count(iterations)}`,
    instance.progress === null ? null : `${count(instance.progress.done)}/${count(instance.progress.total)}`,
    instance.busy === true ? `busy${open === null ? '' : ` ${span(open)}`}` : instance.busy === false ? 'idle' : null,
    instance.status,
  ].filter(isPresent);
  // Of one that says nothing we know only that it lives.
  const does = parts.length > 0 ? parts.join('  ') : `up ${span(sinceMs(instance.started_at ?? instance.since, now))}`;
  return [does, instance.words].filter(isPresent).join('  ');
}

function describeDraining(instance: InstanceView, now: number): string {
  const so = span(sinceMs(instance.since, now));
  const progress =
    instance.progress === null ? '' : `${count(instance.progress.done)}/${count(instance.progress.total)}  `;
  if (instance.kill_at !== null) return `${progress}draining ${so}, then SIGKILL ${until(instance.kill_at, now)}`;
  const why = instance.words === null ? '' : `${instance.words}: `;
  return `${progress}${why}as long as ${instance.busy === true ? 'its iteration' : 'it'} takes, ${so} so far`;
}

/** `crash 4: exit 255`, `quick end 6: exit 0`, `crash 2: not ready in time`: how often in a row, and how. */
function describeEnd(instance: InstanceView): string {
  const end = instance.last_exit;
  const how = instance.words ?? (end === null ? 'did not start' : describeExit(end));
  // What was away is no crash of its own.
  if (instance.quick_ends === 0 || end?.kind === 'resource') return how;
  return `${end?.kind === 'planned' ? 'quick end' : 'crash'} ${instance.quick_ends}: ${how}`;
}

const until = (at: string, now: number): string => {
  const left = Date.parse(at) - now;
  return left < 50 ? 'now' : `in ${span(left)}`;
};

function pair(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)}${largeName}${rest === 0 ? '' : `${rest}${smallName}`}`;
}

const isPresent = <T>(value: T | null): value is T => value !== null;
