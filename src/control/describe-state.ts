/** What an instance is doing and until when, in words: the column NOW of `status` and of the screen. */
import { cleanText } from '../base/clean.ts';
import { never } from '../base/never.ts';
import { count, describeExit, sinceMs, span } from './describe.ts';
import type { InstanceView, WaitingForView } from './view.ts';

/** A piece of what is said about an instance, in reading order. */
export interface Part {
  readonly text: string;
  /** If there is no room for all, the parts with the lowest rank stay. */
  readonly rank: number;
  /** What stands between it and the previous part. */
  readonly joint?: string;
  /** A shorter text, for places that already show the state. */
  readonly brief?: string;
  /** For a number that is a part of a whole: which part, from 0 to 1. */
  readonly share?: number;
  /** Words whose beginning is still useful when cut. */
  readonly elastic?: true;
}

/**
 * What an instance is doing and until when, for each state: `#12,408  busy 3.2s`, `crash 4: exit 255, again in 8s`. `now` is wall time in
 * milliseconds.
 */
export const describeState = (instance: InstanceView, now: number): string => joinParts(stateParts(instance, now));

export const joinParts = (parts: readonly Part[]): string =>
  parts.map(({ text, joint = GAP }, index) => (index === 0 ? text : joint + text)).join('');

/** The same in pieces; the first is never left out. `followers`: how many wait for its outcome. */
export function stateParts(instance: InstanceView, now: number, followers = 0): readonly Part[] {
  return [...bareParts(instance, now), ...flagParts(instance, followers)];
}

/** One thing an instance waits for: `waits for migrate to complete (12s)`. */
export const describeWait = (wait: WaitingForView, now: number): string => joinParts(waitParts(wait, now));

/** Which instances are waited for, what they do, and until when: `waiting for 2: photos:1 (draining 21s  grace 39s, then SIGKILL), …`. */
export function describeAwaited(instances: readonly InstanceView[], now: number): string {
  const shown = instances.slice(0, 4).map((instance) => `${instance.id} (${cleanText(describeState(instance, now))})`);
  const more = instances.length > shown.length ? ` and ${instances.length - shown.length} more` : '';
  return `waiting for ${instances.length}: ${shown.join(', ')}${more}`;
}

const GAP = '  ';

function bareParts(instance: InstanceView, now: number): readonly Part[] {
  const age = span(sinceMs(instance.since, now));
  const ago: Part = { text: `${age} ago`, rank: 1, joint: ', ' };
  const end = instance.last_exit;
  switch (instance.state) {
    case 'stopped':
      return [words(instance.words ?? (end === null ? 'never started' : `after ${describeExit(end)}`)), ago];
    case 'waiting':
      return waitingParts(instance, now);
    case 'starting':
      return [{ text: 'not ready yet', rank: 0 }, { text: age, rank: 0, joint: ', ' }, ...statusPart(instance)];
    case 'running':
      return instance.flags.includes('stuck') ? stuckParts(instance) : runningParts(instance, now);
    case 'draining':
      return instance.flags.includes('stuck')
        ? [...stuckParts(instance), ...graceParts(instance, now)]
        : drainingParts(instance, now);
    case 'killing':
      return [
        { text: 'SIGKILL sent', rank: 0 },
        { text: `${age} ago`, rank: 0, joint: ' ' },
        { text: 'still there', rank: 2, joint: ', ' },
        ...whyPart(instance),
        ...leftPart(instance),
      ];
    case 'backoff':
      return backoffParts(instance, now);
    case 'exited':
      return [words(`done: ${end === null ? 'ended by itself' : describeExit(end)}`), ago];
    case 'failed':
      return [words(instance.words ?? `gave up: ${joinParts(endParts(instance))}`), ago];
    default:
      return never(instance.state);
  }
}

const words = (text: string, rank = 0): Part => ({ text, rank, elastic: true });

function waitingParts(instance: InstanceView, now: number): readonly Part[] {
  const [first, ...others] = instance.waiting_for;
  if (first === undefined)
    return [words(instance.words ?? 'waits'), { text: `(${span(sinceMs(instance.since, now))})`, rank: 1, joint: ' ' }];
  if (others.length === 0) return waitParts(first, now);
  return [...waitParts(first, now), { text: `and ${others.length} more`, rank: 2, joint: ' ' }];
}

/** What it waits for, to do what, and since when. */
function waitParts(wait: WaitingForView, now: number): readonly Part[] {
  const [what, how] = waitWords(wait);
  const since: Part = { text: `(${span(sinceMs(wait.since, now))})`, rank: 1, joint: ' ' };
  return how === null ? [words(what), since] : [words(what), { text: how, rank: 3, joint: ' ' }, since];
}

function waitWords(wait: WaitingForView): readonly [what: string, how: string | null] {
  switch (wait.kind) {
    case 'dependency':
      if (wait.until === undefined) return [`waits for ${wait.name}`, null];
      return [`waits for ${wait.name}`, `to ${wait.until === 'completed' ? 'complete' : 'be ready'}`];
    case 'resource':
      return [wait.state === 'unknown' ? `asks whether ${wait.name} is up` : `${wait.name} is down`, null];
    case 'scout':
      return [`waits for ${wait.name}, which goes first`, null];
    case 'turn':
      return ['waits for its turn to start', null];
    case 'leftovers':
      return [`waits for what its last run left: ${wait.name}`, null];
    default:
      return never(wait.kind);
  }
}

/** `STUCK 6m10s in #9,877, over its limit of 5m`. */
function stuckParts({ iterations, iteration_ms: open, words: limit }: InstanceView): readonly Part[] {
  return [
    { text: `STUCK${open === null ? '' : ` ${span(open)}`}`, rank: 0 },
    ...(iterations === null ? [] : [{ text: `in #${count(iterations + 1)}`, rank: 1, joint: ' ' }]),
    ...(limit === null ? [] : [{ text: limit, rank: 3, joint: ', ' }]),
  ];
}

function runningParts(instance: InstanceView, now: number): readonly Part[] {
  const { iterations, iteration_ms: open, busy } = instance;
  const does = [
    ...(iterations === null ? [] : [{ text: `#${count(iterations)}`, rank: 2 }]),
    ...progressPart(instance),
    ...(busy === null ? [] : [{ text: busy ? `busy${open === null ? '' : ` ${span(open)}`}` : 'idle', rank: 0 }]),
    ...statusPart(instance),
  ];
  return [
    // Of one that says nothing we know only that it is alive.
    ...(does.length > 0
      ? does
      : [{ text: `up ${span(sinceMs(instance.started_at ?? instance.since, now))}`, rank: 0 }]),
    ...(instance.words === null ? [] : [words(instance.words, 1)]),
    ...stopsAfterPart(instance),
  ];
}

/** Its stop has been requested and comes once those that need it have ended. */
function stopsAfterPart({ wanted, waiting_for: waits }: InstanceView): readonly Part[] {
  const [first, ...others] = waits;
  if (wanted === 'up' || first === undefined) return [];
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return [{ ...words(`stops after ${first.name}${more}`, 1), joint: ', ' }];
}

const progressPart = ({ progress }: InstanceView): readonly Part[] =>
  progress === null
    ? []
    : [
        {
          text: `${count(progress.done)}/${count(progress.total)}`,
          rank: 1,
          share: Math.max(0, Math.min(1, progress.total === 0 ? 1 : progress.done / progress.total)),
        },
      ];

const statusPart = ({ status }: InstanceView): readonly Part[] => (status === null ? [] : [words(status, 3)]);

function drainingParts(instance: InstanceView, now: number): readonly Part[] {
  const so = span(sinceMs(instance.since, now));
  if (instance.kill_at !== null)
    return [
      ...progressPart(instance),
      { text: `draining ${so}`, rank: 0, brief: so, ...(instance.progress === null ? {} : { joint: ' ' }) },
      ...graceParts(instance, now),
      ...whyPart(instance),
      ...leftPart(instance),
    ];
  const why = instance.words === null ? [] : [words(`${instance.words}:`, 2)];
  return [
    ...progressPart(instance),
    ...why,
    {
      text: `as long as ${instance.busy === true ? 'its iteration' : 'it'} takes`,
      rank: 0,
      brief: 'as long as it takes',
      ...(why.length === 0 ? {} : { joint: ' ' }),
    },
    { text: so, rank: 0, joint: ', ' },
    { text: 'so far', rank: 2, joint: ' ' },
    ...leftPart(instance),
  ];
}

/** How much of its grace is left, and what comes then. */
function graceParts({ kill_at: at }: InstanceView, now: number): readonly Part[] {
  if (at === null) return [];
  const leftMs = Date.parse(at) - now;
  if (leftMs < 50) return [{ text: 'SIGKILL now', rank: 0 }];
  return [
    { text: `grace ${span(leftMs)}`, rank: 0 },
    { text: 'then SIGKILL', rank: 3, joint: ', ' },
  ];
}

const whyPart = ({ words: why }: InstanceView): readonly Part[] => (why === null ? [] : [words(why, 1)]);

/** Its main process has ended; others of its session are still alive. */
function leftPart({ waiting_for: waits }: InstanceView): readonly Part[] {
  const left = waits.find(({ kind }) => kind === 'leftovers');
  return left === undefined ? [] : [words(`left: ${left.name}`, 1)];
}

function backoffParts(instance: InstanceView, now: number): readonly Part[] {
  const at = instance.next_start_at;
  return [
    ...(instance.flags.includes('looping') ? [{ text: 'looping', rank: 2 }] : []),
    ...endParts(instance).map((part): Part => ({ joint: ', ', ...part })),
    { text: `again ${at === null ? 'soon' : until(at, now)}`, rank: 0, joint: ', ' },
  ];
}

/** `crash 4: exit 255`, `quick end 6: exit 0`, `crash 2: not ready in time`: how often in a row, and how it ended. */
function endParts(instance: InstanceView): readonly Part[] {
  const end = instance.last_exit;
  const how = instance.words ?? (end === null ? 'did not start' : describeExit(end));
  // A resource that was down is no crash of its own.
  if (instance.quick_ends === 0 || end?.kind === 'resource') return [words(how, 1)];
  const what = end?.kind === 'planned' ? 'quick end' : 'crash';
  return [
    { text: `${what} ${instance.quick_ends}`, rank: 1 },
    { ...words(how, 2), joint: ': ' },
  ];
}

function until(at: string, now: number): string {
  const left = Date.parse(at) - now;
  return left < 50 ? 'now' : `in ${span(left)}`;
}

const BESIDE = ' · ';

function flagParts({ state, flags }: InstanceView, followers: number): readonly Part[] {
  const parts: Part[] = [];
  if (flags.includes('scout') || followers > 0) {
    const follow = followers === 0 ? 'others follow' : `${followers} ${followers === 1 ? 'waits' : 'wait'} for it`;
    parts.push({ text: 'goes first', rank: 2, joint: BESIDE }, { text: follow, rank: 3, joint: ', ' });
  }
  // What has already been shown prominently is not repeated.
  if (flags.includes('looping') && state !== 'backoff') parts.push({ text: 'looping', rank: 1, joint: BESIDE });
  if (flags.includes('no_drain'))
    parts.push({ text: 'no_drain', rank: 2, joint: BESIDE }, { text: 'dies of the stop signal', rank: 4, joint: ': ' });
  if (flags.includes('adopted')) parts.push({ text: 'adopted', rank: 4, joint: BESIDE });
  return parts;
}
