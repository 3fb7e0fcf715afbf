/** Requests the usage of processes every few seconds, as long as it is wanted. */
import { ok, type Result } from '../base/result.ts';
import type { Client, ClientError } from '../control/client.ts';
import type { Usage } from './facts.ts';

/** For an answer the supervisor examines all processes of the machine. */
export const USAGE_MS = 3000;
/** For instances not asked about yet, as when scrolling. */
export const FRESH_MS = 300;
/** How many fit into one answer, which is at most a mebibyte. */
const MOST_AT_ONCE = 400;

export interface Measuring {
  /** Requests the usage of these as soon as it is due again, and tells it once per call. */
  readonly want: (ids: readonly string[]) => void;
  readonly close: () => void;
}

export type Ask = (
  use: (client: Client) => Promise<Result<readonly Usage[], ClientError>>,
) => Promise<Result<readonly Usage[], ClientError>>;

export function measuring(ask: Ask, tell: (usages: readonly Usage[]) => void): Measuring {
  let wanted: readonly string[] = [];
  let known: ReadonlySet<string> = new Set();
  let askedAt = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  let isAsking = false;
  let isOver = false;

  const look = async (): Promise<void> => {
    const ids = wanted;
    isAsking = true;
    askedAt = performance.now();
    const usages = await ask((client) => usageOf(client, ids));
    isAsking = false;
    if (isOver) return;
    known = new Set(ids);
    if (usages.ok) tell(usages.value);
    // One of them is gone by now, or there is no answer: the watcher reports that.
    else if (wanted !== ids) want(wanted);
  };
  const want = (ids: readonly string[]): void => {
    wanted = ids;
    clearTimeout(timer);
    if (ids.length === 0 || isAsking || isOver) return;
    const pauseMs = ids.every((id) => known.has(id)) ? USAGE_MS : FRESH_MS;
    timer = setTimeout(() => void look(), Math.max(0, askedAt + pauseMs - performance.now()));
  };
  return {
    want,
    close() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

async function usageOf(client: Client, ids: readonly string[]): Promise<Result<readonly Usage[], ClientError>> {
  const usages: Usage[] = [];
  for (let from = 0; from < ids.length; from += MOST_AT_ONCE) {
    const answer = await client.call('status', { names: ids.slice(from, from + MOST_AT_ONCE) });
    if (!answer.ok) return answer;
    for (const { id, pid, memory_bytes, cpu_percent } of answer.value.instances)
      usages.push({ id, pid, memory_bytes, cpu_percent });
  }
  return ok(usages);
}
