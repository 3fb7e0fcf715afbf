import { inTime } from '../../base/in-time.ts';
import { find } from '../../control/find.ts';
import { instancesOf } from '../../supervisor/instances.ts';
import { listFile, targetOf } from '../target.ts';
import type { Candidate, Typed } from './candidates.ts';

/** Tab waits no longer than this for a supervisor; after that there are no names. */
const PATIENCE_MS = 150;

interface Named {
  readonly id: string;
  readonly daemon: string;
  readonly tags: readonly string[];
  readonly doc: string;
}

/** The names of daemons, instances and tags from the running supervisor, or else from the list. Never an error. */
export async function namesFor(typed: Typed): Promise<readonly Candidate[]> {
  const call = { command: typed.command, operands: [], options: typed.options };
  const running = inTime(
    runningNames(call).catch(() => []), // Then there is nothing to complete.
    PATIENCE_MS,
    () => [],
  );
  return candidatesOf((await running) ?? (await listNames(call)));
}

type Call = Parameters<typeof targetOf>[0];

/** null: no supervisor is running. */
async function runningNames(call: Call): Promise<readonly Named[] | null> {
  const target = await targetOf(call);
  const found = target.ok ? await find(target.value.folders) : null;
  if (found?.ok !== true) return null;
  const status = await found.value.client.call('status', { names: [], runs: false });
  found.value.client.close();
  return status.ok ? status.value.instances.map((each) => ({ ...each, doc: each.state })) : [];
}

async function listNames(call: Call): Promise<readonly Named[]> {
  const file = listFile(call);
  if (file === null) return [];
  const { loadList } = await import('../../config/load.ts');
  const list = loadList(file, process.env);
  if (!list.ok) return [];
  return instancesOf(list.value.daemons)
    .filter(({ number }) => number <= MOST_INSTANCES)
    .map(({ id, spec }) => ({ id, daemon: spec.name, tags: spec.tags, doc: 'not running' }));
}

/** Nobody picks from a longer list by eye. */
const MOST_INSTANCES = 100;

function candidatesOf(named: readonly Named[]): readonly Candidate[] {
  const candidates = new Map<string, string>();
  for (const { daemon, doc } of named) candidates.set(daemon, doc);
  for (const { id, doc } of named) candidates.set(id, doc);
  for (const { tags } of named) for (const tag of tags) candidates.set(`@${tag}`, 'tag');
  return [...candidates].map(([word, doc]) => ({ word, doc }));
}
