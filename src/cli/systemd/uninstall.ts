/** `supervise systemd uninstall`: stops the unit of a list at the boundaries of its daemons, and removes it. */
import { EXIT, type ExitCode } from '../../base/exit-codes.ts';
import { openSystemd, type Systemd } from '../../systemd/manager.ts';
import { placedUnits } from '../../systemd/places.ts';
import { hasAdditions, readUnit, removeUnit } from '../../systemd/unit-file.ts';
import { unitName, WRITTEN_BY_US } from '../../systemd/unit.ts';
import type { Invocation } from '../args.ts';
import { run as stop } from '../commands/stop.ts';
import { tellUsage } from '../failure.ts';
import { ownerOf } from '../owner.ts';
import type { Terminal } from '../print/terminal.ts';
import { listFile, listId, targetOf } from '../target.ts';
import { systemdOf } from './list-unit.ts';
import { awayWords } from './steps.ts';

export async function uninstall(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const list = listFile(call);
  if (list === null) return tellUsage('whose unit? There is no daemons.yaml here; --file names a list', terminal);
  const systemd = await openSystemd(systemdOf(call));
  if (!systemd.ok) return tellUsage(`nothing was removed: ${systemd.error}`, terminal);
  const id = await listId(list);
  const name = unitName(id);
  const file = systemd.value.fileOf(name);
  const unit = readUnit(file);
  if (!unit.ok) return tellUsage(`nothing was removed: ${unit.error}`, terminal);
  if (unit.value === null) {
    const [other] = placedUnits({ id, file: list }, ownerOf(list)?.home ?? undefined);
    const words = other === undefined ? '' : `, but ${other.file} is one. ${awayWords(other)}`;
    return tellUsage(`there is no ${file}: no unit of ${list} is installed there${words}`, terminal);
  }
  if (!unit.value.includes(WRITTEN_BY_US))
    return tellUsage(`nothing was removed: supervise has not written ${file}`, terminal);

  // Not at the next boot, whatever happens to the stop.
  const disabled = await systemd.value.control('disable', name);
  if (disabled.failed) terminal.tell(`supervise: ${systemd.value.words} disable ${name}: ${disabled.said}`);
  const code = await end(systemd.value, name, call, terminal);
  if (code === EXIT.interrupted) return code;
  if (await systemd.value.isUp(name)) {
    terminal.tell(`supervise: ${file} was not removed: ${name} runs on. Ask again when it has stopped`);
    return EXIT.trouble;
  }
  const removed = removeUnit(file);
  if (!removed.ok) return tellUsage(removed.error, terminal);
  // It may report that there is nothing to reset.
  await systemd.value.control('reset-failed', name);
  await systemd.value.control('daemon-reload');
  terminal.say(`removed ${file}`);
  if (hasAdditions(file)) terminal.say(`${file}.d is yours (systemctl edit) and stays; the unit would read it again`);
  const target = await targetOf(call);
  if (target.ok) terminal.say(`State and logs stay where they are: ${target.value.folders[0] ?? ''}`);
  return code;
}

/** Drains it, and shows what it waits for; returns the exit code of that stop. */
async function end(systemd: Systemd, name: string, call: Invocation, terminal: Terminal): Promise<ExitCode> {
  if (!(await systemd.isUp(name))) return EXIT.done;
  const asked: Invocation = {
    command: 'stop',
    operands: [],
    options: new Map([...call.options].filter(([option]) => option === 'file' || option === 'state-dir')),
  };
  const code = await stop(asked, terminal);
  if (code === EXIT.interrupted) return code;
  // It is over by now; or nothing answers, and systemd knows how to end that.
  const stopped = await systemd.control('stop', name);
  if (stopped.failed) terminal.tell(`supervise: ${systemd.words} stop ${name}: ${stopped.said}`);
  return code === EXIT.nobody && !stopped.failed ? EXIT.done : code;
}
