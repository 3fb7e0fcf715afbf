/** What a question named, and what its answer means given what the screen knows by then. */
import { notMeant, type Seen, type SeenDeed } from '../control/seen.ts';
import type { Model } from './model.ts';

/** `roll`: a restart, one after the other. */
export type Deed = 'start' | 'stop' | 'restart' | 'roll';

const kindOf = (deed: Deed | 'cut'): SeenDeed => (deed === 'roll' ? 'restart' : deed);

/** Those still meant, in the order of the question. */
export function stillMeant<T extends Seen>(
  deed: Deed | 'cut',
  targets: readonly T[],
  { instances }: Model,
): readonly T[] {
  const known = new Map(instances.map((instance) => [instance.id, instance]));
  return targets.filter((target) => notMeant(kindOf(deed), target, known.get(target.id)) === null);
}
