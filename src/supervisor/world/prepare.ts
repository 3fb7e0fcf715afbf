/** What to start for a slot according to the list now, or why nothing is started. */
import { launchOf } from '../../config/interpreter.ts';
import type { DaemonSpec } from '../../config/spec.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { chained, type Chained } from './chain.ts';
import { madeOf } from '../made.ts';
import { environmentOf } from './environment.ts';
import type { RunOrder } from './world.ts';

export interface Orders {
  /** The state folder of the list: its processes carry it as a mark. */
  readonly folder: string;
  /** What to start for an instance; null: the list does not say. */
  readonly specOf: (id: string) => { readonly spec: DaemonSpec; readonly number: number } | null;
  /** Our own, which they inherit. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Why nothing of this instance may be started now, in words, or null. */
  readonly forbids: (id: string) => string | null;
}

export interface Prepared {
  readonly spec: DaemonSpec;
  readonly number: number;
  readonly chain: Chained;
}

/** `ours`: nobody's crash, and tried again. */
export interface NotStarted {
  readonly ours: boolean;
  readonly error: string;
}

export function prepare(
  { id, run }: RunOrder,
  { folder, specOf, environment, forbids }: Orders,
): Result<Prepared, NotStarted> {
  const forbidden = forbids(id);
  if (forbidden !== null) return fail({ ours: true, error: forbidden });
  const instance = specOf(id);
  if (instance === null) return fail({ ours: true, error: 'the list does not have it' });
  const { spec, number } = instance;
  const env = environmentOf(environment, spec, { folder, number, run, made: madeOf(spec) });
  const launch = launchOf(spec, env);
  if (!launch.ok) return fail({ ours: false, error: launch.error });
  const chain = chained(launch.value, env, spec, environment.PATH);
  return chain.ok ? ok({ spec, number, chain: chain.value }) : fail({ ours: false, error: chain.error });
}
