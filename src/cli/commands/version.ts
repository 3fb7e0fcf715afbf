import { EXIT } from '../../base/exit-codes.ts';
import type { ExitCode } from '../../base/exit-codes.ts';
import { hasOption } from '../args.ts';
import type { Invocation } from '../args.ts';
import type { Terminal } from '../print/terminal.ts';
import { tellWhy } from '../failure.ts';
import { reach } from '../target.ts';
import { VERSION } from '../version.ts';

/** `supervise version`: ours, and that of this list's supervisor if one is running. */
export async function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const found = await reach(call);
  const running = found.ok ? await found.value.client.call('version', {}) : found;
  if (found.ok) found.value.client.close();
  const supervisor = running.ok ? running.value : null;
  // That none is running is an answer; why a running one does not answer is told. Ours is known in any case.
  const untold =
    running.ok || !(running.error.tag === 'denied' || running.error.tag === 'broken') ? null : running.error;
  const error = untold?.words ?? null;
  if (hasOption(call, 'json')) terminal.say(JSON.stringify({ version: VERSION, supervisor, error }));
  else {
    terminal.say(`supervise ${VERSION} (Node ${process.versions.node})`);
    if (supervisor !== null)
      terminal.say(`the supervisor of ${supervisor.id}, pid ${supervisor.pid}: ${supervisor.version}`);
    if (supervisor !== null && supervisor.version !== VERSION)
      terminal.say('The two differ: this one takes over, and no daemon notices, with: supervise upgrade');
  }
  if (untold !== null) tellWhy(untold, call, terminal);
  return EXIT.done;
}
