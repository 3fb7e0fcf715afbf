/** `supervise upgrade`: the supervisor hands everything over to the program on disk; this waits until that answers. */
import { EXIT, type ExitCode } from '../../base/exit-codes.ts';
import type { StatusView, VersionView } from '../../control/view.ts';
import { whoAnswersNext } from '../answering.ts';
import { hasOption, type Invocation } from '../args.ts';
import { tellFailure } from '../failure.ts';
import { whyNotHandedOn } from '../not-handed-on.ts';
import { reachToAct } from '../other-list.ts';
import type { Terminal } from '../print/terminal.ts';

/** Its start takes a fraction of a second; beyond this someone should have a look. */
const PATIENCE_MS = 30_000;

export async function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const found = await reachToAct(call);
  if (!found.ok) return tellFailure(found.error, call, terminal);
  const { client, folder, version: before } = found.value;
  const asked = await client.call('upgrade', {}, { timeoutMs: PATIENCE_MS });
  if (!asked.ok && asked.error.tag !== 'broken') {
    client.close();
    return tellFailure(asked.error, call, terminal);
  }
  // Another upgrade, or a death: whatever answers next is the program on disk too.
  if (!asked.ok) terminal.tell(`supervise: ${asked.error.words} before it answered: waiting for who goes on`);
  await client.closed(PATIENCE_MS);
  client.close();
  const after = await successor(folder);
  if (after === null) {
    terminal.tell(
      `supervise: nobody answers ${PATIENCE_MS / 1000} s after supervise ${before.version} (pid ${before.pid}) has handed all on. The daemons live on; supervise start goes on with them`,
    );
    return EXIT.trouble;
  }
  if (after.failure !== null) {
    terminal.tell(`supervise: ${after.failure}; supervise ${before.version} (pid ${before.pid}) goes on`);
    return EXIT.trouble;
  }
  if (hasOption(call, 'json')) terminal.say(JSON.stringify({ before, after: after.version }));
  else terminal.say(sentence(before, after));
  return EXIT.done;
}

interface Successor {
  readonly version: VersionView;
  readonly status: StatusView;
  /** Why it is no successor but the supervisor that was asked; null: it is one. */
  readonly failure: string | null;
}

/** What answers in this folder now; null: nothing in time. */
async function successor(folder: string): Promise<Successor | null> {
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) {
    const answering = await whoAnswersNext(folder, end - performance.now());
    if (answering === null) break;
    const { client, version } = answering;
    const status = await client.call('status', {});
    const failure = await whyNotHandedOn(client);
    client.close();
    if (status.ok) return { version, status: status.value, failure };
  }
  return null;
}

function sentence(before: VersionView, { version, status }: Successor): string {
  const living = status.instances.filter(({ pid }) => pid !== null).length;
  const who = `supervise ${version.version} (pid ${version.pid})`;
  return `${who} goes on where ${before.version} (pid ${before.pid}) was, with ${living} living ${living === 1 ? 'process' : 'processes'}`;
}
