import { EXIT } from '../../base/exit-codes.ts';
import type { ExitCode } from '../../base/exit-codes.ts';
import { formatDuration } from '../../base/duration.ts';
import { loadList } from '../../config/load.ts';
import { drawProblem, drawProblems } from '../../config/problem.ts';
import type { DaemonSpec, ListSpec } from '../../config/spec.ts';
import { logSpaceWords } from '../../supervisor/log-space.ts';
import { stateFolderAt } from '../../supervisor/world/folder.ts';
import { hasOption } from '../args.ts';
import type { Invocation } from '../args.ts';
import { tellUsage } from '../failure.ts';
import { layTable } from '../print/table.ts';
import type { Terminal } from '../print/terminal.ts';
import { folderOf, listFile, targetOf } from '../target.ts';

/** `supervise check`: reads the list as `start` would, and starts nothing. */
export async function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const file = listFile(call);
  if (file === null) {
    const target = await targetOf(call);
    return tellUsage(target.ok ? 'check reads a list: name it with --file' : target.error, terminal);
  }
  const list = loadList(file, process.env);
  if (hasOption(call, 'json'))
    terminal.say(JSON.stringify(list.ok ? jsonOf(list.value) : { ok: false, problems: list.error.problems }));
  else if (list.ok) for (const line of await summary(list.value, call, terminal)) terminal.say(line);
  else terminal.say(drawProblems(list.error.problems, list.error.text, terminal.colours));
  return list.ok ? EXIT.done : EXIT.usage;
}

const jsonOf = (list: ListSpec): unknown => ({
  ok: true,
  problems: [],
  warnings: list.warnings,
  id: list.id,
  file: list.file,
  daemons: list.daemons.map(({ name, instances, stop }) => ({
    name,
    instances,
    stop: { signal: stop.signal ?? 'SIGTERM', to: stop.to, grace_ms: stop.graceMs },
  })),
});

async function summary(list: ListSpec, call: Invocation, terminal: Terminal): Promise<readonly string[]> {
  const instances = list.daemons.reduce((sum, daemon) => sum + daemon.instances, 0);
  const table = await layTable(
    [
      { head: 'NAME', align: 'left', drop: null, cells: list.daemons.map(({ name }) => name) },
      { head: 'INSTANCES', align: 'right', drop: 0, cells: list.daemons.map((daemon) => String(daemon.instances)) },
      { head: 'NEEDS', align: 'left', drop: 1, cells: list.daemons.map(needsOf) },
      { head: 'A STOP', align: 'left', drop: null, cells: list.daemons.map(patienceOf), elastic: { least: 30 } },
    ],
    terminal.columns,
  );
  return [
    ...list.warnings.map((warning) => `${drawProblem(warning, null, terminal.colours)}\n`),
    `${list.file} may be started: ${plural(list.daemons.length, 'daemon')}, ${plural(instances, 'instance')}, id ${list.id}`,
    '',
    ...table,
    '',
    chainWords(list),
    ...logSpaceWords(list, stateFolderAt(folderOf(list.id, call)).logs),
  ];
}

const needsOf = (daemon: DaemonSpec): string =>
  daemon.dependsOn.map(({ daemon: name, until }) => (until === 'completed' ? `${name} completed` : name)).join(', ');

/** How long a stop of this daemon is waited for, and what comes then. */
function patienceOf({ stop }: DaemonSpec): string {
  const sent = `${stop.signal ?? 'SIGTERM'}${stop.to === 'group' ? ' to its group' : ''}`;
  return stop.graceMs === null
    ? `${sent}, waited for as long as it takes`
    : `${sent}, SIGKILL after ${formatDuration(stop.graceMs)}`;
}

/** What all the graces come to in a full stop: dependants go first, the others at the same time. */
function chainWords(list: ListSpec): string {
  const byName = new Map(list.daemons.map((daemon) => [daemon.name, daemon]));
  const longest = new Map<string, number>();
  // A list that was accepted has no cycle.
  const longestFrom = (daemon: DaemonSpec): number => {
    const known = longest.get(daemon.name);
    if (known !== undefined) return known;
    const needed = daemon.dependsOn.flatMap(({ daemon: name }) => byName.get(name) ?? []);
    const sum = (daemon.stop.graceMs ?? Infinity) + Math.max(0, ...needed.map(longestFrom));
    longest.set(daemon.name, sum);
    return sum;
  };
  const most = Math.max(0, ...list.daemons.map(longestFrom));
  const bound = Number.isFinite(most)
    ? `at most ${formatDuration(most)} beside open iterations`
    : 'as long as it takes';
  return (
    `A full stop drains dependants first, the rest at the same time: ${bound}.\n` +
    'A daemon that tells its iterations is first waited for until the open one is done.'
  );
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
