import type { CareSpec } from '../config/spec.ts';
import { instanceId } from './lifecycle/roster.ts';

/** A process slot of a daemon, as the list has it. */
export interface Instance<Spec> {
  readonly id: string;
  readonly spec: Spec;
  /** 1..instances. */
  readonly number: number;
}

/** The instances of these daemons, in list order. */
export function instancesOf<Spec extends Pick<CareSpec, 'name' | 'instances'>>(
  specs: readonly Spec[],
): readonly Instance<Spec>[] {
  return specs.flatMap((spec) =>
    Array.from({ length: spec.instances }, (_, index) => {
      const number = index + 1;
      return { id: instanceId(spec, number), spec, number };
    }),
  );
}

/** The name of the daemon whose instance this is: `photos` of `photos:2`. */
export const daemonOf = (id: string): string => id.replace(/:\d+$/, '');
