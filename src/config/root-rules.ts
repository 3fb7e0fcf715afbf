import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { launchBeside, launchOf } from './interpreter.ts';
import type { Draft } from './normalize.ts';
import type { Court } from './rules.ts';
import type { Place } from './tree.ts';

/**
 * What decides what root runs must not be in everybody's hands: the list, the env files, and what runs as root. A file is in their hands
 * also if they can put another in its place; in a sticky folder (/tmp) they cannot.
 */
export function rootRunsNothingOfEverybody({ list, file, environment, report }: Court): void {
  if (process.geteuid?.() !== 0) return;
  const refuse = (at: Place | null, looked: string, role: string): void => {
    for (const { what, mend } of openToAll(looked)) report.problem(at, `${role} ${what}`, mend);
  };
  refuse(null, file, 'this list decides what root runs, and');
  for (const draft of list.daemons) {
    const { spec, written, envFiles, at } = draft;
    for (const each of envFiles) refuse(each.at, each.value, 'this env file decides what root runs, and');
    if (spec.user !== null && spec.user.uid !== 0) continue;
    const place = written.script?.at ?? written.command?.at ?? at;
    for (const each of whatItRuns(draft, environment)) refuse(place, each, `daemon ${spec.name} runs as root, and`);
  }
  for (const { argv, at, what } of whatWeRun(list)) {
    const launch = launchBeside(argv, path.dirname(file), environment);
    if (launch.ok) refuse(at, launch.value.file, `${what} runs as root, and`);
  }
}

/** Beside the daemons: whatever user those have, this runs as supervise itself. */
function whatWeRun({ resources, onTrouble }: Court['list']): readonly {
  readonly argv: readonly [string, ...string[]];
  readonly at: Place;
  readonly what: string;
}[] {
  const probes = resources.flatMap(({ spec, written }) =>
    spec?.probe.kind === 'exec'
      ? [{ argv: spec.probe.argv, at: written.keys.exec?.at ?? written.at, what: `the probe of resource ${spec.name}` }]
      : [],
  );
  return [...probes, ...(onTrouble === null ? [] : [{ argv: onTrouble.value, at: onTrouble.at, what: 'on_trouble' }])];
}

function whatItRuns({ spec }: Draft, environment: Court['environment']): readonly string[] {
  const { command, cwd, env } = spec;
  if (command === null) return [];
  const launch = launchOf({ command, cwd, env }, environment);
  if (!launch.ok) return []; // Told by the rule that looks for programs.
  return [...new Set([launch.value.file, ...(command.kind === 'script' ? [command.path] : [])])];
}

/** Which parts of a file everybody may write: the file, its folder, and the same where links lead. */
function openToAll(file: string): readonly { readonly what: string; readonly mend: string }[] {
  const files = [...new Set([file, realOf(file)])];
  const itself = files.find((each) => (modeOf(each) & 0o002) !== 0);
  const folders = [...new Set(files.map((each) => path.dirname(each)))].filter((each) => {
    const mode = modeOf(each);
    return (mode & 0o002) !== 0 && (mode & 0o1000) === 0;
  });
  return [
    ...(itself === undefined ? [] : [{ what: `everybody may write ${itself}`, mend: `chmod o-w ${itself}` }]),
    ...folders.map((folder) => ({
      what: `everybody may replace ${file}: its folder ${folder} may be written by everybody`,
      mend: `chmod o-w ${folder}`,
    })),
  ];
}

/** 0 if it is not there: whatever needs it says so. */
const modeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mode ?? 0;

function realOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file; // It is not there: whatever needs it says so.
  }
}
