/** `supervise systemd unit|install|uninstall`: prints the unit of a list, installs it where systemd finds it, or removes it. */
import { EXIT, type ExitCode } from '../../base/exit-codes.ts';
import { unitText } from '../../systemd/unit.ts';
import { hasOption, type Invocation } from '../args.ts';
import { tellUsage } from '../failure.ts';
import type { Terminal } from '../print/terminal.ts';
import { install } from '../systemd/install.ts';
import { listUnitOf } from '../systemd/list-unit.ts';
import { remarksOn } from '../systemd/remarks.ts';
import { stepsFor } from '../systemd/steps.ts';
import { uninstall } from '../systemd/uninstall.ts';

export async function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const [action = ''] = call.operands;
  if (hasOption(call, 'dry-run') && action !== 'install')
    return tellUsage(`--dry-run belongs to install; '${action}' does not take it`, terminal);
  switch (action) {
    case 'unit':
      return print(call, terminal);
    case 'install':
      return install(call, terminal);
    case 'uninstall':
      return uninstall(call, terminal);
    default:
      return tellUsage(`systemd knows 'unit', 'install' and 'uninstall', not '${action}'`, terminal);
  }
}

/** The unit on stdout; on stderr, what to do with it and what to watch out for. */
async function print(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const unit = await listUnitOf(call, terminal);
  if (unit === null) return EXIT.usage;
  terminal.say(unitText(unit.facts).trimEnd());
  for (const remark of await remarksOn(unit)) terminal.tell(`supervise: ${remark}`, 'warning');
  for (const line of stepsFor(unit.facts)) terminal.tell(line, 'info');
  return EXIT.done;
}
