import { setTimeout as sleep } from 'node:timers/promises';
import type { ExitCode } from '../../base/exit-codes.ts';
import { ok, type Result } from '../../base/result.ts';
import type { RestartHow } from '../../control/api.ts';
import type { Client, ClientError } from '../../control/client.ts';
import { describeState } from '../../control/describe-state.ts';
import type { DeedView, InstanceView } from '../../control/view.ts';
import { hasOption } from '../args.ts';
import type { Invocation } from '../args.ts';
import { carryOut, isComing } from '../deed.ts';
import type { Terminal } from '../print/terminal.ts';

function howOf(call: Invocation): RestartHow {
  if (hasOption(call, 'all-at-once')) return 'all-at-once';
  return hasOption(call, 'one-by-one') ? 'one-by-one' : 'scout';
}

/** `supervise restart [NAME…]`: without names, all. */
export function run(call: Invocation, terminal: Terminal): Promise<ExitCode> {
  const names = call.operands;
  const how = howOf(call);
  // An older supervisor does not know it.
  const rest = { wait: !hasOption(call, 'no-wait'), ...(how === 'scout' ? {} : { how }) };
  let before: readonly InstanceView[] = [];
  return carryOut(
    {
      kind: 'restart',
      names,
      last: false,
      ask: async (client, patience) => {
        const status = await client.call('status', { names });
        if (!status.ok) return status;
        before = status.value.instances;
        return client.call('restart', { names, ...rest }, patience);
      },
      askRest: async (client, patience) => {
        const status = await client.call('status', { names });
        if (!status.ok) return status;
        const left = status.value.instances
          .filter((instance) => isStillToDo(instance, before, names))
          .map(({ id }) => id);
        return left.length === 0
          ? whatBecame(client, names)
          : client.call('restart', { names: left, ...rest }, patience);
      },
    },
    call,
    terminal,
  );
}

/** It still has its former process; or it has none and was named. */
function isStillToDo(
  { id, pid, state }: InstanceView,
  before: readonly InstanceView[],
  names: readonly string[],
): boolean {
  if (pid === null) return names.length > 0 && state === 'stopped';
  return before.some((each) => each.id === id && each.pid === pid);
}

const LOOK_MS = 100;

/** Each has another process by now, possibly still on its way up. */
async function whatBecame(client: Client, names: readonly string[]): Promise<Result<DeedView, ClientError>> {
  for (;;) {
    const status = await client.call('status', { names });
    if (!status.ok) return status;
    const meant = status.value.instances.filter(({ state }) => state !== 'stopped');
    if (!meant.some(isComing)) return ok(viewOf(meant));
    await sleep(LOOK_MS);
  }
}

const viewOf = (instances: readonly InstanceView[]): DeedView => ({
  instances: instances.map(({ id }) => id),
  ...{ ends: [], boundary: 0, ended: 0, cut: 0, untouched: [], problems: [], escaped: [] },
  not_up: instances
    .filter(({ state }) => state !== 'running' && state !== 'exited')
    .map((instance) => ({ id: instance.id, state: instance.state, words: describeState(instance, Date.now()) })),
});
