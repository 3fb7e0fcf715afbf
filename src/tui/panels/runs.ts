/** What was requested about the selected instance: its last runs, what it needs, what limits it. */
import { formatBytes } from '../../base/bytes.ts';
import { count, describeExit, sinceMs, span as duration } from '../../control/describe.ts';
import type { CutName, ExitView, InstanceView, LimitsView, NeedView, RunView } from '../../control/view.ts';
import { cell, span, wrapAtMost } from '../cells.ts';
import { clock } from '../clock.ts';
import type { Line, Role } from '../screen.ts';

export const CUT: Readonly<Record<CutName, { readonly words: string; readonly role: Role }>> = {
  no: { words: 'no', role: 'good' },
  yes: { words: 'YES', role: 'bad' },
  unknown: { words: 'nobody knows', role: 'plain' },
};

/** `exit 0` alone would not say whether it was meant to end: `exit 0 (as asked)`. */
export const endWords = (exit: ExitView): string => `${describeExit(exit)} (${kindWords(exit)})`;

function kindWords({ kind, resource }: ExitView): string {
  switch (kind) {
    case 'asked':
      return 'as asked';
    case 'planned':
      return 'of itself, as planned';
    case 'fatal':
      return 'fatal: a start would not help';
    case 'resource':
      return `${resource ?? 'something it needs'} was away`;
    case 'crash':
      return 'a crash';
    case 'unknown':
      return 'nobody saw how';
  }
}

/** One line per run, newest first: `run 12  12:40:58  exit 255 (a crash)  cut YES`, and the evidence below. */
export function runLines(runs: readonly RunView[], now: number, width: number): readonly Line[] {
  if (runs.length === 0) return [];
  return [
    [span(' runs that have ended', 'faint')],
    ...runs.flatMap((run): readonly Line[] => {
      const cut = CUT[run.cut];
      const work = run.iterations === null ? '' : `  ${count(run.iterations)} done`;
      const head = ` ${run.run}  ${clock(run.at, now)}  `;
      return [
        [
          span(head, 'faint'),
          span(`${endWords(run)}${work}  `),
          span(`cut ${run.cut === 'yes' ? 'YES' : cut.words}`, cut.role),
        ],
        ...wrapAtMost(run.words, width - 5, 2).map((row): Line => [span(`    ${row}`, 'faint')]),
      ];
    }),
  ];
}

/** `migrate completed ✓`, `database down 12s`. */
export function needRows(
  needs: readonly NeedView[],
  now: number,
): readonly { readonly words: string; readonly role: Role }[] {
  return needs.map(({ name, until, state, since }) => {
    const age = since === null ? '' : ` ${duration(sinceMs(since, now))}`;
    const isThere = state === 'met' || state === 'up';
    const what =
      state === 'met' ? (until === 'completed' ? 'has completed' : 'is ready') : `${STATES[state] ?? state}${age}`;
    return {
      words: `${cell(name, Math.max(8, name.length))}  ${what}`,
      role: isThere ? 'good' : state === 'unknown' ? 'plain' : 'bad',
    };
  });
}

const STATES: Readonly<Partial<Record<NeedView['state'], string>>> = {
  coming: 'not there yet',
  'stopped-by-hand': 'stopped by hand',
  'not-started': 'nobody has started it',
  absent: 'not in the list',
  unknown: 'not asked so far',
};

/** `one iteration 5m  iterations 812 of 10,000  memory 61MB of 512MB  age 2h of 1d`. `told`: as of that request. */
export function limitWords(limits: LimitsView, told: InstanceView, live: InstanceView, now: number): readonly string[] {
  const isSame = told.pid === live.pid;
  // An instance that had reported no iterations at the request has done all of them since.
  const since = (live.iterations ?? 0) - (told.iterations ?? 0);
  const done = isSame && live.iterations !== null ? (limits.run_iterations ?? 0) + since : null;
  const age = live.started_at === null ? null : duration(sinceMs(live.started_at, now));
  const memory = isSame && told.memory_bytes !== null ? formatBytes(told.memory_bytes) : null;
  const of = (used: string | null, limit: string): string => (used === null ? limit : `${used} of ${limit}`);
  return [
    limits.iteration_ms === null ? null : `one iteration ${duration(limits.iteration_ms)}`,
    limits.iterations === null
      ? null
      : `iterations ${of(done === null ? null : count(done), count(limits.iterations))}`,
    limits.memory_bytes === null ? null : `memory ${of(memory, formatBytes(limits.memory_bytes))}`,
    limits.age_ms === null ? null : `age ${of(age, duration(limits.age_ms))}`,
  ].filter((part) => part !== null);
}
