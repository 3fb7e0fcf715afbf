/** `supervise systemd install`: writes the unit of a list, enables it at boot, and starts it. */
import { cleanText } from '../../base/clean.ts';
import { EXIT, type ExitCode } from '../../base/exit-codes.ts';
import { find } from '../../control/find.ts';
import { openSystemd, type Systemd } from '../../systemd/manager.ts';
import { placedUnits } from '../../systemd/places.ts';
import { differenceOf, readUnit, removeUnit, writeUnit } from '../../systemd/unit-file.ts';
import { unitName, unitText, WRITTEN_BY_US } from '../../systemd/unit.ts';
import { hasOption, type Invocation } from '../args.ts';
import { tellUsage } from '../failure.ts';
import { ownerOf } from '../owner.ts';
import { shellQuoted } from '../print/shell-quoted.ts';
import type { Terminal } from '../print/terminal.ts';
import { targetOf } from '../target.ts';
import { isBelowHome, listUnitOf, type ListUnit } from './list-unit.ts';
import { homeWords, remarksOn } from './remarks.ts';
import { awayWords, lingerWords } from './steps.ts';

export async function install(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const unit = await listUnitOf(call, terminal);
  if (unit === null) return EXIT.usage;
  const { facts, user, isNodeNamed } = unit;
  const [node] = facts.command;
  // A user's own unit goes with the user anyway.
  if (facts.of === 'machine' && !isNodeNamed && isBelowHome(node, user))
    return tellUsage(`nothing was written: ${homeWords(node)}, and this one if it shall be`, terminal);
  const twin = placedUnits({ id: facts.id, file: facts.list }, ownerOf(facts.list)?.home ?? undefined).find(
    (each) => each.of !== facts.of,
  );
  if (twin !== undefined)
    return tellUsage(`nothing was written: ${twin.file} is a unit of this list, too. ${awayWords(twin)}`, terminal);
  const systemd = await openSystemd(facts.of);
  if (!systemd.ok) return tellUsage(`nothing was written: ${systemd.error}`, terminal);

  const name = unitName(facts.id);
  const file = systemd.value.fileOf(name);
  const before = readUnit(file);
  if (!before.ok) return tellUsage(`nothing was written: ${before.error}`, terminal);
  const text = unitText(facts);
  if (before.value !== null && !before.value.includes(WRITTEN_BY_US)) {
    const words = `nothing was written: ${file} is there, and supervise has not written it. Move it away first`;
    return tellUsage(words, terminal);
  }
  const isDry = hasOption(call, 'dry-run');
  for (const line of await changeLines(file, before.value, text, isDry)) terminal.say(line);
  if (isDry) {
    await tellRemarks(unit, terminal);
    terminal.say('Nothing was done.');
    return EXIT.done;
  }
  const written = before.value === text ? null : writeUnit(file, text);
  if (written?.ok === false) return tellUsage(`nothing was done: ${written.error}`, terminal);
  const enabled = await enable(systemd.value, name);
  if (enabled !== null) {
    // A unit that systemd does not accept must not be found at the next boot.
    if (before.value === null) removeUnit(file);
    terminal.tell(`supervise: ${enabled}`);
    return EXIT.trouble;
  }
  await tellRemarks(unit, terminal);
  return bringUp(systemd.value, name, call, terminal);
}

async function tellRemarks(unit: ListUnit, terminal: Terminal): Promise<void> {
  for (const remark of await remarksOn(unit)) terminal.tell(`supervise: ${remark}`, 'warning');
}

/** What is about to be written: a new unit is shown if it will not be on disk a moment later. */
async function changeLines(
  file: string,
  before: string | null,
  text: string,
  isDry: boolean,
): Promise<readonly string[]> {
  if (before === text) return [`${file} is as it should be`];
  if (before !== null) return [`${file} becomes:`, ...(await differenceOf(file, text)).map(indented)];
  return isDry ? [`${file}:`, ...text.trimEnd().split('\n').map(indented)] : [`writes ${file}`];
}

const indented = (line: string): string => (line === '' ? '' : `  ${cleanText(line)}`);

/** null: done; otherwise why not, in words. */
async function enable(systemd: Systemd, name: string): Promise<string | null> {
  for (const words of [['daemon-reload'], ['enable', name]] as const) {
    const { failed, said } = await systemd.control(...words);
    if (failed) return `${systemd.words} ${words.join(' ')}: ${said}`;
  }
  return null;
}

/** Starts it, unless it is running or something else has the list. */
async function bringUp(systemd: Systemd, name: string, call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const quoted = shellQuoted(name);
  terminal.say(`${name} is started ${systemd.of === 'user' ? 'when you log in' : 'at each boot'}`);
  if (systemd.of === 'user') for (const line of lingerWords) terminal.say(line);
  if (await systemd.isUp(name)) {
    terminal.say(
      `It runs, and goes on as it is: what has changed holds from its next start (${systemd.words} restart ${quoted} drains)`,
    );
    return EXIT.done;
  }
  const other = await whoHasIt(call);
  if (other !== null) {
    terminal.tell(
      `supervise: it was not started: pid ${other} runs this list already, and not under this unit. Stop that one (supervise stop), then: ${systemd.words} start ${quoted}`,
    );
    return EXIT.trouble;
  }
  const started = await systemd.control('start', name);
  if (started.failed) {
    terminal.tell(`supervise: it did not start: ${started.said}`);
    for (const line of await systemd.lastLines(name)) terminal.tell(`  ${cleanText(line)}`);
    terminal.tell(
      `supervise: more: ${systemd.words} status ${quoted}; mend it, then: ${systemd.words} start ${quoted}`,
    );
    return EXIT.trouble;
  }
  terminal.say('It runs. See it with: supervise status; what systemd knows of it:');
  terminal.say(`  ${systemd.words} status ${quoted}`);
  return EXIT.done;
}

/** The pid of a supervisor running the list; null: none answers. */
async function whoHasIt(call: Invocation): Promise<number | null> {
  const target = await targetOf(call);
  const found = target.ok ? await find(target.value.folders) : null;
  if (found?.ok !== true) return null;
  const { client } = found.value;
  const version = await client.call('version', {});
  client.close();
  return version.ok ? version.value.pid : null;
}
