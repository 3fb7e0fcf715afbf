/** How long a stop may take, from the inside out: a job, a daemon, the list, and what is outside of it. */
import { formatDuration } from '../../base/duration.ts';
import type { DaemonExplanation } from '../../config/explain.ts';
import { PRESETS } from '../../config/presets.ts';
import type { DaemonSpec, ListSpec } from '../../config/spec.ts';
import type { InstalledUnit } from '../../systemd/installed.ts';

/** How long a stop of this daemon is waited for, and what follows. */
export function graceWords({ stop }: DaemonSpec): string {
  const sent = `${stop.signal ?? 'SIGTERM'}${stop.to === 'group' ? ' to its group' : ''}`;
  return stop.graceMs === null
    ? `${sent}, waited for as long as it takes`
    : `${sent}, SIGKILL after ${formatDuration(stop.graceMs)}`;
}

/** How long its jobs may take, and what is waited for after that. */
export function patienceWords({ preset, patience }: DaemonExplanation): string {
  const { iterationMs, own, graceMs } = patience;
  const grace =
    graceMs === null
      ? 'the stop waits for as long as it takes'
      : `the stop waits for ${formatDuration(graceMs)} (stop.grace), then SIGKILL`;
  const isSilent = preset !== null && PRESETS[preset].instead !== null;
  if (preset !== null && own !== null)
    return `${preset} itself allows ${formatDuration(own.ms)} (${own.option ?? withoutOption(preset)}); ${grace}.`;
  if (isSilent) return `nothing limits a job of ${preset}; ${grace}.`;
  const iteration =
    iterationMs === null
      ? 'as long as it takes (no limits.iteration)'
      : `up to ${formatDuration(iterationMs)} (limits.iteration)`;
  return `where it tells its iterations the open one is waited for first, ${iteration}; ${grace}.`;
}

function withoutOption(preset: NonNullable<DaemonExplanation['preset']>): string {
  const option = PRESETS[preset].grace?.options[0];
  return option === undefined ? 'its default' : `no ${option} in its command`;
}

/** The sum of the graces in a full stop: dependants go first, the others at the same time. Infinity: unlimited. */
export function longestStopMs(list: ListSpec): number {
  const byName = new Map(list.daemons.map((daemon) => [daemon.name, daemon]));
  const longest = new Map<string, number>();
  // An accepted list has no cycles.
  const longestFrom = (daemon: DaemonSpec): number => {
    const known = longest.get(daemon.name);
    if (known !== undefined) return known;
    const needed = daemon.dependsOn.flatMap(({ daemon: name }) => byName.get(name) ?? []);
    const sum = (daemon.stop.graceMs ?? Infinity) + Math.max(0, ...needed.map(longestFrom));
    longest.set(daemon.name, sum);
    return sum;
  };
  return Math.max(0, ...list.daemons.map(longestFrom));
}

export function chainWords(list: ListSpec): readonly string[] {
  const most = longestStopMs(list);
  const bound = Number.isFinite(most)
    ? `at most ${formatDuration(most)} beside open iterations`
    : 'as long as it takes';
  const within = list.stopWithinMs;
  return [
    `A full stop drains dependants first, the rest at the same time: ${bound}.`,
    'A daemon that tells its iterations is first waited for until the open one is done.',
    ...(within === null
      ? []
      : [
          `But it may take ${formatDuration(within)} (supervisor.stop_within): what still drains 3s before that is cut, and named.`,
        ]),
  ];
}

interface Waiter {
  readonly who: string;
  readonly ms: number;
  /** What to tell it if that is not enough. */
  readonly more: string;
}

const OURS = 'which waits as long as a drain goes on';

/** What waits for the supervisor, then kills it. */
const CONTAINERS: readonly Waiter[] = [
  { who: 'docker stop', ms: 10_000, more: '`-t SECONDS` (Compose: stop_grace_period)' },
  { who: 'Kubernetes', ms: 30_000, more: 'terminationGracePeriodSeconds' },
];
const UNIT: Waiter = {
  who: 'A systemd unit of your own',
  ms: 90_000,
  more: `TimeoutStopSec, or take that of \`supervise systemd unit\`, ${OURS}`,
};

/** Do they wait as long as this list may take, and if not, what to tell them. `unit`: the installed one. */
export function outsideWords(list: ListSpec, unit: InstalledUnit | null): readonly string[] {
  const most = Math.min(longestStopMs(list), list.stopWithinMs ?? Infinity);
  const words = ({ who, ms, more }: Waiter): string => {
    // With a limit of our own we are gone before it expires.
    const verdict = ms > most || ms === list.stopWithinMs ? 'enough' : `not enough; it needs ${more}`;
    return `${who} waits for ${formatDuration(ms)}: ${verdict}.`;
  };
  return [...CONTAINERS.map(words), unit === null ? words(UNIT) : unitWords(unit, words)];
}

function unitWords({ name, stopMs, isHeard }: InstalledUnit, words: (waiter: Waiter) => string): string {
  if (stopMs === null)
    return `${name} waits for as long as it takes (TimeoutStopSec=infinity): enough, but so it does for a supervisor that hangs.`;
  if (!isHeard)
    return words({
      who: `${name}, which does not hear the supervisor ask for more (NotifyAccess=none),`,
      ms: stopMs,
      more: `a longer TimeoutStopSec, or take the unit of \`supervise systemd install\`, ${OURS}`,
    });
  return `${name} waits for ${formatDuration(stopMs)} (TimeoutStopSec), and for more each time the supervisor asks, which it does as long as a drain goes on: enough.`;
}
