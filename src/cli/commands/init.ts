import { closeSync, existsSync, fchownSync, openSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../../base/error-words.ts';
import { cleanText } from '../../base/clean.ts';
import { counted } from '../../base/counted.ts';
import { EXIT } from '../../base/exit-codes.ts';
import type { ExitCode } from '../../base/exit-codes.ts';
import { listed } from '../../base/listed.ts';
import { fail, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { absoluteAsTyped } from '../../config/identity.ts';
import { drawProblem, drawRefused } from '../../config/problem.ts';
import { valueOf } from '../args.ts';
import type { Invocation } from '../args.ts';
import { tellUsage } from '../failure.ts';
import { ownerOf, type User } from '../owner.ts';
import { collect } from '../init/collect.ts';
import type { Composed, Taken } from '../init/compose.ts';
import { compose } from '../init/compose.ts';
import { shellQuoted } from '../print/shell-quoted.ts';
import type { Terminal } from '../print/terminal.ts';

/** `supervise init`: writes a first list from what it finds in the folder of the list. */
export async function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const given = valueOf(call, 'file');
  const there = given === undefined ? ['daemons.yaml', 'daemons.yml'].find((name) => existsSync(name)) : undefined;
  const file = absoluteAsTyped(there ?? given ?? 'daemons.yaml');
  if (existsSync(file))
    return tellUsage(`${file} is there already, and is not overwritten; see: supervise check`, terminal);
  const folder = path.dirname(file);
  if (!existsSync(folder))
    return tellUsage(`there is no folder ${folder}; make it first, or write another --file`, terminal);
  const sources = collect(folder);
  if (sources.length === 0) return tellUsage(nothingIn(folder), terminal);
  const composed = compose(sources, schemaFor(folder));
  if (composed.taken.every(({ daemons, doubtful }) => daemons.length + doubtful.length === 0)) {
    for (const { mend, what } of sources.flatMap(({ notes }) => notes)) terminal.tell(cleanText(`${what} ${mend}`));
    return tellUsage(nothingIn(folder), terminal);
  }
  const narrow = sources.flatMap((source) => source.narrow ?? []);
  const written = write(file, composed.text, narrow.length > 0);
  if (!written.ok) return tellUsage(written.error, terminal);
  if (narrow.length > 0) terminal.say(cleanText(narrowWords(file, narrow)));
  if (written.value !== null)
    terminal.say(
      `it belongs to ${written.value.name}, as its folder does: a unit of the machine (supervise systemd install) runs it as its owner`,
    );
  return sayWhat(file, composed, given === undefined ? '' : ` --file ${shellQuoted(given)}`, terminal);
}

const nothingIn = (folder: string): string =>
  `nothing that could be a daemon was found in ${folder}, and nothing was written. A list may be as short as this line: - ./workers/photos.php`;

/** Its contents come from files that others may not read. */
const narrowWords = (file: string, narrow: readonly string[]): string =>
  `only its owner may read ${path.basename(file)} (mode 0600): not everybody may read ${listed(narrow, 3)}`;

/** Never overwrites a file, nor writes through a link. */
function write(file: string, text: string, isNarrow: boolean): Result<User | null> {
  try {
    const fd = openSync(file, 'wx', isNarrow ? 0o600 : 0o666);
    try {
      writeFileSync(fd, text);
      // What only root may read is not handed on along with it.
      return ok(isNarrow ? null : givenTo(path.dirname(file), fd));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return fail(`cannot write ${file}: ${messageOf(error)}`);
  }
}

/** Root's list would run as root. In another user's folder the list is given to that user; null: the writer keeps it. */
function givenTo(folder: string, fd: number): User | null {
  const owner = process.geteuid?.() === 0 ? ownerOf(folder) : null;
  if (owner === null || owner.uid === 0) return null;
  fchownSync(fd, owner.uid, statSync(folder).gid);
  return owner;
}

/** Where an editor finds the schema: beside the program installed in the project, else beside this one. */
function schemaFor(folder: string): string {
  const installed = 'node_modules/supervise/daemons.schema.json';
  if (existsSync(path.join(folder, installed))) return `./${installed}`;
  // From dist/cli; in a project without an installation it will be there later.
  const own = path.resolve(import.meta.dirname, '../../daemons.schema.json');
  return existsSync(own) ? own : `./${installed}`;
}

async function sayWhat(
  file: string,
  { taken, looks }: Composed,
  option: string,
  terminal: Terminal,
): Promise<ExitCode> {
  for (const each of taken) terminal.say(cleanText(takenWords(each)));
  const daemons = taken.flatMap((each) => each.daemons);
  terminal.say(
    `wrote ${cleanText(file)}: ${counted(daemons.length, 'daemon', 'daemons')}, ${counted(looks, 'line', 'lines')} to look at (look:)`,
  );
  if (daemons.length === 0) {
    terminal.say('All of it is behind # until you decide: take the # from what is a daemon, then: supervise check');
    return EXIT.trouble;
  }
  const { loadList } = await import('../../config/load.ts');
  const loaded = loadList(file, process.env);
  if (!loaded.ok) {
    terminal.say(`\n${await drawRefused(loaded.error, terminal.colours)}\n`);
    terminal.say(`Mend that, then: supervise check${option}, supervise start${option}`);
    return EXIT.trouble;
  }
  for (const warning of loaded.value.warnings) terminal.say(`\n${drawProblem(warning, null, terminal.colours)}`);
  terminal.say(`Next: supervise check --explain${option}, then: supervise start${option}`);
  return EXIT.done;
}

function takenWords({ file, daemons, doubtful }: Taken): string {
  const parts = [
    ...(daemons.length === 0 ? [] : [listed(daemons, 10)]),
    ...(doubtful.length === 0 ? [] : [`as comments: ${listed(doubtful, 10)}`]),
  ];
  return `${file}: ${parts.length === 0 ? 'no daemon, see its comment' : parts.join('; ')}`;
}
