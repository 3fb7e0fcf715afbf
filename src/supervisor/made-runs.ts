/** What the living processes were made from, whatever the list says now. */
import type { DaemonSpec } from '../config/spec.ts';
import { differing } from './differing-keys.ts';
import { isLive, type Slot } from './lifecycle/state.ts';
import { changedKeys, madeOf, type Made } from './made.ts';

/** What a run of a slot was made from. */
export interface MadeRun {
  readonly run: number;
  readonly made: Made;
  /** Values are saved nowhere: those of an earlier supervisor's run are unknown. */
  readonly env?: DaemonSpec['env'];
}

export class MadeRuns {
  private readonly specOf: (id: string) => DaemonSpec | null;
  private readonly known: Map<string, MadeRun>;

  /** `specOf`: what the list says now; null: nothing. `before`: the runs started by an earlier supervisor. */
  constructor(specOf: (id: string) => DaemonSpec | null, before: ReadonlyMap<string, MadeRun>) {
    this.specOf = specOf;
    this.known = new Map(before);
  }

  /** As the list was when this run was first asked about: it may say something else later. null: no run, or unknown. */
  of(slot: Slot): Made | null {
    if (!isLive(slot.state)) return null;
    const run = slot.state.run.number;
    const known = this.known.get(slot.id);
    if (known?.run === run) return known.made;
    const spec = this.specOf(slot.id);
    if (spec === null) return null;
    const fresh = { run, made: madeOf(spec), env: spec.env };
    this.known.set(slot.id, fresh);
    return fresh.made;
  }

  /** The keys in which this run differs from `spec`: `cwd`, `env.QUEUE` (or `env` if it is unknown which). */
  changed(slot: Slot, spec: DaemonSpec): readonly string[] {
    const made = this.of(slot);
    if (made === null) return [];
    const env = this.known.get(slot.id)?.env;
    return changedKeys(made, madeOf(spec)).flatMap((key) =>
      key === 'env' && env !== undefined ? differing(env, spec.env).map((name) => `env.${name}`) : key,
    );
  }
}
