import { cleanText } from '../../base/clean.ts';
import { counted } from '../../base/counted.ts';
import { EXIT } from '../../base/exit-codes.ts';
import type { ExitCode } from '../../base/exit-codes.ts';
import { extensionFor } from '../../config/explain.ts';
import type { Explained } from '../../config/load.ts';
import { explainList } from '../../config/load.ts';
import { drawProblem, drawRefused } from '../../config/problem.ts';
import type { DaemonSpec, ListSpec } from '../../config/spec.ts';
import { logSpaceWords } from '../../supervisor/log-space.ts';
import { stateFolderAt } from '../../supervisor/world/folder.ts';
import type { InstalledUnit } from '../../systemd/installed.ts';
import { hasOption } from '../args.ts';
import type { Invocation } from '../args.ts';
import { tellUsage } from '../failure.ts';
import type { Explanation } from '../print/explain.ts';
import { explainLines, explanationJson } from '../print/explain.ts';
import { chainWords, graceWords } from '../print/patience.ts';
import { layTable } from '../print/table.ts';
import type { Terminal } from '../print/terminal.ts';
import { folderOf, listFile, targetOf } from '../target.ts';

/** `supervise check`: reads the list as `start` would, without starting anything. */
export async function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const file = listFile(call);
  if (file === null) {
    const target = await targetOf(call);
    return tellUsage(target.ok ? 'check reads a list: name it with --file' : target.error, terminal);
  }
  const read = explainList(file, process.env);
  const isJson = hasOption(call, 'json');
  if (!read.ok) {
    const { problems } = read.error;
    terminal.say(isJson ? JSON.stringify({ ok: false, problems }) : await drawRefused(read.error, terminal.colours));
    return EXIT.usage;
  }
  const { list } = read.value;
  const explained = hasOption(call, 'explain') ? await withPrograms(read.value) : null;
  if (isJson) terminal.say(JSON.stringify(jsonOf(list, explained)));
  else for (const line of await linesOf(list, explained, call, terminal)) terminal.say(line);
  return EXIT.done;
}

async function unitOf({ id }: ListSpec): Promise<InstalledUnit | null> {
  const { installedUnit } = await import('../../systemd/installed.ts');
  return installedUnit(id);
}

/** Asks the interpreters of the daemons for their versions. */
async function withPrograms({ list, explanations }: Explained): Promise<readonly Explanation[]> {
  const { programFacts } = await import('../../config/program-facts.ts');
  const questions = explanations.flatMap((explanation, index) => {
    const spec = list.daemons[index];
    return spec === undefined ? [] : [{ explanation, spec, extension: extensionFor(explanation.preset) }];
  });
  const facts = await programFacts(questions, process.env);
  return questions.map(({ explanation }, index) => ({ explanation, program: facts[index] ?? null }));
}

function jsonOf(list: ListSpec, explained: readonly Explanation[] | null): unknown {
  return {
    ok: true,
    problems: [],
    warnings: list.warnings,
    id: list.id,
    file: list.file,
    daemons: list.daemons.map(({ name, instances, stop }, index) => ({
      name,
      instances,
      stop: { signal: stop.signal ?? 'SIGTERM', to: stop.to, grace_ms: stop.graceMs },
      ...explanationJson(explained?.[index]),
    })),
  };
}

async function linesOf(
  list: ListSpec,
  explained: readonly Explanation[] | null,
  call: Invocation,
  terminal: Terminal,
): Promise<readonly string[]> {
  const instances = list.daemons.reduce((sum, daemon) => sum + daemon.instances, 0);
  return [
    ...list.warnings.map((warning) => `${drawProblem(warning, null, terminal.colours)}\n`),
    `${cleanText(list.file)} may be started: ${counted(list.daemons.length, 'daemon', 'daemons')}, ${counted(instances, 'instance', 'instances')}, id ${list.id}`,
    '',
    ...(explained === null
      ? [...(await table(list, terminal)), '', ...chainWords(list)]
      : explainLines({ list, daemons: explained, unit: await unitOf(list) }, terminal.columns)),
    ...logSpaceWords(list, stateFolderAt(folderOf(list.id, call)).logs),
  ];
}

function table(list: ListSpec, terminal: Terminal): Promise<readonly string[]> {
  return layTable(
    [
      { head: 'NAME', align: 'left', drop: null, cells: list.daemons.map(({ name }) => name) },
      { head: 'INSTANCES', align: 'right', drop: 0, cells: list.daemons.map((daemon) => String(daemon.instances)) },
      { head: 'NEEDS', align: 'left', drop: 1, cells: list.daemons.map(needsOf) },
      { head: 'A STOP', align: 'left', drop: null, cells: list.daemons.map(graceWords), elastic: { least: 30 } },
    ],
    terminal.columns,
  );
}

const needsOf = ({ dependsOn, resources }: DaemonSpec): string =>
  [
    ...dependsOn.map(({ daemon: name, until }) => (until === 'completed' ? `${name} completed` : name)),
    ...resources.map((name) => `${name} up`),
  ].join(', ');
