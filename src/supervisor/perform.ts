import { never } from '../base/never.ts';
import type { Effect } from './lifecycle/effect.ts';
import type { Fact } from './lifecycle/fact.ts';
import type { World } from './world/world.ts';

/** Carries out what was decided. Nothing is decided here. */
export function perform(effect: Effect, world: World, record: (fact: Fact) => void, finish: () => void): void {
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
    case 'record':
      record(effect.fact);
      return;
    case 'finish':
      finish();
      return;
    default:
      never(effect);
  }
}
