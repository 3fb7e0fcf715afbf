import { never } from '../base/never.ts';
import type { Effect } from './lifecycle/effect.ts';
import type { World } from './world/world.ts';

/** Acts on the world; the other effects go to the engine's observer. */
export type Act = Exclude<Effect, { do: 'record' | 'finish' }>;

/** Carries out what was decided, and decides nothing. */
export function perform(effect: Act, world: World): void {
  switch (effect.do) {
    case 'spawn':
      world.spawn(effect);
      return;
    case 'signal':
      world.signal(effect);
      return;
    case 'kill':
      world.kill(effect);
      return;
    case 'look':
      world.look(effect);
      return;
    case 'probe':
      world.probe(effect);
      return;
    default:
      never(effect);
  }
}
