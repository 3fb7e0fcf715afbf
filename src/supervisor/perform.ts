import { never } from '../base/never.ts';
import type { Effect } from './lifecycle/effect.ts';
import type { World } from './world/world.ts';

/** What is done to the world; the others are for the engine's observer. */
export type Act = Exclude<Effect, { do: 'record' | 'finish' }>;

/** Carries out what was decided. Nothing is decided here. */
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
