import { fail, ok, type Result } from '../base/result.ts';
import { Follower, orEnd, type Followed, type LineOrigin } from './follow.ts';
import { compileGrep, type Grep } from './grep.ts';
import { History, type LogTarget } from './history.ts';
import type { LogLine, StreamName } from './line.ts';

/** A reader never gets more existing lines than this; the rest is in the files. */
export const HISTORY_MAX_LINES = 50_000;
const HISTORY_MAX_CHARACTERS = 16 * 1024 * 1024;

export interface LogsQuestion {
  /** How many of the newest lines in total; null: all that are kept, up to HISTORY_MAX_LINES. */
  readonly lines: number | null;
  readonly follow: boolean;
  /** ISO 8601. */
  readonly since: string | null;
  readonly stream: StreamName | null;
  /** A regular expression. */
  readonly grep: string | null;
}

export interface LogItem {
  readonly id: string;
  readonly at: string | null;
  readonly stream: StreamName | null;
  readonly text: string;
}

export interface LogsAnswer {
  readonly notes: readonly string[];
}

/** May return a promise: nothing more is passed on until it settles. A slow follower misses lines. */
export type EmitLog = (item: LogItem | { readonly dropped: number }) => void | Promise<void>;

/**
 * Lines of several daemons: existing ones in order of time (those without a known time first, by daemon), then, with `follow`, each new one
 * until `end`. Fails with words if the question is wrong.
 */
export async function queryLogs(
  targets: readonly LogTarget[],
  question: LogsQuestion,
  emit: EmitLog,
  end: AbortSignal,
): Promise<Result<LogsAnswer>> {
  const grep = question.grep === null ? ok(null) : compileGrep(question.grep);
  if (!grep.ok) return grep;
  const sinceMs = question.since === null ? null : Date.parse(question.since);
  if (Number.isNaN(sinceMs)) return fail(`--since: '${question.since ?? ''}' is not a time`);

  const { stream } = question;
  const most = Math.min(question.lines ?? HISTORY_MAX_LINES, HISTORY_MAX_LINES);
  // In one go, so that no line falls between the existing and the new ones, or is in both.
  const histories = targets.map((target) => new History(target, { lines: most, sinceMs, stream, grep: grep.value }));
  const following = question.follow ? followAll(targets, stream) : null;
  const notes: string[] = [];
  try {
    const { lines, full } = await newest(histories, most, end);
    notes.push(...notesOf(targets, histories));
    if (full && (question.lines === null || lines.length < question.lines))
      notes.push(`only the newest ${lines.length} lines are shown; the log files have the rest`);
    if (!question.follow) lines.push(...histories.flatMap((history) => history.open));
    await handOver(lines.slice(Math.max(0, lines.length - most)), emit, end);
    if (following !== null) notes.push(...(await passOn(following.follower, grep.value, emit, end)));
  } finally {
    following?.stop();
    for (const history of histories) history.close();
  }
  return ok({ notes });
}

/** The `most` newest lines of all histories, oldest first. Takes no more from each than necessary. */
async function newest(
  histories: readonly History[],
  most: number,
  end: AbortSignal,
): Promise<{ lines: LogLine[]; full: boolean }> {
  const heads = await Promise.all(histories.map(async (history) => headOf(history)));
  const lines: LogLine[] = [];
  let characters = 0;
  while (lines.length < most && characters < HISTORY_MAX_CHARACTERS && !end.aborted) {
    let latest: Head | null = null;
    // Among those without a time the last daemon's are taken first: read from the front, they are in list order.
    for (const head of heads)
      if (head.line !== null && (latest === null || timeOf(head) >= timeOf(latest))) latest = head;
    if (latest?.line == null) return { lines: lines.reverse(), full: false };
    lines.push(latest.line);
    characters += latest.line.text.length;
    await latest.advance();
  }
  await Promise.all(heads.map(async (head) => head.stop()));
  return { lines: lines.reverse(), full: true };
}

interface Head {
  line: LogLine | null;
  advance: () => Promise<void> | undefined;
  stop: () => Promise<unknown>;
}

async function headOf(history: History): Promise<Head> {
  const batches = history.batches();
  let batch: readonly LogLine[] = [];
  let index = 0;
  const nextBatch = async (): Promise<void> => {
    do {
      const next = await batches.next();
      batch = next.done === true ? [] : next.value;
      if (next.done === true) break;
    } while (batch.length === 0);
    index = 0;
    head.line = batch[0] ?? null;
  };
  const head: Head = {
    line: null,
    advance: () => {
      index += 1;
      head.line = batch[index] ?? null;
      return head.line === null ? nextBatch() : undefined;
    },
    stop: () => batches.return(undefined),
  };
  await nextBatch();
  return head;
}

function timeOf({ line }: Head): number {
  return line?.atMs ?? -Infinity;
}

function followAll(targets: readonly LogTarget[], stream: StreamName | null): { follower: Follower; stop: () => void } {
  const follower = new Follower();
  const stops = targets.flatMap(({ live, instances }) => {
    const wants = (origin: LineOrigin): boolean =>
      (stream === null || origin.stream === stream) && (instances === null || instances.has(origin.id));
    return live === null ? [] : [live.follow(follower, wants)];
  });
  return {
    follower,
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}

/** Passes on what the follower collects until `end`, or until the pattern takes too long, which it reports. */
async function passOn(
  follower: Follower,
  grep: Grep | null,
  emit: EmitLog,
  end: AbortSignal,
): Promise<readonly string[]> {
  for (let items = await follower.next(end); items !== null; items = await follower.next(end)) {
    const matching = grep === null ? items : matchFollowed(items, grep);
    if (matching === null) return [SLOW_GREP];
    await handOver(matching, emit, end);
  }
  return [];
}

function matchFollowed(items: readonly Followed[], grep: Grep): readonly Followed[] | null {
  const matched = grep(items.map((item) => ('dropped' in item ? '' : item.text)));
  return matched.ok ? items.filter((item, index) => 'dropped' in item || matched.value[index]) : null;
}

async function handOver(items: readonly Followed[], emit: EmitLog, end: AbortSignal): Promise<void> {
  for (const item of items) {
    if (end.aborted) return;
    const taken = emit(
      'dropped' in item ? item : { id: item.id, at: timeWords(item.atMs), stream: item.stream, text: item.text },
    );
    if (taken instanceof Promise) await orEnd(taken, end);
  }
}

function timeWords(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}

function notesOf(targets: readonly LogTarget[], histories: readonly History[]): readonly string[] {
  const notes = targets.flatMap(({ daemon }, index) => {
    const history = histories[index];
    if (history === undefined) return [];
    const { gaps } = history;
    return [
      ...(gaps.untimed
        ? [`--since: ${daemon} has older lines without a time (log.timestamps is off); they are left out`]
        : []),
      ...(gaps.streamless
        ? [`--stream: ${daemon} has older lines without a stream (log.timestamps is off); they are left out`]
        : []),
      ...(gaps.elsewhere ? [elsewhereWords(daemon)] : []),
      ...(gaps.nameless ? [`${daemon} has lines that do not say which instance printed them; they are left out`] : []),
      ...history.problems,
    ];
  });
  return histories.some((history) => history.gaps.slowGrep) ? [...notes, SLOW_GREP] : notes;
}

/** The lines are wherever the starter of the supervisor keeps its output. */
export const elsewhereWords = (daemon: string): string =>
  `${daemon}: its lines go to the stdout of the supervisor (log: stdout), and only the newest are kept here; the rest is where that leads: docker logs, kubectl logs, journalctl`;

const SLOW_GREP =
  '--grep: the pattern takes too long to match; it was given up (nested repetitions like (a+)+ do that)';
